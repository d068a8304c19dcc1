//! Reads a definition directory: every file against its schema, every method compiled, every problem told.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::build;
use super::catalogue::List;
use super::lower::Lists;
use super::method::{Method, TEXT_KEYS, Texts};
use super::mirror;
use super::report::{self, Template};
use super::schema::{FileKind, validate};
use super::unreadable::Unreadable;
use super::unused;
use super::yaml::{Document, FILE_LIMIT};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Source;
use crate::value::Date;
use crate::version::{self, Migration};

/// The methods of a definition directory.
#[derive(Debug)]
pub struct Library {
    directory: PathBuf,
    methods: Vec<Arc<Method>>,
    migrations: Vec<Arc<Migration>>,
    reports: Vec<Arc<Template>>,
    languages: BTreeMap<String, Texts>,
}

/// What reading a directory gave.
#[derive(Debug)]
pub struct Loaded {
    /// The methods that have no errors.
    pub library: Library,
    /// Everything that is wrong or worth a look, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were read.
    pub files: usize,
}

impl Library {
    /// Reads a directory with everything below it.
    pub fn load(directory: &Path) -> Loaded {
        let mut reader = Reader::default();
        let mut paths = Vec::new();
        reader.walk(directory, &mut paths);
        paths.sort();
        for path in &paths {
            reader.read(directory, path);
        }
        reader.finish(directory, paths.len())
    }

    /// Reads definition files that are in memory, with their paths below the directory they could stand in.
    pub fn read(files: Vec<Source>) -> Loaded {
        let mut reader = Reader::default();
        let count = files.len();
        for source in files {
            let path = PathBuf::from(&source.path);
            reader.file(path, &Arc::new(source));
        }
        reader.finish(Path::new(""), count)
    }

    /// All methods, by id and version.
    pub fn methods(&self) -> &[Arc<Method>] {
        &self.methods
    }

    /// The directory that was read: places of rules stand below it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The engine's messages in a language.
    pub fn texts(&self, language: &str) -> Option<&Texts> {
        self.languages.get(language)
    }

    /// The method `id@version`; without a version the one with the highest number.
    pub fn method(&self, name: &str) -> Option<&Arc<Method>> {
        match name.split_once('@') {
            Some((id, version)) => self
                .methods
                .iter()
                .find(|method| method.id == id && method.version == version),
            None => self.methods.iter().rfind(|method| method.id == name),
        }
    }

    /// How cases of one version of a method become cases of another, `id@version` each.
    pub fn migration(&self, from: &str, to: &str) -> Option<&Arc<Migration>> {
        self.migrations
            .iter()
            .find(|migration| migration.from.name() == from && migration.to.name() == to)
    }

    /// All migrations.
    pub fn migrations(&self) -> &[Arc<Migration>] {
        &self.migrations
    }

    /// The report templates, by id and version.
    pub fn reports(&self) -> &[Arc<Template>] {
        &self.reports
    }

    /// The report template `id@version`; without a version the one with the highest number.
    pub fn report(&self, name: &str) -> Option<&Arc<Template>> {
        self.reports
            .iter()
            .rfind(|template| template.name() == name || template.id == name)
    }

    /// The version of a method under which cases are opened on a day.
    pub fn method_on(&self, id: &str, day: Date) -> Option<&Arc<Method>> {
        self.methods
            .iter()
            .find(|method| method.id == id && method.valid_on(day))
    }
}

/// A file that was read and fits its schema.
pub(super) struct File<T> {
    /// Path below the directory.
    pub path: PathBuf,
    /// The file with positions.
    pub document: Arc<Document>,
    /// Its content.
    pub content: T,
}

#[derive(Default)]
struct Reader {
    catalogues: Vec<File<mirror::Catalogue>>,
    methods: Vec<File<mirror::Method>>,
    forms: Vec<File<mirror::Form>>,
    emissions: Vec<File<mirror::Emission>>,
    texts: Vec<File<mirror::Texts>>,
    migrations: Vec<File<mirror::Migration>>,
    reports: Vec<File<mirror::Report>>,
    cases: Vec<PathBuf>,
    unreadable: Unreadable,
    diagnostics: Vec<Diagnostic>,
}

/// Folders deeper than this are not read.
const FOLDER_DEPTH: usize = 12;

impl Reader {
    fn walk(&mut self, directory: &Path, paths: &mut Vec<PathBuf>) {
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
                } else if kind.is_file() && (name.ends_with(".yaml") || name.ends_with(".yml")) {
                    paths.push(path);
                }
            }
        }
    }

    fn read(&mut self, directory: &Path, path: &Path) {
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
            Ok(Err(_)) => {
                self.diagnostics.push(Diagnostic::error(
                    &source(String::new()),
                    0..0,
                    "the file is not UTF-8",
                ));
                return;
            }
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                self.diagnostics
                    .push(Diagnostic::error(&source(String::new()), 0..0, message));
                return;
            }
        };
        let path = path.strip_prefix(directory).unwrap_or(path).to_owned();
        self.file(path, &source(text));
    }

    fn file(&mut self, path: PathBuf, source: &Arc<Source>) {
        let document = match Document::parse(source) {
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
        let unread = (&mut self.unreadable, &mut self.diagnostics);
        match () {
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
                self.cases.push(path);
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

    fn finish(mut self, directory: &Path, files: usize) -> Loaded {
        let lists = self.lists();
        let texts = self.languages();
        let mut methods: Vec<(Arc<Method>, usize)> = Vec::new();
        let mut claimed: BTreeSet<PathBuf> = BTreeSet::new();
        for (index, file) in self.methods.iter().enumerate() {
            let folder = file.path.parent().unwrap_or(Path::new("")).to_owned();
            let inside = |path: &Path| path.starts_with(&folder);
            if let Some((_, other)) = methods.iter().find(|(method, _)| {
                method.id == file.content.method && method.version == file.content.version
            }) {
                let first = self
                    .methods
                    .get(*other)
                    .map(|file| file.path.display().to_string())
                    .unwrap_or_default();
                let span = file.document.span("/version");
                self.diagnostics.push(
                    Diagnostic::error(
                        &file.document.source,
                        span,
                        format!("`{}@{}` stands twice", file.content.method, file.content.version),
                    )
                    .with_hint(format!("the other is in {first}")),
                );
                continue;
            }
            let before = self.diagnostics.len();
            let parts = build::Parts {
                file,
                forms: self.forms.iter().filter(|form| inside(&form.path)).collect(),
                emissions: self
                    .emissions
                    .iter()
                    .filter(|emission| inside(&emission.path))
                    .collect(),
                cases: self.cases.iter().filter(|case| inside(case)).cloned().collect(),
                unreadable: &self.unreadable,
            };
            claimed.extend(parts.forms.iter().map(|form| form.path.clone()));
            claimed.extend(parts.emissions.iter().map(|emission| emission.path.clone()));
            let diagnostics = RefCell::new(Vec::new());
            let method = build::method(&parts, &lists, &texts, &Cell::new(0), &diagnostics);
            self.diagnostics.extend(diagnostics.into_inner());
            let broken = self.diagnostics.get(before..).is_some_and(diagnostic::has_errors);
            if let Some(method) = method.filter(|_| !broken) {
                methods.push((Arc::new(method), index));
            }
        }
        let forms = self.forms.iter().map(|file| (&file.path, &file.document));
        let emissions = self.emissions.iter().map(|file| (&file.path, &file.document));
        for (_, document) in forms
            .chain(emissions)
            .filter(|(path, _)| !claimed.contains(*path))
        {
            self.diagnostics.push(
                Diagnostic::error(
                    &document.source,
                    0..document.source.line_at(0).1.len(),
                    "the file belongs to no method",
                )
                .with_hint("it stands below the folder of a `method.yaml`"),
            );
        }
        self.overlaps(&methods);
        let migrations = self.migrations(&methods);
        if !diagnostic::has_errors(&self.diagnostics) {
            let files: Vec<_> = methods
                .iter()
                .filter_map(|(method, index)| Some((&**method, &*self.methods.get(*index)?.document)))
                .collect();
            unused::lists(&files, &mut self.diagnostics);
        }
        let mut methods: Vec<Arc<Method>> = methods.into_iter().map(|(method, _)| method).collect();
        methods.sort_by_key(|method| place(&method.id, &method.version));
        let reports = report::templates(&self.reports, &methods, directory, &mut self.diagnostics);
        let mut reports: Vec<Arc<Template>> = reports.into_iter().map(Arc::new).collect();
        reports.sort_by_key(|template| place(&template.id, &template.version));
        diagnostic::sort(&mut self.diagnostics);
        Loaded {
            library: Library {
                directory: directory.to_owned(),
                methods,
                migrations,
                reports,
                languages: texts,
            },
            diagnostics: self.diagnostics,
            files,
        }
    }

    /// Two versions of one method must not hold on one day.
    fn overlaps(&mut self, methods: &[(Arc<Method>, usize)]) {
        for (position, (method, index)) in methods.iter().enumerate() {
            for (other, _) in methods.get(..position).unwrap_or_default() {
                let apart = |a: &Method, b: &Method| a.valid_to.is_some_and(|end| end <= b.valid_from);
                if method.id != other.id || apart(method, other) || apart(other, method) {
                    continue;
                }
                let Some(file) = self.methods.get(*index) else {
                    continue;
                };
                let day = method.valid_from.max(other.valid_from);
                let span = file.document.span("/valid_from");
                self.diagnostics.push(
                    Diagnostic::error(
                        &file.document.source,
                        span,
                        format!("`{}` and `{}` both hold on {day}", method.name(), other.name()),
                    )
                    .with_hint("give the older one a `valid_to`: the day on which the newer one begins"),
                );
            }
        }
    }

    /// Reads the migrations between versions that have no errors of their own.
    fn migrations(&mut self, methods: &[(Arc<Method>, usize)]) -> Vec<Arc<Migration>> {
        let mut migrations: Vec<Arc<Migration>> = Vec::new();
        for file in &self.migrations {
            let folder = |index: usize| self.methods.get(index).and_then(|file| file.path.parent());
            let below = |index: usize| folder(index).is_some_and(|folder| file.path.starts_with(folder));
            let span = file.document.span("/migration");
            let error = |message: String| Diagnostic::error(&file.document.source, span.clone(), message);
            let Some(own) = (0..self.methods.len()).find(|index| below(*index)) else {
                let problem = error("the file belongs to no method".to_owned());
                self.diagnostics
                    .push(problem.with_hint("it stands below the folder of a `method.yaml`"));
                continue;
            };
            let id = self
                .methods
                .get(own)
                .map(|file| file.content.method.as_str())
                .unwrap_or_default();
            let wanted = &file.content.migration;
            let earlier =
                |file: &File<mirror::Method>| file.content.method == id && file.content.version == *wanted;
            let Some(from) = self.methods.iter().position(earlier) else {
                let known: Vec<&str> = self
                    .methods
                    .iter()
                    .filter(|file| file.content.method == id)
                    .map(|file| file.content.version.as_str())
                    .collect();
                let problem = error(format!("there is no version `{wanted}` of `{id}`"));
                self.diagnostics
                    .push(problem.with_hint(format!("there are: {}", known.join(", "))));
                continue;
            };
            if from == own {
                self.diagnostics
                    .push(error("a version is not migrated to itself".to_owned()));
                continue;
            }
            let find = |index| {
                methods
                    .iter()
                    .find(|(_, other)| *other == index)
                    .map(|(method, _)| method)
            };
            // Without either version there is nothing to be said of what is between them.
            let (Some(from_method), Some(to)) = (find(from), find(own)) else {
                continue;
            };
            if migrations
                .iter()
                .any(|other| Arc::ptr_eq(&other.from, from_method) && Arc::ptr_eq(&other.to, to))
            {
                self.diagnostics
                    .push(error(format!("the migration from `{wanted}` stands twice")));
                continue;
            }
            let parameters = self
                .methods
                .get(from)
                .map(|file| file.content.parameters.as_slice());
            let parts = version::Parts {
                document: &file.document,
                content: &file.content,
                from: from_method,
                parameters: parameters.unwrap_or_default(),
                to,
            };
            migrations.extend(version::read(&parts, &mut self.diagnostics).map(Arc::new));
        }
        migrations
    }

    fn lists(&mut self) -> BTreeMap<(String, String), Lists> {
        let mut editions: BTreeMap<(String, String), Lists> = BTreeMap::new();
        for file in std::mem::take(&mut self.catalogues) {
            let list = Arc::new(List::new(file.content, &file.document, &mut self.diagnostics));
            let lists = editions
                .entry((list.catalogue.clone(), list.edition.clone()))
                .or_default();
            if lists.insert(list.name(), Arc::clone(&list)).is_some() {
                let span = file.document.span("/list");
                let message = format!(
                    "the list `{}` stands twice in edition {}",
                    list.name(),
                    list.edition
                );
                self.diagnostics
                    .push(Diagnostic::error(&file.document.source, span, message));
            }
        }
        editions
    }

    fn languages(&mut self) -> BTreeMap<String, Texts> {
        let mut languages = BTreeMap::new();
        for file in std::mem::take(&mut self.texts) {
            for key in TEXT_KEYS
                .iter()
                .filter(|key| !file.content.texts.contains_key(**key))
            {
                let span = file.document.key_span("/texts");
                self.diagnostics.push(Diagnostic::error(
                    &file.document.source,
                    span,
                    format!("the text `{key}` is missing"),
                ));
            }
            for key in file
                .content
                .texts
                .keys()
                .filter(|key| !TEXT_KEYS.contains(&key.as_str()))
            {
                let span = file.document.key_span(&format!("/texts/{key}"));
                self.diagnostics.push(Diagnostic::error(
                    &file.document.source,
                    span,
                    format!("nothing uses the text `{key}`"),
                ));
            }
            languages.insert(file.content.language, Texts::new(file.content.texts));
        }
        languages
    }
}

/// Where a version stands among those of its id.
fn place(id: &str, version: &str) -> (String, Vec<u32>) {
    let numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (id.to_owned(), numbers.collect())
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
