//! Reports: what leaves the house about a citizen, made from data points by a template.
//!
//! A report speaks of one citizen and covers one day, or what a template makes a report of its own for. It holds what changed on that day and everything that this refers to,
//! each as it stood at the end of the day. The same points always give the same report with the same id.

mod assemble;
mod build;
mod csv;
mod history;
mod render;
mod sight;
mod text;

use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use uuid::Uuid;

pub use crate::definition::{Answers, Format, Template};
pub use build::{about, build, identifiers};
pub use history::History;

use crate::value::{Date, DateTime};

/// One of the reports of a citizen's day, or why it may not leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Which of them it is, the same the next time; none when there is one for the whole day.
    pub key: Option<Uuid>,
    /// What came of it.
    pub report: Result<Report, Vec<Refusal>>,
}

/// One report about one citizen, ready to leave the house.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// UUIDv5 of template, citizen, day, key and content: the same content has the same id, changed content of the same day another.
    pub id: Uuid,
    /// Template, `id@version`.
    pub template: String,
    /// How it is written.
    pub format: Format,
    /// The columns of a table, in order; none when it is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The day that it covers.
    pub day: Date,
    /// When the last of what it tells came about.
    pub at: DateTime,
    /// What leaves the house: JSON text.
    pub body: String,
    /// Which data points its parts came from.
    pub origins: Vec<Origin>,
}

/// Which data point a part of a report came from: traces a refusal back to case, form and field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// JSON pointer into the body, to the part.
    pub pointer: String,
    /// What the part calls itself, when others can refer to it.
    pub resource: Option<Arc<str>>,
    /// Id of the data point.
    pub point: Uuid,
    /// Id of the case.
    pub case: Arc<str>,
    /// Form of the response that the point stands in now.
    pub form: Arc<str>,
    /// That response.
    pub response: Arc<str>,
    /// Path of the answer, where the method says so.
    pub field: Option<Arc<str>>,
}

/// Why a report may not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// JSON pointer into the body that would have left; empty for the report as a whole.
    pub pointer: String,
    /// What the part calls itself.
    pub resource: Option<Arc<str>>,
    /// The data points of the part.
    pub origins: Vec<Origin>,
}

impl Report {
    /// What leaves the house, to look into.
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Writes it as it leaves the house, with a line break behind each document.
    pub fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        if self.format == Format::Csv {
            csv::header(&self.columns, &mut to)?;
        }
        self.append(to)
    }

    /// Writes it behind another of its template: a table without its header.
    pub fn append(&self, mut to: impl io::Write) -> io::Result<()> {
        let mut line = |text: &str| to.write_all(text.as_bytes()).and_then(|()| to.write_all(b"\n"));
        match self.format {
            Format::Csv => csv::rows(&self.json(), &self.columns, &mut to),
            Format::JsonLines if self.body.starts_with('[') => {
                let lines: Vec<&RawValue> = serde_json::from_str(&self.body)?;
                lines.into_iter().try_for_each(|text| line(text.get()))
            }
            Format::Json | Format::JsonLines => line(&self.body),
        }
    }
}
