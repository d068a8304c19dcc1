//! What a migration makes of a case, and what it tells of it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::case::Case;

/// What a migration makes of a case.
#[derive(Debug, Clone)]
pub struct Migrated {
    /// The case under the later version.
    pub case: Case,
    /// How many answers stand where they stood, as they were.
    pub kept: usize,
    /// Answers that stand elsewhere, or as something else.
    pub mapped: Vec<Mapped>,
    /// Answers that left the case.
    pub retired: Vec<Retired>,
    /// What a person must decide.
    pub to_decide: Vec<Decision>,
}

/// An answer that stands elsewhere, or as something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mapped {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// Where it stood.
    pub path: String,
    /// What it was.
    pub value: Json,
    /// The response where it stands now.
    pub to_place: String,
    /// Where it stands now.
    pub to_path: String,
    /// What it is now.
    pub to_value: Json,
}

/// An answer that left the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retired {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// The form of the earlier version.
    pub form: String,
    /// Title of the form.
    pub title: String,
    /// Where it stood.
    pub path: String,
    /// What the field was called.
    pub label: String,
    /// The answer.
    pub value: Json,
    /// The answer in words.
    pub text: String,
    /// Why it left, in the language of the later version.
    pub reason: String,
    /// Whether it is kept out of lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

/// Something that a migration leaves to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// The field that waits for an answer, as `form.path` of the later version.
    pub field: String,
    /// What it is called.
    pub label: String,
    /// What stood there before, in words.
    pub before: String,
    /// The codes to choose between, when that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<String>,
    /// Why it is not decided already, in the language of the later version.
    pub reason: String,
}
