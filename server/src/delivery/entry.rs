//! What is kept of each report.

use jiff::Timestamp;
use metode::report::Format;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::trace::Issue;
use crate::store::CaseId;

/// A report about one citizen and one day, and how far it has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its number on its route, from 1.
    pub number: u64,
    /// Whom it is about: a name that tells nothing.
    pub citizen: String,
    /// The day that it covers.
    pub day: String,
    /// Which of the citizen's reports of the day it is; none when there is one for the whole day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Uuid>,
    /// Its id, the same however often it is sent; none when it could not even be made.
    pub report: Option<Uuid>,
    /// The template that it is made by, `id@version`.
    pub template: String,
    /// How it is written.
    pub format: Format,
    /// The cases that it is about, as they were called when it was made, without anything confidential.
    pub cases: Vec<(CaseId, String)>,
    /// When it was made, in UTC.
    pub made: String,
    /// How far it has come.
    pub status: Status,
    /// Since when, in UTC.
    pub since: String,
    /// How often it has been tried.
    pub attempts: u32,
    /// Whether it is on its way, or was when the process ended.
    #[serde(default)]
    pub away: bool,
    /// Whether the receiver took it, or may have: nothing is known of an attempt.
    #[serde(default)]
    pub left: bool,
    /// When it is tried again, in UTC; none: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What came of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Reply>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// What a person decided about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// How far a report has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is sent as soon as the receiver takes it.
    Waiting,
    /// The receiver has it.
    Sent,
    /// The receiver, or a rule of the template, refuses it. The citizen's later reports wait.
    Refused,
    /// A newer report of the same day was made before the receiver had this one.
    Superseded,
    /// A person decided that it is not to be sent.
    Released,
}

impl Status {
    /// All of them, those that people must see to first.
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::Waiting,
        Self::Sent,
        Self::Superseded,
        Self::Released,
    ];

    /// Its name, in addresses and on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Superseded => "superseded",
            Self::Released => "released",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether something must still become of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Refused)
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reply {
    /// When, in UTC.
    pub at: String,
    /// The status over HTTP, if an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the receiver said, or what went wrong on the way.
    pub text: String,
}

/// What a person decided.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub who: String,
    /// When, in UTC.
    pub at: String,
    /// Why.
    pub reason: String,
}

impl Entry {
    /// When it may be tried.
    pub fn due(&self) -> Timestamp {
        let next = self.next.as_deref().and_then(|next| next.parse().ok());
        next.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves it on.
    pub fn becomes(&mut self, status: Status, at: &str) {
        self.status = status;
        self.since = at.to_owned();
        self.next = None;
    }
}
