//! Writes a tree as a rule, with no more brackets than it needs.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Arguments, Arithmetic, Expr, Iterator, Kind, Parameter, Test, TypeName, Word};
use crate::value::{name_needs_quotes, write_quoted};

/// How tightly an expression holds together; an operand that is looser than its place asks for stands in brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// `if`, `for`, `some`, `every` and `function` reach as far to the right as they can.
    Open,
    Or,
    And,
    InstanceOf,
    Comparison,
    Sum,
    Product,
    Power,
    Negation,
    Postfix,
    Primary,
}

fn bond(expr: &Expr) -> Bond {
    match &expr.kind {
        Kind::If(_) | Kind::For(..) | Kind::Quantified { .. } | Kind::Function(..) => Bond::Open,
        Kind::Or(_) => Bond::Or,
        Kind::And(_) => Bond::And,
        Kind::InstanceOf(..) => Bond::InstanceOf,
        Kind::Compare(..) | Kind::Between(_) | Kind::In(..) => Bond::Comparison,
        Kind::Arithmetic(operator, _) => arithmetic_bond(*operator),
        Kind::Negate(_) => Bond::Negation,
        Kind::Path(..) | Kind::Filter(_) | Kind::Call(..) => Bond::Postfix,
        _ => Bond::Primary,
    }
}

fn arithmetic_bond(operator: Arithmetic) -> Bond {
    match operator {
        Arithmetic::Add | Arithmetic::Subtract => Bond::Sum,
        Arithmetic::Multiply | Arithmetic::Divide => Bond::Product,
        Arithmetic::Power => Bond::Power,
    }
}

/// The next tighter bond of an operator, for its right side: operators of the same bond group to the left.
fn right_of(operator: Arithmetic) -> Bond {
    match operator {
        Arithmetic::Add | Arithmetic::Subtract => Bond::Product,
        Arithmetic::Multiply | Arithmetic::Divide => Bond::Power,
        Arithmetic::Power => Bond::Negation,
    }
}

/// An operand in a place that asks for a bond.
struct In<'a>(Bond, &'a Expr);

impl Display for In<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let In(least, expr) = *self;
        if bond(expr) < least {
            write!(f, "({expr})")
        } else {
            expr.fmt(f)
        }
    }
}

/// Things with something between them.
struct Joined<'a, T>(&'a [T], &'static str);

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(self.1)?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Boolean(value) => value.fmt(f),
            Kind::Number(number) => number.fmt(f),
            Kind::String(text) => write_quoted(text, f),
            Kind::Temporal(text) => {
                f.write_char('@')?;
                write_quoted(text, f)
            }
            Kind::Name(name) => f.write_str(name),
            Kind::List(items) => write!(f, "[{}]", Joined(items, ", ")),
            Kind::Context(entries) => {
                f.write_char('{')?;
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    write_name(key, f)?;
                    write!(f, ": {value}")?;
                }
                f.write_char('}')
            }
            Kind::Range {
                low,
                low_included,
                high,
                high_included,
            } => write_range(f, low.as_deref(), *low_included, high.as_deref(), *high_included),
            Kind::Negate(operand) => write!(f, "-{}", In(Bond::Negation, operand)),
            Kind::Arithmetic(operator, sides) => {
                let (left, right) = (
                    In(arithmetic_bond(*operator), &sides.0),
                    In(right_of(*operator), &sides.1),
                );
                write!(f, "{left} {} {right}", operator.symbol())
            }
            Kind::Compare(operator, sides) => {
                let (left, right) = (In(Bond::Comparison, &sides.0), In(Bond::Sum, &sides.1));
                write!(f, "{left} {} {right}", operator.symbol())
            }
            Kind::And(operands) => write_logic(f, operands, " and ", Bond::InstanceOf),
            Kind::Or(operands) => write_logic(f, operands, " or ", Bond::And),
            Kind::Between(parts) => {
                let (low, high) = (In(Bond::Sum, &parts.1), In(Bond::Sum, &parts.2));
                write!(f, "{} between {low} and {high}", In(Bond::Comparison, &parts.0))
            }
            Kind::In(operand, tests) => {
                write!(f, "{} in ", In(Bond::Comparison, operand))?;
                write_tests(f, tests)
            }
            Kind::Tests(tests) => write!(f, "({})", Joined(tests, ", ")),
            Kind::InstanceOf(operand, kind) => {
                write!(f, "{} instance of {kind}", In(Bond::Postfix, operand))
            }
            // `1.x` would begin like a fraction.
            Kind::Path(base, name) if matches!(base.kind, Kind::Number(_)) => write!(f, "({base}).{name}"),
            Kind::Path(base, name) => write!(f, "{}.{name}", In(Bond::Postfix, base)),
            Kind::Filter(parts) => write!(f, "{}[{}]", In(Bond::Postfix, &parts.0), parts.1),
            Kind::Call(callee, arguments) => write!(f, "{}({arguments})", In(Bond::Postfix, callee)),
            Kind::If(parts) => write!(f, "if {} then {} else {}", parts.0, parts.1, parts.2),
            Kind::For(iterators, body) => write!(f, "for {} return {body}", Joined(iterators, ", ")),
            Kind::Quantified {
                every,
                iterators,
                condition,
            } => {
                let quantifier = if *every { "every" } else { "some" };
                write!(
                    f,
                    "{quantifier} {} satisfies {condition}",
                    Joined(iterators, ", ")
                )
            }
            Kind::Function(parameters, Some(body)) => {
                write!(f, "function({}) {body}", Joined(parameters, ", "))
            }
            // What an external function is called is not kept.
            Kind::Function(parameters, None) => {
                write!(f, "function({}) external {{}}", Joined(parameters, ", "))
            }
        }
    }
}

fn write_logic(f: &mut Formatter<'_>, operands: &[Expr], between: &'static str, least: Bond) -> fmt::Result {
    let operands: Vec<In<'_>> = operands.iter().map(|operand| In(least, operand)).collect();
    Joined(&operands, between).fmt(f)
}

fn write_range(
    f: &mut Formatter<'_>,
    low: Option<&Expr>,
    low_included: bool,
    high: Option<&Expr>,
    high_included: bool,
) -> fmt::Result {
    match (low, high) {
        (Some(low), Some(high)) => {
            f.write_char(if low_included { '[' } else { '(' })?;
            write!(f, "{}..{}", In(Bond::Sum, low), In(Bond::Sum, high))?;
            f.write_char(if high_included { ']' } else { ')' })
        }
        (Some(low), None) => write!(f, "({} {low})", if low_included { ">=" } else { ">" }),
        (None, Some(high)) => write!(f, "({} {high})", if high_included { "<=" } else { "<" }),
        (None, None) => f.write_str("null"),
    }
}

/// What stands after `in`.
fn write_tests(f: &mut Formatter<'_>, tests: &[Test]) -> fmt::Result {
    match tests {
        [
            Test {
                operator: None,
                value,
            },
        ] => match &value.kind {
            // `(< 5)` would be a test with an operator.
            Kind::Range { low: None, .. } | Kind::Range { high: None, .. } => write!(f, "({value})"),
            _ => In(Bond::Sum, value).fmt(f),
        },
        tests => write!(f, "({})", Joined(tests, ", ")),
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(operator) = self.operator {
            write!(f, "{} ", operator.symbol())?;
        }
        self.value.fmt(f)
    }
}

impl Display for Arguments {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Arguments::Positional(values) => Joined(values, ", ").fmt(f),
            Arguments::Named(values) => {
                for (at, (name, value)) in values.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    write_name(name, f)?;
                    write!(f, ": {value}")?;
                }
                Ok(())
            }
        }
    }
}

/// Writes the name of an entry or an argument, in quotes when it could not be read otherwise.
fn write_name(name: &Word, f: &mut Formatter<'_>) -> fmt::Result {
    if name_needs_quotes(&name.text) {
        write_quoted(&name.text, f)
    } else {
        name.fmt(f)
    }
}

impl Display for Iterator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.to {
            Some(to) => write!(
                f,
                "{} in {}..{}",
                self.name,
                In(Bond::Sum, &self.from),
                In(Bond::Sum, to)
            ),
            None => write!(f, "{} in {}", self.name, self.from),
        }
    }
}

impl Display for Parameter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kind) => write!(f, "{}: {kind}", self.name),
            None => self.name.fmt(f),
        }
    }
}

impl Display for TypeName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            TypeName::Plain(name) => name.fmt(f),
            TypeName::List(item) => write!(f, "list<{item}>"),
            TypeName::Range(item) => write!(f, "range<{item}>"),
            TypeName::Context(members) => {
                f.write_str("context<")?;
                for (at, (name, kind)) in members.iter().enumerate() {
                    write!(f, "{}{name}: {kind}", if at > 0 { ", " } else { "" })?;
                }
                f.write_char('>')
            }
            TypeName::Function(parameters, result) => {
                write!(f, "function<{}> -> {result}", Joined(parameters, ", "))
            }
        }
    }
}
