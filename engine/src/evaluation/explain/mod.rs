//! Why a field is as it is: a sentence for each rule that decides about it, the answers that the rule read, and the tree of its
//! parts with their values.

mod clause;
mod formula;
mod prose;
mod reads;
mod reasons;
mod resolver;
mod subject;
mod tree;
mod visibility;
mod words;

use serde::Serialize;

use super::session::Session;
use crate::definition::Texts;
use crate::diagnostic::Severity;

pub use prose::{Link, Place, Prose, Role, Word};
pub use tree::{Read, RulePart};
pub use words::Standing;

/// Why a field is as it is.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// Path of the field or group; empty for the form as a whole.
    pub path: String,
    /// What it is called; empty for the form as a whole.
    pub label: String,
    /// Whether it is shown.
    pub shown: bool,
    /// What is wrong first, then where the value comes from, then what else is decided, last the constraints that are kept. Of a
    /// hidden field only the rule that hides it.
    pub reasons: Vec<Reason>,
}

/// What one rule does to a field.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// What it brings about.
    pub effect: Effect,
    /// For a constraint: what follows from a violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// For a constraint: what the caseworker reads when it is violated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The reason in one sentence.
    pub sentence: Prose,
    /// The same as one text.
    pub text: String,
    /// The rule; nothing for what is carried over without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleView>,
}

/// What a rule brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A constraint is violated.
    Violated,
    /// The field is hidden.
    Hidden,
    /// The field is shown.
    Shown,
    /// An answer is needed.
    Required,
    /// No answer is needed.
    Optional,
    /// The control is closed.
    ReadOnly,
    /// The value is computed.
    Computed,
    /// The value comes from another form.
    Carried,
    /// The value is what the field began with.
    Initial,
    /// A constraint holds.
    Satisfied,
    /// A constraint says nothing, because answers are missing.
    Open,
}

/// A rule with what it saw.
#[derive(Debug, Clone, Serialize)]
pub struct RuleView {
    /// As written.
    pub text: String,
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// Where it stands in the source of the method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The answers that it read.
    pub reads: Vec<Read>,
    /// How many more it read.
    pub more_reads: usize,
    /// Its parts with their values.
    pub tree: RulePart,
}

impl Session {
    /// Why the field at a path is as it is, or of the form as a whole for an empty path; `None` when there is no such field.
    pub fn explain(&self, path: &str) -> Option<Explanation> {
        self.explain_in(path, &self.world.method.texts)
    }

    /// The same in another language than the method's.
    pub fn explain_in(&self, path: &str, texts: &Texts) -> Option<Explanation> {
        reasons::explain(self, path, texts)
    }
}
