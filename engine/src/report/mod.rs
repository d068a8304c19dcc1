//! Reports: what leaves the house about a citizen, made from data points by a template.
//!
//! A report speaks of one citizen and covers one day, or what a template makes a report of its own for. It holds what changed on that day and everything that this refers to,
//! each as it stood at the end of the day. The same points always give the same report with the same id.

mod assemble;
mod csv;
mod history;
mod render;
mod sight;

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

pub use crate::definition::{Answers, Format, Template};
pub use history::History;
pub use render::{about, build};

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
    /// What leaves the house.
    pub body: Json,
    /// Which data points its parts came from.
    pub origins: Vec<Origin>,
}

/// Which data point a part of a report came from: traces a refusal back to case, form and field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// JSON pointer into the body, to the part.
    pub pointer: String,
    /// What the part calls itself, when others can refer to it.
    pub resource: Option<String>,
    /// Id of the data point.
    pub point: Uuid,
    /// Id of the case.
    pub case: String,
    /// Form of the response that the point stands in now.
    pub form: String,
    /// That response.
    pub response: String,
    /// Path of the answer, where the method says so.
    pub field: Option<String>,
}

/// Why a report may not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// JSON pointer into the body that would have left; empty for the report as a whole.
    pub pointer: String,
    /// What the part calls itself.
    pub resource: Option<String>,
    /// The data points of the part.
    pub origins: Vec<Origin>,
}

impl Report {
    /// Writes it as it leaves the house, with a line break behind each document.
    pub fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        if self.format == Format::Csv {
            csv::header(&self.columns, &mut to)?;
        }
        self.append(to)
    }

    /// Writes it behind another of its template: a table without its header.
    pub fn append(&self, mut to: impl io::Write) -> io::Result<()> {
        if self.format == Format::Csv {
            return csv::rows(&self.body, &self.columns, &mut to);
        }
        let lines = match (&self.body, self.format) {
            (Json::Array(lines), Format::JsonLines) => lines.as_slice(),
            (one, _) => std::slice::from_ref(one),
        };
        for line in lines {
            serde_json::to_writer(&mut to, line)?;
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}
