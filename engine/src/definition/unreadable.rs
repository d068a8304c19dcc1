//! What a method names and what could not be read: naming it is no second error.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

/// Forms and lists whose files have errors of their own.
#[derive(Debug, Default, Clone)]
pub struct Unreadable {
    forms: BTreeSet<String>,
    /// Data needs, by what their forms are called before the phase.
    needs: BTreeSet<String>,
    lists: BTreeSet<String>,
    /// Catalogues of which the edition that is named is not there.
    catalogues: BTreeSet<String>,
}

impl Unreadable {
    /// Notes a file by the keys at its top.
    fn note(&mut self, key: &dyn Fn(&str) -> Option<String>) {
        match key("needs") {
            Some(_) => self.needs.extend(key("form")),
            None => self.forms.extend(key("form")),
        }
        if let (Some(catalogue), Some(list)) = (key("catalogue"), key("list")) {
            self.lists.insert(format!("{catalogue}.{list}"));
        }
    }

    /// Notes a file that is YAML.
    pub fn note_json(&mut self, json: &Json) {
        self.note(&|key| {
            json.get(key)
                .map(|value| value.as_str().unwrap_or_default().to_owned())
        });
    }

    /// Notes a file that is not even YAML.
    pub fn note_text(&mut self, text: &str) {
        self.note(&|key| {
            let value = |line: &str| {
                line.strip_prefix(key)?
                    .strip_prefix(':')
                    .map(|id| id.trim().to_owned())
            };
            text.lines().find_map(value)
        });
    }

    /// Notes a file of which only the name can be told.
    pub fn note_form(&mut self, path: &Path) {
        self.forms
            .extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }

    /// Notes a catalogue without the edition that is named.
    pub fn note_catalogue(&mut self, catalogue: &str) {
        self.catalogues.insert(catalogue.to_owned());
    }

    /// Whether everything could be read.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty() && self.needs.is_empty() && self.lists.is_empty() && self.catalogues.is_empty()
    }

    /// Whether a form is there but could not be read.
    pub fn has_form(&self, id: &str) -> bool {
        let of_needs = |form: &String| {
            id.strip_prefix(form.as_str())
                .is_some_and(|phase| phase.starts_with('_'))
        };
        self.forms.contains(id) || self.needs.iter().any(of_needs)
    }

    /// Whether `catalogue.list` is there but could not be read, or may be.
    pub fn has_list(&self, name: &str) -> bool {
        let catalogue = name.split('.').next().unwrap_or_default();
        self.lists.contains(name) || self.catalogues.contains(catalogue)
    }
}
