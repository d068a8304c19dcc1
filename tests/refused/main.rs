//! Definitions with one fault each: a `.fault` file says what it changes in `base`, and what must be said of it.
//!
//! The changes are a patch (`tests/patch.rs`); `says` begins what is said. `METODE_BLESS=1 cargo test --test refused` writes what is said
//! now, and the list of faults in `README.md`; read the difference like code.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use metode::definition::{Library, Loaded};
use metode::diagnostic::{Severity, has_errors, render};
use metode_tests::{copy, patch};

/// What a fault changes, and what is said of it.
struct Fault {
    /// The folder it stands in: what kind of fault it is.
    topic: String,
    name: String,
    path: PathBuf,
    changes: String,
    says: String,
}

impl Fault {
    fn read(path: PathBuf) -> Fault {
        let text = fs::read_to_string(&path).unwrap();
        let (changes, says) = text.split_once("says\n").unwrap_or((&text, ""));
        let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
        Fault {
            topic: name(path.parent().unwrap()),
            name: name(&path),
            changes: changes.to_owned(),
            says: says.to_owned(),
            path,
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("refused")
}

fn faults() -> Vec<Fault> {
    let below = |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let topics = below(&folder()).filter(|path| path.is_dir() && !path.ends_with("base"));
    let mut paths: Vec<PathBuf> = topics
        .flat_map(|topic| below(&topic).collect::<Vec<_>>())
        .collect();
    paths.sort();
    paths.into_iter().map(Fault::read).collect()
}

/// Loads the base with some faults.
fn load(faults: &[&Fault]) -> (Loaded, String) {
    let directory = tempfile::tempdir().unwrap();
    copy(&folder().join("base"), directory.path());
    for fault in faults {
        patch::apply(&fault.name, &fault.changes, directory.path());
    }
    let loaded = Library::load(directory.path());
    let prefix = format!("{}/", directory.path().display());
    let said = render(&loaded.diagnostics).replace(&prefix, "");
    (loaded, said.trim_end().to_owned() + "\n")
}

fn blessing() -> bool {
    std::env::var_os("METODE_BLESS").is_some()
}

#[test]
fn the_base_itself_is_accepted() {
    assert_eq!(load(&[]).1, "\n");
}

#[test]
fn each_fault_is_told_with_its_place() {
    let mut faults = faults();
    assert!(faults.len() >= 150, "only {} faults are found", faults.len());
    let mut wrong = Vec::new();
    for fault in &mut faults {
        let (loaded, said) = load(&[fault]);
        if blessing() {
            fs::write(&fault.path, format!("{}says\n{said}", fault.changes)).unwrap();
            fault.says.clone_from(&said);
        } else if said != fault.says {
            wrong.push(format!(
                "--- {}: expected\n{}--- said\n{said}",
                fault.name, fault.says
            ));
        }
        // What is only doubtful can be used all the same.
        if has_errors(&loaded.diagnostics) == (fault.topic == "doubtful") {
            wrong.push(format!("--- {}: is an error or is not\n{said}", fault.name));
        }
        if !said.contains(" --> ") {
            wrong.push(format!("--- {}: names no place\n{said}", fault.name));
        }
    }
    let file = folder().join("README.md");
    let list = list(&faults);
    if blessing() {
        fs::write(&file, &list).unwrap();
    } else if fs::read_to_string(&file).unwrap_or_default() != list {
        wrong.push(
            "--- `tests/refused/README.md` is not the list of these faults; METODE_BLESS=1 writes it"
                .to_owned(),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is found, for people.
fn list(faults: &[Fault]) -> String {
    let mut list = format!(
        "<!-- Written by the test: `METODE_BLESS=1 cargo test --test refused` writes it anew. -->\n\n\
         # What `metode check` finds\n\n\
         {} faults, each made in a definition that has no other, and what is said first of each.\n",
        faults.len()
    );
    let mut topic = "";
    for fault in faults {
        if topic != fault.topic {
            topic = &fault.topic;
            let _ = writeln!(
                list,
                "\n## {}\n\n| Fault | Is told |\n| --- | --- |",
                topic.replace('_', " ")
            );
        }
        let told = fault.says.lines().next().unwrap_or_default().replace('|', "\\|");
        let link = format!("{topic}/{}.fault", fault.name);
        let _ = writeln!(list, "| [{}]({link}) | {told} |", fault.name.replace('_', " "));
    }
    list
}

#[test]
fn a_file_of_ten_megabytes_is_refused_by_its_size() {
    let directory = tempfile::tempdir().unwrap();
    copy(&folder().join("base"), directory.path());
    let file = directory.path().join("methods/demo/1.0.0/forms/huge.yaml");
    fs::write(&file, format!("form: huge\ntitle: {}\n", "x".repeat(10 << 20))).unwrap();
    let loaded = Library::load(directory.path());
    let errors: Vec<_> = loaded
        .diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .collect();
    assert_eq!(errors.len(), 1, "{}", render(&loaded.diagnostics));
    assert!(errors[0].message.contains("10 MB"), "{}", errors[0].message);
}

#[test]
fn all_faults_of_a_folder_are_told_at_once() {
    let faults = faults();
    let three = ["unknown_key", "duplicate_code", "data_point_on_no_form"];
    let three: Vec<&Fault> = faults
        .iter()
        .filter(|fault| three.contains(&fault.name.as_str()))
        .collect();
    let (loaded, said) = load(&three);
    let files: std::collections::BTreeSet<_> = loaded
        .diagnostics
        .iter()
        .filter_map(|one| one.source.as_ref().map(|source| source.path.clone()))
        .collect();
    assert_eq!(files.len(), 3, "{said}");
}

#[test]
fn a_method_in_other_bytes_is_told_once_with_the_first_of_them() {
    let directory = tempfile::tempdir().unwrap();
    copy(&folder().join("base"), directory.path());
    let file = directory.path().join("methods/demo/1.0.0/method.yaml");
    fs::write(&file, b"method: demo\ntitle: R\xf8d gr\xf8d\n").unwrap();
    let said = render(&Library::load(directory.path()).diagnostics);
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(
        said.contains("the file is not UTF-8") && said.contains("method.yaml:2:9"),
        "{said}"
    );
    assert!(said.contains("here stands the byte `f8`"), "{said}");
}
