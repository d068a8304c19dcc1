//! Reads a definition directory: every file against its schema, every method compiled, every problem told.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::build;
use super::catalogue::List;
use super::content::{Content, Packed, canonical};
use super::lock::Lock;
use super::lower::Lists;
use super::method::{Method, TEXT_KEYS, Texts, numbers};
use super::mirror;
use super::needs::NeedsFile;
use super::pins::Editions;
use super::report::{self, Template};
use super::schema::{FileKind, validate};
use super::unreadable::Unreadable;
use super::unused;
use super::yaml::{Document, FILE_LIMIT};
use crate::diagnostic::{self, Diagnostic};
use crate::source::Source;
use crate::value::Date;
use crate::version::Migration;

/// The methods of a definition directory, and of what is installed beside it.
#[derive(Debug)]
pub struct Library {
    /// The directory and the bundles that were read.
    roots: Vec<PathBuf>,
    lock: Lock,
    editions: Editions,
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
        Self::load_with(directory, &[])
    }

    /// Reads a directory, and beside it files that were packed. What a packed file says must not differ from a file that
    /// stands in the same place.
    pub fn load_with(directory: &Path, packed: &[Packed]) -> Loaded {
        let mut reader = Reader::default();
        let mut paths = Vec::new();
        reader.walk(directory, &mut paths);
        paths.sort();
        for path in &paths {
            reader.read(directory, path);
        }
        let mut roots = vec![directory.to_owned()];
        let mut files = paths.len();
        for bundle in packed {
            files += reader.unpack(bundle);
            roots.push(PathBuf::from(&bundle.place));
        }
        reader.finish(roots, files)
    }

    /// Reads definition files that are in memory, with their paths below the directory they could stand in.
    pub fn read(files: Vec<Source>) -> Loaded {
        let mut reader = Reader::default();
        let count = files.len();
        for source in files {
            let path = PathBuf::from(&source.path);
            reader.take_in(path, Arc::new(source));
        }
        reader.finish(vec![PathBuf::new()], count)
    }

    /// All methods, by id and version.
    pub fn methods(&self) -> &[Arc<Method>] {
        &self.methods
    }

    /// A file as it stands in the directory or the bundle that it was read from.
    pub fn inside<'a>(&self, file: &'a str) -> &'a Path {
        let file = Path::new(file);
        let mut roots = self.roots.iter();
        roots
            .find_map(|root| file.strip_prefix(root).ok())
            .unwrap_or(file)
    }

    /// Keeps what a former library has and this one lacks: cases follow it.
    pub fn keep(&mut self, former: &Self) {
        for method in &former.methods {
            if self.method(&method.name()).is_none() {
                self.methods.push(Arc::clone(method));
            }
        }
        self.methods
            .sort_by_key(|method| place(&method.id, &method.version));
    }

    /// What is published, and can no longer change.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// The lists of an edition, `catalogue@edition`.
    pub fn edition(&self, name: &str) -> Option<&Lists> {
        let (catalogue, edition) = name.split_once('@')?;
        self.editions.get(&(catalogue.to_owned(), edition.to_owned()))
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

    /// The report template that reports about a day are made by: `id@version` itself; of `id` the highest version that has
    /// begun by then, or else the lowest.
    pub fn report_on(&self, name: &str, day: Date) -> Option<&Arc<Template>> {
        let begun = |template: &&Arc<Template>| {
            let begun = template.begins.is_none_or(|begins| begins <= day);
            template.name() == name || (template.id == name && begun)
        };
        let mut of_id = self.reports.iter().filter(|template| template.id == name);
        self.reports.iter().rfind(begun).or_else(|| of_id.next())
    }

    /// The versions that new cases follow on a day, by method.
    pub fn methods_on(&self, day: Date) -> Vec<&Arc<Method>> {
        let chosen = |method: &&Arc<Method>| {
            let on = self.method_on(&method.id, day);
            on.is_some_and(|on| Arc::ptr_eq(on, method))
        };
        self.methods.iter().filter(chosen).collect()
    }

    /// The version of a method under which cases are opened on a day: of those that hold the one that began last.
    pub fn method_on(&self, id: &str, day: Date) -> Option<&Arc<Method>> {
        let holding = |method: &&Arc<Method>| method.id == id && method.valid_on(day);
        self.methods
            .iter()
            .filter(holding)
            .max_by_key(|method| method.valid_from)
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
pub(super) struct Reader {
    pub catalogues: Vec<File<mirror::Catalogue>>,
    pub methods: Vec<File<mirror::Method>>,
    forms: Vec<File<mirror::Form>>,
    needs: Vec<File<NeedsFile>>,
    emissions: Vec<File<mirror::Emission>>,
    texts: Vec<File<mirror::Texts>>,
    pub migrations: Vec<File<mirror::Migration>>,
    pub reports: Vec<File<mirror::Report>>,
    pub locks: Vec<File<Lock>>,
    cases: Vec<(PathBuf, Arc<Source>)>,
    /// Every file that belongs to the method in whose folder it stands.
    pub own: Vec<(PathBuf, Arc<Source>)>,
    /// Every file that was read.
    pub read: BTreeMap<PathBuf, Arc<Source>>,
    /// The files that were packed.
    pub packed: BTreeSet<PathBuf>,
    unreadable: Unreadable,
    pub diagnostics: Vec<Diagnostic>,
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
                } else if kind.is_file() && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
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
        self.take_in(path, source(text));
    }

    /// Takes in packed files, and tells how many.
    fn unpack(&mut self, bundle: &Packed) -> usize {
        for (path, text) in &bundle.files {
            let source = Arc::new(Source {
                path: format!("{}/{path}", bundle.place),
                text: text.clone(),
            });
            let path = PathBuf::from(path);
            let Some(there) = self.read.get(&path) else {
                self.packed.insert(path.clone());
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

    fn take_in(&mut self, path: PathBuf, source: Arc<Source>) {
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

    fn finish(mut self, roots: Vec<PathBuf>, files: usize) -> Loaded {
        let contents: Vec<Content> = self.methods.iter().map(|file| self.content(file)).collect();
        let lock = self.lock(&contents);
        let editions = self.lists();
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
                needs: self.needs.iter().filter(|needs| inside(&needs.path)).collect(),
                emissions: self
                    .emissions
                    .iter()
                    .filter(|emission| inside(&emission.path))
                    .collect(),
                cases: self
                    .cases
                    .iter()
                    .filter(|(path, _)| inside(path))
                    .map(|(_, source)| Arc::clone(source))
                    .collect(),
                content: contents.get(index).cloned().unwrap_or_default(),
                unreadable: &self.unreadable,
            };
            claimed.extend(parts.forms.iter().map(|form| form.path.clone()));
            claimed.extend(parts.needs.iter().map(|needs| needs.path.clone()));
            claimed.extend(parts.emissions.iter().map(|emission| emission.path.clone()));
            let diagnostics = RefCell::new(Vec::new());
            let method = build::method(&parts, &editions, &texts, &Cell::new(0), &diagnostics);
            self.diagnostics.extend(diagnostics.into_inner());
            let broken = self.diagnostics.get(before..).is_some_and(diagnostic::has_errors);
            if let Some(method) = method.filter(|_| !broken) {
                methods.push((Arc::new(method), index));
            }
        }
        let forms = self.forms.iter().map(|file| (&file.path, &file.document));
        let emissions = self.emissions.iter().map(|file| (&file.path, &file.document));
        let needs = self.needs.iter().map(|file| (&file.path, &file.document));
        for (_, document) in forms
            .chain(needs)
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
        self.succession(&methods);
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
        let reports = report::templates(&self.reports, &self.read, &methods, &mut self.diagnostics);
        self.pinned_reports();
        let mut reports: Vec<Arc<Template>> = reports.into_iter().map(Arc::new).collect();
        reports.sort_by_key(|template| place(&template.id, &template.version));
        diagnostic::sort(&mut self.diagnostics);
        Loaded {
            library: Library {
                roots,
                lock,
                editions,
                methods,
                migrations,
                reports,
                languages: texts,
            },
            diagnostics: self.diagnostics,
            files,
        }
    }

    fn lists(&mut self) -> Editions {
        let mut editions = Editions::new();
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
fn place(id: &str, version: &str) -> (String, Vec<u64>) {
    (id.to_owned(), numbers(version))
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
