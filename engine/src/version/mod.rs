//! Versions of a method: what changed from one to the next.
//!
//! [`diff`] compares two versions: every change with its [`Class`], and with it the number that the second version must
//! have at least. [`behaviour`] runs the cases of both versions through rules that changed. A [`Migration`] moves cases from
//! one version to the next and loses no answer.

mod diff;
mod migration;
mod place;

pub use diff::{
    Alike, Behaviour, Bump, Change, Class, Declared, Diff, Example, Fates, Footprint, Note, Part, Row, Thing,
    Trial, What, behaviour, diff, editions,
};
pub use migration::{Decision, Mapped, Migrated, Migration, Retired, place_label};
pub(crate) use migration::{Parts, read};
