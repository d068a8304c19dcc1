//! Operators: which types go together, and comparisons that can never be true.

use super::codes::strangers;
use super::{Compiler, Typed};
use crate::feel::ast::{Arithmetic, Comparison, Expr, Kind, Test};
use crate::feel::lint;
use crate::feel::node::{Node, Op};
use crate::feel::problem::Problem;
use crate::feel::types::Type;
use crate::value::Value;
use std::ops::Range;

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
        let symbol = operator.symbol();
        if left.kind == Type::Null || right.kind == Type::Null {
            let message = format!("`{symbol}` with null is always null");
            self.mistake(Problem::error(span.clone(), message));
        } else if operator == Arithmetic::Divide
            && !matches!(left.node.op, Op::Constant(_))
            && is_zero(&right.node)
        {
            self.mistake(Problem::error(span.clone(), "division by zero is always null"));
        }
        let kind = arithmetic_type(operator, &left.kind, &right.kind).unwrap_or_else(|| {
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
        let sides = (left, right);
        let (left, right) = (self.expr(left), self.expr(right));
        self.check_comparison(span, operator, (sides.0, &left), (sides.1, &right));
        self.typed(
            span,
            Op::Compare(operator, Box::new((left.node, right.node))),
            Type::Boolean,
        )
    }

    fn check_comparison(
        &mut self,
        span: &Range<usize>,
        operator: Comparison,
        (first, left): (&Expr, &Typed),
        (second, right): (&Expr, &Typed),
    ) {
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
        } else if let Some((left, right)) = strangers(&left.kind, &right.kind) {
            let message = format!("a {left} is never a {right}, so `{symbol}` is always the same");
            self.mistake(Problem::error(span.clone(), message));
        } else {
            self.check_codes(&left.kind, second, &right.node);
            self.check_codes(&right.kind, first, &left.node);
        }
        // Sides that are written the same are told elsewhere.
        if first != second && same_entry(&left.node, &right.node) {
            let own = if starts_with_item(first) { second } else { first };
            let message = format!("both sides are the same: `{own}` here is the item's own");
            let hint = Some(lint::SAME_NAMES.to_owned());
            self.mistake(Problem::warning(span.clone(), message).hint(hint));
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
        let exprs = (value, low, high);
        let (value, low, high) = (self.expr(value), self.expr(low), self.expr(high));
        self.check_comparison(
            span,
            Comparison::GreaterOrEqual,
            (exprs.0, &value),
            (exprs.1, &low),
        );
        self.check_comparison(span, Comparison::LessOrEqual, (exprs.0, &value), (exprs.2, &high));
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
                Some(operator) => {
                    let (span, tested) = (&test.value.span, (operand, &value));
                    self.check_comparison(span, operator, tested, (&test.value, &typed));
                }
                None => self.check_test(&test.value, &value, &typed),
            }
            nodes.push((test.operator, typed.node));
        }
        self.escape(&value.kind);
        self.typed(span, Op::In(Box::new(value.node), nodes.into()), Type::Boolean)
    }

    fn check_test(&mut self, expr: &Expr, value: &Typed, test: &Typed) {
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
            self.check_codes(&value.kind, expr, &test.node);
        } else {
            let message = format!("a {} is never in a {}", value.kind, test.kind);
            self.mistake(Problem::error(expr.span.clone(), message));
        }
    }
}

/// Whether both are the same entry of the same item.
fn same_entry(left: &Node, right: &Node) -> bool {
    match (&left.op, &right.op) {
        (Op::Path(left, name), Op::Path(right, other)) => {
            name.name() == other.name()
                && match (&left.op, &right.op) {
                    (Op::Local(place), Op::Local(other)) => place == other,
                    _ => same_entry(left, right),
                }
        }
        _ => false,
    }
}

/// Whether an expression is a path from `item` as such.
fn starts_with_item(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Path(base, _) => starts_with_item(base),
        Kind::Name(name) => &**name == "item",
        _ => false,
    }
}

fn is_zero(node: &Node) -> bool {
    matches!(&node.op, Op::Constant(Value::Number(number)) if number.is_zero())
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
