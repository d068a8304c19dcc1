//! Evaluation: what the rules of a method say about the answers of a case.

pub(crate) mod answer;
mod build_options;
mod build_view;
mod carry;
mod cell;
mod check;
mod exercised;
mod explain;
mod propagate;
mod session;
mod state;
mod view;
mod violation;
mod world;

pub use answer::read_day;
pub use explain::{
    Effect, Explanation, Link, Place, Prose, Read, Reason, Role, RulePart, RuleView, Standing, Word,
};
pub use session::{Delta, InputError, Part, Session};
pub use view::{
    FieldView, FormView, GroupView, ItemView, OptionView, Progress, RowView, SectionView, SourceChanged,
    Violation,
};
pub(crate) use world::Seat;
pub use world::World;
