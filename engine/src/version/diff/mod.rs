//! Compares two versions of a method.
//!
//! Things of the two versions are [paired](pair) by what makes them the same, a migration's word included; [`both`] then tells what is
//! gone, what is new and what differs. Each kind of thing says for itself what that means: `method`, `form`, `field`,
//! `list`, `needs` and `reported`.

mod behaviour;
mod both;
mod change;
mod class;
mod constraint;
mod declared;
mod editions;
mod field;
mod form;
mod list;
mod method;
mod needs;
mod pair;
mod reported;
mod touched;

pub use behaviour::{Trial, behaviour};
pub use change::{Alike, Behaviour, Change, Diff, Example, Note, Part, Thing, What};
pub use class::{Bump, Class};
pub use declared::{Declared, Row};
pub use editions::{Fates, editions};
pub use touched::Footprint;

use crate::definition::Method;

/// What changed from one version to another.
pub fn diff(from: &Method, to: &Method, declared: &Declared) -> Diff {
    let mut changes = Vec::new();
    method::compare(from, to, &mut changes);
    form::compare(from, to, declared, &mut changes);
    list::compare(from.code_lists(), to.code_lists(), declared, &mut changes);
    needs::compare(from, to, declared, &mut changes);
    reported::compare(from, to, declared, &mut changes);
    reported::follow(from, to, &mut changes);
    Diff {
        from: from.name(),
        to: to.name(),
        changes,
    }
}
