//! What happened in a case: the entries of its audit trail, as they are stored.

use std::sync::Arc;

use metode::case::{Answers, Case};
use metode::version::{Decision, Mapped, Retired};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One entry of the audit trail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event<W = What> {
    /// When, in UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// The revision that the case got by it.
    pub revision: u64,
    /// The opened page that it came from, so that a page does not mistake its own work for another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What.
    #[serde(flatten)]
    pub what: W,
}

/// What an entry tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The case was opened.
    Opened {
        /// Method and version.
        method: String,
    },
    /// A response was begun.
    Started {
        /// The response.
        place: String,
        /// Its form.
        form: String,
        /// The response that it corrects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<String>,
    },
    /// An answer was changed.
    Answered(Answered),
    /// A row was added to a group.
    RowAdded(RowEvent),
    /// A row was taken away.
    RowRemoved {
        /// Which.
        #[serde(flatten)]
        row: RowEvent,
        /// What stood in it, so that it can be put back.
        answers: Answers,
        /// Where it stood.
        position: usize,
    },
    /// A removed row was put back.
    RowRestored(RowEvent),
    /// A warning was acknowledged.
    Acknowledged {
        /// The response.
        place: String,
        /// Path of the violation.
        path: String,
        /// The warning.
        message: String,
        /// Why it is all right.
        reason: String,
    },
    /// A response was completed.
    Completed {
        /// The response.
        place: String,
        /// Its form.
        form: String,
        /// How many data points arose.
        points: usize,
    },
    /// The case was moved to another version of its method.
    Migrated(Arc<Moved>),
    /// Somebody was asked whether the case moves to another version, and answered that it does later.
    PutOff {
        /// The version.
        to: String,
    },
    /// The case was moved back to the version that it had before.
    MovedBack {
        /// The version that it left.
        from: String,
        /// The version that it has again.
        to: String,
    },
}

/// What moving a case to another version did to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moved {
    /// The version that it left.
    pub from: String,
    /// The version that it has now.
    pub to: String,
    /// The case as it was.
    pub former: Case,
    /// How many answers stand as they stood.
    pub kept: usize,
    /// Answers that stand elsewhere, or as something else.
    pub mapped: Vec<Mapped>,
    /// Answers that left the case.
    pub retired: Vec<Retired>,
    /// What a person must decide.
    pub to_decide: Vec<Decision>,
}

/// A changed answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answered {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// Path of what was posted.
    pub path: String,
    /// Label of the field.
    pub label: String,
    /// The answer before.
    pub from: Json,
    /// The answer after.
    pub to: Json,
    /// The answer before in words, unless it is the text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_text: Option<String>,
    /// The answer after in words, unless it is the text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_text: Option<String>,
    /// Whether the answer is kept out of lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
}

/// A row that came or went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RowEvent {
    /// The response, `case` or `citizen`.
    pub place: String,
    /// Path of the group.
    pub group: String,
    /// Key of the row.
    pub key: String,
    /// What the row was called.
    pub title: String,
}

impl Answered {
    /// The former answer in words.
    pub fn from_words(&self) -> &str {
        words(&self.from, self.from_text.as_deref())
    }

    /// The new answer in words.
    pub fn to_words(&self) -> &str {
        words(&self.to, self.to_text.as_deref())
    }
}

fn words<'a>(value: &'a Json, text: Option<&'a str>) -> &'a str {
    text.or_else(|| value.as_str()).unwrap_or_default()
}

impl What {
    /// The response that it is about, `case` or `citizen`; none for the case as a whole.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Opened { .. } | Self::Migrated(_) | Self::PutOff { .. } | Self::MovedBack { .. } => None,
            Self::Started { place, .. }
            | Self::Acknowledged { place, .. }
            | Self::Completed { place, .. } => Some(place),
            Self::Answered(answered) => Some(&answered.place),
            Self::RowAdded(row) | Self::RowRestored(row) | Self::RowRemoved { row, .. } => Some(&row.place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back_as_they_were() {
        let row = RowEvent {
            place: "r".into(),
            group: "maal".into(),
            key: "k".into(),
            title: "Mål 1".into(),
        };
        let event = Event {
            at: "2025-06-01T12:00:00Z".into(),
            who: "Bo".into(),
            revision: 3,
            page: None,
            what: What::RowRemoved {
                row,
                answers: Answers::default(),
                position: 1,
            },
        };
        let text = serde_json::to_string(&event).unwrap();
        let back: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}
