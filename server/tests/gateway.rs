//! The national method and report against the receiver's own test gateway, which fails, falls silent and drops answers;
//! `METODE_FFB_GATEWAY` names its folder.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(120);

/// The gateway's folder, when there is one.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("METODE_FFB_GATEWAY");
    if folder.is_none() {
        eprintln!("NOT RUN: METODE_FFB_GATEWAY does not name the folder with the test gateway");
    }
    folder.map(PathBuf::from)
}

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions")
}

/// A process that says where it listens, and ends with the test.
struct Process {
    child: Child,
    url: String,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let url = line
            .split('"')
            .find(|part| part.contains("http://"))
            .unwrap_or(&line);
        let url = url.trim().trim_end_matches('/').to_owned();
        assert!(url.starts_with("http://"), "it did not start: {line}");
        // What else it says must not stop it.
        thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { child, url }
    }

    fn gateway(folder: &Path, options: &[&str]) -> Self {
        let mut command = Command::new("node");
        Self::start(
            command
                .arg(folder.join("gateway.mjs"))
                .args(["--port", "0"])
                .args(options),
        )
    }

    fn server(data: &Path, definitions: &Path, gateway: &Self) -> Self {
        let settings = data.with_extension("yaml");
        let route = "timeout_seconds: 0.5, retry: {first_seconds: 0.05, most_seconds: 0.5}";
        let text = format!(
            "reports: [{{template: ffb-uddatasaet@1.0.0, to: '{}/', {route}}}]",
            gateway.url
        );
        fs::write(&settings, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_metode"));
        command
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data);
        command.arg("--definitions").arg(definitions);
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(data.with_extension("log"))
            .unwrap();
        command.arg("--delivery").arg(settings).env("METODE_LOG", "debug");
        Self::start(command.stderr(log))
    }

    fn get(&self, path: &str) -> String {
        let mut response = ureq::get(format!("{}{path}", self.url)).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    }

    fn json(&self, path: &str) -> Json {
        serde_json::from_str(&self.get(path)).unwrap()
    }

    /// How many reports the server's page counts of a status.
    fn count(&self, status: &str) -> usize {
        let page = self.get("/reports");
        let (_, rest) = page.split_once(&format!(">{status} <b>")).unwrap();
        rest.split_once('<').unwrap().0.parse().unwrap()
    }

    /// Waits until all data points are in reports and none is waiting that could be sent.
    fn until(&self, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !(self.get("/reports").contains("Sendt <b>")
            && !self.get("/reports").contains("ved at blive samlet")
            && done(self))
        {
            assert!(
                start.elapsed() < PATIENCE,
                "it never came about: {}",
                self.get("/reports")
            );
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn all_reports_arrive_once_through_a_gateway_that_fails() {
    let Some(folder) = folder() else { return };
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    let faults =
        "--drop-every 3 --fail-every 4 --unavailable-every 5 --timeout-every 7 --retry-after 0 --hold 2";
    let gateway = Process::gateway(&folder, &faults.split(' ').collect::<Vec<_>>());
    for _ in 0..3 {
        let server = Process::server(&data, &definitions(), &gateway);
        thread::sleep(Duration::from_millis(300));
        // Dropping it is kill -9.
        drop(server);
    }
    let server = Process::server(&data, &definitions(), &gateway);
    server.until(|server| server.count("Venter") == 0);
    assert_eq!(server.count("Afvist"), 0, "{}", server.get("/reports"));
    let status = gateway.json("/admin/status");
    assert_eq!(status["held"]["reports"], server.count("Sendt"), "{status}");
    assert_eq!(
        (&status["rejected"], &status["malformed"]),
        (&0.into(), &0.into())
    );
    let mut contents: HashMap<String, String> = HashMap::new();
    let receipts = gateway.json("/admin/receipts");
    for receipt in receipts
        .as_array()
        .or_else(|| receipts["receipts"].as_array())
        .unwrap()
    {
        let hash = receipt["sha256"].to_string();
        let former = contents.insert(receipt["report"].to_string(), hash.clone());
        assert!(former.is_none_or(|former| former == hash), "one id, one content");
        assert_eq!(receipt["stale"], 0, "in the order of days: {receipt}");
    }
    println!("faults injected by the gateway: {}", status["faults"]);
    let log = fs::read_to_string(data.with_extension("log")).unwrap();
    let digits = |word: &str| word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit());
    assert!(log.contains("a report was tried"), "the log tells what happens");
    let numbers = log
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| digits(word));
    assert_eq!(numbers.count(), 0, "and never of whom");
}

#[test]
fn what_the_gateway_refuses_is_traced_to_form_and_field() {
    let Some(folder) = folder() else { return };
    let dir = TempDir::new().unwrap();
    let gateway = Process::gateway(&folder, &[]);
    let spoilt = dir.path().join("definitions");
    copy(&definitions(), &spoilt);
    // A theme whose identifier the receiver does not know.
    let list = spoilt.join("catalogues/ffb/2024-05-30/undertemaer.yaml");
    let text = fs::read_to_string(&list).unwrap();
    let (before, after) = text.split_once("code: vaske_toej").unwrap();
    let (between, rest) = after.split_once("id: ").unwrap();
    let rest = rest.trim_start_matches(['"', '\'']);
    let known: String = rest.chars().take(36).collect();
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert!(between.len() < 200, "the theme has an identifier");
    fs::write(
        &list,
        format!("{before}code: vaske_toej{after}").replace(&known, unknown),
    )
    .unwrap();
    let server = Process::server(&dir.path().join("data"), &spoilt, &gateway);
    server.until(|server| server.count("Afvist") > 0);
    let list = server.get("/reports");
    let (_, row) = list.split_once("<th scope=\"row\"").unwrap();
    let page = server.get(
        row.split("href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap(),
    );
    assert!(page.contains("Problemer") && page.contains("binding"), "{page}");
    let problem = page.split("class=\"problem\"").nth(1).unwrap();
    assert!(
        problem.contains("/responses/") && problem.contains("#f-") && problem.contains("Vaske tøj"),
        "{problem}"
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}
