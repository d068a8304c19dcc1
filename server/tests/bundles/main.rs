//! Versions that are published, checked and installed: by the command line, and in a server that runs.
#![expect(clippy::unwrap_used, reason = "a test without its material must fail")]

#[path = "../authority/mod.rs"]
mod authority;
mod delivering;

mod desk;
mod killed;
mod registries;
mod serving;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use desk::{Desk, copy};
use metode::diagnostic::render;
use metode::value::Date;
use metode_server::bundle::{self, Installation, Trust};
use serving::{Web, server};

/// Every file below a folder, with its bytes.
fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            all.extend(everything(&entry.path()));
        } else {
            all.insert(
                entry.path().display().to_string(),
                fs::read(entry.path()).unwrap(),
            );
        }
    }
    all
}

#[test]
fn the_same_version_gives_the_same_bytes_wherever_it_stands() {
    let desk = Desk::new();
    let bytes = desk.published("1.0.0");
    assert_eq!(desk.published("1.0.0"), bytes, "a second time");
    let elsewhere = Desk::new();
    fs::copy(desk.path("owner.key"), elsewhere.path("owner.key")).unwrap();
    let form = elsewhere.path("definitions/methods/demo/1.0.0/forms/intake.yaml");
    let text = fs::read_to_string(&form).unwrap();
    fs::write(&form, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(
        elsewhere.published("1.0.0"),
        bytes,
        "elsewhere, with the line ends of Windows"
    );
}

#[test]
fn a_published_version_that_was_edited_is_refused() {
    let desk = Desk::new();
    desk.published("1.0.0");
    let said = desk.run(&["check"]);
    assert!(said.fine, "{said:?}");
    desk.change("1.0.0/forms/intake.yaml", "title: Intake", "title: Intake!");
    let said = desk.run(&["check"]);
    assert!(!said.fine);
    let told = "error: `demo@1.0.0` is published, and `methods/demo/1.0.0/forms/intake.yaml` has changed since\n  \
                --> definitions/methods/demo/1.0.0/forms/intake.yaml:1:1";
    assert!(
        said.err.contains(told) && said.err.contains("make it in a new version"),
        "{}",
        said.err
    );
    assert!(!desk.publish("1.0.0").fine);
    desk.change("1.0.0/forms/intake.yaml", "title: Intake!", "title: Intake");
    let colours = desk.path("definitions/catalogues/demo/1/colours.yaml");
    let text = fs::read_to_string(&colours).unwrap();
    fs::write(&colours, format!("{text}\n")).unwrap();
    let said = desk.run(&["check"]);
    assert!(
        said.err.contains("a new edition of the catalogue"),
        "{}",
        said.err
    );
    fs::write(&colours, text).unwrap();
    let form = desk.path("definitions/methods/demo/1.0.0/forms/decision.yaml");
    fs::rename(&form, form.with_file_name("other.yaml")).unwrap();
    let said = desk.run(&["check"]);
    assert!(
        said.err
            .contains("`methods/demo/1.0.0/forms/decision.yaml` of the published `demo@1.0.0` is not there"),
        "{}",
        said.err
    );
    assert!(
        said.err
            .contains("`methods/demo/1.0.0/forms/other.yaml` is no part of it"),
        "{}",
        said.err
    );
}

#[test]
fn what_is_not_ready_is_not_published() {
    let desk = Desk::new();
    let refused = |version: &str, words: &str| {
        let before = everything(&desk.path(""));
        let said = desk.publish(version);
        assert!(!said.fine && said.err.contains(words), "{words}: {}", said.err);
        assert!(
            everything(&desk.path("")) == before,
            "{words}: something was written"
        );
    };
    desk.version("1.1.0", "2026-01-01", "1.0.0");
    refused(
        "1.1.0",
        "`demo@1.0.0` comes before `demo@1.1.0` and is not published",
    );
    desk.published("1.0.0");
    desk.change("1.1.0/method.yaml", "[As of 2026-01-01]", "[The first version]");
    refused("1.1.0", "`demo@1.1.0` tells what was new in `demo@1.0.0`");
    desk.change("1.1.0/method.yaml", "changes: [The first version]\n", "");
    refused("1.1.0", "`demo@1.1.0` does not tell what is new in it");
    desk.change(
        "1.1.0/method.yaml",
        "language: en\n",
        "language: en\nchanges: [The second version]\n",
    );
    desk.change("1.1.0/method.yaml", "2026-01-01", "2024-01-01");
    refused(
        "1.1.0",
        "`demo@1.1.0` begins on 2024-01-01, the older `demo@1.0.0` on 2025-01-01",
    );
    desk.change("1.1.0/method.yaml", "2024-01-01", "2026-01-01");
    let migration = desk.path("definitions/methods/demo/1.1.0/migrations/1.0.0.yaml");
    let text = fs::read_to_string(&migration).unwrap();
    fs::remove_file(&migration).unwrap();
    refused(
        "1.1.0",
        "`demo@1.1.0` does not say what becomes of the cases of `demo@1.0.0`",
    );
    fs::write(&migration, text).unwrap();
    let case = desk.path("definitions/methods/demo/1.1.0/cases/simple.yaml");
    let text = fs::read_to_string(&case).unwrap();
    fs::write(
        &case,
        format!("{text}\nexpect:\n  counts: {{nothing_of_the_kind: 1}}\n"),
    )
    .unwrap();
    refused("1.1.0", "nothing_of_the_kind");
    fs::write(&case, text.replace("demo@1.1.0", "demo@1.0.0")).unwrap();
    refused("1.1.0", "the case follows `demo@1.0.0`, not `demo@1.1.0`");
    fs::remove_file(&case).unwrap();
    fs::remove_file(case.with_file_name("begun.yaml")).unwrap();
    refused("1.1.0", "`demo@1.1.0` has no cases that show how it works");
    fs::write(&case, text).unwrap();
    refused("", "is no folder of a method version");
    desk.change("1.1.0/forms/intake.yaml", "title: Intake", "title: The intake");
    desk.change(
        "1.1.0/emissions/points.yaml",
        "dated: ",
        "dated: response.started # was ",
    );
    refused("1.1.0", "(changes what is reported)");
    refused("1.1.0", "hint: the version must be 2.0.0 at least");
    desk.change(
        "1.1.0/emissions/points.yaml",
        "dated: response.started # was ",
        "dated: ",
    );
    desk.published("1.1.0");
}

#[test]
fn what_is_out_is_followed_by_newer_versions_only_and_never_replaced() {
    let desk = Desk::new();
    desk.published("1.0.0");
    desk.version("2.0.0", "2027-01-01", "1.0.0");
    desk.published("2.0.0");
    desk.version("1.1.0", "2026-01-01", "1.0.0");
    let said = desk.publish("1.1.0");
    assert!(
        !said.fine
            && said
                .err
                .contains("`demo@1.1.0` comes before `demo@2.0.0`, which is published"),
        "{said:?}"
    );
    // Without the lock file the bundle still says what was published.
    fs::remove_dir_all(desk.path("definitions/methods/demo/1.1.0")).unwrap();
    fs::remove_file(desk.path("definitions/lock.yaml")).unwrap();
    desk.published("1.0.0");
    desk.change("2.0.0/forms/intake.yaml", "label: Urgent", "label: Very urgent");
    let before = everything(&desk.path(""));
    let said = desk.publish("2.0.0");
    assert!(
        !said.fine
            && said
                .err
                .contains("`demo@2.0.0` is not as it was published in `bundles/demo-2.0.0.bundle`"),
        "{said:?}"
    );
    assert!(everything(&desk.path("")) == before);
}

#[test]
fn a_key_is_whole_and_never_written_over() {
    let desk = Desk::new();
    fs::remove_file(desk.path("other.key")).unwrap();
    for name in ["owner.key", "other.key"] {
        let said = desk.run(&["key", name]);
        assert!(!said.fine && said.err.contains("is there already"), "{said:?}");
    }
    let said = desk.run(&["key", "third.key", "--owner", "two\nlines"]);
    assert!(!said.fine && !desk.path("third.key").exists(), "{said:?}");
}

#[test]
fn a_byte_that_is_changed_anywhere_is_refused() {
    let desk = Desk::new();
    let bytes = desk.published("1.0.0");
    let trust = Trust::read(&desk.path("owner.key.pub")).unwrap();
    assert!(bundle::trusted("b", &bytes, &trust).is_ok());
    let head = bytes.iter().position(|byte| *byte == b'{').unwrap();
    for at in 0..bytes.len() {
        // In the head every bit; in the files behind it one of each byte.
        let bits = if at < head { 0..8 } else { at % 8..at % 8 + 1 };
        for bit in bits {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert!(
                bundle::trusted("b", &changed, &trust).is_err(),
                "bit {bit} of byte {at}"
            );
        }
    }
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert!(
            bundle::trusted("b", &bytes[..length], &trust).is_err(),
            "only {length} bytes"
        );
    }
    for more in [b" ".as_slice(), b"\n", b"{}", &bytes] {
        assert!(bundle::trusted("b", &[&bytes, more].concat(), &trust).is_err());
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    let desk = Desk::new();
    let bytes = desk.published("1.0.0");
    let data = desk.path("data");
    // An installation that has the engine's texts and nothing else.
    let definitions = desk.path("empty");
    copy(&desk.path("definitions/texts"), &definitions.join("texts"));
    let at = Installation::new(&data, &definitions);
    let owner = Trust::read(&desk.path("owner.key.pub")).unwrap();
    let refused = |bytes: &[u8], trust: &Trust, words: &str| {
        let before = everything(&data);
        let told = render(&bundle::install(&at, "some.bundle", bytes, trust).unwrap_err());
        assert!(told.contains(words), "{words}: {told}");
        assert!(everything(&data) == before, "{words}: something was written");
    };
    refused(&bytes, &Trust::default(), "which is not trusted here");
    refused(
        &bytes,
        &Trust::read(&desk.path("other.key.pub")).unwrap(),
        "which is not trusted here",
    );
    refused(b"something else", &owner, "is no bundle");
    refused(b"metode-bundle 2\n", &owner, "of a form that is not known here");
    refused(&bytes[..bytes.len() - 1], &owner, "is not as it was signed");
    // Signed by somebody trusted, and still not fit.
    let key = bundle::Key::read(&desk.path("owner.key")).unwrap();
    let good = bundle::read("some.bundle", &bytes).unwrap().bundle;
    let mut bad = good.clone();
    bad.files
        .insert("methods/demo/1.0.0/../../../x.yaml".to_owned(), String::new());
    refused(
        &bad.sign(&key).unwrap(),
        &owner,
        "which is no part of `demo@1.0.0`",
    );
    let mut bad = good.clone();
    bad.files.clear();
    refused(
        &bad.sign(&key).unwrap(),
        &owner,
        "does not hold the `demo@1.0.0` that it names",
    );
    let mut bad = good.clone();
    bad.files.remove("catalogues/demo/1/colours.yaml");
    refused(
        &bad.sign(&key).unwrap(),
        &owner,
        "there is no list `demo.colours`",
    );
    let mut bad = good.clone();
    let case = bad.files.get_mut("methods/demo/1.0.0/cases/simple.yaml").unwrap();
    case.push_str("\nexpect:\n  counts: {nothing_of_the_kind: 1}\n");
    refused(&bad.sign(&key).unwrap(), &owner, "nothing_of_the_kind");
    bundle::install(&at, "some.bundle", &bytes, &owner).unwrap();
    let mut other = good;
    other
        .files
        .get_mut("methods/demo/1.0.0/method.yaml")
        .unwrap()
        .push('\n');
    refused(
        &other.sign(&key).unwrap(),
        &owner,
        "is installed, and not as it is in",
    );
    assert!(at.load().library.method("demo@1.0.0").is_some());
    // Changed where it is installed, it is told and not used.
    let installed = data.join("bundles/demo-1.0.0.bundle");
    fs::write(&installed, &bytes[..bytes.len() - 1]).unwrap();
    let loaded = at.load();
    assert!(loaded.library.method("demo@1.0.0").is_none());
    assert!(render(&loaded.diagnostics).contains("is not as it was signed"));
}

#[test]
fn the_newest_trusted_version_of_a_registry_is_taken() {
    let desk = Desk::new();
    desk.published("1.0.0");
    desk.version("1.9.0", "2026-01-01", "1.0.0");
    desk.published("1.9.0");
    desk.version("1.10.0", "2027-01-01", "1.9.0");
    desk.published("1.10.0");
    desk.version("1.11.0", "2028-01-01", "1.10.0");
    let said = desk.run(&["publish", "definitions/methods/demo/1.11.0", "--key", "other.key"]);
    assert!(said.fine, "{said:?}");
    let index = fs::read_to_string(desk.path("bundles/index.txt")).unwrap();
    assert_eq!(index.lines().count(), 4, "{index}");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let web = Web::of(&desk.path("bundles"));
    for (registry, data) in [("bundles", "data/a"), (web.address(), "data/b")] {
        let install = |what: &str, trust: &[&str]| {
            let fixed = [
                "install",
                what,
                "--registry",
                registry,
                "--data",
                data,
                "--definitions",
                "empty",
            ];
            desk.run(&[&fixed, trust].concat())
        };
        let said = install("demo", &[]);
        assert!(!said.fine && said.err.contains("not trusted"), "{said:?}");
        let said = install("demo", &["--trust", "owner.key.pub"]);
        assert!(
            said.fine
                && said
                    .out
                    .starts_with("demo@1.10.0 is installed; new cases follow it from 2027-01-01"),
            "{said:?}"
        );
        assert!(said.err.contains("demo-1.11.0.bundle` is signed by"), "{said:?}");
        // Who is trusted once is trusted from then on.
        let said = install("demo@1.0.0", &[]);
        assert!(said.fine, "{said:?}");
        let said = install("nothing", &[]);
        assert!(
            said.err
                .contains("the registry has no bundle of `nothing`\n  hint: it has bundles of: demo"),
            "{said:?}"
        );
    }
}

#[test]
fn a_version_that_is_installed_before_its_day_is_chosen_from_that_day_on() {
    let desk = Desk::new();
    desk.published("1.0.0");
    desk.version("1.1.0", "2999-06-01", "1.0.0");
    desk.published("1.1.0");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let install = |version: &str| {
        let bundle = format!("bundles/demo-{version}.bundle");
        let here = ["--data", "data", "--definitions", "empty"];
        desk.run(&[&["install", &bundle, "--trust", "owner.key.pub"][..], &here].concat())
    };
    let said = install("1.1.0");
    let told = "demo@1.1.0 is installed; new cases follow it from 2999-06-01; no version of `demo` that is here holds today\n";
    assert!(said.out.starts_with(told), "{said:?}");
    install("1.0.0");
    assert!(
        install("1.1.0")
            .out
            .contains("from 2999-06-01, until then demo@1.0.0\n")
    );
    let library = Installation::new(&desk.path("data"), &desk.path("empty"))
        .load()
        .library;
    let on = |day: &str| {
        let methods = library.methods_on(Date::parse(day).unwrap()).into_iter();
        methods.map(|method| method.name()).collect::<Vec<_>>()
    };
    assert!(on("2024-12-31").is_empty());
    assert_eq!(on("2025-01-01"), ["demo@1.0.0"]);
    assert_eq!(on("2999-05-31"), ["demo@1.0.0"]);
    assert_eq!(on("2999-06-01"), ["demo@1.1.0"]);
    let running = server(&desk, "data", "empty", &[]);
    let page = running.get("/cases/new");
    assert!(page.contains("demo@1.0.0") && !page.contains("demo@1.1.0"));
}

#[test]
fn a_bundle_is_verified_with_and_without_a_key() {
    let desk = Desk::new();
    desk.published("1.0.0");
    let verify = |more: &[&str]| desk.run(&[&["verify", "bundles/demo-1.0.0.bundle"], more].concat());
    assert!(
        verify(&[]).out.contains("demo@1.0.0: 8 files, signed by"),
        "{:?}",
        verify(&[])
    );
    assert!(verify(&["--trust", "owner.key.pub"]).out.contains("(owner)"));
    assert!(!verify(&["--trust", "other.key.pub"]).fine);
    assert!(
        desk.run(&["key", "owner.key"]).err.contains("owner.key"),
        "a key is never overwritten"
    );
}

#[test]
fn an_imported_edition_can_be_pinned_and_published() {
    let desk = Desk::new();
    desk.change(
        "../../catalogues/demo/1/colours.yaml",
        "title: Colours\n",
        "title: Colours\nsystem: \"urn:demo\"\n",
    );
    desk.published("1.0.0");
    let concept = |code: &str, label: &str| format!("{{\"code\": \"{code}\", \"display\": \"{label}\"}}");
    let (red, new) = (concept("r", "Reddish\u{a0}"), concept("n", "Brand new"));
    let top = format!("{{\"code\": \"t\", \"display\": \"Extra\", \"concept\": [{red}, {new}]}}");
    let head =
        "\"resourceType\": \"CodeSystem\", \"url\": \"urn:demo\", \"name\": \"Demo\", \"version\": \"7\"";
    fs::write(
        desk.path("system.json"),
        format!("{{{head}, \"concept\": [{top}]}}"),
    )
    .unwrap();
    let import = |more: &[&str]| {
        desk.run(
            &[
                &["catalogue", "import", "system.json", "--catalogue", "demo"],
                more,
            ]
            .concat(),
        )
    };
    let said = import(&["--edition", "1", "--like", "1"]);
    assert!(!said.fine && said.err.contains("is there already"), "{said:?}");
    let said = import(&["--edition", "x y"]);
    assert!(
        !said.fine && said.err.contains("`x y` is not written as it must be here"),
        "{said:?}"
    );
    let said = import(&["--edition", "2", "--like", "1"]);
    assert!(said.fine && said.out.contains("2 lists in"), "{said:?}");
    assert!(
        said.err.contains("`Reddish` has stray blanks") && said.err.contains("`Extra` has no place"),
        "{said:?}"
    );
    desk.version("1.1.0", "2026-01-01", "1.0.0");
    desk.change(
        "1.1.0/method.yaml",
        "catalogues: {demo: \"1\"}",
        "catalogues: {demo: \"2\"}",
    );
    let said = desk.run(&["check"]);
    assert!(said.fine, "{said:?}");
    desk.published("1.1.0");
}

#[test]
fn a_case_that_asks_for_a_report_is_tried_where_the_template_is() {
    let desk = Desk::new();
    let case = desk.path("definitions/methods/demo/1.0.0/cases/simple.yaml");
    let text = fs::read_to_string(&case).unwrap();
    let reports = "expect:\n  reports: [{template: slip, day: \"1999-01-01\", none: true}]\n";
    fs::write(&case, format!("{text}\n{reports}")).unwrap();
    let said = desk.publish("1.0.0");
    assert!(
        !said.fine && said.err.contains("there is no report template `slip`"),
        "{said:?}"
    );
    let slip = "report: slip\nversion: 1.0.0\ntitle: Slip\nnamespace: 0b0f7b49-7a4f-4f0e-8c3b-6a0f2d1c9e55\n\
                about: cases[1].id\n\
                parts:\n  - part: person\n    id: uuid(cases[1].id)\n    content: {id: = id}\nbody:\n  - parts: = content\n";
    fs::create_dir_all(desk.path("definitions/reports/slip/1.0.0")).unwrap();
    fs::write(desk.path("definitions/reports/slip/1.0.0/template.yaml"), slip).unwrap();
    let said = desk.publish("1.0.0");
    assert!(
        !said.fine && said.err.contains("`demo@1.0.0` does not bring `slip` along"),
        "{said:?}"
    );
    desk.change(
        "1.0.0/method.yaml",
        "changes:",
        "reports: {slip: 1.0.0}\nchanges:",
    );
    desk.published("1.0.0");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let install = ["install", "bundles/demo-1.0.0.bundle", "--trust", "owner.key.pub"];
    let said = desk.run(&[&install[..], &["--data", "data", "--definitions", "empty"]].concat());
    assert!(said.fine, "{said:?}");
    let listed = desk.run(&["report", "slip@1.0.0", "--data", "data", "--definitions", "empty"]);
    assert!(listed.fine, "{listed:?}");
    // It is published with the version, and stays as it is.
    fs::write(
        desk.path("definitions/reports/slip/1.0.0/template.yaml"),
        slip.replace("title: Slip", "title: Slips"),
    )
    .unwrap();
    let said = desk.run(&["check"]);
    assert!(said.err.contains("a new version of the report"), "{said:?}");
}

#[test]
fn a_version_is_taken_up_without_a_restart_and_stays_while_cases_follow_it() {
    let desk = Desk::new();
    desk.published("1.0.0");
    desk.version("1.1.0", "2025-06-01", "1.0.0");
    desk.published("1.1.0");
    copy(&desk.path("definitions/texts"), &desk.path("empty/texts"));
    let change = |what: &[&str]| desk.run(&[what, &["--data", "data", "--definitions", "empty"]].concat());
    let said = change(&["install", "bundles/demo-1.0.0.bundle", "--trust", "owner.key.pub"]);
    assert!(said.fine, "{said:?}");
    let running = server(&desk, "data", "empty", &[]);
    assert!(running.get("/cases/new").contains("demo@1.0.0"));
    let said = change(&["install", "bundles/demo-1.1.0.bundle"]);
    assert!(said.fine, "{said:?}");
    running.until("/cases/new", "demo@1.1.0");
    let case = running.post("/cases/new", &[("method", "demo@1.1.0"), ("a:case.number", "17")]);
    // Damaged while it is in use, a version stays in use, and others can still come.
    let (file, bytes) = (
        desk.path("data/bundles/demo-1.1.0.bundle"),
        fs::read(desk.path("bundles/demo-1.1.0.bundle")).unwrap(),
    );
    fs::write(&file, &bytes[1..]).unwrap();
    desk.version("1.2.0", "2025-07-01", "1.1.0");
    desk.published("1.2.0");
    let said = change(&["install", "bundles/demo-1.2.0.bundle"]);
    assert!(said.fine, "{said:?}");
    running.until("/cases/new", "demo@1.2.0");
    assert!(running.get(&case).contains("17"));
    fs::write(&file, bytes).unwrap();
    let said = change(&["uninstall", "demo@1.0.0"]);
    assert!(
        !said.fine && said.err.contains("stop the server first"),
        "{said:?}"
    );
    running.stop();
    let said = change(&["uninstall", "demo@1.1.0"]);
    assert!(
        !said.fine && said.err.contains("1 case follows `demo@1.1.0`"),
        "{said:?}"
    );
    let said = change(&["uninstall", "demo@1.0.0"]);
    assert!(said.fine, "{said:?}");
    assert!(
        change(&["uninstall", "demo@1.0.0"])
            .err
            .contains("is not installed")
    );
}
