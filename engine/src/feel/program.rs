//! A rule that is ready to be evaluated, and what evaluating it gives.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::eval::{self, Machine};
use super::node::Node;
use super::trace::Trace;
use super::types::Type;
use crate::value::{DateTime, Value};

/// A variable of the surrounding definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// What a rule can see while it is evaluated.
pub trait Env {
    /// The value of a variable.
    fn get(&self, slot: Slot) -> Value;
    /// The value of a variable where it lies, when it need not be made first: whoever only looks at it is spared a copy.
    fn lend(&self, _: Slot) -> Option<&Value> {
        None
    }
    /// Calls a function of the host; the error says why there is no result.
    fn call(&self, id: u32, args: &[Value]) -> Result<Value, String>;
    /// The present; `today()` is its date.
    fn now(&self) -> DateTime;
}

/// What a rule looks at, so that it need not be evaluated again when something else changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// The variables.
    pub slots: BTreeSet<Slot>,
    /// The members of tagged contexts.
    pub members: BTreeSet<(u32, Arc<str>)>,
    /// The tags of contexts that are looked at as a whole.
    pub whole: BTreeSet<u32>,
    /// Whether the result depends on the present.
    pub today: bool,
}

/// A rule that is ready to be evaluated.
#[derive(Debug)]
pub struct Program {
    pub(super) text: Arc<str>,
    pub(super) root: Node,
    pub(super) result: Type,
    pub(super) reads: Reads,
}

/// What kind of thing made a value null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An operand was null itself, for instance an unanswered question.
    Null,
    /// The operation cannot be done with these values.
    Failure,
    /// A limit on time or size was reached.
    Limit,
}

/// Why a part of a rule gave null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What happened, in lower case and without a final stop.
    pub message: Cow<'static, str>,
    /// What kind of thing happened.
    pub cause: Cause,
}

/// The result of a rule, and why parts of it gave null.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The result.
    pub value: Value,
    /// The causes of nulls, in the order they happened.
    pub warnings: Vec<Warning>,
}

impl Program {
    /// What is known of the result.
    pub fn result_type(&self) -> &Type {
        &self.result
    }

    /// The rule as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the rule looks at.
    pub fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Evaluates the rule.
    pub fn evaluate(&self, env: &dyn Env) -> Evaluation {
        let mut machine = Machine::new(env);
        let mut evaluation = Evaluation {
            value: machine.run(&self.root),
            warnings: Vec::new(),
        };
        evaluation.warnings = std::mem::take(&mut machine.warnings);
        evaluation
    }

    /// The result alone, where nobody asks why parts of it gave null.
    pub fn value(&self, env: &dyn Env) -> Value {
        Machine::silent(env).run(&self.root)
    }

    /// The result where it lies, when the rule only names something that does.
    pub fn lend<'v>(&'v self, env: &'v dyn Env) -> Option<&'v Value> {
        eval::lies(env, &[], &self.root)
    }

    /// Evaluates the rule and tells what each of its parts came to.
    pub(crate) fn explain(&self, env: &dyn Env) -> Trace {
        eval::trace(&mut Machine::new(env), &self.text, &self.root)
    }
}
