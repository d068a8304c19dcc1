//! Versions of a method: what changed from one to the next.
//!
//! [`diff`] compares two versions: every change with its [`Class`], and with it the number that the second version must
//! have at least. [`behaviour`] runs the cases of both versions through rules that changed. A [`Migration`] moves cases from
//! one version to the next and loses no answer.

mod behaviour;
mod change;
mod diff;
mod fields;
mod migration;
mod pair;
mod place;
mod reported;
mod touched;

pub use behaviour::{Trial, behaviour};
pub use change::{Behaviour, Bump, Change, Class, Diff, Example, Part, What};
pub use diff::{Declared, diff};
pub use migration::{Decision, Mapped, Migrated, Migration, Retired, place_label};
pub(crate) use migration::{Parts, read};
pub use touched::Footprint;
