//! A case: one citizen's course under one method version, with its responses and their answers.

mod answers;
mod day;
mod expectation;
mod file;
mod needs;
mod reports;
mod test;

use serde::{Deserialize, Serialize};

pub use answers::{Answer, Answers, Origin, Provenance};
pub use expectation::{
    CaseExpectation, Expectation, ExpectedMigration, ExpectedNeeds, ExpectedPoint, ExpectedReport,
    ExpectedViolation,
};
pub use file::CaseFile;
pub use test::{Outcome, run};

use crate::value::{Date, DateTime};

/// One citizen's course under one method version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What identifies the case for ever; part of the identity of its data points.
    pub id: String,
    /// Method and version, `id@version`.
    pub method: String,
    /// What is known about the case itself (the method's `case` fields).
    #[serde(default)]
    pub record: Answers,
    /// What is known about the citizen (the method's `citizen` fields).
    #[serde(default)]
    pub citizen: Answers,
    /// The responses in the order in which they were begun.
    #[serde(default)]
    pub responses: Vec<Response>,
}

impl Case {
    /// The response with this id.
    pub fn response(&self, id: &str) -> Option<&Response> {
        self.responses.iter().find(|response| response.id == id)
    }

    /// The response with this id, to change it.
    pub fn response_mut(&mut self, id: &str) -> Option<&mut Response> {
        self.responses.iter_mut().find(|response| response.id == id)
    }

    /// The response that corrects this one, if any.
    pub fn correction_of(&self, id: &str) -> Option<&Response> {
        self.responses
            .iter()
            .find(|response| response.corrects.as_deref() == Some(id))
    }
}

/// One filling-in of one form in a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Unique in the case.
    pub id: String,
    /// Id of the form.
    pub form: String,
    /// The day it was begun.
    pub started: Date,
    /// The day it was completed; `None` for a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Date>,
    /// The moment of its completion; `None` for a draft and where only the day is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime>,
    /// The completed response that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// What was answered.
    #[serde(default)]
    pub answers: Answers,
    /// Warnings that were acknowledged with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<Acknowledgement>,
}

/// A warning that somebody saw and gave a reason for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// Path of the violation.
    pub path: String,
    /// Rule of the violation.
    pub rule: String,
    /// Why it is all right.
    pub reason: String,
}
