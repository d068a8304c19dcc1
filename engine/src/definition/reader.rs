//! Reads definition files: each against the schema of its kind, every problem told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::content::{Packed, canonical};
use super::lock::Lock;
use super::mirror;
use super::needs::NeedsFile;
use super::schema::{FileKind, validate};
use super::unreadable::Unreadable;
use super::yaml::{Document, FILE_LIMIT};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// A file that was read and fits its schema.
pub(super) struct File<T> {
    /// Path below the directory.
    pub path: PathBuf,
    /// The file with positions.
    pub document: Arc<Document>,
    /// Its content.
    pub content: T,
}

/// What was read, kind by kind, and what is wrong with it.
#[derive(Default)]
pub(super) struct Reader {
    pub catalogues: Vec<File<mirror::Catalogue>>,
    pub methods: Vec<File<mirror::Method>>,
    pub forms: Vec<File<mirror::Form>>,
    pub needs: Vec<File<NeedsFile>>,
    pub emissions: Vec<File<mirror::Emission>>,
    pub texts: Vec<File<mirror::Texts>>,
    pub migrations: Vec<File<mirror::Migration>>,
    pub reports: Vec<File<mirror::Report>>,
    pub locks: Vec<File<Lock>>,
    pub cases: Vec<(PathBuf, Arc<Source>)>,
    /// Every file that belongs to the method in whose folder it stands.
    pub own: Vec<(PathBuf, Arc<Source>)>,
    /// Every file that was read.
    pub read: BTreeMap<PathBuf, Arc<Source>>,
    /// Every file that is there, readable or not.
    pub seen: BTreeSet<PathBuf>,
    /// The files that were packed.
    pub packed: BTreeSet<PathBuf>,
    pub unreadable: Unreadable,
    pub diagnostics: Vec<Diagnostic>,
}

/// Folders deeper than this are not read.
const FOLDER_DEPTH: usize = 12;

impl Reader {
    /// Notes the definition files below a folder.
    pub fn walk(&mut self, directory: &Path, paths: &mut Vec<PathBuf>) {
        let mut folders = vec![(directory.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    let message = format!("the folder `{}` cannot be read: {error}", folder.display());
                    self.diagnostics.push(Diagnostic::without_source(message));
                    continue;
                }
            };
            for entry in entries.filter_map(Result::ok) {
                let (path, name) = (entry.path(), entry.file_name());
                let name = name.to_string_lossy();
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() && depth < FOLDER_DEPTH && !name.starts_with('.') && name != "schema" {
                    folders.push((path, depth + 1));
                } else if kind.is_file() && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
                    paths.push(path);
                }
            }
        }
    }

    /// Reads a file below a folder.
    pub fn read(&mut self, directory: &Path, path: &Path) {
        let inside = path.strip_prefix(directory).unwrap_or(path).to_owned();
        self.seen.insert(inside.clone());
        let shown = path.display().to_string();
        let text = match std::fs::metadata(path) {
            Ok(metadata) if metadata.len() > FILE_LIMIT as u64 => {
                let source = Arc::new(Source {
                    path: shown,
                    text: String::new(),
                });
                let megabytes = metadata.len() >> 20;
                self.diagnostics.push(
                    Diagnostic::error(
                        &source,
                        0..0,
                        format!(
                            "the file has {megabytes} MB, at most {} MB are read",
                            FILE_LIMIT >> 20
                        ),
                    )
                    .with_hint("split it; long texts do not belong in definitions"),
                );
                return;
            }
            _ => std::fs::read(path),
        };
        let source = |text: String| {
            Arc::new(Source {
                path: shown.clone(),
                text,
            })
        };
        let text = match text.map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let source = source(String::from_utf8_lossy(error.as_bytes()).into_owned());
                let span = at..at + char::REPLACEMENT_CHARACTER.len_utf8();
                self.diagnostics.push(
                    Diagnostic::error(&source, span, "the file is not UTF-8").with_hint(format!(
                        "here stands the byte `{byte:02x}`: save the file as UTF-8"
                    )),
                );
                return;
            }
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                self.diagnostics
                    .push(Diagnostic::error(&source(String::new()), 0..0, message));
                return;
            }
        };
        self.take_in(inside, source(text));
    }

    /// Takes in packed files, and tells how many.
    pub fn unpack(&mut self, bundle: &Packed) -> usize {
        for (path, text) in &bundle.files {
            let source = Arc::new(Source {
                path: format!("{}/{path}", bundle.place),
                text: text.clone(),
            });
            let path = PathBuf::from(path);
            let Some(there) = self.read.get(&path) else {
                self.packed.insert(path.clone());
                self.seen.insert(path.clone());
                self.take_in(path, source);
                continue;
            };
            if canonical(&there.text) != canonical(text) {
                let message = format!("`{}` is not as it stands in {}", path.display(), there.path);
                let problem = Diagnostic::error(&source, 0..source.line_at(0).1.len(), message);
                self.diagnostics.push(
                    problem.with_hint(
                        "one of the two was changed after it was published, or has the other's name",
                    ),
                );
            }
        }
        bundle.files.len()
    }

    /// Takes in a file, as what it says it is.
    pub fn take_in(&mut self, path: PathBuf, source: Arc<Source>) {
        self.read.insert(path.clone(), Arc::clone(&source));
        // Read by those that name it.
        if path.extension().is_some_and(|ending| ending == "json") {
            return;
        }
        let document = match Document::parse(&source) {
            Ok(document) => Arc::new(document),
            Err(diagnostic) => {
                let text = diagnostic
                    .source
                    .as_ref()
                    .map(|source| source.text.as_str())
                    .unwrap_or_default();
                self.unreadable.note_text(text);
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        let json = document.to_json();
        let has = |key: &str| json.get(key).is_some();
        if !["list", "texts", "published", "report"].into_iter().any(has) {
            self.own.push((path.clone(), source));
        }
        let unread = (&mut self.unreadable, &mut self.diagnostics);
        match () {
            () if has("needs") => take(&mut self.needs, path, document, json, FileKind::Needs, unread),
            () if has("form") => take(&mut self.forms, path, document, json, FileKind::Form, unread),
            () if has("list") => take(
                &mut self.catalogues,
                path,
                document,
                json,
                FileKind::Catalogue,
                unread,
            ),
            () if has("data_points") => {
                take(
                    &mut self.emissions,
                    path,
                    document,
                    json,
                    FileKind::Emission,
                    unread,
                );
            }
            () if has("published") => take(&mut self.locks, path, document, json, FileKind::Lock, unread),
            () if has("report") => take(&mut self.reports, path, document, json, FileKind::Report, unread),
            () if has("texts") => take(&mut self.texts, path, document, json, FileKind::Texts, unread),
            () if has("migration") => take(
                &mut self.migrations,
                path,
                document,
                json,
                FileKind::Migration,
                unread,
            ),
            () if has("responses") || (has("method") && has("today")) => {
                let problems = validate(&document, &json, FileKind::Case);
                self.diagnostics.extend(problems);
                self.cases.push((path, Arc::clone(&document.source)));
            }
            () if has("method") => take(&mut self.methods, path, document, json, FileKind::Method, unread),
            () => {
                // Most likely it is the form that its name says.
                self.unreadable.note_form(&path);
                let first_line = 0..document.source.line_at(0).1.len();
                let problem =
                    Diagnostic::error(&document.source, first_line, "this is no kind of definition file");
                self.diagnostics.push(problem.with_hint(
                    "a file begins with `form:`, `method:`, `catalogue:`, `data_points:`, `report:`, `migration:` or `language:`; see definitions/README.md",
                ));
            }
        }
    }
}

/// Checks a file against its schema and reads it into its mirror.
fn take<T: DeserializeOwned>(
    files: &mut Vec<File<T>>,
    path: PathBuf,
    document: Arc<Document>,
    mut json: Json,
    kind: FileKind,
    (unreadable, diagnostics): (&mut Unreadable, &mut Vec<Diagnostic>),
) {
    let problems = validate(&document, &json, kind);
    let fine = problems.is_empty();
    diagnostics.extend(problems);
    if !fine {
        // Without what nobody knows the rest may still be read, so that its own problems are told in the same go.
        super::schema::drop_unknown_keys(&mut json, kind);
    }
    match T::deserialize(&json) {
        Ok(content) => files.push(File {
            path,
            document,
            content,
        }),
        Err(error) => {
            unreadable.note_json(&json);
            // The schema refuses all that the mirror refuses; this tells if they ever part.
            if fine {
                diagnostics.push(Diagnostic::error(&document.source, 0..0, error.to_string()));
            }
        }
    }
}
