//! `metode key`, `metode publish` and `metode verify`: from a folder to a signed bundle.

use std::fs;
use std::path::{Path, PathBuf};

use metode::definition::{Library, Loaded, Method};
use metode::diagnostic::Diagnostic;
use serde_json::{Value as Json, json};

use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::bundle::{self, Key, Trust};

/// What came of a command: facts for programs with a sentence for people, or problems.
pub type Told = Result<(Json, String), Vec<Diagnostic>>;

/// Prints what came of a command.
pub fn tell(told: Told, format: Format) -> u8 {
    let code = if told.is_ok() { FINE } else { PROBLEMS };
    match (told, format) {
        (Ok((facts, _)), Format::Json) => super::print_json(&facts),
        (Ok((_, sentence)), Format::Text) => println!("{sentence}"),
        (Err(problems), Format::Json) => {
            super::print_json(&json!({ "diagnostics": metode::diagnostic::to_json(&problems) }));
        }
        (Err(problems), Format::Text) => super::tell(&problems),
    }
    code
}

/// One problem that belongs to no file.
pub fn refused(message: impl ToString) -> Vec<Diagnostic> {
    vec![Diagnostic::without_source(message.to_string())]
}

/// Makes a key: the secret one in the file, the public one beside it.
pub fn key(path: &Path, owner: &str) -> u8 {
    let public = PathBuf::from(format!("{}.pub", path.display()));
    if owner.chars().any(char::is_control) {
        eprintln!("error: the name of an owner is one line");
        return WRONG_USAGE;
    }
    if let Some(there) = [path, &public].into_iter().find(|path| path.exists()) {
        let message = format!("`{}` is there already", there.display());
        let hint = "a key is never written over: what was published with it could not be known any more";
        return tell(
            Err(vec![Diagnostic::without_source(message).with_hint(hint)]),
            Format::Text,
        );
    }
    let made = Key::generate().and_then(|key| key.write(path).map(|()| key.public()));
    let told = made.map_err(refused).and_then(|key| {
        bundle::replace(&public, key.line(owner).as_bytes()).map_err(|error| {
            // Nobody has used it yet.
            let _ = fs::remove_file(path);
            refused(format!("`{}`: {error}", public.display()))
        })?;
        let sentence = format!(
            "{} is secret: whoever has it publishes in your name\n{} is for those who install",
            path.display(),
            public.display()
        );
        Ok((json!({ "key": key.to_string() }), sentence))
    });
    tell(told, Format::Text)
}

/// Checks a bundle, and whether a key signed it that is trusted.
pub fn verify(path: &Path, trust: Option<&Path>, format: Format) -> u8 {
    let trust = match trust.map(Trust::read).transpose() {
        Ok(trust) => trust,
        Err(error) => {
            eprintln!("error: {error}");
            return WRONG_USAGE;
        }
    };
    let place = path.display().to_string();
    let read = bundle::read_file(path).map_err(refused);
    let told = read.and_then(|bytes| {
        let signed = bundle::read(&place, &bytes).map_err(|problem| vec![problem])?;
        let owner = match &trust {
            None => "nobody that was named with `--trust`".to_owned(),
            Some(trust) => match trust.owner(&signed.key) {
                Some(owner) => owner.to_owned(),
                None => return Err(refused(format!("`{place}` is signed by {}, which is not trusted", signed.key))),
            },
        };
        let (name, files) = (&signed.bundle.name, signed.bundle.files.len());
        let facts = json!({ "method": name, "files": files, "key": signed.key.to_string(), "owner": trust.is_some().then_some(&owner) });
        Ok((facts, format!("{name}: {files} files, signed by {} ({owner})", signed.key)))
    });
    tell(told, format)
}

/// Publishes the version that stands in a folder.
pub fn publish(folder: &Path, key: &Path, out: &Path, at: &Definitions, format: Format) -> u8 {
    let key = match Key::read(key) {
        Ok(key) => key,
        Err(error) => {
            eprintln!("error: {error}");
            eprintln!("  hint: `metode key FILE` makes one");
            return WRONG_USAGE;
        }
    };
    if let Some(code) = super::missing(at) {
        return code;
    }
    tell(
        published(Library::load(&at.definitions), folder, &key, out, &at.definitions),
        format,
    )
}

fn published(loaded: Loaded, folder: &Path, key: &Key, out: &Path, definitions: &Path) -> Told {
    let errors = bundle::errors(loaded.diagnostics);
    if !errors.is_empty() {
        return Err(errors);
    }
    let library = loaded.library;
    let Some(method) = library.methods().iter().find(|method| stands_in(method, folder)) else {
        let message = format!(
            "`{}` is no folder of a method version in `{}`",
            folder.display(),
            definitions.display()
        );
        return Err(vec![
            Diagnostic::without_source(message).with_hint("it is the folder in which `method.yaml` stands"),
        ]);
    };
    let name = method.name();
    let done = bundle::publish(&library, method, key, out, definitions)?;
    let files = method.content.files().len();
    let facts = json!({ "method": name, "hash": done.hash, "files": files, "bundle": done.path, "bytes": done.bytes, "key": key.public().to_string() });
    let sentence = format!(
        "{name} is published: {files} files in {} ({} bytes, {})",
        done.path.display(),
        done.bytes,
        done.hash
    );
    Ok((facts, sentence))
}

fn stands_in(method: &Method, folder: &Path) -> bool {
    let file = format!("methods/{}/{}/method.yaml", method.id, method.version);
    let file = method
        .content
        .files()
        .get(&file)
        .map(|source| Path::new(&source.path));
    let real = |path: &Path| fs::canonicalize(path).ok();
    file.and_then(Path::parent)
        .and_then(real)
        .is_some_and(|parent| Some(parent) == real(folder))
}
