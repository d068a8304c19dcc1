//! Imports a published code system (a FHIR `CodeSystem`) as an edition of a catalogue.
//!
//! A code system has identifiers and wordings, and codes that no rule can name. What it lacks comes from another edition of
//! the catalogue: which lists there are, their order, the codes, tags, levels and provisions. A concept is known by its
//! identifier; its wording is the code system's unless the catalogue prints another on purpose.

mod arrange;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::schema::{FileKind, validate};
use super::yaml::{Document, write};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::source::Source;

/// What to make of a code system.
#[derive(Debug, Clone)]
pub struct Edition {
    /// The catalogue.
    pub catalogue: String,
    /// The new edition of it.
    pub edition: String,
    /// What the lists say of where they come from; the code system's name and version when nothing is said.
    pub source: Option<String>,
}

/// What an import gave.
#[derive(Debug, Default)]
pub struct Imported {
    /// The text of each list's file, by the list's id.
    pub lists: BTreeMap<String, String>,
    /// What was mended on the way, and what found no place; errors when nothing could be made of it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Makes an edition of a code system, arranged as the lists of another edition are; without any, each concept at the top
/// becomes a list of what stands below it.
pub fn import(path: &str, bytes: &[u8], edition: &Edition, like: &[Arc<Source>]) -> Imported {
    let mut imported = Imported::default();
    let told = &mut imported.diagnostics;
    let Some(system) = read::code_system(path, bytes, told) else {
        return imported;
    };
    let mut lists = Vec::new();
    for source in like {
        match Document::parse(source) {
            Ok(document) => {
                let json = document.to_json();
                told.extend(validate(&document, &json, FileKind::Catalogue));
                lists.push(json);
            }
            Err(problem) => told.push(problem),
        }
    }
    if has_errors(told) {
        return imported;
    }
    let arranged = match like.is_empty() {
        true => arrange::by_itself(&system, edition),
        false => arrange::like(&system, edition, lists, told),
    };
    for (list, file) in arranged {
        let text = write(&Json::Object(file));
        told.extend(faults(&list, &text));
        imported.lists.insert(list, text);
    }
    imported
}

/// What is wrong with a list that was made: only ids that were given wrongly can be.
fn faults(list: &str, text: &str) -> Vec<Diagnostic> {
    let (path, text) = (format!("{list}.yaml"), text.to_owned());
    match Document::parse(&Arc::new(Source { path, text })) {
        Ok(document) => validate(&document, &document.to_json(), FileKind::Catalogue),
        Err(problem) => vec![problem],
    }
}
