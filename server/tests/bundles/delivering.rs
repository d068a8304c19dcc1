//! Reports of a server that runs while versions with templates of their own are installed.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::desk::{Desk, copy};
use crate::serving::{Running, server};

/// What a version tells that its former did not: each amount, as a kind of data point that was not there.
const AMOUNTS: &str = "  - type: amount
    title: Amount
    on: intake
    when: amount != null
    identity: '\"amount\"'
    dated: response.completed
    attributes: {amount: amount}
";

/// Writes a version of the template, which tells of these kinds of data points.
fn slip(desk: &Desk, version: &str, kinds: &[&str]) {
    let part = |kind: &&str| {
        format!(
            "  - part: {kind}\n    for: {{point: points(\"{kind}\")}}\n    of: point\n    id: point.id\n    root: changed\n    \
             content: {{slip: \"{version}\", kind: {kind}, value: = string(point.{kind})}}\n"
        )
    };
    let parts: String = kinds.iter().map(part).collect();
    let text = format!(
        "report: slip\nversion: {version}\ntitle: Slip\nnamespace: 0b0f7b49-7a4f-4f0e-8c3b-6a0f2d1c9e55\n\
         format: json_lines\ncolumns: [slip, kind, value]\nabout: cases[1].id\nparts:\n{parts}body:\n  - parts: = content\n"
    );
    let folder = desk.path(&format!("definitions/reports/slip/{version}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("template.yaml"), text).unwrap();
}

/// Opens a case, and completes a form with a colour and an amount.
fn complete(running: &Running, version: &str, number: &str) {
    let case = running.post("/cases/new", &[("method", version), ("a:case.number", number)]);
    let form = running.post(&format!("{case}/responses"), &[("form", "intake")]);
    running.post(
        &format!("{form}/complete"),
        &[("revision", "99"), ("a:colour", "red"), ("a:amount", "7")],
    );
}

/// The files of a folder by the order of sending, as soon as there are so many.
fn files(folder: &Path, count: usize) -> BTreeMap<String, String> {
    let begun = Instant::now();
    loop {
        let entries = fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
        let files: BTreeMap<_, _> = entries
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
            .filter(|(name, _)| !name.starts_with('.'))
            .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
            .collect();
        if files.len() >= count {
            return files;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "only {files:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_running_delivery_tells_what_an_installed_version_brings_along_from_its_day_on() {
    let desk = Desk::new();
    slip(&desk, "1.0.0", &["colour"]);
    desk.change(
        "1.0.0/method.yaml",
        "changes:",
        "reports: {slip: 1.0.0}\nchanges:",
    );
    // The last of them is not to be used yet.
    for (version, from, former) in [("2.0.0", "2025-06-01", "1.0.0"), ("3.0.0", "2999-01-01", "2.0.0")] {
        desk.version(version, from, former);
        desk.change(
            &format!("{version}/method.yaml"),
            "slip: 1.0.0",
            &format!("slip: {version}"),
        );
        let points = desk.path(&format!(
            "definitions/methods/demo/{version}/emissions/points.yaml"
        ));
        fs::write(&points, fs::read_to_string(&points).unwrap() + AMOUNTS).unwrap();
        slip(&desk, version, &["colour", "amount"]);
    }
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        desk.published(version);
    }
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let install = |version: &str| {
        let bundle = format!("bundles/demo-{version}.bundle");
        let here = ["--data", "data", "--definitions", "empty"];
        let said = desk.run(&[&["install", &bundle, "--trust", "owner.key.pub"][..], &here].concat());
        assert!(said.fine, "{said:?}");
    };
    install("1.0.0");
    let settings = "reports:\n- {template: slip, to: out/lines}\n\
                    - {id: table, template: slip, format: csv, to: out/table}\n\
                    - {id: fixed, template: slip@1.0.0, to: out/fixed}\n";
    fs::write(desk.path("delivery.yaml"), settings).unwrap();
    let running = server(&desk, "data", "empty", &["--delivery", "delivery.yaml"]);
    complete(&running, "demo@1.0.0", "17");
    let first = "{\"slip\":\"1.0.0\",\"kind\":\"colour\",\"value\":\"red\"}\n";
    let lines = files(&desk.path("out/lines"), 1);
    assert!(lines.iter().all(|(name, _)| name.ends_with(".jsonl")));
    assert_eq!(lines.values().collect::<Vec<_>>(), [first]);

    install("2.0.0");
    install("3.0.0");
    running.until("/cases/new", "demo@2.0.0");
    complete(&running, "demo@2.0.0", "18");
    let told = |folder: &str| {
        let all = files(&desk.path(folder), 2).into_values();
        all.last().unwrap()
    };
    let colour = "{\"slip\":\"2.0.0\",\"kind\":\"colour\",\"value\":\"red\"}\n";
    let amount = "{\"slip\":\"2.0.0\",\"kind\":\"amount\",\"value\":\"7\"}\n";
    assert_eq!(told("out/lines"), format!("{colour}{amount}"));
    assert_eq!(
        told("out/table"),
        "slip,kind,value\r\n2.0.0,colour,red\r\n2.0.0,amount,7\r\n"
    );
    assert_eq!(
        told("out/fixed"),
        first,
        "the version that was asked for by its number"
    );
    let table = files(&desk.path("out/table"), 2);
    assert!(table.keys().all(|name| name.ends_with(".csv")));
    assert!(running.get("/reports/slip/2").contains("slip@2.0.0"));
    running.stop();
}
