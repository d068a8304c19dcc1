//! Two versions of a method side by side, with what their cases say and what running cases would feel.

mod text;

pub use text::of_editions;

use std::sync::Arc;

use metode::case::CaseFile;
use metode::definition::{Library, Method};
use metode::version::{self, Diff, Footprint, Migration, Trial};

use crate::casework;
use crate::store::Store;

/// What changed from one version to another.
#[derive(Debug)]
pub struct Comparison {
    /// The changes; of changed rules also what they do.
    pub diff: Diff,
    /// In how many cases beside the versions changed rules were asked.
    pub trials: usize,
}

/// How many running cases each change touches, and of how many.
#[derive(Debug)]
pub struct Touched {
    /// For each change.
    pub counts: Vec<usize>,
    /// How many cases follow the first version.
    pub cases: usize,
}

impl Comparison {
    /// Compares two versions, with what a migration between them says.
    pub fn of(library: &Library, old: &Arc<Method>, new: &Arc<Method>) -> Self {
        let migration = library.migration(&old.name(), &new.name());
        let declared = migration.map(|migration| migration.declared());
        let mut diff = version::diff(old, new, &declared.unwrap_or_default());
        let trials = trials(library, (old, new), migration.map(Arc::as_ref));
        version::behaviour(&mut diff, old, new, &trials);
        Self {
            diff,
            trials: trials.len(),
        }
    }

    /// Goes through the running cases of the first version; `step` is called after each.
    pub fn touched(
        &self,
        store: &dyn Store,
        old: &Method,
        step: &mut dyn FnMut(),
    ) -> Result<Touched, String> {
        let mut touched = Touched {
            counts: vec![0; self.diff.changes.len()],
            cases: 0,
        };
        casework::each_of(store, &old.name(), &mut |case| {
            let footprint = Footprint::of(old, case);
            touched.cases += 1;
            for (count, change) in touched.counts.iter_mut().zip(&self.diff.changes) {
                *count += usize::from(footprint.feels(change));
            }
            step();
        })?;
        Ok(touched)
    }
}

/// The cases beside both versions, each under both: those of the first as the migration makes them, if there is one.
fn trials(
    library: &Library,
    (old, new): (&Arc<Method>, &Arc<Method>),
    migration: Option<&Migration>,
) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (method, other) in [(old, new), (new, old)] {
        for source in &method.cases {
            // A case that cannot be read is told by `metode check`.
            let Ok(file) = CaseFile::read(library, source) else {
                continue;
            };
            let mut there = file.case.clone();
            there.method = other.name();
            let (old, new) = if Arc::ptr_eq(method, old) {
                let moved = migration.map(|migration| migration.migrate(&file.case, &file.now).case);
                (file.case, moved.unwrap_or(there))
            } else {
                (there, file.case)
            };
            trials.push(Trial {
                name: library.inside(&source.path).display().to_string(),
                old,
                new,
                now: file.now,
            });
        }
    }
    trials
}
