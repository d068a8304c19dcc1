//! Makes a library of what was read: methods from the files of their folders, in the order of their versions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build;
use super::catalogue::List;
use super::content::Content;
use super::library::{Library, Loaded, place};
use super::method::{Method, TEXT_KEYS, Texts};
use super::mirror;
use super::pins::Editions;
use super::reader::{File, Reader};
use super::report::{self, Template};
use super::unused;
use crate::diagnostic::{self, Diagnostic};

impl Reader {
    /// The library, with the folder and the bundles that were read, and how many files these were.
    pub fn assemble(mut self, roots: Vec<PathBuf>, files: usize) -> Loaded {
        let contents: Vec<Content> = self.methods.iter().map(|file| self.content(file)).collect();
        let lock = self.lock(&contents);
        let editions = self.lists();
        let languages = self.languages();
        let methods = self.build(&contents, &editions, &languages);
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
                languages,
            },
            diagnostics: self.diagnostics,
            files,
        }
    }

    /// The methods that have no errors, each with the index of its file.
    fn build(
        &mut self,
        contents: &[Content],
        editions: &Editions,
        texts: &BTreeMap<String, Texts>,
    ) -> Vec<(Arc<Method>, usize)> {
        let mut methods: Vec<(Arc<Method>, usize)> = Vec::new();
        let mut claimed: BTreeSet<PathBuf> = BTreeSet::new();
        for (index, file) in self.methods.iter().enumerate() {
            let named =
                |method: &Method| method.id == file.content.method && method.version == file.content.version;
            if let Some((_, first)) = methods.iter().find(|(method, _)| named(method)) {
                self.diagnostics
                    .extend(self.methods.get(*first).map(|first| twice(file, first)));
                continue;
            }
            let parts = self.parts(file, contents.get(index).cloned().unwrap_or_default());
            claimed.extend(parts.forms.iter().map(|form| form.path.clone()));
            claimed.extend(parts.needs.iter().map(|needs| needs.path.clone()));
            claimed.extend(parts.emissions.iter().map(|emission| emission.path.clone()));
            let diagnostics = RefCell::new(Vec::new());
            let method = build::method(&parts, editions, texts, &Cell::new(0), &diagnostics);
            let diagnostics = diagnostics.into_inner();
            let broken = diagnostic::has_errors(&diagnostics);
            self.diagnostics.extend(diagnostics);
            if let Some(method) = method.filter(|_| !broken) {
                methods.push((Arc::new(method), index));
            }
        }
        self.strays(&claimed);
        methods
    }

    /// What stands in the folder of a method.
    fn parts<'a>(&'a self, file: &'a File<mirror::Method>, content: Content) -> build::Parts<'a> {
        let folder = file.path.parent().unwrap_or(Path::new(""));
        fn below<'a, T>(files: &'a [File<T>], folder: &Path) -> Vec<&'a File<T>> {
            files
                .iter()
                .filter(|file| file.path.starts_with(folder))
                .collect()
        }
        let cases = self.cases.iter().filter(|(path, _)| path.starts_with(folder));
        build::Parts {
            file,
            forms: below(&self.forms, folder),
            needs: below(&self.needs, folder),
            emissions: below(&self.emissions, folder),
            cases: cases.map(|(_, source)| Arc::clone(source)).collect(),
            content,
            unreadable: &self.unreadable,
        }
    }

    /// Tells files that are part of no method.
    fn strays(&mut self, claimed: &BTreeSet<PathBuf>) {
        let forms = self.forms.iter().map(|file| (&file.path, &file.document));
        let emissions = self.emissions.iter().map(|file| (&file.path, &file.document));
        let needs = self.needs.iter().map(|file| (&file.path, &file.document));
        let strays = forms
            .chain(needs)
            .chain(emissions)
            .filter(|(path, _)| !claimed.contains(*path) && !self.has_method_above(path));
        let told: Vec<Diagnostic> = strays
            .map(|(_, document)| {
                let first_line = 0..document.source.line_at(0).1.len();
                Diagnostic::error(&document.source, first_line, "the file belongs to no method")
                    .with_hint("it stands below the folder of a `method.yaml`")
            })
            .collect();
        self.diagnostics.extend(told);
    }

    /// Whether a method's file stands above a file, even one that cannot be read: then that is what is wrong.
    pub fn has_method_above(&self, path: &Path) -> bool {
        path.ancestors()
            .skip(1)
            .any(|folder| self.seen.contains(&folder.join("method.yaml")))
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
            .values_mut()
            .for_each(super::lower::Lists::sort_unstable_keys);
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

/// A method stands twice.
fn twice(file: &File<mirror::Method>, first: &File<mirror::Method>) -> Diagnostic {
    let message = format!("`{}@{}` stands twice", file.content.method, file.content.version);
    Diagnostic::error(&file.document.source, file.document.span("/version"), message)
        .with_hint(format!("the other is in {}", first.path.display()))
}
