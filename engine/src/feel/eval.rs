//! Evaluation: walks a prepared rule. Operators and functions know nothing of positions; they are added here.

use std::sync::Arc;

use super::builtins::{Builtin, Context as CallContext};
use super::fault::{Fault, Outcome};
use super::function::Code;
use super::node::{BuiltinCall, Call, Filter, For, Loop, Node, Op, Quantified, RangeNode};
use super::ops;
use super::program::{Env, Trace, Warning};
use super::types::Type;
use crate::value::{Date, Function, Number, Value};

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

/// Collects what the parts of a rule came to.
#[derive(Default)]
pub(crate) struct Tracer {
    pub finished: Vec<Part>,
    count: usize,
}

/// What one part of a rule came to.
pub(crate) struct Part {
    start: u32,
    end: u32,
    value: Value,
    children: Vec<Part>,
}

impl Part {
    pub fn render(self, text: &str) -> Trace {
        let span = self.start as usize..self.end as usize;
        Trace {
            text: text.get(span.clone()).unwrap_or("").to_owned(),
            span,
            value: self.value,
            children: self
                .children
                .into_iter()
                .map(|child| child.render(text))
                .collect(),
        }
    }
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
                let left = self.eval(&sides.0);
                let right = self.eval(&sides.1);
                ops::compare(*operator, &left, &right)
            }
            Op::Arithmetic(operator, sides) => {
                let left = self.eval(&sides.0);
                let right = self.eval(&sides.1);
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
        let (value, low, high) = (self.eval(value), self.eval(low), self.eval(high));
        let above = ops::order(&value, &low)?.is_ge();
        Ok(Value::Boolean(ops::order(&value, &high)?.is_le() && above))
    }

    fn tests(&mut self, operand: &Node, tests: &[(Option<super::ast::Comparison>, Node)]) -> Outcome {
        let value = self.eval(operand);
        let mut unknown = None;
        for (operator, test) in tests {
            let test = self.eval(test);
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
        let value = self.eval(base);
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

    fn filter(&mut self, filter: &Filter) -> Outcome {
        let list = self.eval(&filter.list);
        let items = match list {
            Value::List(items) => items,
            Value::Null => Arc::new(Vec::new()),
            other => Arc::new(vec![other]),
        };
        if !filter.each {
            // The place of the item exists all the same.
            self.locals.push(Value::Null);
            let condition = self.eval(&filter.condition);
            self.locals.pop();
            return match condition {
                Value::Number(index) => index_of(&items, &index),
                Value::Boolean(true) => Ok(Value::List(items)),
                Value::Boolean(false) => Ok(Value::list(Vec::new())),
                other => Err(format!(
                    "the filter is {} instead of a condition or a position",
                    other.kind()
                )
                .into()),
            };
        }
        let mut kept = Vec::new();
        for item in items.iter() {
            self.step()?;
            self.locals.push(item.clone());
            let keep = self.eval(&filter.condition);
            self.locals.pop();
            match keep {
                Value::Boolean(true) => kept.push(item.clone()),
                Value::Boolean(false) | Value::Null => {}
                Value::Number(index) => return index_of(&items, &index),
                other => {
                    return Err(format!("the filter is a {} instead of true or false", other.kind()).into());
                }
            }
        }
        Ok(Value::list(kept))
    }

    /// Calls `visit` for every combination of the values of the loops.
    fn combinations(
        &mut self,
        loops: &[Loop],
        visit: &mut dyn FnMut(&mut Self) -> Result<bool, Fault>,
    ) -> Result<bool, Fault> {
        let Some((first, rest)) = loops.split_first() else {
            self.step()?;
            return visit(self);
        };
        let from = self.eval(&first.from);
        let to = first.to.as_ref().map(|to| self.eval(to));
        let series = Series::new(from, to)?;
        let depth = self.locals.len();
        for item in series {
            self.step()?;
            self.locals.push(item);
            let go_on = self.combinations(rest, visit);
            self.locals.truncate(depth);
            if !go_on? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn iteration(&mut self, iteration: &For) -> Outcome {
        let mut results: Vec<Value> = Vec::new();
        let place = self.locals.len();
        let mut shared = Arc::new(Vec::new());
        if iteration.partial {
            self.locals.push(Value::List(shared.clone()));
        }
        let outcome = self.combinations(&iteration.loops, &mut |machine| {
            if iteration.partial {
                machine.expose(place, &mut shared, &results)?;
            }
            let value = machine.eval(&iteration.body);
            if iteration.partial {
                let mut budget = 10_000;
                if !value.fits(&mut budget, 100) {
                    return Err(Fault::limit("a result so far is too large or nested too deeply"));
                }
            }
            if results.len() >= MAX_ITEMS {
                return Err(Fault::limit("the list has more than 1,000,000 items"));
            }
            results.push(value);
            Ok(true)
        });
        self.locals.truncate(place);
        outcome.map(|_| Value::list(results))
    }

    /// Makes the results so far visible as `partial`, without copying them again each time.
    fn expose(&mut self, place: usize, shared: &mut Arc<Vec<Value>>, results: &[Value]) -> Result<(), Fault> {
        if let Some(local) = self.locals.get_mut(place) {
            *local = Value::Null;
        }
        match Arc::get_mut(shared) {
            Some(list) => list.extend(results.iter().skip(list.len()).cloned()),
            None => {
                self.steps = self
                    .steps
                    .checked_sub(results.len() as u32)
                    .ok_or(Fault::limit("the evaluation takes too many steps"))?;
                *shared = Arc::new(results.to_vec());
            }
        }
        if let Some(local) = self.locals.get_mut(place) {
            *local = Value::List(shared.clone());
        }
        Ok(())
    }

    fn quantified(&mut self, quantified: &Quantified) -> Outcome {
        let (mut decided, mut unknown) = (false, false);
        self.combinations(
            &quantified.loops,
            &mut |machine| match machine.eval(&quantified.condition) {
                Value::Boolean(value) if value != quantified.every => {
                    decided = true;
                    Ok(false)
                }
                Value::Boolean(_) => Ok(true),
                Value::Null => {
                    unknown = true;
                    Ok(true)
                }
                other => Err(format!("the condition is a {} instead of true or false", other.kind()).into()),
            },
        )?;
        Ok(match (decided, unknown) {
            (true, _) => Value::Boolean(!quantified.every),
            (false, true) => Value::Null,
            (false, false) => Value::Boolean(quantified.every),
        })
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

    fn host(&mut self, id: u32, arguments: &[Node]) -> Outcome {
        let arguments: Vec<Value> = arguments.iter().map(|argument| self.eval(argument)).collect();
        self.step()?;
        self.env.call(id, &arguments).map_err(Fault::new)
    }

    fn builtin(&mut self, call: &BuiltinCall) -> Outcome {
        self.step()?;
        let arguments: Vec<Value> = call
            .arguments
            .iter()
            .map(|argument| self.eval(argument))
            .collect();
        let mut first = None;
        for candidate in &call.candidates {
            let prepared = match &candidate.order {
                None => candidate.builtin.positional(&arguments),
                Some(order) => candidate.builtin.ordered(&arguments, order),
            };
            match prepared {
                Ok(arguments) => {
                    return (candidate.builtin.call)(&mut CallContext { machine: self }, &arguments);
                }
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or(Fault::new("no function takes these arguments")))
    }

    fn call(&mut self, call: &Call) -> Outcome {
        let callee = self.eval(&call.callee);
        let arguments: Vec<Value> = call
            .arguments
            .iter()
            .map(|argument| self.eval(argument))
            .collect();
        match callee {
            Value::Function(function) => self.apply(&function, arguments, call.names.as_deref()),
            Value::Null => Err(Fault::new("there is no function to call")),
            other => Err(format!("a {} is no function", other.kind()).into()),
        }
    }

    /// Calls a function value.
    pub fn apply(
        &mut self,
        function: &Arc<Function>,
        arguments: Vec<Value>,
        names: Option<&[Arc<str>]>,
    ) -> Outcome {
        self.step()?;
        let (definition, captured) = match Code::of(function) {
            Some(Code::Closure { definition, captured }) => (definition, captured),
            Some(Code::Builtin(name)) => return self.apply_builtin(name, &arguments, names),
            None => return Err("this function cannot be called here".into()),
        };
        if arguments.len() != definition.parameters.len() {
            let (wanted, given) = (definition.parameters.len(), arguments.len());
            return Err(format!("the function takes {wanted} arguments, not {given}").into());
        }
        let depth = self.locals.len();
        let base = self.base;
        let mut frame = captured.clone();
        if definition.recursive {
            frame.push(Value::Function(function.clone()));
        }
        for (at, (name, kind)) in definition.parameters.iter().enumerate() {
            let place = match names {
                None => Some(at),
                Some(names) => names.iter().position(|given| given == name),
            };
            let argument = place.and_then(|place| arguments.get(place));
            let Some(argument) = argument else {
                return Err(format!("the parameter `{name}` has no argument").into());
            };
            match kind.coerce(argument) {
                Some(value) => frame.push(value),
                None => {
                    return Err(
                        format!("the argument for `{name}` is a {}, not a {kind}", argument.kind()).into(),
                    );
                }
            }
        }
        self.locals.extend(frame);
        self.base = depth;
        let value = self.eval(&definition.body);
        self.base = base;
        self.locals.truncate(depth);
        Ok(value)
    }

    fn apply_builtin(&mut self, name: &str, arguments: &[Value], names: Option<&[Arc<str>]>) -> Outcome {
        let mut first = None;
        for builtin in Builtin::named(name) {
            let prepared = match names {
                None => builtin.positional(arguments),
                Some(names) => match builtin.order(names.iter().map(|name| &**name)) {
                    Some(order) => builtin.ordered(arguments, &order),
                    None => Err(Fault::new("no parameter has this name")),
                },
            };
            match prepared {
                Ok(arguments) => return (builtin.call)(&mut CallContext { machine: self }, &arguments),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or(Fault::new("there is no such function")))
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

fn index_of(items: &[Value], index: &Number) -> Outcome {
    let count = items.len() as i64;
    let at = index.to_i64().ok_or(Fault::new("a position is a whole number"))?;
    let place = if at > 0 { at - 1 } else { count + at };
    let found = if at == 0 {
        None
    } else {
        usize::try_from(place).ok().and_then(|place| items.get(place))
    };
    found
        .cloned()
        .ok_or_else(|| format!("the list has no item {at}, it has {count}").into())
}

/// The values an iteration goes through.
enum Series {
    Items(Arc<Vec<Value>>, usize),
    Numbers { next: i64, left: u64, step: i64 },
    Dates { next: i64, left: u64, step: i64 },
}

impl Series {
    fn new(from: Value, to: Option<Value>) -> Result<Series, Fault> {
        let Some(to) = to else {
            return match from {
                Value::List(items) => Ok(Series::Items(items, 0)),
                Value::Range(range) => match (&range.low, &range.high) {
                    (Some(low), Some(high)) => {
                        Series::between(low, high, !range.low_included, !range.high_included)
                    }
                    _ => Err("a range without an end cannot be gone through".into()),
                },
                Value::Null => Err(Fault::missing("there is nothing to go through: it is null")),
                other => Ok(Series::Items(Arc::new(vec![other]), 0)),
            };
        };
        Series::between(&from, &to, false, false)
    }

    fn between(low: &Value, high: &Value, skip_first: bool, skip_last: bool) -> Result<Series, Fault> {
        let whole = |number: &Number| {
            number
                .to_i64()
                .ok_or(Fault::new("an iteration goes from whole number to whole number"))
        };
        let (from, to, dates) = match (low, high) {
            (Value::Number(low), Value::Number(high)) => (whole(low)?, whole(high)?, false),
            (Value::Date(low), Value::Date(high)) => (low.to_days(), high.to_days(), true),
            (Value::Null, _) | (_, Value::Null) => {
                return Err(Fault::missing("an end of the iteration is null"));
            }
            _ => return Err(format!("nothing can go from {} to {}", low.kind(), high.kind()).into()),
        };
        let step = if from <= to { 1 } else { -1 };
        let skipped = u64::from(skip_first) + u64::from(skip_last);
        let left = from.abs_diff(to).saturating_add(1).saturating_sub(skipped);
        let next = if skip_first {
            from.saturating_add(step)
        } else {
            from
        };
        Ok(if dates {
            Series::Dates { next, left, step }
        } else {
            Series::Numbers { next, left, step }
        })
    }
}

impl Iterator for Series {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Series::Items(items, at) => {
                *at += 1;
                items.get(*at - 1).cloned()
            }
            Series::Numbers { next, left, step } | Series::Dates { next, left, step } if *left > 0 => {
                let value = *next;
                *next = next.saturating_add(*step);
                *left -= 1;
                match self {
                    Series::Dates { .. } => Date::from_days(value).map(Value::Date),
                    _ => Some(Value::integer(value)),
                }
            }
            _ => None,
        }
    }
}
