//! What the templates of a form need besides the view of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::casework::{Conflict, Outcome, Refused, Removed};

/// What the templates of a form need besides the view of it.
#[derive(Debug, Default, Serialize)]
pub struct FormContext {
    /// Address of the response.
    pub base: String,
    /// Stands before the paths, where several forms stand on a page.
    pub prefix: &'static str,
    /// Whether the answers are only shown.
    pub readonly: bool,
    /// Whether missing answers are told at the field: once somebody has tried to complete the form.
    pub show_missing: bool,
    /// Whether rules can be explained.
    pub explain: bool,
    /// A day that shows how dates are written.
    pub example_date: String,
    /// Values that were refused, by path.
    pub refused: BTreeMap<String, Refused>,
    /// Values that somebody else has changed, by path.
    pub conflicts: BTreeMap<String, Conflict>,
    /// Rows that were removed, by path of the group.
    pub removed: BTreeMap<String, Removed>,
}

impl FormContext {
    /// The same with what came of an edit.
    pub fn with(mut self, outcome: &Outcome) -> Self {
        self.refused = outcome.refused.clone();
        self.conflicts = outcome.conflicts.clone();
        self.removed = outcome.removed.clone();
        self
    }

    /// Whether something that was typed is not saved.
    pub fn unsaved(&self) -> bool {
        !self.refused.is_empty() || !self.conflicts.is_empty()
    }
}
