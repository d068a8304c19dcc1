//! What is not published: a `.fault` file says what is wrong with a version that could be published otherwise, and behind `says` what is
//! said. `version` at its head is the number, 1.1.0 when it is left out; what it changes then is a patch of the definitions, in which
//! `demo@1.0.0` is published. `METODE_BLESS=1 cargo test --test versions` writes what is said, and the list in `README.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use metode::definition::Library;
use metode::diagnostic::{Diagnostic, has_errors, render};
use metode_server::bundle::{self, Key};
use metode_tests::version::MadeUp;
use metode_tests::{copy, patch};

use super::{Told, blessing, files, folder};

/// Definitions with a published `demo@1.0.0`, and a folder of bundles beside them.
struct Desk {
    folder: tempfile::TempDir,
    key: Key,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            key: Key::generate().unwrap(),
        };
        copy(&folder("../refused/base"), &desk.definitions());
        let news =
            "in methods/demo/1.0.0/method.yaml\n-version: 1.0.0\n+version: 1.0.0\n+changes: [The first]\n";
        patch::apply("base", news, &desk.definitions());
        desk.publish("demo@1.0.0").unwrap();
        desk
    }

    fn definitions(&self) -> std::path::PathBuf {
        self.folder.path().join("definitions")
    }

    /// Publishes a version as the command does: what has errors is not.
    fn publish(&self, name: &str) -> Result<(), Vec<Diagnostic>> {
        let definitions = self.definitions();
        let loaded = Library::load(&definitions);
        if has_errors(&loaded.diagnostics) {
            return Err(bundle::errors(loaded.diagnostics));
        }
        let method = loaded.library.method(name).unwrap();
        let out = self.folder.path().join("bundles");
        bundle::publish(&loaded.library, method, &self.key, &out, &definitions).map(drop)
    }

    /// Every file with its bytes.
    fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.insert(path.display().to_string(), fs::read(&path).unwrap());
                }
            }
        }
        all
    }
}

/// A version that comes after `demo@1.0.0` and is ready.
fn ready(desk: &Desk, name: &str, head: &str) -> MadeUp {
    let number = head
        .split_once("version ")
        .map_or("1.1.0", |(_, rest)| rest.trim_end());
    let text = format!(
        "version {number}\nin methods/demo/{number}/migrations/1.0.0.yaml\n+migration: 1.0.0\n+steps: []\n\
         in methods/demo/{number}/cases/begun.yaml\n+method: demo@{number}\n+migrated_from: demo@1.0.0\n\
         +title: Begun before\n+today: \"2026-06-01\"\n+case: {{number: \"1\"}}\n+responses: []\n"
    );
    let made = MadeUp::read(name, "demo", &text);
    made.make(&desk.definitions());
    made
}

#[test]
fn a_version_that_is_ready_is_published() {
    for number in ["1.0.1", "1.1.0", "2.0.0"] {
        let desk = Desk::new();
        let made = ready(&desk, number, &format!("version {number}\n"));
        let published = desk.publish(&made.name());
        assert!(published.is_ok(), "{}", render(&published.unwrap_err()));
        assert!(
            desk.folder
                .path()
                .join(format!("bundles/demo-{number}.bundle"))
                .is_file()
        );
    }
}

#[test]
fn what_is_not_ready_or_not_honest_is_refused_and_nothing_is_written() {
    let mut wrong = Vec::new();
    let mut list =
        "<!-- Written by the test: `METODE_BLESS=1 cargo test --test versions` writes it anew. -->\n\n\
        # What is not published\n\n| Fault | Is told |\n| --- | --- |\n"
            .to_owned();
    for path in files("unpublished", "fault") {
        let told = Told::read(&path);
        let at = told.changes.find("in ").unwrap_or(told.changes.len());
        let (head, changes) = told.changes.split_at(at);
        let desk = Desk::new();
        let made = ready(&desk, &told.name, head);
        patch::apply(&told.name, changes, &desk.definitions());
        let before = desk.everything();
        let Err(problems) = desk.publish(&made.name()) else {
            wrong.push(format!("--- {}: is published", told.name));
            continue;
        };
        if desk.everything() != before {
            wrong.push(format!("--- {}: something was written", told.name));
        }
        let prefix = format!("{}/", desk.definitions().display());
        let said = render(&problems).replace(&prefix, "").trim_end().to_owned() + "\n";
        let first = said.lines().next().unwrap_or_default().replace('|', "\\|");
        let _ = writeln!(
            list,
            "| [{}]({}.fault) | {first} |",
            told.name.replace('_', " "),
            told.name
        );
        wrong.extend(told.judge(&said));
    }
    let file = folder("unpublished/README.md");
    if blessing() {
        fs::write(&file, &list).unwrap();
    } else if read(&file) != list {
        wrong.push(
            "--- `unpublished/README.md` is not the list of these faults; METODE_BLESS=1 writes it"
                .to_owned(),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
