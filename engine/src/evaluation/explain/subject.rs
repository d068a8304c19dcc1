//! What the parts of a rule stand for: answers, rows, responses, parameters.

use std::sync::Arc;

use crate::definition::{FieldIx, List};
use crate::evaluation::world::Seat;
use crate::feel::{Step, Trace};

/// What a part of a rule stands for.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A response as a whole, or what is known of case or citizen.
    Whole(Spot),
    /// The rows of a group.
    Rows(Spot, FieldIx),
    /// One row of a group; its key is the last of the spot's.
    Row(Spot, FieldIx),
    /// The key of a row.
    Key(Spot, FieldIx),
    /// An answer, or those to the same question in several rows.
    Answer(Spot, FieldIx),
    /// The parameters.
    Parameters,
    /// One of them.
    Parameter(usize),
    /// A concept of a list, by its code.
    Concept(Arc<List>, Arc<str>),
    /// What a concept says under a key.
    ConceptPart(Arc<List>, Arc<str>, Arc<str>),
    /// The response itself.
    Response,
    /// The day on which it was completed.
    Completed,
    /// The day on which it was begun.
    Started,
    /// Things by name, put together by the rule.
    Entries(Vec<(Arc<str>, Option<Subject>)>),
    /// Things in order, put together by the rule.
    Items(Vec<Option<Subject>>),
}

/// Where in the case something stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    /// Index of the form in the method.
    pub form: usize,
    /// In which response.
    pub seat: Whereabouts,
    /// The keys of the rows around, from the outside; `None` when it stands in several rows.
    pub keys: Option<Vec<Arc<str>>>,
}

/// In which response something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// In this one.
    At(Seat),
    /// There is no response of the form.
    Nowhere,
    /// In one of several.
    Several,
}

/// A part of a rule with what it stands for.
pub struct Seen {
    /// The part; its own parts are `parts`.
    pub trace: Trace,
    /// What it stands for; for a round, what its first item stands for.
    pub subject: Option<Subject>,
    /// Its own parts.
    pub parts: Vec<Seen>,
}

impl Subject {
    /// Whether it stands for the same thing, where that is a thing with a name.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => one == two,
            (Self::Rows(one, a), Self::Rows(two, b))
            | (Self::Row(one, a), Self::Row(two, b))
            | (Self::Key(one, a), Self::Key(two, b))
            | (Self::Answer(one, a), Self::Answer(two, b)) => one == two && a == b,
            (Self::Parameter(one), Self::Parameter(two)) => one == two,
            (Self::Completed, Self::Completed) | (Self::Started, Self::Started) => true,
            _ => false,
        }
    }
}

impl Seen {
    /// Whether it is a round of an iteration.
    pub fn is_round(&self) -> bool {
        matches!(self.trace.step, Step::Round(_))
    }

    /// Whether it is a constant.
    pub fn is_constant(&self) -> bool {
        matches!(self.trace.step, Step::Constant)
    }
}
