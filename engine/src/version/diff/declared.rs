//! What a migration says of the fields and codes of the first version.

use std::collections::BTreeMap;

use super::change::Note;
use crate::definition::Needs;
use crate::source::Place;

/// What a migration says of the fields and codes of the first version.
#[derive(Debug, Default)]
pub struct Declared {
    /// Forms, and fields as `form.path`, that stand elsewhere.
    pub places: BTreeMap<String, String>,
    /// Rows that follow a list and stand elsewhere.
    pub rows: Vec<Row>,
    /// Lists that take the place of others.
    pub lists: BTreeMap<String, String>,
    /// Codes that are others: list and code in the first version, and the code in the second.
    pub codes: BTreeMap<(String, String), String>,
    /// What else becomes of a field (`form.path`) or a code (`list code`).
    pub notes: BTreeMap<String, Note>,
}

/// A row that follows a list, or a field in such a row alone, which stands elsewhere.
#[derive(Debug)]
pub struct Row {
    /// The form of the first version.
    pub form: String,
    /// Where it stands in it, codes for rows.
    pub at: String,
    /// Where it stands in the second version, `form.path`.
    pub to: String,
    /// What people call it.
    pub label: String,
    /// Where the first version says so.
    pub old: Option<Place>,
    /// Where the second version does.
    pub new: Option<Place>,
}

impl Declared {
    /// Where a form or a field of the first version stands in the second: it goes where what is around it goes.
    pub fn place(&self, place: &str) -> String {
        let mut around = place;
        loop {
            if let Some(there) = self.places.get(around) {
                return format!("{there}{}", place.get(around.len()..).unwrap_or_default());
            }
            match around.rsplit_once('.') {
                Some((outer, _)) => around = outer,
                None => return place.to_owned(),
            }
        }
    }

    /// What a list of the first version is called in the second.
    pub fn list(&self, name: &str) -> String {
        self.lists
            .get(name)
            .map_or_else(|| name.to_owned(), String::clone)
    }

    /// What a data need of the first version is called in the second.
    pub fn need(&self, id: &str) -> String {
        let mut codes = self.codes.iter();
        let becomes = codes.find(|((list, code), _)| Needs::has_list(list) && code == id);
        becomes.map_or_else(|| id.to_owned(), |(_, code)| code.clone())
    }

    /// What a code of the first version is in the second.
    pub fn code(&self, list: &str, code: &str) -> String {
        let codes = self.codes.get(&(list.to_owned(), code.to_owned()));
        codes.map_or_else(|| code.to_owned(), String::clone)
    }
}
