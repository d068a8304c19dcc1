//! Evaluation: walks a prepared rule. Operators and functions know nothing of positions; they are added here.

mod calls;
mod loops;
mod trace;
mod truth;

use std::borrow::Cow;
use std::sync::Arc;

pub(crate) use trace::trace;
use truth::{Truth, no_condition};

use super::ast::Arithmetic;
use super::fault::{Fault, Outcome};
use super::function::Code;
use super::limits::{Budget, NESTING, RESULT, WAITING, WARNINGS};
use super::node::{Definition, Node, Op, RangeNode};
use super::ops;
use super::program::{Cause, Env, Warning};
use super::types::Type;
use crate::value::{Context, Key, Layout, Value};

/// The state of one evaluation.
pub(crate) struct Machine<'a> {
    pub env: &'a dyn Env,
    locals: Vec<Value>,
    /// Where the places of the present function begin.
    base: usize,
    pub warnings: Vec<Warning>,
    /// Whether anybody wants to know the warnings.
    asked: bool,
    pub budget: Budget,
    /// Whether a limit was reached.
    ended: bool,
    depth: usize,
}

impl<'a> Machine<'a> {
    pub fn new(env: &'a dyn Env) -> Machine<'a> {
        Machine {
            env,
            locals: Vec::new(),
            base: 0,
            warnings: Vec::new(),
            asked: true,
            budget: Budget::new(),
            ended: false,
            depth: 0,
        }
    }

    /// Without warnings.
    pub fn silent(env: &'a dyn Env) -> Machine<'a> {
        Machine {
            asked: false,
            ..Machine::new(env)
        }
    }

    /// Evaluates a whole rule.
    #[inline]
    pub fn run(&mut self, node: &Node) -> Value {
        let mut value = self.eval(node);
        if !value.fits(&mut { RESULT.most }, NESTING.most + 1) {
            value = self.fail(node, RESULT.fault());
        }
        // What was decided after a limit was reached is not to be relied on.
        if self.budget.is_spent() {
            Value::Null
        } else {
            value
        }
    }

    /// The value, which need not be copied to be looked at.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<'n>(&mut self, node: &'n Node) -> Cow<'n, Value>
    where
        'a: 'n,
    {
        match self.lent(node) {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(self.eval(node)),
        }
    }

    /// The value where it lies outside of this evaluation, if it does.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lent<'n>(&self, node: &'n Node) -> Option<&'n Value>
    where
        'a: 'n,
    {
        lies(self.env, &[], node)
    }

    #[inline]
    pub fn eval(&mut self, node: &Node) -> Value {
        match &node.op {
            Op::Constant(Value::String(text)) => Value::String(Arc::clone(text)),
            Op::Constant(value) => value.clone(),
            Op::Slot(slot) => self.env.get(*slot),
            Op::Local(place) => self.local(*place),
            Op::Path(..) if let Some(value) = lies(self.env, places(&self.locals, self.base), node) => {
                value.clone()
            }
            Op::If(_) => self.branch(node),
            Op::Builtin(call) => self.function(node, call),
            _ => match self.enter() {
                Ok(()) => {
                    let value = self.compound(node);
                    self.depth -= 1;
                    value
                }
                Err(fault) => self.fail(node, fault),
            },
        }
    }

    /// Takes a step, one level deeper.
    #[inline]
    fn enter(&mut self) -> Result<(), Fault> {
        if self.depth >= WAITING.most {
            return Err(WAITING.fault());
        }
        self.budget.step()?;
        self.depth += 1;
        Ok(())
    }

    /// The value of the branch that is taken.
    #[inline(never)]
    fn branch(&mut self, node: &Node) -> Value {
        match self.enter() {
            Ok(()) => {
                let value = self.taken(node);
                self.depth -= 1;
                value
            }
            Err(fault) => self.fail(node, fault),
        }
    }

    #[inline]
    fn taken(&mut self, mut node: &Node) -> Value {
        while let Op::If(parts) = &node.op {
            node = match self.truth(&parts.0) {
                Truth::True => &parts.1,
                Truth::False | Truth::Null => &parts.2,
                Truth::Other(kind) => return self.fail(node, no_condition(kind)),
            };
        }
        self.eval(node)
    }

    fn compound(&mut self, node: &Node) -> Value {
        let outcome = match &node.op {
            Op::Constant(_) | Op::Slot(_) | Op::Local(_) | Op::If(_) | Op::Builtin(_) => {
                return self.eval(node);
            }
            Op::And(_) | Op::Or(_) | Op::Compare(..) | Op::In(..) => return self.condition(node).into(),
            Op::Arithmetic(operator, sides) => {
                let left = self.look(&sides.0);
                let right = self.look(&sides.1);
                self.arithmetic(*operator, &left, &right)
            }
            Op::Path(base, key) => self.path(base, key),
            Op::Fail(message) => Err(Fault::new(message.to_string())),
            Op::Negate(operand) => {
                let operand = self.eval(operand);
                ops::negate(&operand)
            }
            Op::Between(parts) => self.between(&parts.0, &parts.1, &parts.2),
            Op::InstanceOf(operand, kind) => {
                let operand = self.eval(operand);
                self.admits(kind, &operand)
                    .map(|fits| Value::Boolean(fits && (!operand.is_null() || *kind == Type::Null)))
            }
            Op::Filter(filter) => self.filter(filter),
            Op::Member {
                item,
                name,
                otherwise,
            } => return self.member(*item, name, otherwise.as_deref()),
            Op::For(iteration) => self.iteration(iteration),
            Op::Quantified(quantified) => self.quantified(quantified),
            Op::List(items) => {
                let items = Value::list(items.iter().map(|item| self.eval(item)).collect());
                self.budget.made(items)
            }
            Op::Context(layout, entries) => {
                let context = self.context(layout, entries);
                self.budget.made(context)
            }
            Op::Range(range) => self.range(range),
            Op::Closure(definition) => self.closure(definition),
            Op::Host(id, arguments) => self.host(*id, arguments),
            Op::Call(call) => self.call(call),
        };
        match outcome {
            Ok(value) => value,
            Err(fault) => self.fail(node, fault),
        }
    }

    /// A limit that is reached ends the evaluation: it is told once, and nothing after it.
    #[cold]
    fn fail(&mut self, node: &Node, fault: Fault) -> Value {
        if self.ended {
            return Value::Null;
        }
        self.ended = fault.cause == Cause::Limit;
        if self.ended {
            self.budget.end();
        }
        if self.asked && (self.warnings.len() < WARNINGS || self.ended) {
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
        let places = places(&self.locals, self.base);
        places.get(place as usize).cloned().unwrap_or_default()
    }

    #[inline]
    fn arithmetic(&mut self, operator: Arithmetic, left: &Value, right: &Value) -> Outcome {
        if operator == Arithmetic::Power {
            self.budget.power(right)?;
        }
        self.budget.made(ops::arithmetic(operator, left, right)?)
    }

    /// Whether a value has a type.
    fn admits(&mut self, kind: &Type, value: &Value) -> Result<bool, Fault> {
        if matches!(value, Value::List(_) | Value::Context(_)) && !kind.is_vague() {
            self.budget.look_into(value)?;
        }
        Ok(kind.admits(value))
    }

    fn closure(&mut self, definition: &Arc<Definition>) -> Outcome {
        self.budget
            .make(definition.captures as usize * size_of::<Value>())?;
        let captured = (0..definition.captures).map(|place| self.local(place)).collect();
        let code = Code::Closure {
            definition: definition.clone(),
            captured,
        };
        let function = code.into_value(definition.signature.clone());
        if usize::from(function.depth()) > NESTING.most {
            return Err(NESTING.fault());
        }
        Ok(function)
    }

    fn between(&mut self, value: &Node, low: &Node, high: &Node) -> Outcome {
        let (value, low, high) = (self.look(value), self.look(low), self.look(high));
        for side in [&value, &low, &high] {
            self.budget.look_at(side)?;
        }
        let above = ops::order(&value, &low)?.is_ge();
        Ok(Value::Boolean(ops::order(&value, &high)?.is_le() && above))
    }

    fn path(&mut self, base: &Node, key: &Key) -> Outcome {
        let value = self.look(base);
        path_of(&value, key, &mut self.budget)
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

    fn context(&mut self, layout: &Arc<Layout>, entries: &[Node]) -> Value {
        let depth = self.locals.len();
        for node in entries {
            let value = self.eval(node);
            self.locals.push(value);
        }
        let values = self.locals.split_off(depth);
        Value::Context(Arc::new(Context::of(layout, values)))
    }

    fn range(&mut self, range: &RangeNode) -> Outcome {
        let low = range.low.as_ref().map(|low| self.eval(low));
        let high = range.high.as_ref().map(|high| self.eval(high));
        ops::range(low, range.low_included, high, range.high_included)
    }
}

/// The places of the present function, which begin at `base`.
#[inline]
fn places(locals: &[Value], base: usize) -> &[Value] {
    locals.get(base..).unwrap_or_default()
}

/// The value of a part where it lies, if it does.
#[inline]
pub(super) fn lies<'v>(env: &'v dyn Env, places: &'v [Value], node: &'v Node) -> Option<&'v Value> {
    match &node.op {
        Op::Constant(value) => Some(value),
        Op::Slot(slot) => env.lend(*slot),
        Op::Local(place) => places.get(*place as usize),
        Op::Path(base, key) => entry(env, places, base, key),
        _ => None,
    }
}

fn entry<'v>(env: &'v dyn Env, places: &'v [Value], base: &'v Node, key: &Key) -> Option<&'v Value> {
    lies(env, places, base)?.as_context()?.find(key)
}

/// `value.name`.
pub(crate) fn path_of(value: &Value, key: &Key, budget: &mut Budget) -> Outcome {
    match value {
        Value::Context(context) => match context.find(key) {
            Some(value) => Ok(value.clone()),
            None => Err(format!("the context has no entry `{}`", key.name()).into()),
        },
        Value::List(items) => {
            let mut members = Vec::with_capacity(items.len());
            for item in items.iter() {
                budget.step()?;
                members.push(path_of(item, key, budget).unwrap_or_default());
            }
            budget.made(Value::list(members))
        }
        Value::Null => Err(Fault::missing("the value before the dot is null")),
        other => ops::property(other, key.name())
            .ok_or_else(|| format!("a {} has no `{}`", other.kind(), key.name()).into()),
    }
}
