//! Data needs: what must be obtained in each phase of a case.
//!
//! The needs are a list that belongs to the method. What a case notes of them is a form like any other, written once: each phase that
//! needs something has a form of its own with a row for each of its needs.

mod check;
mod draft;
#[expect(
    missing_docs,
    reason = "the keys of the file are explained in definitions/README.md, for those who write them"
)]
mod file;
mod words;

use std::collections::BTreeMap;

use super::form::Form;
use crate::source::Place;

pub(super) use draft::NeedsDraft;
pub use file::Need;
pub(crate) use file::NeedsFile;
use file::{CODED, Said};
pub use words::Column;

/// The catalogue whose lists are the needs: one of each phase, and `all`.
const CATALOGUE: &str = "needs";
/// The list of all needs, whatever their phases.
const ALL: &str = "all";

/// The data needs of a method.
#[derive(Debug)]
pub struct Needs {
    /// The needs in order.
    pub all: Vec<Need>,
    /// Where each stands in the definition.
    pub places: Vec<Place>,
    /// For each phase that needs something, its id and the id of its form.
    pub forms: Vec<(String, String)>,
    /// Id of the group in these forms that has a row for each need.
    pub group: String,
    /// Id of the row's field that tells how far a need is.
    pub status: String,
    /// Id of the row's field that tells the minutes spent.
    pub spent: Option<String>,
    /// Codes of the status with which a need is met.
    pub received: Vec<String>,
    /// Codes of the status with which it will not be met.
    pub closed: Vec<String>,
    /// The lists whose codes the columns hold.
    pub columns: BTreeMap<String, String>,
}

impl Needs {
    /// Whether a list, `catalogue.list`, is one of needs.
    pub fn has_list(name: &str) -> bool {
        name.split('.').next() == Some(CATALOGUE)
    }

    /// Whether a form is one of those in which needs are noted.
    pub fn has_form(&self, id: &str) -> bool {
        self.forms.iter().any(|(_, form)| form == id)
    }

    /// The needs of a phase, in order.
    pub fn of<'a>(&'a self, phase: &'a str) -> impl Iterator<Item = &'a Need> {
        let needed = move |need: &&Need| need.phases.iter().any(|other| other == phase);
        self.all.iter().filter(needed)
    }
}

/// The group with a row for each need, and the block of its rows.
fn rows(form: &Form) -> impl Iterator<Item = (usize, usize)> {
    let fields = form
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.block == 0);
    fields.filter_map(|(index, field)| {
        let group = field.group()?;
        let (list, _) = group.for_each.as_ref()?;
        (list.catalogue == CATALOGUE).then_some((index, group.block))
    })
}
