//! Conditions: three-valued logic, comparisons and tests.

use super::{Machine, lies, places};
use crate::feel::ast::Comparison;
use crate::feel::fault::Fault;
use crate::feel::node::{Node, Op};
use crate::feel::ops;
use crate::value::Value;

/// What a condition comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Null,
    /// Something of another kind.
    Other(&'static str),
}

impl Truth {
    pub fn of(value: &Value) -> Truth {
        match value {
            Value::Boolean(value) => (*value).into(),
            Value::Null => Truth::Null,
            other => Truth::Other(other.kind()),
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

impl From<Truth> for Value {
    fn from(truth: Truth) -> Value {
        match truth {
            Truth::True => Value::Boolean(true),
            Truth::False => Value::Boolean(false),
            Truth::Null | Truth::Other(_) => Value::Null,
        }
    }
}

impl Machine<'_> {
    /// What a part comes to that has to be true or false.
    #[inline]
    pub(super) fn truth(&mut self, node: &Node) -> Truth {
        match &node.op {
            Op::Compare(operator, sides)
                if let (Some(left), Some(right)) = (
                    lies(self.env, places(&self.locals, self.base), &sides.0),
                    lies(self.env, places(&self.locals, self.base), &sides.1),
                ) =>
            {
                let holds = self
                    .budget
                    .step()
                    .and_then(|()| ops::holds(*operator, left, right, &mut self.budget));
                self.decided(node, holds)
            }
            Op::And(_) | Op::Or(_) | Op::Compare(..) | Op::In(..) => self.condition(node),
            _ => Truth::of(&self.eval(node)),
        }
    }

    #[inline]
    fn decided(&mut self, node: &Node, holds: Result<bool, Fault>) -> Truth {
        match holds {
            Ok(value) => value.into(),
            Err(fault) => {
                self.fail(node, fault);
                Truth::Null
            }
        }
    }

    /// A comparison, a test, or three-valued `and` and `or`.
    pub(super) fn condition(&mut self, node: &Node) -> Truth {
        if let Err(fault) = self.enter() {
            self.fail(node, fault);
            return Truth::Null;
        }
        let truth = self.conditional(node);
        self.depth -= 1;
        truth
    }

    #[inline]
    fn conditional(&mut self, node: &Node) -> Truth {
        match &node.op {
            Op::Compare(operator, sides) => {
                let left = self.look(&sides.0);
                let right = self.look(&sides.1);
                let holds = ops::holds(*operator, &left, &right, &mut self.budget);
                self.decided(node, holds)
            }
            Op::In(operand, tests) => {
                let holds = self.tests(operand, tests);
                self.decided(node, holds)
            }
            Op::And(operands) => self.logic(node, operands, Truth::False, Truth::True),
            Op::Or(operands) => self.logic(node, operands, Truth::True, Truth::False),
            _ => self.truth(node),
        }
    }

    /// `decisive` decides alone; anything but a truth value counts as null.
    fn logic(&mut self, node: &Node, operands: &[Node], decisive: Truth, otherwise: Truth) -> Truth {
        let (mut result, mut strange) = (otherwise, None);
        for operand in operands {
            match self.truth(operand) {
                truth if truth == decisive => return decisive,
                Truth::True | Truth::False => {}
                Truth::Null => result = Truth::Null,
                Truth::Other(kind) => {
                    result = Truth::Null;
                    strange = strange.or(Some(kind));
                }
            }
        }
        if let Some(kind) = strange {
            self.fail(
                node,
                format!("an operand is a {kind} instead of true or false").into(),
            );
        }
        result
    }

    fn tests(&mut self, operand: &Node, tests: &[(Option<Comparison>, Node)]) -> Result<bool, Fault> {
        let value = self.look(operand);
        let mut unknown = None;
        for (operator, test) in tests {
            let test = self.look(test);
            let outcome = match operator {
                Some(operator) => ops::holds(*operator, &value, &test, &mut self.budget),
                None => ops::contains(&test, &value, &mut self.budget),
            };
            match outcome {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(fault) => unknown = Some(fault),
            }
        }
        unknown.map_or(Ok(false), Err)
    }
}

#[cold]
pub(super) fn no_condition(kind: &str) -> Fault {
    format!("the condition is a {kind} instead of true or false").into()
}
