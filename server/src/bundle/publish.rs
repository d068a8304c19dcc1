//! Publishing: a version that is fit becomes a signed bundle in a registry, and is locked.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use metode::definition::{Library, Lock, Locked, Method};
use metode::diagnostic::Diagnostic;

use super::{Bundle, Key, replace, unfit, write_index};

/// The lock file's name in the folder of definitions.
const LOCK: &str = "lock.yaml";

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// The hash of the version's files.
    pub hash: String,
    /// Where the bundle is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub bytes: usize,
}

/// Publishes a version of the library that was read from the folder of definitions; when it is not fit, nothing is written.
pub fn publish(
    library: &Library,
    method: &Arc<Method>,
    key: &Key,
    out: &Path,
    definitions: &Path,
) -> Result<Published, Vec<Diagnostic>> {
    let refused = |message: String| vec![Diagnostic::without_source(message)];
    let problems = unfit(library, method);
    if !problems.is_empty() {
        return Err(problems);
    }
    let name = method.name();
    let bytes = Bundle::of(name.clone(), &method.content).sign(key);
    let bytes = bytes.map_err(|error| refused(error.to_string()))?;
    let path = out.join(Bundle::file_name(&name));
    let failed = |error| refused(format!("`{}`: {error}", path.display()));
    fs::create_dir_all(out).map_err(failed)?;
    replace(&path, &bytes).map_err(failed)?;
    write_index(out).map_err(failed)?;
    let mut lock: Lock = library.lock().clone();
    let locked = Locked::of(&method.content);
    let hash = locked.hash.clone();
    if lock.published.insert(name, locked).is_none() {
        let file = definitions.join(LOCK);
        replace(&file, lock.to_yaml().as_bytes())
            .map_err(|error| refused(format!("`{}`: {error}", file.display())))?;
    }
    Ok(Published {
        hash,
        path,
        bytes: bytes.len(),
    })
}
