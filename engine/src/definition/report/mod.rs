//! Report templates: what a report about a citizen holds, read from a file and compiled.

mod compile;
mod names;
mod patterns;
mod shapes;
mod tree;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::rule::Rule;
use crate::feel::Type;
use crate::value::{Date, Layout};

pub(super) use compile::{schema, templates};
pub(crate) use names::{Base, Call};
pub(crate) use patterns::{Class, Memory};
pub(crate) use shapes::{Schema, Shape};

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// One JSON document.
    #[default]
    Json,
    /// A list, each element a JSON document on a line of its own.
    JsonLines,
    /// A table: a list, each element a line, behind a line with the names of the columns.
    Csv,
}

impl Format {
    /// What kind of content it usually is.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::JsonLines => "application/jsonl",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// How the names of its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// What whoever delivers reports must know of them.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// What kind of content a report is; what its format is usually called when left out.
    pub media_type: Option<String>,
    /// How to read what the receiver answers; its answers are shown as they are when left out.
    pub answers: Option<Answers>,
}

/// Where a receiver's answers hold what: JSON pointers, from a problem on where they are about one.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The list of problems.
    pub issues: String,
    /// What a problem says.
    pub message: String,
    /// What it is called, for machines.
    pub code: Option<String>,
    /// The place in the report: names and numbers in dots and brackets behind a first name for the whole,
    /// `Report.list[3].code`.
    pub path: Option<String>,
    /// How grave it is; every problem counts when left out.
    pub severity: Option<Severity>,
}

/// Which problems are more than remarks.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// Where it stands.
    pub at: String,
    /// The values that count.
    pub counts: Vec<String>,
}

/// A compiled report template.
#[derive(Debug)]
pub struct Template {
    /// Id.
    pub id: String,
    /// Version, `1.0.0`.
    pub version: String,
    /// Title.
    pub title: String,
    /// Help for those who read reports.
    pub help: Option<String>,
    /// What it is taken from.
    pub source: Option<String>,
    /// How a report is written.
    pub format: Format,
    /// The columns of its table, in order, when it can be written as one.
    pub columns: Vec<String>,
    /// How it is delivered.
    pub delivery: Delivery,
    /// Whether it may hold what somebody wrote freely.
    pub free_text: bool,
    /// In which the ids that it makes are made: it must never change.
    pub namespace: Uuid,
    /// From which day on its reports are made, when it belongs to methods: as the first of them begins.
    pub begins: Option<Date>,
    /// Where it stands below the definition directory.
    pub path: PathBuf,
    pub(crate) sees: Sees,
    /// The types of data points, by name.
    pub(crate) kinds: BTreeMap<String, PointType>,
    /// How many variables it has.
    pub(crate) slots: usize,
    /// Whom a report is about.
    pub(crate) about: Rule,
    /// Values with a name, in order.
    pub(crate) given: Vec<(usize, Rule)>,
    /// What each report of a citizen's day is about; one is about all of it when there is none.
    pub(crate) per: Option<Per>,
    pub(crate) parts: Vec<Part>,
    pub(crate) body: Node,
    /// Whether it tells, around its parts, of anything but the report itself.
    pub(crate) body_speaks: bool,
    /// JSON pointer to the list of parts in the body; none when they stand in several places, or not alone.
    pub(crate) parts_at: Option<String>,
    pub(crate) constraints: Vec<Check>,
    pub(crate) schema: Option<Schema>,
}

/// A type of data point, as templates see it.
#[derive(Debug, Default)]
pub(crate) struct PointType {
    /// Attributes that may be seen, with their types.
    pub attributes: BTreeMap<Arc<str>, Type>,
    /// What every point has, then the attributes.
    pub layout: Arc<Layout>,
    /// Attributes that a template without free text does not see.
    pub hidden: Vec<String>,
}

/// What a template sees besides data points.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sees {
    /// Fields of the case.
    pub case: Vec<String>,
    /// Fields of the citizen.
    pub citizen: Vec<String>,
    /// Parameters of the case's method.
    pub parameters: Vec<String>,
    /// Those of the fields that somebody writes and that leave all the same, as they say whom or what a report is about.
    pub identifiers: Vec<String>,
}

/// What there is a report of its own for: each element of loops.
#[derive(Debug)]
pub(crate) struct Per {
    pub each: Vec<(usize, Rule)>,
    /// What tells a report from the others of its citizen and day.
    pub key: Rule,
}

/// One thing that a report can hold, once for each element of its loops.
#[derive(Debug)]
pub(crate) struct Part {
    /// What the template calls it.
    pub name: String,
    pub each: Vec<(usize, Rule)>,
    pub when: Option<Rule>,
    /// The points that it speaks of.
    pub of: Option<Rule>,
    /// What makes it the same thing in the next report.
    pub id: Rule,
    /// How other parts refer to it.
    pub address: Option<Rule>,
    /// Whether it goes out because it changed, not only because another part refers to it.
    pub root: Option<Rule>,
    pub content: Node,
    pub constraints: Vec<Check>,
}

/// A condition that a report fulfils before it leaves.
#[derive(Debug)]
pub(crate) struct Check {
    pub rule: Rule,
    pub message: String,
}

/// A tree that becomes JSON.
#[derive(Debug)]
pub(crate) enum Node {
    /// This JSON text.
    Constant(String),
    /// What a rule gives; nothing for null.
    Rule(Rule),
    /// Elements, those left out that give nothing.
    List(Vec<Node>),
    /// Members, those left out that give nothing.
    Map(Vec<Member>),
    /// A tree for each element of loops, or a tree under a condition.
    Each {
        each: Vec<(usize, Rule)>,
        when: Option<Rule>,
        give: Box<Node>,
    },
    /// The address of the part with this id, which is then in the report too.
    Refer(Rule),
    /// A tree for each part of the report.
    Parts(Box<Node>),
    /// The part itself.
    Content,
}

/// A member of a mapping.
#[derive(Debug)]
pub(crate) struct Member {
    /// The JSON text before the value: the name and a colon, and before that members that are always there.
    pub before: String,
    pub value: Node,
}

impl Template {
    /// What kind of content its reports are when they are written in a format.
    pub fn media_type(&self, format: Format) -> &str {
        let own = self.delivery.media_type.as_deref();
        own.filter(|_| format == self.format)
            .unwrap_or_else(|| format.media_type())
    }

    /// `id@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }
}
