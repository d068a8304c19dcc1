//! A compiled rule and where it was written.

use std::ops::Deref;

use crate::feel::Program;
use crate::source::Place;

/// A rule, small in its field: most fields have few, and evaluation goes through many fields.
#[derive(Debug)]
pub struct Rule(Box<Compiled>);

/// A compiled rule and where it stands.
#[derive(Debug)]
pub struct Compiled {
    /// The compiled expression.
    pub program: Program,
    /// Where it stands.
    pub place: Place,
    /// Number of the rule within its method, for counting which ones cases exercise.
    pub id: usize,
}

impl From<Compiled> for Rule {
    fn from(compiled: Compiled) -> Self {
        Self(Box::new(compiled))
    }
}

impl Deref for Rule {
    type Target = Compiled;

    fn deref(&self) -> &Compiled {
        &self.0
    }
}
