//! The versions of a method beside each other: their order, what each consists of, what is locked, and how cases move on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::content::Content;
use super::lock::{self, Lock};
use super::method::{Method, numbers};
use super::mirror;
use super::reader::{File, Reader};
use super::report;
use crate::diagnostic::{Diagnostic, Severity};
use crate::version::{self, Migration};

impl Reader {
    /// The versions of a method must begin in the order of their numbers: each holds until the next one begins.
    /// One that names its own last day ends after it began, and leaves no days without a version.
    pub fn succession(&mut self, methods: &[(Arc<Method>, usize)]) {
        self.ends(methods);
        for (older, _) in methods {
            for (newer, index) in methods {
                let ordered = numbers(&older.version) < numbers(&newer.version);
                if older.id != newer.id || !ordered || older.valid_from < newer.valid_from {
                    continue;
                }
                let Some(file) = self.methods.get(*index) else {
                    continue;
                };
                let message = match older.valid_from == newer.valid_from {
                    true => format!(
                        "`{}` and `{}` both begin on {}",
                        newer.name(),
                        older.name(),
                        newer.valid_from
                    ),
                    false => format!(
                        "`{}` begins on {}, the older `{}` on {}",
                        newer.name(),
                        newer.valid_from,
                        older.name(),
                        older.valid_from
                    ),
                };
                let span = file.document.span("/valid_from");
                self.diagnostics.push(
                    Diagnostic::error(&file.document.source, span, message)
                        .with_hint("a version holds until the day on which the next one begins"),
                );
            }
        }
    }

    fn ends(&mut self, methods: &[(Arc<Method>, usize)]) {
        for (method, index) in methods {
            let (Some(end), Some(file)) = (method.valid_to, self.methods.get(*index)) else {
                continue;
            };
            if end <= method.valid_from {
                let message = format!("`{}` ends on {end}, before it holds for a day", method.name());
                let span = file.document.span("/valid_to");
                self.diagnostics.push(
                    Diagnostic::error(&file.document.source, span, message)
                        .with_hint(format!("it begins on {}", method.valid_from)),
                );
            }
            let later = |(other, _): &&(Arc<Method>, usize)| {
                other.id == method.id && numbers(&other.version) > numbers(&method.version)
            };
            let next = methods
                .iter()
                .filter(later)
                .min_by_key(|(other, _)| numbers(&other.version));
            let Some((next, file)) = next.and_then(|(next, index)| Some((next, self.methods.get(*index)?)))
            else {
                continue;
            };
            if next.valid_from > end {
                let message = format!(
                    "no version of `{}` holds from {end} to {}",
                    next.id, next.valid_from
                );
                let span = file.document.span("/valid_from");
                self.diagnostics.push(
                    Diagnostic::new(Severity::Warning, &file.document.source, span, message).with_hint(
                        format!(
                            "`{}` ends on {end}: until another begins no case can be opened",
                            method.name()
                        ),
                    ),
                );
            }
        }
    }

    /// The files that a version consists of.
    pub fn content(&self, file: &File<mirror::Method>) -> Content {
        let (id, version) = (&file.content.method, &file.content.version);
        let folder = file.path.parent().unwrap_or(Path::new(""));
        let own = self.own.iter().filter_map(|(path, source)| {
            let inside = path.strip_prefix(folder).ok()?.display();
            Some((format!("methods/{id}/{version}/{inside}"), Arc::clone(source)))
        });
        let pinned = self.catalogues.iter().filter_map(|list| {
            let (catalogue, edition) = (&list.content.catalogue, &list.content.edition);
            let pinned = file.content.catalogues.get(catalogue);
            let path = || format!("catalogues/{catalogue}/{edition}/{}.yaml", list.content.list);
            pinned?
                .names(edition)
                .then(|| (path(), Arc::clone(&list.document.source)))
        });
        let reports = self.reports.iter().filter(|report| {
            let (id, version) = (&report.content.report, &report.content.version);
            file.content.reports.get(id) == Some(version)
        });
        let reports = reports.flat_map(|report| {
            let (id, version) = (&report.content.report, &report.content.version);
            let template = ("template.yaml", Arc::clone(&report.document.source));
            let schema = report.content.schema.as_deref();
            let schema =
                schema.and_then(|name| Some((name, Arc::clone(report::schema(report, &self.read)?))));
            let path = move |name: &str| format!("reports/{id}/{version}/{name}");
            let parts = std::iter::once(template).chain(schema);
            parts.map(move |(name, source)| (path(name), source))
        });
        own.chain(pinned).chain(reports).collect()
    }

    /// The report templates that methods name must be there.
    pub fn pinned_reports(&mut self) {
        for file in &self.methods {
            for (id, version) in &file.content.reports {
                let named = self.reports.iter().filter(|report| report.content.report == *id);
                let known: Vec<&str> = named.map(|report| report.content.version.as_str()).collect();
                if known.contains(&version.as_str()) {
                    continue;
                }
                let span = file.document.span(&format!("/reports/{id}"));
                let message = format!("there is no report `{id}@{version}`");
                let hint = match known.is_empty() {
                    true => "no template of this name was found".to_owned(),
                    false => format!("there are: {}", known.join(", ")),
                };
                let problem = Diagnostic::error(&file.document.source, span, message);
                self.diagnostics.push(problem.with_hint(hint));
            }
        }
    }

    /// What the lock files hold together, after a look at whether it is still so.
    pub fn lock(&mut self, contents: &[Content]) -> Lock {
        let mut whole = Lock::default();
        let names = self.methods.iter().map(|file| file.content.name());
        let methods: BTreeMap<String, &Content> = names.zip(contents).collect();
        for file in std::mem::take(&mut self.locks) {
            self.diagnostics.extend(lock::check(&file, &methods));
            whole.published.extend(file.content.published);
        }
        whole
    }

    /// Reads the migrations between versions that have no errors of their own.
    pub fn migrations(&mut self, methods: &[(Arc<Method>, usize)]) -> Vec<Arc<Migration>> {
        let mut migrations: Vec<Arc<Migration>> = Vec::new();
        for file in &self.migrations {
            let folder = |index: usize| self.methods.get(index).and_then(|file| file.path.parent());
            let below = |index: usize| folder(index).is_some_and(|folder| file.path.starts_with(folder));
            let span = file.document.span("/migration");
            let error = |message: String| Diagnostic::error(&file.document.source, span.clone(), message);
            let Some(own) = (0..self.methods.len()).find(|index| below(*index)) else {
                if !self.has_method_above(&file.path) {
                    let problem = error("the file belongs to no method".to_owned());
                    self.diagnostics
                        .push(problem.with_hint("it stands below the folder of a `method.yaml`"));
                }
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
                // Who installs a version need not have those before it.
                if self.packed.contains(&file.path) {
                    continue;
                }
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
}
