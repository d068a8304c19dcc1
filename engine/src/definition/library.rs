//! All that a folder of definitions holds: methods in all their versions, migrations, report templates, texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::content::Packed;
use super::lock::Lock;
use super::lower::Lists;
use super::method::{Method, Texts, numbers};
use super::pins::Editions;
use super::reader::Reader;
use super::report::Template;
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::value::Date;
use crate::version::Migration;

/// The methods of a definition directory, and of what is installed beside it.
#[derive(Debug)]
pub struct Library {
    /// The directory and the bundles that were read.
    pub(super) roots: Vec<PathBuf>,
    pub(super) lock: Lock,
    pub(super) editions: Editions,
    pub(super) methods: Vec<Arc<Method>>,
    pub(super) migrations: Vec<Arc<Migration>>,
    pub(super) reports: Vec<Arc<Template>>,
    pub(super) languages: BTreeMap<String, Texts>,
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
        reader.assemble(roots, files)
    }

    /// Reads definition files that are in memory, with their paths below the directory they could stand in.
    pub fn read(files: Vec<Source>) -> Loaded {
        let mut reader = Reader::default();
        let count = files.len();
        for source in files {
            let path = PathBuf::from(&source.path);
            reader.take_in(path, Arc::new(source));
        }
        reader.assemble(vec![PathBuf::new()], count)
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

/// Where a version stands among those of its id.
pub(super) fn place(id: &str, version: &str) -> (String, Vec<u64>) {
    (id.to_owned(), numbers(version))
}
