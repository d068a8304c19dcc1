//! What a case file says must come out.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::Origin;
use crate::diagnostic::Severity;

/// What must come out of one response.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Paths that are shown.
    #[serde(default)]
    pub shown: Vec<String>,
    /// Paths that are hidden.
    #[serde(default)]
    pub hidden: Vec<String>,
    /// Paths that need an answer.
    #[serde(default)]
    pub required: Vec<String>,
    /// Paths that are closed.
    #[serde(default)]
    pub read_only: Vec<String>,
    /// Values by path.
    #[serde(default)]
    pub values: BTreeMap<String, Json>,
    /// Origins by path.
    #[serde(default)]
    pub origins: BTreeMap<String, Origin>,
    /// Exactly these violations, when given.
    pub violations: Option<Vec<ExpectedViolation>>,
}

/// A violation that must come out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedViolation {
    /// Path; left out for the form as a whole.
    #[serde(default)]
    pub at: String,
    /// Severity.
    pub severity: Severity,
    /// Words that the message holds.
    pub says: Option<String>,
}

/// What must come out of a case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseExpectation {
    /// What must come out of what is known of the case.
    pub case: Option<Expectation>,
    /// What must come out of what is known of the citizen.
    pub citizen: Option<Expectation>,
    /// Points that must be among those of the case.
    #[serde(default)]
    pub data_points: Vec<ExpectedPoint>,
    /// How many points of a type, exactly.
    #[serde(default)]
    pub counts: BTreeMap<String, usize>,
    /// Reports that must come out.
    #[serde(default)]
    pub reports: Vec<ExpectedReport>,
    /// How far each phase must be with what it needs.
    #[serde(default)]
    pub needs: BTreeMap<String, ExpectedNeeds>,
    /// What the migration must have done.
    pub migrated: Option<ExpectedMigration>,
}

/// How far a phase must be with what it needs; what is left out may be anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedNeeds {
    /// How many arise.
    pub of: Option<usize>,
    /// How many are met.
    pub received: Option<usize>,
    /// Minutes spent.
    pub spent: Option<u32>,
    /// Expected minutes of those for which something may still come.
    pub left: Option<u32>,
    /// Needs that arise, with how far each is.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
    /// Needs that do not arise.
    #[serde(default)]
    pub none: Vec<String>,
}

/// What a migration must have done to a case.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedMigration {
    /// How many answers stand as they stood.
    pub kept: Option<usize>,
    /// Exactly these answers left the case: `place.path`.
    pub retired: Option<Vec<String>>,
    /// Exactly these fields wait for a person: `form.path` of the later version.
    pub to_decide: Option<Vec<String>>,
}

/// A report that must come out, of a day or of what responses gave rise to; with neither `none` nor `refused`, there is one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedReport {
    /// Template.
    pub template: String,
    /// Day.
    pub day: Option<String>,
    /// Instead, responses by id, in their order: what they gave rise to, all before the first being told.
    #[serde(default)]
    pub of: Vec<String>,
    /// There is no report.
    #[serde(default)]
    pub none: bool,
    /// How many there are, where the template makes several; then one of them is like this.
    pub count: Option<usize>,
    /// It may not leave: words of the message.
    pub refused: Option<String>,
    /// What stands somewhere in it.
    #[serde(default)]
    pub holds: Vec<Json>,
    /// What stands nowhere in it.
    #[serde(default)]
    pub lacks: Vec<Json>,
}

/// A data point that must come out; what is left out may be anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPoint {
    /// Type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Form.
    pub form: Option<String>,
    /// Day.
    pub dated: Option<String>,
    /// Identity.
    pub identity: Option<Json>,
    /// Status.
    pub status: Option<crate::emission::Status>,
    /// Attributes.
    #[serde(default)]
    pub attributes: BTreeMap<String, Json>,
}
