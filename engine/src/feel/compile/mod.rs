//! From tree to program: finds what each name means, checks types, and says everything that is wrong.

mod binders;
mod calls;
mod codes;
mod operators;
mod scope;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::ast::{Expr, Kind, Word};
use super::builtins::conversion_of;
use super::eval::Machine;
use super::limits::{Budget, SUGGESTIONS, TYPE};

use super::node::{Node, Op, RangeNode};
use super::problem::{Problem, nearest};
use super::program::{Cause, Env, Reads, Slot};
use super::types::{ContextType, Type};
use super::{HostCall, Names};
use crate::value::{Date, DateTime, Layout, Time, Value};
use scope::Binding;

/// A part of a program and what is known of its value.
pub(super) struct Typed {
    pub node: Node,
    pub kind: Type,
}

pub(super) struct Compiler<'a> {
    pub names: &'a dyn Names,
    /// Whether mistakes become nulls when the rule is evaluated, instead of problems now.
    pub lenient: bool,
    pub problems: Vec<Problem>,
    pub reads: Reads,
    bindings: Vec<Binding>,
    /// How many places are taken.
    places: u32,
    /// What evaluating constants may still take.
    budget: Budget,
    /// How often a similar name was looked for.
    suggestions: usize,
}

/// The environment in which constants are evaluated.
struct Nowhere;

impl Env for Nowhere {
    fn get(&self, _: Slot) -> Value {
        Value::Null
    }

    fn call(&self, _: u32, _: &[Value]) -> Result<Value, String> {
        Err("there is nothing to call".to_owned())
    }

    fn now(&self) -> DateTime {
        DateTime::new(Date::EPOCH, Time::MIDNIGHT)
    }
}

impl<'a> Compiler<'a> {
    pub fn new(names: &'a dyn Names, lenient: bool) -> Compiler<'a> {
        Compiler {
            names,
            lenient,
            problems: Vec::new(),
            reads: Reads::default(),
            bindings: Vec::new(),
            places: 0,
            budget: Budget::new(),
            suggestions: 0,
        }
    }

    /// Compiles a whole rule.
    pub fn root(&mut self, expr: &Expr) -> Typed {
        let typed = self.expr(expr);
        self.escape(&typed.kind);
        if let Op::Constant(value @ (Value::Boolean(_) | Value::Null)) = &typed.node.op {
            self.always(expr, value);
        }
        typed
    }

    fn node(&self, span: &Range<usize>, op: Op) -> Node {
        Node {
            op,
            start: span.start as u32,
            end: span.end as u32,
        }
    }

    fn typed(&self, span: &Range<usize>, op: Op, kind: Type) -> Typed {
        Typed {
            node: self.node(span, op),
            kind,
        }
    }

    /// Something that makes the rule wrong. When it is to be evaluated all the same, this part is null.
    fn wrong(&mut self, problem: Problem) -> Typed {
        let span = problem.span.clone();
        let failed = self.typed(&span, Op::Fail(Arc::from(problem.message.as_str())), Type::Any);
        self.mistake(problem);
        failed
    }

    /// Something that evaluation would find out by itself.
    fn mistake(&mut self, problem: Problem) {
        if !self.lenient {
            self.problems.push(problem);
        }
    }

    /// Warns of a condition that is always the same although it is not written as a literal.
    fn always(&mut self, expr: &Expr, value: &Value) {
        if !matches!(expr.kind, Kind::Null | Kind::Boolean(_))
            && self.problems.iter().all(|known| !within(known, expr))
        {
            self.mistake(Problem::warning(
                expr.span.clone(),
                format!("this is always {value}"),
            ));
        }
    }

    /// The whole value goes where it can no longer be followed: all of it counts as read.
    pub fn escape(&mut self, kind: &Type) {
        match kind {
            Type::Context(context) => {
                self.reads.whole.extend(context.tag);
                for (_, member) in &context.members {
                    self.escape(member);
                }
            }
            Type::List(item) | Type::Range(item) => self.escape(item),
            Type::Function(function) => self.escape(&function.result),
            _ => {}
        }
    }

    /// The type, unless it is so large that looking at it would take long.
    fn known(&mut self, kind: Type) -> Type {
        if kind.fits(&mut { TYPE.0 }, TYPE.1) {
            return kind;
        }
        self.escape(&kind);
        Type::Any
    }

    /// The hint with the name that is most like a written one, unless that was asked too often.
    fn similar(&mut self, written: &str, names: impl FnOnce(&Self) -> Vec<String>) -> Option<String> {
        self.suggestions += 1;
        if self.suggestions > SUGGESTIONS {
            return None;
        }
        nearest(written, names(self).iter().map(String::as_str))
    }

    /// A type for a value that is either of two.
    fn merge(&mut self, left: Type, right: &Type) -> Type {
        let joined = left.clone().join(right);
        for side in [&left, right] {
            if joined != *side {
                self.escape(side);
            }
        }
        joined
    }

    pub fn expr(&mut self, expr: &Expr) -> Typed {
        let span = &expr.span;
        let typed = match &expr.kind {
            Kind::Null => return self.typed(span, Op::Constant(Value::Null), Type::Null),
            Kind::Boolean(value) => {
                return self.typed(span, Op::Constant(Value::Boolean(*value)), Type::Boolean);
            }
            Kind::Number(number) => {
                return self.typed(span, Op::Constant(Value::Number(*number)), Type::Number);
            }
            Kind::String(text) => {
                return self.typed(span, Op::Constant(Value::String(text.clone())), Type::String);
            }
            Kind::Temporal(text) => return self.temporal(span, text),
            Kind::Name(name) => return self.name(span, name),
            Kind::List(items) => self.list(span, items),
            Kind::Context(entries) => self.context(span, entries),
            Kind::Range {
                low,
                low_included,
                high,
                high_included,
            } => self.range(
                span,
                low.as_deref(),
                *low_included,
                high.as_deref(),
                *high_included,
            ),
            Kind::Negate(operand) => self.negate(span, operand),
            Kind::Arithmetic(operator, sides) => self.arithmetic(span, *operator, &sides.0, &sides.1),
            Kind::Compare(operator, sides) => self.compare(span, *operator, &sides.0, &sides.1),
            Kind::And(operands) => self.logic(span, operands, true),
            Kind::Or(operands) => self.logic(span, operands, false),
            Kind::Between(parts) => self.between(span, &parts.0, &parts.1, &parts.2),
            Kind::In(operand, tests) => self.tests(span, operand, tests),
            Kind::InstanceOf(operand, kind) => {
                let operand = self.expr(operand);
                self.escape(&operand.kind);
                match self.type_of(kind) {
                    Ok(kind) if !operand.kind.comparable(&kind) => {
                        let message = format!("a {} is never a {kind}", operand.kind);
                        self.mistake(Problem::error(span.clone(), message));
                        self.typed(span, Op::InstanceOf(Box::new(operand.node), kind), Type::Boolean)
                    }
                    Ok(kind) => self.typed(span, Op::InstanceOf(Box::new(operand.node), kind), Type::Boolean),
                    Err(problem) => self.wrong(problem),
                }
            }
            Kind::Path(base, name) => self.path(span, base, name),
            Kind::Filter(parts) => return self.filter(span, &parts.0, &parts.1),
            Kind::Call(callee, arguments) => self.call(span, callee, arguments),
            Kind::If(parts) => self.conditional(span, &parts.0, &parts.1, &parts.2),
            Kind::For(iterators, body) => return self.iteration(span, iterators, body),
            Kind::Quantified {
                every,
                iterators,
                condition,
            } => {
                return self.quantified(span, *every, iterators, condition);
            }
            Kind::Function(parameters, body) => {
                let Some(body) = body else {
                    return self.wrong(Problem::error(
                        span.clone(),
                        "external functions are not supported",
                    ));
                };
                return self.function(span, parameters, body, None, &[]);
            }
            Kind::Tests(_) => {
                return self.wrong(Problem::error(span.clone(), "tests stand after `in` only"));
            }
        };
        self.folded(typed)
    }

    /// Evaluates what is constant now.
    fn folded(&mut self, typed: Typed) -> Typed {
        if !is_constant(&typed.node.op) {
            return typed;
        }
        let mut machine = Machine::new(&Nowhere);
        std::mem::swap(&mut machine.budget, &mut self.budget);
        let value = machine.run(&typed.node);
        std::mem::swap(&mut machine.budget, &mut self.budget);
        let warnings = machine.warnings;
        match warnings.into_iter().next() {
            None => Typed {
                node: Node {
                    op: Op::Constant(value),
                    ..typed.node
                },
                kind: typed.kind,
            },
            Some(warning) => {
                let known = self.problems.iter().any(|problem| problem.span == warning.span);
                if warning.cause == Cause::Failure && !known && !matches!(typed.node.op, Op::Compare(..)) {
                    self.mistake(Problem::error(warning.span, warning.message.into_owned()));
                }
                typed
            }
        }
    }

    fn temporal(&mut self, span: &Range<usize>, text: &str) -> Typed {
        match conversion_of(text) {
            Some(value) => {
                let kind = Type::of(&value);
                self.typed(span, Op::Constant(value), kind)
            }
            None => {
                let message = format!("`{text}` is not a date, a time or a duration");
                let hint = Some("dates are written `@\"2025-06-01\"`".to_owned());
                self.wrong(Problem::error(span.clone(), message).hint(hint))
            }
        }
    }

    fn list(&mut self, span: &Range<usize>, items: &[Expr]) -> Typed {
        let mut kind = None;
        let mut nodes = Vec::with_capacity(items.len());
        for item in items {
            let item = self.expr(item);
            kind = Some(match kind {
                None => item.kind,
                Some(kind) => self.merge(kind, &item.kind),
            });
            nodes.push(item.node);
        }
        let kind = self.known(Type::list(kind.unwrap_or(Type::Any)));
        self.typed(span, Op::List(nodes.into()), kind)
    }

    fn context(&mut self, span: &Range<usize>, entries: &[(Word, Expr)]) -> Typed {
        let scope = self.scope();
        let mut seen = BTreeSet::new();
        let (mut names, mut nodes, mut members) = (Vec::new(), Vec::new(), Vec::new());
        let mut twice = None;
        for (key, value) in entries {
            if !seen.insert(key.text.clone()) {
                let message = format!("the key `{}` is there twice", key.text);
                twice = Some(Problem::error(key.span.clone(), message));
            }
            let typed = match &value.kind {
                Kind::Function(parameters, Some(body)) => {
                    self.function(&value.span, parameters, body, Some(&key.text), &[])
                }
                _ => self.expr(value),
            };
            self.bind(&key.text, typed.kind.clone());
            names.push(key.text.clone());
            nodes.push(typed.node);
            members.push((key.text.clone(), typed.kind));
        }
        self.leave(scope);
        if let Some(problem) = twice {
            return self.wrong(problem);
        }
        let kind = ContextType {
            tag: None,
            open: false,
            members,
        };
        let kind = self.known(Type::Context(Arc::new(kind)));
        self.typed(span, Op::Context(Layout::new(names), nodes.into()), kind)
    }

    fn range(
        &mut self,
        span: &Range<usize>,
        low: Option<&Expr>,
        low_included: bool,
        high: Option<&Expr>,
        high_included: bool,
    ) -> Typed {
        let low = low.map(|low| (low, self.expr(low)));
        let high = high.map(|high| (high, self.expr(high)));
        let mut kind = Type::Null;
        for (expr, end) in [&low, &high].into_iter().flatten() {
            if !end.kind.is_ordered() {
                let message = format!("a range cannot begin or end with a {}", end.kind);
                self.mistake(Problem::error(expr.span.clone(), message));
            } else if !kind.comparable(&end.kind) {
                let message = format!("a range cannot go from a {kind} to a {}", end.kind);
                self.mistake(Problem::error(span.clone(), message));
            }
            kind = kind.join(&end.kind);
        }
        let (low, high) = (low.map(|(_, low)| low.node), high.map(|(_, high)| high.node));
        let op = Op::Range(Box::new(RangeNode {
            low,
            low_included,
            high,
            high_included,
        }));
        self.typed(span, op, Type::Range(Box::new(kind)))
    }

    /// `base.name`.
    fn path(&mut self, span: &Range<usize>, base: &Expr, name: &Word) -> Typed {
        let base = self.expr(base);
        let kind = self.member_type(&base.kind, name);
        self.typed(
            span,
            Op::Path(Box::new(base.node), name.text.clone().into()),
            kind,
        )
    }

    fn member_type(&mut self, base: &Type, name: &Word) -> Type {
        match base {
            Type::Any | Type::Null => Type::Any,
            Type::List(item) => Type::list(self.member_type(item, name)),
            Type::Context(context) => {
                if let Some(tag) = context.tag {
                    self.reads.members.insert((tag, name.text.clone()));
                }
                match context.get(&name.text) {
                    Some(kind) => kind.clone(),
                    None if context.open => Type::Any,
                    None => {
                        let members =
                            |_: &Self| context.members.iter().map(|(name, _)| name.to_string()).collect();
                        let hint = self.similar(&name.text, members);
                        let message = format!("there is no `{}` here", name.text);
                        self.mistake(Problem::error(name.span.clone(), message).hint(hint));
                        Type::Any
                    }
                }
            }
            other => match operators::property_type(other, &name.text) {
                Some(kind) => kind,
                None => {
                    let hint = nearest(&name.text, operators::properties(other).iter().copied());
                    let message = format!("a {other} has no `{}`", name.text);
                    self.mistake(Problem::error(name.span.clone(), message).hint(hint));
                    Type::Any
                }
            },
        }
    }

    fn conditional(&mut self, span: &Range<usize>, condition: &Expr, yes: &Expr, no: &Expr) -> Typed {
        let condition = self.condition(condition);
        let (yes, no) = (self.expr(yes), self.expr(no));
        let kind = self.merge(yes.kind, &no.kind);
        self.typed(span, Op::If(Box::new((condition, yes.node, no.node))), kind)
    }

    /// An expression that has to be true or false.
    fn condition(&mut self, expr: &Expr) -> Node {
        let typed = self.expr(expr);
        match &typed.kind {
            Type::Boolean | Type::Any | Type::Null => {}
            other => {
                let message = format!("a condition is true or false, this is a {other}");
                self.mistake(Problem::error(expr.span.clone(), message));
            }
        }
        if let Op::Constant(value @ (Value::Boolean(_) | Value::Null)) = &typed.node.op {
            self.always(expr, value);
        }
        self.escape(&typed.kind);
        typed.node
    }

    fn host(&mut self, span: &Range<usize>, call: HostCall, nodes: Vec<Node>) -> Typed {
        self.typed(span, Op::Host(call.id, nodes.into()), call.result)
    }
}

fn within(problem: &Problem, expr: &Expr) -> bool {
    problem.span.start >= expr.span.start && problem.span.end <= expr.span.end
}

fn constant(node: &Node) -> bool {
    matches!(node.op, Op::Constant(_))
}

/// Whether an operation has constant operands only, and always gives the same.
fn is_constant(op: &Op) -> bool {
    match op {
        Op::Negate(operand) | Op::InstanceOf(operand, _) | Op::Path(operand, _) => constant(operand),
        Op::Arithmetic(_, sides) | Op::Compare(_, sides) => constant(&sides.0) && constant(&sides.1),
        Op::And(operands) | Op::Or(operands) => operands.iter().all(constant),
        Op::Between(parts) | Op::If(parts) => constant(&parts.0) && constant(&parts.1) && constant(&parts.2),
        Op::In(operand, tests) => constant(operand) && tests.iter().all(|(_, test)| constant(test)),
        Op::List(items) => items.iter().all(constant),
        Op::Context(_, entries) => entries.iter().all(constant),
        Op::Range(range) => [&range.low, &range.high].into_iter().flatten().all(constant),
        Op::Builtin(call) => {
            let timeless = |name: &str| name != "now" && name != "today";
            call.arguments.iter().all(constant) && call.candidates.iter().all(|c| timeless(c.builtin.name))
        }
        _ => false,
    }
}
