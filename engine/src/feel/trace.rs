//! What the parts of a rule came to, for explanations.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{Arithmetic, Comparison};
use super::program::{Slot, Warning};
use crate::value::Value;

/// A part of a rule, what it came to, and its own parts.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
    /// As it was written.
    pub text: String,
    /// What kind of part it is.
    pub step: Step,
    /// What it came to.
    pub value: Value,
    /// Why it is null, when its own operation made it so.
    pub cause: Option<Warning>,
    /// Its own parts, in the order they are evaluated. What is not evaluated is not there.
    pub children: Vec<Trace>,
    /// How many rounds of an iteration are not among the parts.
    pub left_out: usize,
}

/// What kind of part of a rule it is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Constant,
    Slot(Slot),
    /// A variable of an iteration, by its place.
    Local(usize),
    /// A name inside a filter: an entry of the item at this place.
    Member(usize, Arc<str>),
    Path(Arc<str>),
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Negate,
    And,
    Or,
    Between,
    In,
    InstanceOf,
    If,
    List,
    /// The names of the entries; the parts are their values.
    Context(Vec<Arc<str>>),
    Range,
    /// The list, then the items that decide.
    Filter,
    /// What is gone through, then rounds.
    For,
    /// What is gone through, then the rounds that decide; whether all must hold.
    Quantified(bool),
    /// One round: what further iterations go through, then the condition or the body. The items stand in the places from the first on.
    Round(Round),
    Function(&'static str),
    Host(u32),
    Call,
    Closure,
}

/// One round of an iteration.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    /// Place of the first item.
    pub place: usize,
    /// The items, one for each iteration.
    pub items: Vec<Value>,
    /// Which round it is, from 1.
    pub number: usize,
}

impl Trace {
    /// The part and all parts in it.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        1 + self.children.iter().map(Trace::count).sum::<usize>()
    }
}
