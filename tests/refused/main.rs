//! Definitions that must be refused: each folder changes one thing in `base`, and `expected.txt` beside it holds the words.
//!
//! `METODE_BLESS=1 cargo test --test refused` writes what is said now; read the difference like code.

use std::fs;
use std::path::{Path, PathBuf};

use metode::definition::Library;
use metode::diagnostic::{Severity, has_errors, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("refused")
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else if entry.file_name() != "expected.txt" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What loading the base with a case's changes says.
fn said(case: Option<&Path>) -> (String, bool) {
    let directory = tempfile::tempdir().unwrap();
    copy(&folder().join("base"), directory.path());
    if let Some(case) = case {
        copy(case, directory.path());
    }
    let loaded = Library::load(directory.path());
    let prefix = format!("{}/", directory.path().display());
    (
        render(&loaded.diagnostics).replace(&prefix, ""),
        has_errors(&loaded.diagnostics),
    )
}

#[test]
fn the_base_itself_is_accepted() {
    assert_eq!(said(None).0, "");
}

#[test]
fn each_fault_is_told_with_its_place() {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir() && !path.ends_with("base"));
    cases.sort();
    assert!(cases.len() >= 30, "the cases are not where they should be");
    let mut wrong = Vec::new();
    for case in &cases {
        let (said, refused) = said(Some(case));
        let file = case.join("expected.txt");
        if std::env::var_os("METODE_BLESS").is_some() {
            fs::write(&file, &said).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        let name = case.file_name().unwrap().to_string_lossy();
        if said != expected {
            wrong.push(format!(
                "--- {name}: expected\n{expected}--- {name}: said\n{said}"
            ));
        }
        if !refused {
            wrong.push(format!("--- {name}: is not refused\n"));
        }
        if !said.contains(" --> ") {
            wrong.push(format!("--- {name}: names no place\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let directory = tempfile::tempdir().unwrap();
    copy(&folder().join("base"), directory.path());
    for case in ["unknown_key", "duplicate_code", "data_point_on_no_form"] {
        copy(&folder().join(case), directory.path());
    }
    let loaded = Library::load(directory.path());
    let files: std::collections::BTreeSet<_> = loaded
        .diagnostics
        .iter()
        .filter_map(|one| one.source.as_ref().map(|source| source.path.clone()))
        .collect();
    assert_eq!(files.len(), 3, "{}", render(&loaded.diagnostics));
}
