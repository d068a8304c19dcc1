//! The smallest conditions: what they are about, and for which values they hold.

use super::domain::Domain;
use crate::feel::ast::{Arguments, Comparison, Expr, Kind, Test};
use crate::feel::builtins::conversion_of;
use crate::value::Value;

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Subject<'a> {
    /// The value of an expression.
    Value(&'a Expr),
    /// How the values of two expressions stand to each other: one of the orders below, or null when both are null.
    Pair(&'a Expr, &'a Expr),
}

const LESS: i64 = -1;
const EQUAL: i64 = 0;
const GREATER: i64 = 1;
/// Different, but without an order: one of them is null, or their type has none.
const DIFFERENT: i64 = 2;

/// A condition on one subject.
#[derive(Debug)]
pub(super) struct Atom<'a> {
    pub subject: Subject<'a>,
    /// The values with which it is true.
    pub yes: Domain,
    /// The values with which it is false, unless they cannot be told.
    pub no: Option<Domain>,
    /// The values with which it is null.
    pub neither: Domain,
}

impl<'a> Atom<'a> {
    /// The condition as one on a subject. An operation that is not understood is a subject itself: a truth value.
    pub fn of(expr: &'a Expr) -> Option<Atom<'a>> {
        match &expr.kind {
            Kind::Compare(comparison, sides) => Atom::comparison(*comparison, &sides.0, &sides.1),
            Kind::Between(parts) => {
                let (low, high) = (literal(&parts.1)?, literal(&parts.2)?);
                let yes = Domain::related(Comparison::GreaterOrEqual, &low)
                    .meet(&Domain::related(Comparison::LessOrEqual, &high));
                Some(Atom::interval(&parts.0, yes))
            }
            Kind::In(operand, tests) => match tests.as_slice() {
                [only] => Atom::test(operand, only).or_else(|| Some(Atom::truth(expr))),
                _ => None,
            },
            Kind::Null | Kind::Boolean(_) | Kind::Number(_) | Kind::String(_) | Kind::Temporal(_) => None,
            Kind::And(_) | Kind::Or(_) | Kind::If(_) | Kind::Tests(_) => None,
            Kind::Call(..) if negated(expr).is_some() => None,
            _ => Some(Atom::truth(expr)),
        }
    }

    /// One test of `in`.
    pub fn test(operand: &'a Expr, test: &'a Test) -> Option<Atom<'a>> {
        if let Some(comparison) = test.operator {
            return Atom::comparison(comparison, operand, &test.value);
        }
        match &test.value.kind {
            Kind::Range {
                low,
                low_included,
                high,
                high_included,
            } => {
                let end = |end: &Option<Box<Expr>>, included, narrow, wide| match end {
                    Some(end) => Some(Domain::related(
                        if included { wide } else { narrow },
                        &literal(end)?,
                    )),
                    None => Some(Domain::not_null()),
                };
                let low = end(
                    low,
                    *low_included,
                    Comparison::Greater,
                    Comparison::GreaterOrEqual,
                )?;
                let high = end(high, *high_included, Comparison::Less, Comparison::LessOrEqual)?;
                Some(Atom::interval(operand, low.meet(&high)))
            }
            Kind::List(items) => {
                let values: Vec<Value> = items.iter().map(literal).collect::<Option<_>>()?;
                let no = values.iter().map(Domain::except);
                Some(Atom {
                    subject: Subject::Value(operand),
                    no: Some(no.fold(Domain::anything(), |all, one| all.meet(&one))),
                    yes: Domain::only(&values),
                    neither: Domain::only(&[]),
                })
            }
            // Anything else may be a list or a range.
            _ => {
                literal(&test.value)?;
                Atom::comparison(Comparison::Equal, operand, &test.value)
            }
        }
    }

    fn interval(operand: &'a Expr, yes: Domain) -> Atom<'a> {
        Atom {
            subject: Subject::Value(operand),
            yes,
            no: None,
            neither: Domain::only(&[Value::Null]),
        }
    }

    fn truth(expr: &'a Expr) -> Atom<'a> {
        Atom {
            subject: Subject::Value(expr),
            yes: Domain::only(&[true.into()]),
            no: Some(Domain::only(&[false.into()])),
            neither: Domain::only(&[Value::Null]),
        }
    }

    fn comparison(comparison: Comparison, left: &'a Expr, right: &'a Expr) -> Option<Atom<'a>> {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let (subject, value, comparison) = match (literal(left), literal(right)) {
            (Some(_), Some(_)) => return None,
            (None, Some(value)) => (left, value, comparison),
            (Some(value), None) => (right, value, turned(comparison)),
            (None, None) => return Some(Atom::pair(comparison, left, right)),
        };
        let opposite = match comparison {
            Equal => NotEqual,
            NotEqual => Equal,
            Less => GreaterOrEqual,
            LessOrEqual => Greater,
            Greater => LessOrEqual,
            GreaterOrEqual => Less,
        };
        let equality = matches!(comparison, Equal | NotEqual);
        Some(Atom {
            subject: Subject::Value(subject),
            yes: Domain::related(comparison, &value),
            no: Some(Domain::related(opposite, &value)),
            neither: Domain::only(if equality { &[] } else { &[Value::Null] }),
        })
    }

    fn pair(comparison: Comparison, left: &'a Expr, right: &'a Expr) -> Atom<'a> {
        let orders = |orders: &[i64], null: bool| {
            let orders = orders.iter().copied().map(Value::integer);
            Domain::only(&orders.chain(null.then_some(Value::Null)).collect::<Vec<_>>())
        };
        let (yes, no) = match comparison {
            Comparison::Equal => ((&[EQUAL][..], true), (&[LESS, GREATER, DIFFERENT][..], false)),
            Comparison::NotEqual => ((&[LESS, GREATER, DIFFERENT][..], false), (&[EQUAL][..], true)),
            Comparison::Less => ((&[LESS][..], false), (&[EQUAL, GREATER][..], false)),
            Comparison::LessOrEqual => ((&[LESS, EQUAL][..], false), (&[GREATER][..], false)),
            Comparison::Greater => ((&[GREATER][..], false), (&[LESS, EQUAL][..], false)),
            Comparison::GreaterOrEqual => ((&[EQUAL, GREATER][..], false), (&[LESS][..], false)),
        };
        let neither = match comparison {
            Comparison::Equal | Comparison::NotEqual => orders(&[], false),
            _ => orders(&[DIFFERENT], true),
        };
        Atom {
            subject: Subject::Pair(left, right),
            yes: orders(yes.0, yes.1),
            no: Some(orders(no.0, no.1)),
            neither,
        }
    }
}

impl Subject<'_> {
    /// What is known of any value of the subject.
    pub fn nature(self) -> Domain {
        match self {
            Subject::Value(expr) if counts(expr) => {
                Domain::related(Comparison::GreaterOrEqual, &Value::integer(0)).or_null()
            }
            _ => Domain::anything(),
        }
    }
}

/// Whether a condition can come out either way as long as nothing else is known: told without looking at its values.
pub(super) fn is_open(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Compare(_, sides) => !counts(&sides.0) && !counts(&sides.1),
        Kind::Name(_) | Kind::Path(..) | Kind::Quantified { .. } => true,
        Kind::Call(..) => negated(expr).is_none(),
        _ => false,
    }
}

/// Whether it is a number of things, which is never negative.
fn counts(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Call(callee, _)
        if matches!(&callee.kind, Kind::Name(name) if matches!(&**name, "count" | "string length")))
}

/// The comparison with its sides swapped.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        equality => equality,
    }
}

/// The condition inside `not(…)`.
pub(super) fn negated(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        Kind::Call(callee, Arguments::Positional(arguments)) if matches!(&callee.kind, Kind::Name(name) if &**name == "not") => {
            match arguments.as_slice() {
                [only] => Some(only),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The value of an expression that is written out.
pub(super) fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        Kind::Null => Some(Value::Null),
        Kind::Boolean(value) => Some(Value::Boolean(*value)),
        Kind::Number(number) => Some(Value::Number(*number)),
        Kind::String(text) => Some(Value::String(text.clone())),
        Kind::Temporal(text) => conversion_of(text),
        Kind::Negate(operand) => match &operand.kind {
            Kind::Number(number) => Some(Value::Number(number.negate())),
            _ => None,
        },
        Kind::Call(callee, Arguments::Positional(arguments)) => {
            let (
                Kind::Name(name),
                [
                    Expr {
                        kind: Kind::String(text),
                        ..
                    },
                ],
            ) = (&callee.kind, arguments.as_slice())
            else {
                return None;
            };
            let value = conversion_of(text)?;
            let written = match &**name {
                "duration" => matches!(value, Value::Days(_) | Value::Months(_)),
                name => value.kind() == name,
            };
            written.then_some(value)
        }
        _ => None,
    }
}
