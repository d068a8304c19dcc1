//! Definition files as serde reads them: one struct a kind, unknown keys refused. Nothing here has been checked against
//! anything else; `lower` does that.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::report::{Delivery, Format, Sees};
use crate::diagnostic::Severity;

/// The text of a FEEL expression; `true` and `5` may stand unquoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText(pub String);

impl<'de> Deserialize<'de> for RuleText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::String(text) => Ok(Self(text)),
            Json::Bool(value) => Ok(Self(value.to_string())),
            Json::Number(value) => Ok(Self(value.to_string())),
            _ => Err(serde::de::Error::custom("a rule is a text")),
        }
    }
}

/// A code list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub catalogue: String,
    pub edition: String,
    pub list: String,
    pub title: String,
    pub source: Option<String>,
    pub system: Option<String>,
    pub note: Option<String>,
    pub concepts: Vec<Concept>,
}

/// One concept of a code list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    pub code: String,
    pub label: String,
    pub label_many: Option<String>,
    pub id: Option<String>,
    pub display: Option<String>,
    pub definition: Option<String>,
    pub help: Option<String>,
    pub criteria: Option<String>,
    pub provision: Option<String>,
    pub level: Option<serde_json::Number>,
    pub free_text: Option<String>,
    pub selectable: Option<bool>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    #[serde(default)]
    pub concepts: Vec<Concept>,
}

/// A version of a method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    pub method: String,
    pub version: String,
    pub title: String,
    pub owner: Option<String>,
    pub source: Option<String>,
    pub language: String,
    pub valid_from: String,
    pub valid_to: Option<String>,
    #[serde(default)]
    pub changes: Vec<String>,
    pub namespace: String,
    #[serde(default)]
    pub catalogues: BTreeMap<String, Pinned>,
    #[serde(default)]
    pub reports: BTreeMap<String, String>,
    #[serde(default)]
    pub roles: Vec<Named>,
    #[serde(default)]
    pub marks: Vec<Named>,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    pub phases: Vec<Named>,
    pub case: Record,
    pub citizen: Record,
}

impl Method {
    /// `id@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.method, self.version)
    }
}

/// The edition of a catalogue that a method uses, or several one after the other.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Pinned {
    One(String),
    Several(Vec<EditionPin>),
}

impl Pinned {
    /// Whether it names an edition.
    pub fn names(&self, edition: &str) -> bool {
        match self {
            Self::One(one) => one == edition,
            Self::Several(several) => several.iter().any(|one| one.edition == edition),
        }
    }
}

/// One of several editions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionPin {
    pub edition: String,
    pub from: Option<String>,
    pub overlap_until: Option<String>,
}

/// Something with an id and a title.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    pub source: Option<String>,
}

/// A value that a municipality may set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    pub source: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub value: Json,
}

/// What is known of the case, or of the citizen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub title: Option<RuleText>,
    pub fields: Vec<Field>,
}

/// A form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    pub form: String,
    pub phase: String,
    #[serde(default)]
    pub order: u32,
    pub title: String,
    pub help: Option<String>,
    #[serde(default)]
    pub filled_by: Vec<String>,
    #[serde(default)]
    pub repeats: bool,
    pub response_title: Option<RuleText>,
    pub source: Option<String>,
    pub sections: Vec<Section>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

/// A section of a form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    pub show_if: Option<RuleText>,
    pub source: Option<String>,
    pub fields: Vec<Field>,
}

/// A field or a group.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub id: String,
    /// Whether the type is a guess.
    #[serde(skip)]
    pub guessed: bool,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub label: Option<String>,
    pub question: Option<String>,
    pub help: Option<String>,
    pub placeholder: Option<String>,
    pub options: Option<String>,
    pub options_where: Option<RuleText>,
    pub choices_from: Option<RuleText>,
    pub to: Option<String>,
    pub show_if: Option<RuleText>,
    pub require_if: Option<RuleText>,
    pub read_only_if: Option<RuleText>,
    pub initial: Option<RuleText>,
    pub value: Option<RuleText>,
    pub carry: Option<Carry>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    #[serde(default)]
    pub marks: Vec<String>,
    pub source: Option<String>,
    pub structured_data: Option<String>,
    #[serde(default)]
    pub confidential: bool,
    pub for_each: Option<String>,
    #[serde(rename = "as")]
    pub row_name: Option<String>,
    pub row_label: Option<String>,
    pub row_title: Option<RuleText>,
    pub fields: Option<Vec<Field>>,
}

/// Where a field or group comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    pub from: String,
    #[serde(rename = "as", default)]
    pub mode: CarryMode,
    #[serde(rename = "where")]
    pub condition: Option<RuleText>,
}

impl Carry {
    /// The form and the path within it that a field of this form is carried from: `previous` is the form itself.
    pub fn place<'a>(&'a self, form: &'a str) -> Option<(&'a str, &'a str)> {
        let (from, path) = self.from.split_once('.')?;
        Some((if self.before() { form } else { from }, path))
    }

    /// Whether the source is the response of the same form before.
    pub fn before(&self) -> bool {
        self.from.starts_with("previous.")
    }
}

/// How a carried value behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CarryMode {
    /// Copied once, editable.
    #[default]
    Copy,
    /// Always the source's, closed.
    View,
}

/// A condition that answers must fulfil.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    pub rule: RuleText,
    pub message: String,
    #[serde(default = "error")]
    pub severity: Severity,
    pub at: Option<String>,
    pub source: Option<String>,
}

fn error() -> Severity {
    Severity::Error
}

/// A file of data points.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    pub data_points: Vec<DataPoint>,
}

/// What one kind of data point comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataPoint {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub help: Option<String>,
    pub source: Option<String>,
    pub on: String,
    #[serde(rename = "for", default)]
    pub each: BTreeMap<String, RuleText>,
    pub when: Option<RuleText>,
    pub identity: RuleText,
    pub dated: RuleText,
    pub entered_in_error: Option<RuleText>,
    pub answer: Option<RuleText>,
    pub attributes: serde_json::Map<String, Json>,
}

/// A report template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub report: String,
    pub version: String,
    pub title: String,
    pub help: Option<String>,
    pub source: Option<String>,
    pub namespace: String,
    #[serde(default)]
    pub format: Format,
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub delivery: Delivery,
    pub schema: Option<String>,
    #[serde(default)]
    pub free_text: bool,
    #[serde(default)]
    pub sees: Sees,
    pub about: RuleText,
    #[serde(rename = "let", default)]
    pub given: serde_json::Map<String, Json>,
    pub per: Option<Per>,
    pub parts: Vec<Part>,
    #[serde(default)]
    pub constraints: Vec<Check>,
    pub body: Json,
}

/// What there is a report of its own for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Per {
    #[serde(rename = "for")]
    pub each: serde_json::Map<String, Json>,
    pub key: RuleText,
}

/// One thing that a report can hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub part: String,
    #[serde(rename = "for", default)]
    pub each: serde_json::Map<String, Json>,
    pub when: Option<RuleText>,
    pub of: Option<RuleText>,
    pub id: RuleText,
    pub address: Option<RuleText>,
    pub root: Option<RuleText>,
    pub content: Json,
    #[serde(default)]
    pub constraints: Vec<Check>,
}

/// A condition that a report fulfils.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub rule: RuleText,
    pub message: String,
}

/// The engine's messages in one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    pub language: String,
    pub texts: BTreeMap<String, String>,
}

/// How cases of an earlier version become cases of this one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    pub migration: String,
    #[serde(rename = "source")]
    pub _source: Option<String>,
    pub ask: Option<Ask>,
    pub steps: Vec<Step>,
}

/// When and what people are asked before a case moves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub at: Option<String>,
    pub text: String,
}

/// One thing that a migration does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub rename: Option<String>,
    #[serde(rename = "move")]
    pub shift: Option<String>,
    pub retire: Option<String>,
    pub convert: Option<String>,
    pub split: Option<String>,
    pub combine: Option<Vec<String>>,
    pub codes: Option<String>,
    pub to: Option<To>,
    pub value: Option<RuleText>,
    pub map: Option<BTreeMap<String, CodeTo>>,
    pub decide: Option<String>,
    #[serde(default)]
    pub joined: bool,
    pub reason: Option<String>,
    #[serde(rename = "source")]
    pub _source: Option<String>,
}

/// Where something goes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum To {
    Place(String),
    Parts(BTreeMap<String, RuleText>),
}

/// What becomes of a code.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum CodeTo {
    Code(String),
    When(Vec<WhenCode>),
    Retire { retire: String, decide: Option<String> },
    Decide { decide: Vec<String>, reason: String },
}

/// A code under a condition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhenCode {
    pub when: Option<RuleText>,
    pub to: String,
}
