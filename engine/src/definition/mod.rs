//! Definitions: from the files of a directory to compiled methods.

mod build;
mod catalogue;
mod conditions;
mod content;
mod emission;
mod form;
mod functions;
mod import;
mod inherit;
mod library;
mod lock;
mod lower;
mod method;
#[expect(
    missing_docs,
    reason = "the keys are explained in definitions/README.md, for those who write them"
)]
pub(crate) mod mirror;
mod order;
mod rules;
mod schema;
mod scope;
mod unreadable;
mod unused;
mod versions;
pub mod yaml;

pub use catalogue::{Concept, List};
pub use content::{Content, Packed, canonical, digest};
pub use emission::Emission;
pub use form::{
    Block, Branch, Carry, CarryMode, Constraint, Dependants, Edge, Field, FieldIx, Form, Group, Kind,
    Options, Place, Rule, Section, Target, fill_in,
};
pub use functions::HostFunction;
pub use import::{Edition, Imported, import};
pub use library::{Library, Loaded};
pub use lock::{Lock, Locked};
pub use method::{Method, Parameter, Phase, Texts, numbers};
pub use mirror::Named;
pub(crate) use rules::Compiler;
pub use schema::{FileKind, validate};
pub use scope::{CONTACT_PARTS, Global};
pub(crate) use scope::{Place as SlotPlace, Scope, Types, field_type};
pub(crate) use unreadable::Unreadable;
