//! Versions side by side: what is told of every kind of change, the versions of the real method, made-up versions that come
//! after it, and what is not published.

mod pairs;
mod unpublished;
mod vum;

use std::fs;
use std::path::{Path, PathBuf};

use metode::definition::{Library, Loaded};
use metode::diagnostic::{has_errors, render};

/// A folder of these tests.
fn folder(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("versions")
        .join(inside)
}

/// The files of a folder, by name.
fn files(inside: &str, ending: &str) -> Vec<PathBuf> {
    let below = fs::read_dir(folder(inside)).unwrap();
    let mut files: Vec<PathBuf> = below.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|other| other == ending));
    files.sort();
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Loads definitions; what is wrong with them when they have errors.
fn load(definitions: &Path) -> Result<Library, String> {
    let Loaded {
        library, diagnostics, ..
    } = Library::load(definitions);
    match has_errors(&diagnostics) {
        true => Err(render(&diagnostics)),
        false => Ok(library),
    }
}

fn blessing() -> bool {
    std::env::var_os("METODE_BLESS").is_some()
}

/// A file with changes, and behind `says` what is said of them.
struct Told {
    path: PathBuf,
    name: String,
    changes: String,
    says: String,
}

impl Told {
    fn read(path: &Path) -> Self {
        let text = format!("\n{}", fs::read_to_string(path).unwrap());
        let (changes, says) = text.split_once("\nsays\n").unwrap_or((text.trim_end(), ""));
        Self {
            path: path.to_owned(),
            name: stem(path),
            changes: format!("{changes}\n").trim_start().to_owned(),
            says: says.to_owned(),
        }
    }

    /// Whether it is said as it stands there; with `METODE_BLESS` it is written there.
    fn judge(&self, said: &str) -> Option<String> {
        if blessing() {
            fs::write(&self.path, format!("{}says\n{said}", self.changes)).unwrap();
            return None;
        }
        (said != self.says).then(|| format!("--- {}: expected\n{}--- said\n{said}", self.name, self.says))
    }
}
