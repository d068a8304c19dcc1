//! What the tests share: the definitions, and the cases written beside them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test without its material must fail"
)]

pub mod anybody;
pub mod citizens;
pub mod patch;
pub mod version;

use std::fs;
use std::path::{Path, PathBuf};

use metode::case::CaseFile;
use metode::definition::{Library, Loaded};
use metode::diagnostic::render;
use metode::report::{Made, Refusal, Report};
use metode::source::Source;

/// The definitions of this repository.
pub fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions")
}

/// The definitions, loaded.
///
/// # Panics
/// When they have errors.
pub fn library() -> Library {
    let Loaded {
        library, diagnostics, ..
    } = Library::load(&definitions());
    assert!(diagnostics.is_empty(), "{}", render(&diagnostics));
    library
}

/// The name of a file without folder and ending.
pub fn stem(source: &Source) -> String {
    let stem = Path::new(&source.path).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// A case file of a method, by its name without ending.
///
/// # Panics
/// When there is none, or it cannot be read.
pub fn case(library: &Library, method: &str, name: &str) -> CaseFile {
    let method = library.method(method).expect("the method");
    let mut cases = method.cases.iter();
    let source = cases.find(|source| stem(source) == name).expect("the case");
    CaseFile::read(library, source).unwrap_or_else(|diagnostics| panic!("{}", render(&diagnostics)))
}

/// The report of a day, of a template that makes one: none when there is nothing to tell.
///
/// # Panics
/// When there are several.
///
/// # Errors
/// When it may not leave.
pub fn only(made: Vec<Made>) -> Result<Option<Report>, Vec<Refusal>> {
    assert!(made.len() < 2, "one report of a day");
    made.into_iter().next().map(|made| made.report).transpose()
}

/// Copies what stands in a folder into another, which need not be there yet.
///
/// # Panics
/// When something cannot be read or written.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}
