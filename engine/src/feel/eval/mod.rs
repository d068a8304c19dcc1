//! Evaluation: walks a prepared rule. Operators and functions know nothing of positions; they are added here.

mod calls;
mod loops;
mod trace;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use trace::{Part, Tracer};

use super::fault::{Fault, Outcome};
use super::function::Code;
use super::node::{Node, Op, RangeNode};
use super::ops;
use super::program::{Env, Warning};
use super::types::Type;
use crate::value::Value;

/// How many items and calls one evaluation may go through.
pub(crate) const MAX_STEPS: u32 = 2_000_000;
/// How many items a list may have.
pub(crate) const MAX_ITEMS: usize = 1_000_000;
/// How deep evaluation may be nested.
const MAX_DEPTH: u32 = 400;
/// How many values a result may consist of, and how deep it may be.
const MAX_RESULT: (usize, usize) = (2_000_000, 400);
/// How many warnings are kept.
const MAX_WARNINGS: usize = 100;
/// How many parts an explanation may have.
const MAX_PARTS: usize = 10_000;

/// The state of one evaluation.
pub(crate) struct Machine<'a> {
    pub env: &'a dyn Env,
    locals: Vec<Value>,
    /// Where the places of the present function begin.
    base: usize,
    pub warnings: Vec<Warning>,
    steps: u32,
    depth: u32,
    pub trace: Option<Box<Tracer>>,
}

impl<'a> Machine<'a> {
    pub fn new(env: &'a dyn Env) -> Machine<'a> {
        Machine {
            env,
            locals: Vec::new(),
            base: 0,
            warnings: Vec::new(),
            steps: MAX_STEPS,
            depth: 0,
            trace: None,
        }
    }

    /// Evaluates a whole rule.
    pub fn run(&mut self, node: &Node) -> Value {
        let value = self.eval(node);
        let fits = match &value {
            Value::List(_) | Value::Context(_) => value.fits(&mut { MAX_RESULT.0 }, MAX_RESULT.1),
            _ => true,
        };
        if fits {
            value
        } else {
            self.fail(node, Fault::limit("the result is too large or nested too deeply"))
        }
    }

    #[inline]
    pub fn eval(&mut self, node: &Node) -> Value {
        if self.trace.is_some() {
            return self.traced(node);
        }
        self.step_into(node)
    }

    /// The value, which need not be copied to be looked at.
    #[inline]
    fn look<'n>(&mut self, node: &'n Node) -> Cow<'n, Value>
    where
        'a: 'n,
    {
        if self.trace.is_none() {
            let env = self.env;
            match &node.op {
                Op::Constant(value) => return Cow::Borrowed(value),
                Op::Slot(slot) => {
                    if let Some(value) = env.lend(*slot) {
                        return Cow::Borrowed(value);
                    }
                }
                _ => {}
            }
        }
        Cow::Owned(self.eval(node))
    }

    #[inline]
    fn step_into(&mut self, node: &Node) -> Value {
        match &node.op {
            Op::Constant(value) => value.clone(),
            Op::Slot(slot) => self.env.get(*slot),
            Op::Local(place) => self.local(*place),
            _ => {
                if self.depth >= MAX_DEPTH {
                    return self.fail(node, Fault::limit("the evaluation is nested too deeply"));
                }
                self.depth += 1;
                let value = self.compound(node);
                self.depth -= 1;
                value
            }
        }
    }

    #[inline(never)]
    fn traced(&mut self, node: &Node) -> Value {
        let begun = match &mut self.trace {
            Some(tracer) => std::mem::take(&mut tracer.finished),
            None => Vec::new(),
        };
        let value = self.step_into(node);
        if let Some(tracer) = &mut self.trace {
            let children = std::mem::replace(&mut tracer.finished, begun);
            tracer.count += 1;
            if tracer.count <= MAX_PARTS || self.depth == 0 {
                tracer.finished.push(Part {
                    start: node.start,
                    end: node.end,
                    value: value.clone(),
                    children,
                });
            }
        }
        value
    }

    fn compound(&mut self, node: &Node) -> Value {
        let outcome = match &node.op {
            Op::Constant(value) => return value.clone(),
            Op::Slot(slot) => return self.env.get(*slot),
            Op::Local(place) => return self.local(*place),
            Op::And(operands) => return self.logic(node, operands, false),
            Op::Or(operands) => return self.logic(node, operands, true),
            Op::Compare(operator, sides) => {
                let left = self.look(&sides.0);
                let right = self.look(&sides.1);
                ops::compare(*operator, &left, &right)
            }
            Op::Arithmetic(operator, sides) => {
                let left = self.look(&sides.0);
                let right = self.look(&sides.1);
                ops::arithmetic(*operator, &left, &right)
            }
            Op::If(parts) => self.conditional(&parts.0, &parts.1, &parts.2),
            Op::Path(base, name) => self.path(base, name),
            Op::Builtin(call) => self.builtin(call),
            Op::Fail(message) => Err(Fault::new(message.to_string())),
            Op::Negate(operand) => {
                let operand = self.eval(operand);
                ops::negate(&operand)
            }
            Op::Between(parts) => self.between(&parts.0, &parts.1, &parts.2),
            Op::In(operand, tests) => self.tests(operand, tests),
            Op::InstanceOf(operand, kind) => {
                let operand = self.eval(operand);
                Ok(Value::Boolean(
                    !operand.is_null() && kind.admits(&operand) || operand.is_null() && *kind == Type::Null,
                ))
            }
            Op::Filter(filter) => self.filter(filter),
            Op::Member {
                item,
                name,
                otherwise,
            } => return self.member(*item, name, otherwise.as_deref()),
            Op::For(iteration) => self.iteration(iteration),
            Op::Quantified(quantified) => self.quantified(quantified),
            Op::List(items) => Ok(Value::list(items.iter().map(|item| self.eval(item)).collect())),
            Op::Context(entries) => Ok(self.context(entries)),
            Op::Range(range) => self.range(range),
            Op::Closure(definition) => {
                let captured = (0..definition.captures).map(|place| self.local(place)).collect();
                let code = Code::Closure {
                    definition: definition.clone(),
                    captured,
                };
                Ok(code.into_value(definition.signature.clone()))
            }
            Op::Host(id, arguments) => self.host(*id, arguments),
            Op::Call(call) => self.call(call),
        };
        match outcome {
            Ok(value) => value,
            Err(fault) => self.fail(node, fault),
        }
    }

    #[cold]
    fn fail(&mut self, node: &Node, fault: Fault) -> Value {
        if self.warnings.len() < MAX_WARNINGS {
            let span = node.start as usize..node.end as usize;
            self.warnings.push(Warning {
                span,
                message: fault.message,
                cause: fault.cause,
            });
        }
        Value::Null
    }

    fn local(&self, place: u32) -> Value {
        self.locals
            .get(self.base + place as usize)
            .cloned()
            .unwrap_or_default()
    }

    /// Counts a step; an evaluation may take only so many.
    pub fn step(&mut self) -> Result<(), Fault> {
        self.steps = self
            .steps
            .checked_sub(1)
            .ok_or(Fault::limit("the evaluation takes too many steps"))?;
        Ok(())
    }

    /// Three-valued `and` and `or`: `decisive` decides alone, anything but a truth value counts as null.
    fn logic(&mut self, node: &Node, operands: &[Node], decisive: bool) -> Value {
        let (mut unknown, mut strange) = (false, None);
        for operand in operands {
            match self.eval(operand) {
                Value::Boolean(value) if value == decisive => return Value::Boolean(decisive),
                Value::Boolean(_) => {}
                other => {
                    unknown = true;
                    if !other.is_null() && strange.is_none() {
                        strange = Some(other.kind());
                    }
                }
            }
        }
        match (unknown, strange) {
            (false, _) => Value::Boolean(!decisive),
            (true, None) => Value::Null,
            (true, Some(kind)) => self.fail(
                node,
                format!("an operand is a {kind} instead of true or false").into(),
            ),
        }
    }

    fn conditional(&mut self, condition: &Node, yes: &Node, no: &Node) -> Outcome {
        match self.eval(condition) {
            Value::Boolean(true) => Ok(self.eval(yes)),
            Value::Boolean(false) | Value::Null => Ok(self.eval(no)),
            other => Err(format!("the condition is a {} instead of true or false", other.kind()).into()),
        }
    }

    fn between(&mut self, value: &Node, low: &Node, high: &Node) -> Outcome {
        let (value, low, high) = (self.look(value), self.look(low), self.look(high));
        let above = ops::order(&value, &low)?.is_ge();
        Ok(Value::Boolean(ops::order(&value, &high)?.is_le() && above))
    }

    fn tests(&mut self, operand: &Node, tests: &[(Option<super::ast::Comparison>, Node)]) -> Outcome {
        let value = self.look(operand);
        let mut unknown = None;
        for (operator, test) in tests {
            let test = self.look(test);
            let outcome = match operator {
                Some(operator) => ops::compare(*operator, &value, &test),
                None => ops::contains(&test, &value),
            };
            match outcome {
                Ok(Value::Boolean(true)) => return Ok(Value::Boolean(true)),
                Ok(_) => {}
                Err(fault) => unknown = Some(fault),
            }
        }
        unknown.map_or(Ok(Value::Boolean(false)), Err)
    }

    fn path(&mut self, base: &Node, name: &str) -> Outcome {
        if let Op::Local(place) = base.op
            && self.trace.is_none()
        {
            let place = self.base + place as usize;
            return path_of(self.locals.get(place).unwrap_or(&Value::Null), name);
        }
        let value = self.look(base);
        path_of(&value, name)
    }

    fn member(&mut self, item: u32, name: &str, otherwise: Option<&Node>) -> Value {
        let own = match self.locals.get(self.base + item as usize) {
            Some(Value::Context(context)) => context.get(name).cloned(),
            Some(other) => ops::property(other, name),
            None => None,
        };
        match (own, otherwise) {
            (Some(value), _) => value,
            (None, Some(otherwise)) => self.eval(otherwise),
            (None, None) => Value::Null,
        }
    }

    fn context(&mut self, entries: &[(Arc<str>, Node)]) -> Value {
        let depth = self.locals.len();
        for (_, node) in entries {
            let value = self.eval(node);
            self.locals.push(value);
        }
        let values = self.locals.drain(depth..);
        Value::Context(Arc::new(
            entries.iter().map(|(name, _)| name.clone()).zip(values).collect(),
        ))
    }

    fn range(&mut self, range: &RangeNode) -> Outcome {
        let low = range.low.as_ref().map(|low| self.eval(low));
        let high = range.high.as_ref().map(|high| self.eval(high));
        ops::range(low, range.low_included, high, range.high_included)
    }
}

/// `value.name`.
pub(crate) fn path_of(value: &Value, name: &str) -> Outcome {
    match value {
        Value::Context(context) => match context.get(name) {
            Some(value) => Ok(value.clone()),
            None => Err(format!("the context has no entry `{name}`").into()),
        },
        Value::List(items) => Ok(Value::list(
            items
                .iter()
                .map(|item| path_of(item, name).unwrap_or_default())
                .collect(),
        )),
        Value::Null => Err(Fault::missing("the value before the dot is null")),
        other => {
            ops::property(other, name).ok_or_else(|| format!("a {} has no `{name}`", other.kind()).into())
        }
    }
}
