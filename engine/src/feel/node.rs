//! The form of a rule that is evaluated: names are places, constants are values.

use std::sync::Arc;

use super::ast::{Arithmetic, Comparison};
use super::builtins::Builtin;
use super::pattern::Pattern;
use super::program::Slot;
use super::types::Type;
use crate::value::{Key, Layout, Value};

/// A part of a rule.
#[derive(Debug)]
pub(crate) struct Node {
    pub op: Op,
    /// Bytes of the text.
    pub start: u32,
    pub end: u32,
}

#[derive(Debug)]
pub(crate) enum Op {
    Constant(Value),
    Slot(Slot),
    Local(u32),
    /// Always null; the text says why.
    Fail(Arc<str>),
    Negate(Box<Node>),
    Arithmetic(Arithmetic, Box<(Node, Node)>),
    Compare(Comparison, Box<(Node, Node)>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Between(Box<(Node, Node, Node)>),
    In(Box<Node>, Box<[(Option<Comparison>, Node)]>),
    InstanceOf(Box<Node>, Type),
    Path(Box<Node>, Key),
    Filter(Box<Filter>),
    /// A name inside a filter: the entry of the item, if it is a context that has one.
    Member {
        item: u32,
        name: Arc<str>,
        otherwise: Option<Box<Node>>,
    },
    If(Box<(Node, Node, Node)>),
    For(Box<For>),
    Quantified(Box<Quantified>),
    List(Box<[Node]>),
    Context(Arc<Layout>, Box<[Node]>),
    Range(Box<RangeNode>),
    Closure(Arc<Definition>),
    Builtin(Box<BuiltinCall>),
    Host(u32, Box<[Node]>),
    Call(Box<Call>),
}

#[derive(Debug)]
pub(crate) struct Filter {
    pub list: Node,
    pub condition: Node,
    /// Whether the condition has to be evaluated for each item.
    pub each: bool,
}

#[derive(Debug)]
pub(crate) struct Loop {
    pub from: Node,
    pub to: Option<Node>,
}

#[derive(Debug)]
pub(crate) struct For {
    pub loops: Box<[Loop]>,
    pub body: Node,
    /// Whether the body looks at the results so far.
    pub partial: bool,
}

#[derive(Debug)]
pub(crate) struct Quantified {
    pub every: bool,
    pub loops: Box<[Loop]>,
    pub condition: Node,
}

#[derive(Debug)]
pub(crate) struct RangeNode {
    pub low: Option<Node>,
    pub low_included: bool,
    pub high: Option<Node>,
    pub high_included: bool,
}

/// A function written in a rule.
#[derive(Debug)]
pub(crate) struct Definition {
    pub parameters: Vec<(Arc<str>, Type)>,
    /// What is known of the result.
    pub result: Type,
    /// How many places of the surrounding frame are copied into the first places of its own.
    pub captures: u32,
    /// Whether the place after those holds the function itself.
    pub recursive: bool,
    pub body: Node,
    pub signature: String,
}

/// A call of one of several functions with the same name.
#[derive(Debug)]
pub(crate) struct BuiltinCall {
    pub candidates: Box<[Candidate]>,
    pub arguments: Box<[Node]>,
    /// The regular expression among the arguments, when it is constant.
    pub pattern: Option<Arc<Pattern>>,
}

/// A function that may be the one called, and where its arguments are.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub builtin: &'static Builtin,
    /// For named arguments: which one each parameter is.
    pub order: Option<Box<[Option<usize>]>>,
}

impl Candidate {
    /// Whether the arguments stand in the order of the parameters.
    pub fn is_in_order(&self) -> bool {
        let given = self.order.iter().flatten().flatten();
        given.is_sorted()
    }
}

#[derive(Debug)]
pub(crate) struct Call {
    pub callee: Node,
    pub arguments: Box<[Node]>,
    pub names: Option<Box<[Arc<str>]>>,
}
