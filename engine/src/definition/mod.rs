//! Definitions: from the files of a directory to compiled methods.

mod assemble;
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
mod naming;
mod needs;
mod order;
mod pins;
mod reader;
mod report;
mod rule;
mod rules;
mod schema;
mod scope;
mod seen;
mod unreadable;
mod unused;
mod versions;
pub mod yaml;

pub use catalogue::{Concept, List, Pin};
pub use content::{Content, Packed, canonical, digest};
pub use emission::Emission;
pub(crate) use emission::read_fields;
pub use form::{
    Block, BlockIx, Branch, Carry, CarryMode, Constraint, Dependants, Edge, Field, FieldIx, Form, Group,
    Kind, Options, Section, Target, fill_in,
};
pub use functions::HostFunction;
pub use import::{Edition, Imported, import};
pub use library::{Library, Loaded};
pub use lock::{Lock, Locked};
pub use lower::Lists;
pub(crate) use lower::MAX_DEPTH;
pub use method::{Method, Parameter, Phase, Texts, Written, numbers};
pub use mirror::Named;
pub use needs::{Column, Need, Needs};
pub use report::{Answers, Delivery, Format, Severity, Template};
pub(crate) use report::{Base, Call, Check, Class, Memory, Node, Part, PointType, Schema, Sees, Shape};
pub use rule::{Compiled, Rule};
pub(crate) use rules::Compiler;
pub use schema::{FileKind, validate};
pub use scope::Global;
pub(crate) use scope::{Place as SlotPlace, Scope, Types};
pub use seen::CONTACT_PARTS;
pub(crate) use seen::field_type;
pub(crate) use unreadable::Unreadable;
