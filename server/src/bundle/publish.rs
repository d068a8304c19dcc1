//! Publishing: a version that is fit becomes a signed bundle in a registry, and is locked.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use metode::definition::{Library, Lock, Locked, Method};
use metode::diagnostic::Diagnostic;

use super::{Bundle, INDEX, Key, replace, unfit, write_index};

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
    let bundle = Bundle::of(name.clone(), &method.content);
    let path = out.join(Bundle::file_name(&name));
    if let Some(problem) = published_otherwise(&bundle, &path) {
        return Err(vec![problem]);
    }
    let bytes = bundle.sign(key);
    let bytes = bytes.map_err(|error| refused(error.to_string()))?;
    let locked = Locked::of(&method.content);
    let hash = locked.hash.clone();
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error| refused(format!("`{path}`: {error}"))
    };
    fs::create_dir_all(out).map_err(failed(out))?;
    // What is out is locked, whatever happens in between.
    let file = definitions.join(LOCK);
    let before = library.lock();
    let mut lock: Lock = before.clone();
    let new = lock.published.insert(name, locked).is_none();
    if new {
        replace(&file, lock.to_yaml().as_bytes()).map_err(failed(&file))?;
    }
    let written = replace(&path, &bytes).map_err(failed(&path));
    written.inspect_err(|_| {
        if new {
            let _ = match before.published.is_empty() {
                true => fs::remove_file(&file),
                false => replace(&file, before.to_yaml().as_bytes()),
            };
        }
    })?;
    write_index(out).map_err(failed(&out.join(INDEX)))?;
    Ok(Published {
        hash,
        path,
        bytes: bytes.len(),
    })
}

/// A bundle of the version that lies there already and holds something else, whoever signed it: somebody may have installed it.
fn published_otherwise(bundle: &Bundle, path: &Path) -> Option<Diagnostic> {
    let shown = path.display().to_string();
    let there = super::read(&shown, &super::read_file(path).ok()?).ok()?.bundle;
    (there != *bundle).then(|| {
        let message = format!("`{}` is not as it was published in `{shown}`", bundle.name);
        Diagnostic::without_source(message)
            .with_hint("take the change back and make it in a new version; or bring back the `lock.yaml` that was written then")
    })
}
