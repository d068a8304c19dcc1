//! What is installed in a data directory: bundles in `bundles/`, and whom to trust in `trusted`.
//!
//! A bundle is installed by one rename and withdrawn by one removal, so that nothing is ever half there. It stays a
//! signed file, and its signature is checked again whenever it is read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use metode::case::{self, CaseFile};
use metode::definition::yaml::Document;
use metode::definition::{Library, Loaded, Method, Packed};
use metode::diagnostic::{Diagnostic, Severity, render};
use metode::source::Source;
use serde_json::Value as Json;

use super::{Bundle, KeyError, Signed, Trust, read, registry};
use crate::casework;
use crate::store;

/// What is seen of the files of an installation from outside.
pub type State = Vec<(String, u64, Option<SystemTime>)>;

/// The place of what is installed.
#[derive(Debug, Clone)]
pub struct Installation {
    data: PathBuf,
    definitions: PathBuf,
}

impl Installation {
    /// In a data directory, beside a folder of definitions.
    pub fn new(data: &Path, definitions: &Path) -> Self {
        Self {
            data: data.to_owned(),
            definitions: definitions.to_owned(),
        }
    }

    fn bundles(&self) -> PathBuf {
        self.data.join("bundles")
    }

    fn trusted(&self) -> PathBuf {
        self.data.join("trusted")
    }

    /// Whom it trusts.
    pub fn trust(&self) -> Result<Trust, KeyError> {
        match self.trusted().exists() {
            true => Trust::read(&self.trusted()),
            false => Ok(Trust::default()),
        }
    }

    /// Trusts more keys from now on.
    pub fn trust_also(&self, more: &Trust) -> Result<(), String> {
        let mut trust = self.trust().map_err(|error| error.to_string())?;
        trust.extend(more);
        let failed = |error| format!("`{}`: {error}", self.data.display());
        fs::create_dir_all(&self.data).map_err(failed)?;
        replace(&self.trusted(), trust.to_text().as_bytes()).map_err(failed)
    }

    /// The definitions, with all that is installed beside them. A bundle that is not as it was signed is told, and not used.
    pub fn load(&self) -> Loaded {
        let (packed, told) = self.packed();
        let mut loaded = Library::load_with(&self.definitions, &packed);
        loaded.diagnostics.extend(told);
        loaded
    }

    fn packed(&self) -> (Vec<Packed>, Vec<Diagnostic>) {
        let (mut packed, mut told) = (Vec::new(), Vec::new());
        let trust = self.trust().unwrap_or_else(|error| {
            told.push(Diagnostic::without_source(error.to_string()));
            Trust::default()
        });
        for name in registry::list(&self.bundles()).unwrap_or_default() {
            let path = self.bundles().join(name);
            let place = path.display().to_string();
            let bundle = registry::read_file(&path)
                .map_err(Diagnostic::without_source)
                .and_then(|bytes| trusted(&place, &bytes, &trust));
            match bundle {
                Ok(signed) => packed.push(signed.bundle.packed(&place)),
                Err(problem) => told.push(problem),
            }
        }
        (packed, told)
    }

    /// Changes whenever something is installed, withdrawn or trusted.
    pub fn state(&self) -> State {
        let names = registry::list(&self.bundles()).unwrap_or_default();
        let paths = names
            .iter()
            .map(|name| self.bundles().join(name))
            .chain([self.trusted()]);
        let states = paths.filter_map(|path| {
            let metadata = fs::metadata(&path).ok()?;
            Some((
                path.display().to_string(),
                metadata.len(),
                metadata.modified().ok(),
            ))
        });
        states.collect()
    }
}

/// Reads a bundle that must be of somebody trusted.
pub fn trusted(place: &str, bytes: &[u8], trust: &Trust) -> Result<Signed, Diagnostic> {
    let signed = read(place, bytes)?;
    match trust.owner(&signed.key) {
        Some(_) => Ok(signed),
        None => {
            let message = format!("`{place}` is signed by {}, which is not trusted here", signed.key);
            let hint = "get the publisher's public key by another way than the bundle, and name it once with `--trust KEYFILE`";
            Err(Diagnostic::without_source(message).with_hint(hint))
        }
    }
}

/// Installs a bundle: all of it, or nothing. What is refused leaves everything as it was. Gives the method, and all
/// definitions as they are now.
pub fn install(
    at: &Installation,
    place: &str,
    bytes: &[u8],
    trust: &Trust,
) -> Result<(Arc<Method>, Library), Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let io = |error: io::Error| {
        one(Diagnostic::without_source(format!(
            "`{}`: {error}",
            at.data.display()
        )))
    };
    let signed = trusted(place, bytes, trust).map_err(one)?;
    let name = signed.bundle.name.clone();
    let target = at.bundles().join(Bundle::file_name(&name));
    let (mut packed, _) = at.packed();
    let shown = target.display().to_string();
    let there = packed.iter().find(|other| other.place == shown);
    if there.is_some_and(|other| other.files != signed.bundle.files) {
        let message = format!("`{name}` is installed, and not as it is in `{place}`");
        let hint = "a published version never changes: one of the two is not the real one";
        return Err(one(Diagnostic::without_source(message).with_hint(hint)));
    }
    let before: BTreeSet<String> = errors(Library::load_with(&at.definitions, &packed).diagnostics)
        .iter()
        .map(|problem| render(std::slice::from_ref(problem)))
        .collect();
    packed.retain(|other| other.place != shown);
    packed.push(signed.bundle.packed(place));
    let loaded = Library::load_with(&at.definitions, &packed);
    let mut problems = errors(loaded.diagnostics);
    problems.retain(|problem| !before.contains(&render(std::slice::from_ref(problem))));
    if !problems.is_empty() {
        return Err(problems);
    }
    let Some(method) = loaded.library.method(&name).cloned() else {
        let message = format!("`{place}` does not hold the method `{name}` that it names");
        return Err(one(Diagnostic::without_source(message)));
    };
    let cases = method.cases.iter();
    let cases = cases.filter(|source| !needs_absent(&loaded.library, source));
    let failures = failures(&loaded.library, &method, cases);
    if !failures.is_empty() {
        return Err(failures);
    }
    fs::create_dir_all(at.bundles()).map_err(io)?;
    at.trust_also(trust)
        .map_err(|message| one(Diagnostic::without_source(message)))?;
    replace(&target, bytes).map_err(io)?;
    Ok((method, loaded.library))
}

/// Where cases of a method do not come out as they say, or are cases of another version.
pub fn failures<'a>(
    library: &Library,
    method: &Method,
    cases: impl Iterator<Item = &'a Arc<Source>>,
) -> Vec<Diagnostic> {
    let failures = |source| match CaseFile::read(library, source) {
        Ok(file) if file.method.name() == method.name() => case::run(&file).failures,
        Ok(file) => {
            let message = format!(
                "the case follows `{}`, not `{}`",
                file.method.name(),
                method.name()
            );
            vec![Diagnostic::error(
                &file.document.source,
                file.document.span("/method"),
                message,
            )]
        }
        Err(problems) => problems,
    };
    cases.flat_map(failures).collect()
}

/// Whether a case was written under an earlier version, which need not be there where its method is installed.
fn needs_absent(library: &Library, source: &Arc<Source>) -> bool {
    let Ok(document) = Document::parse(source) else {
        return false;
    };
    let json = document.to_json();
    let earlier = json.get("migrated_from").and_then(Json::as_str);
    earlier.is_some_and(|earlier| library.method(earlier).is_none())
}

/// Those that are errors.
pub fn errors(mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.retain(|problem| problem.severity == Severity::Error);
    problems
}

/// Withdraws an installed version that no case follows.
pub fn uninstall(at: &Installation, name: &str) -> Result<(), Diagnostic> {
    let refused = |message: String| Diagnostic::without_source(message);
    let path = at.bundles().join(Bundle::file_name(name));
    if !path.is_file() {
        let message = format!("`{name}` is not installed in `{}`", at.data.display());
        let (packed, _) = at.packed();
        let names = packed
            .iter()
            .filter_map(|bundle| Path::new(&bundle.place).file_stem());
        let names: Vec<String> = names
            .filter_map(|name| {
                name.to_string_lossy()
                    .rsplit_once('-')
                    .map(|(id, version)| format!("{id}@{version}"))
            })
            .collect();
        let hint = match names.is_empty() {
            true => "nothing is installed there: name another directory with `--data`".to_owned(),
            false => format!("installed are: {}", names.join(", ")),
        };
        return Err(refused(message).with_hint(hint));
    }
    // Nobody else can open a case while the store is ours.
    let store = store::open(&at.data).map_err(|error| {
        refused(format!("`{}`: {error}", at.data.display()))
            .with_hint("stop the server first, so that no case is opened meanwhile")
    })?;
    let mut count = 0;
    casework::ids_of(&*store, name, &mut |_| count += 1).map_err(refused)?;
    if count > 0 {
        let follow = if count == 1 {
            "case follows"
        } else {
            "cases follow"
        };
        return Err(
            refused(format!("{count} {follow} `{name}`")).with_hint("move them to another version first")
        );
    }
    let removed = fs::remove_file(&path).and_then(|()| File::open(at.bundles())?.sync_all());
    removed.map_err(|error| refused(format!("`{}`: {error}", path.display())))
}

/// Writes a file that is there as a whole or not at all, and on disk when this returns.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{name}.{}", std::process::id()));
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| {
        // What was begun is of no use to anybody.
        let _ = fs::remove_file(&new);
    })?;
    File::open(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    })?
    .sync_all()
}
