//! The answers of one response: what stands in each field, and where it came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// How a value came to stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Somebody wrote it.
    Entered,
    /// The field's `initial` rule gave it when the response or the row began.
    Initial,
    /// It was carried over from another form.
    Carried,
    /// The field's `value` rule gives it.
    Computed,
}

/// Where a copied value came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Id of the source response.
    pub response: String,
    /// The source's value when it was copied.
    pub value: Json,
}

/// What stands in one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// As case files write it; `null` when somebody emptied the field.
    pub value: Json,
    /// How it came to be.
    pub origin: Origin,
    /// For a copied value: from where. Kept when the copy is edited, so that a later change of the source is still told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Box<Provenance>>,
}

/// Answers by path, in order.
pub type Fields = IndexMap<String, Answer, RandomState>;

/// The answers of one response by path, and the rows of its groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Answers by path, in the order in which they were first given; whoever copies the whole shares them until one of the two is changed.
    #[serde(default, skip_serializing_if = "unanswered")]
    pub fields: Arc<Fields>,
    /// Keys of the rows of each group, by the group's path, in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<String, Vec<String>>,
    /// Keys of carried rows that somebody removed, by the group's path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<String, Vec<String>>,
}

fn unanswered(fields: &Fields) -> bool {
    fields.is_empty()
}

impl Answers {
    /// Whether something stands in a field whose path begins so.
    pub fn any_below(&self, prefix: &str) -> bool {
        let mut below = self.fields.iter().filter(|(path, _)| path.starts_with(prefix));
        below.any(|(_, answer)| !answer.value.is_null())
    }

    /// The answer at a path.
    pub fn get(&self, path: &str) -> Option<&Answer> {
        self.fields.get(path)
    }

    /// Puts an entered value in place, keeping what is known of where a copy came from; tells whether it is another value.
    pub fn enter(&mut self, path: &str, value: Json) -> bool {
        if let Some(answer) = Arc::make_mut(&mut self.fields).get_mut(path) {
            answer.origin = Origin::Entered;
            let other = answer.value != value;
            answer.value = value;
            return other;
        }
        let other = !value.is_null();
        let answer = Answer {
            value,
            origin: Origin::Entered,
            provenance: None,
        };
        self.put(path.to_owned(), answer);
        other
    }

    /// Shares them with nobody from now on.
    pub fn detach(&mut self) {
        Arc::make_mut(&mut self.fields);
    }

    /// Puts an answer in place.
    pub fn put(&mut self, path: String, answer: Answer) {
        Arc::make_mut(&mut self.fields).insert(path, answer);
    }

    /// Takes a row and everything in it away.
    pub fn remove_row(&mut self, group: &str, key: &str) {
        if let Some(keys) = self.rows.get_mut(group) {
            keys.retain(|other| other != key);
        }
        let inside = format!("{group}.{key}.");
        Arc::make_mut(&mut self.fields).retain(|path, _| !path.starts_with(&inside));
        self.rows.retain(|path, _| !path.starts_with(&inside));
        self.removed.retain(|path, _| !path.starts_with(&inside));
    }
}
