//! Operators: which types go together, and comparisons that can never be true.

use std::ops::Range;
use std::sync::Arc;

use super::{Compiler, Typed};
use crate::feel::ast::{Arithmetic, Comparison, Expr, Test};
use crate::feel::node::{Node, Op};
use crate::feel::problem::{Problem, nearest};
use crate::feel::types::{Choice, Type};
use crate::value::Value;

impl Compiler<'_> {
    pub(super) fn negate(&mut self, span: &Range<usize>, operand: &Expr) -> Typed {
        let typed = self.expr(operand);
        let fits = matches!(
            typed.kind,
            Type::Number | Type::Days | Type::Months | Type::Any | Type::Null
        );
        if !fits {
            let message = format!("`-` does not work on a {}", typed.kind);
            self.mistake(Problem::error(operand.span.clone(), message));
        }
        self.escape(&typed.kind);
        self.typed(span, Op::Negate(Box::new(typed.node)), typed.kind)
    }

    pub(super) fn arithmetic(
        &mut self,
        span: &Range<usize>,
        operator: Arithmetic,
        left: &Expr,
        right: &Expr,
    ) -> Typed {
        let (left, right) = (self.expr(left), self.expr(right));
        let kind = arithmetic_type(operator, &left.kind, &right.kind).unwrap_or_else(|| {
            let symbol = operator.symbol();
            let message = format!("`{symbol}` does not work on a {} and a {}", left.kind, right.kind);
            self.mistake(Problem::error(span.clone(), message));
            Type::Any
        });
        self.escape(&left.kind);
        self.escape(&right.kind);
        self.typed(
            span,
            Op::Arithmetic(operator, Box::new((left.node, right.node))),
            kind,
        )
    }

    pub(super) fn compare(
        &mut self,
        span: &Range<usize>,
        operator: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Typed {
        let (left, right) = (self.expr(left), self.expr(right));
        self.check_comparison(span, operator, &left, &right);
        self.typed(
            span,
            Op::Compare(operator, Box::new((left.node, right.node))),
            Type::Boolean,
        )
    }

    fn check_comparison(&mut self, span: &Range<usize>, operator: Comparison, left: &Typed, right: &Typed) {
        let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
        let null = |side: &Typed| side.kind == Type::Null;
        let ordered = left.kind.is_ordered() && right.kind.is_ordered();
        if equality && (null(left) || null(right)) {
            return;
        }
        self.escape(&left.kind);
        self.escape(&right.kind);
        let symbol = operator.symbol();
        if null(left) || null(right) {
            let message = format!("`{symbol}` with null is never true");
            self.mistake(Problem::error(span.clone(), message));
        } else if !left.kind.comparable(&right.kind) {
            let message = format!(
                "`{symbol}` between a {} and a {} can never be true",
                left.kind, right.kind
            );
            self.mistake(Problem::error(span.clone(), message));
        } else if !equality && !ordered {
            let kind = if left.kind.is_ordered() {
                &right.kind
            } else {
                &left.kind
            };
            self.mistake(Problem::error(
                span.clone(),
                format!("a {kind} has no order, so `{symbol}` is never true"),
            ));
        } else {
            self.check_codes(&left.kind, &right.node);
            self.check_codes(&right.kind, &left.node);
        }
    }

    /// A code list compared with constants: each of them has to be one of its codes.
    pub(super) fn check_codes(&mut self, kind: &Type, other: &Node) {
        let (choice, value) = match (kind, &other.op) {
            (Type::Choice(choice), Op::Constant(value)) => (choice, value),
            (Type::List(item), Op::Constant(value)) => match &**item {
                Type::Choice(choice) => (choice, value),
                _ => return,
            },
            _ => return,
        };
        let span = other.start as usize..other.end as usize;
        self.check_code_values(&choice.clone(), value, &span);
    }

    fn check_code_values(&mut self, choice: &Arc<Choice>, value: &Value, span: &Range<usize>) {
        match value {
            Value::String(code) if !choice.codes.contains(code) => {
                let hint = nearest(code, choice.codes.iter().map(|code| &**code)).or_else(|| {
                    let codes: Vec<String> = choice
                        .codes
                        .iter()
                        .take(12)
                        .map(|code| format!("`{code}`"))
                        .collect();
                    let more = if choice.codes.len() > 12 { ", …" } else { "" };
                    (!codes.is_empty()).then(|| format!("the codes are {}{more}", codes.join(", ")))
                });
                let message = format!("`{code}` is not a code of `{}`", choice.name);
                self.mistake(Problem::error(span.clone(), message).hint(hint));
            }
            Value::List(items) => {
                for item in items.iter().take(100) {
                    self.check_code_values(choice, item, span);
                }
            }
            _ => {}
        }
    }

    pub(super) fn logic(&mut self, span: &Range<usize>, operands: &[Expr], and: bool) -> Typed {
        let nodes = operands.iter().map(|operand| self.condition(operand)).collect();
        self.typed(
            span,
            if and { Op::And(nodes) } else { Op::Or(nodes) },
            Type::Boolean,
        )
    }

    pub(super) fn between(&mut self, span: &Range<usize>, value: &Expr, low: &Expr, high: &Expr) -> Typed {
        let (value, low, high) = (self.expr(value), self.expr(low), self.expr(high));
        self.check_comparison(span, Comparison::GreaterOrEqual, &value, &low);
        self.check_comparison(span, Comparison::LessOrEqual, &value, &high);
        self.typed(
            span,
            Op::Between(Box::new((value.node, low.node, high.node))),
            Type::Boolean,
        )
    }

    pub(super) fn tests(&mut self, span: &Range<usize>, operand: &Expr, tests: &[Test]) -> Typed {
        let value = self.expr(operand);
        let mut nodes = Vec::new();
        for test in tests {
            let typed = self.expr(&test.value);
            match test.operator {
                Some(operator) => self.check_comparison(&test.value.span, operator, &value, &typed),
                None => self.check_test(&test.value.span, &value, &typed),
            }
            nodes.push((test.operator, typed.node));
        }
        self.escape(&value.kind);
        self.typed(span, Op::In(Box::new(value.node), nodes.into()), Type::Boolean)
    }

    fn check_test(&mut self, span: &Range<usize>, value: &Typed, test: &Typed) {
        self.escape(&test.kind);
        let fits = |kind: &Type| match kind {
            Type::Range(end) => value.kind.comparable(end) || value.kind.comparable(kind),
            other => value.kind.comparable(other),
        };
        let possible = match &test.kind {
            Type::List(item) => fits(item) || fits(&test.kind),
            other => fits(other),
        };
        if possible {
            self.check_codes(&value.kind, &test.node);
        } else {
            let message = format!("a {} is never in a {}", value.kind, test.kind);
            self.mistake(Problem::error(span.clone(), message));
        }
    }
}

/// What an operation gives, or nothing when it can never work.
fn arithmetic_type(operator: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
    use Arithmetic::*;
    use Type as T;
    let text = |kind: &Type| matches!(kind, T::String | T::Choice(_));
    let dated = |kind: &Type| matches!(kind, T::Date | T::DateTime);
    Some(match (operator, left, right) {
        (_, left, right) if left.is_vague() || right.is_vague() => T::Any,
        (_, T::Number, T::Number) => T::Number,
        (Add, left, right) if text(left) && text(right) => T::String,
        (Add | Subtract, T::Days, T::Days) => T::Days,
        (Add | Subtract, T::Months, T::Months) => T::Months,
        (Divide, T::Days, T::Days) | (Divide, T::Months, T::Months) => T::Number,
        (Multiply | Divide, T::Days, T::Number) | (Multiply, T::Number, T::Days) => T::Days,
        (Multiply | Divide, T::Months, T::Number) | (Multiply, T::Number, T::Months) => T::Months,
        (Add | Subtract, kind, T::Days | T::Months) if dated(kind) => kind.clone(),
        (Add, T::Days | T::Months, kind) if dated(kind) => kind.clone(),
        (Add | Subtract, T::Time, T::Days) | (Add, T::Days, T::Time) => T::Time,
        (Subtract, left, right) if dated(left) && dated(right) => T::Days,
        (Subtract, T::Time, T::Time) => T::Days,
        _ => return None,
    })
}

/// The parts a value of this type has.
pub(super) fn properties(kind: &Type) -> &'static [&'static str] {
    match kind {
        Type::Date => &["year", "month", "day", "weekday"],
        Type::Time => &["hour", "minute", "second", "time offset", "timezone"],
        Type::DateTime => &[
            "year",
            "month",
            "day",
            "weekday",
            "hour",
            "minute",
            "second",
            "time offset",
            "timezone",
        ],
        Type::Days => &["days", "hours", "minutes", "seconds"],
        Type::Months => &["years", "months"],
        Type::Range(_) => &["start", "end", "start included", "end included"],
        _ => &[],
    }
}

pub(super) fn property_type(kind: &Type, name: &str) -> Option<Type> {
    if !properties(kind).contains(&name) {
        return None;
    }
    Some(match (kind, name) {
        (Type::Range(end), "start" | "end") => (**end).clone(),
        (Type::Range(_), _) => Type::Boolean,
        (_, "time offset") => Type::Days,
        (_, "timezone") => Type::String,
        _ => Type::Number,
    })
}
