//! The lock file: what is published, and that it has stayed as it was.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::content::{Content, digest};
use super::reader::File;
use crate::diagnostic::Diagnostic;

/// The published versions, by `id@version`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Each version with its files.
    pub published: BTreeMap<String, Locked>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The hash of the whole: of the lines that `sha256sum` would print of its files, in the order of their paths.
    pub hash: String,
    /// The hash of each file by its canonical path.
    pub files: BTreeMap<String, String>,
}

impl Locked {
    /// How a version is locked.
    pub fn of(content: &Content) -> Self {
        let files = content.hashes();
        let lines = files.iter().map(|(path, hash)| format!("{hash}  {path}\n"));
        Self {
            hash: digest(lines.collect::<String>().as_bytes()),
            files,
        }
    }
}

impl Lock {
    /// The text of the lock file.
    pub fn to_yaml(&self) -> String {
        let mut text =
            "# Written by `metode publish`: what stands here is published and never changes.\npublished:\n"
                .to_owned();
        for (name, locked) in &self.published {
            let _ = write!(text, "  {name}:\n    hash: \"{}\"\n    files:\n", locked.hash);
            for (path, hash) in &locked.files {
                let _ = writeln!(text, "      {path}: \"{hash}\"");
            }
        }
        text
    }
}

/// Tells which published files are no longer as they were.
pub(super) fn check(lock: &File<Lock>, methods: &BTreeMap<String, &Content>) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    let in_lock = |pointer: &str, message: String| {
        let span = lock.document.key_span(pointer);
        Diagnostic::error(&lock.document.source, span, message)
            .with_hint("published versions stay as they are, for the cases that follow them: bring it back")
    };
    for (name, locked) in &lock.content.published {
        let version = format!("/published/{name}");
        let Some(content) = methods.get(name) else {
            told.push(in_lock(&version, format!("the published `{name}` is not there")));
            continue;
        };
        let hashes = content.hashes();
        for path in locked.files.keys().filter(|path| !hashes.contains_key(*path)) {
            let pointer = format!("{version}/files/{}", path.replace('/', "~1"));
            told.push(in_lock(
                &pointer,
                format!("`{path}` of the published `{name}` is not there"),
            ));
        }
        for (path, _) in hashes
            .iter()
            .filter(|(path, hash)| locked.files.get(*path) != Some(*hash))
        {
            let Some(source) = content.files().get(path) else {
                continue;
            };
            let message = match locked.files.contains_key(path) {
                true => format!("`{name}` is published, and `{path}` has changed since"),
                false => format!("`{name}` is published, and `{path}` is no part of it"),
            };
            let next = match path.split('/').next() {
                Some("catalogues") => "a new edition of the catalogue",
                Some("reports") => "a new version of the report",
                _ => "a new version",
            };
            let first_line = 0..source.line_at(0).1.len();
            told.push(
                Diagnostic::error(source, first_line, message)
                    .with_hint(format!("take the change back and make it in {next}")),
            );
        }
    }
    told
}
