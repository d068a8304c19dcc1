//! Operators between values, and what stands behind a value.

use super::words::Word;
use super::{Parser, Result};
use crate::feel::ast::{Arguments, Arithmetic, Comparison, Expr, Kind, Test};

/// How tightly an operator binds, from the loosest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
    Instance,
}

impl Binding {
    /// The next tighter one.
    fn tighter(self) -> Binding {
        match self {
            Binding::Or => Binding::And,
            Binding::And => Binding::Comparison,
            Binding::Comparison => Binding::Sum,
            Binding::Sum => Binding::Product,
            Binding::Product => Binding::Power,
            Binding::Power | Binding::Instance => Binding::Instance,
        }
    }
}

enum Operator {
    Logic { and: bool },
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Between,
    In,
    InstanceOf,
}

impl Parser<'_, '_> {
    fn operator(&self) -> Option<(Operator, Binding)> {
        Some(match self.peek() {
            Word::Name("or") => (Operator::Logic { and: false }, Binding::Or),
            Word::Name("and") => (Operator::Logic { and: true }, Binding::And),
            Word::Name("between") => (Operator::Between, Binding::Comparison),
            Word::Name("in") => (Operator::In, Binding::Comparison),
            Word::Name("instance") => (Operator::InstanceOf, Binding::Instance),
            Word::Sign("+") => (Operator::Arithmetic(Arithmetic::Add), Binding::Sum),
            Word::Sign("-") => (Operator::Arithmetic(Arithmetic::Subtract), Binding::Sum),
            Word::Sign("*") => (Operator::Arithmetic(Arithmetic::Multiply), Binding::Product),
            Word::Sign("/") => (Operator::Arithmetic(Arithmetic::Divide), Binding::Product),
            Word::Sign("**") => (Operator::Arithmetic(Arithmetic::Power), Binding::Power),
            Word::Sign(sign) => (Operator::Compare(comparison(sign)?), Binding::Comparison),
            _ => return None,
        })
    }

    /// An expression of operators that bind at least so tightly.
    pub(super) fn operators(&mut self, least: Binding) -> Result<Expr> {
        let left = self.operand()?;
        self.operators_after(left, least)
    }

    pub(super) fn operators_after(&mut self, mut left: Expr, least: Binding) -> Result<Expr> {
        while let Some((operator, binding)) = self.operator() {
            if binding < least {
                break;
            }
            self.advance();
            let start = left.span.start;
            let kind = match operator {
                Operator::Logic { and } => {
                    left = self.logic(left, and, binding)?;
                    continue;
                }
                Operator::Compare(comparison) => {
                    let right = self.operators(binding.tighter())?;
                    Kind::Compare(comparison, Box::new((left, right)))
                }
                Operator::Arithmetic(arithmetic) => {
                    let right = self.operators(binding.tighter())?;
                    Kind::Arithmetic(arithmetic, Box::new((left, right)))
                }
                Operator::Between => {
                    let low = self.operators(Binding::Sum)?;
                    self.expect(Word::Name("and"), "`and`")?;
                    let high = self.operators(Binding::Sum)?;
                    Kind::Between(Box::new((left, low, high)))
                }
                Operator::In => {
                    let tests = self.tests()?;
                    Kind::In(Box::new(left), tests)
                }
                Operator::InstanceOf => {
                    self.expect(Word::Name("of"), "`of`")?;
                    Kind::InstanceOf(Box::new(left), self.type_name()?)
                }
            };
            left = self.made(kind, start..self.end())?;
        }
        Ok(left)
    }

    /// The rest of a chain of `and` or of `or`: one level, however long it is.
    fn logic(&mut self, left: Expr, and: bool, binding: Binding) -> Result<Expr> {
        let start = left.span.start;
        let mut operands = match (left.kind, and) {
            (Kind::And(operands), true) | (Kind::Or(operands), false) => operands,
            (kind, _) => vec![Expr { kind, ..left }],
        };
        let word = Word::Name(if and { "and" } else { "or" });
        loop {
            operands.push(self.operators(binding.tighter())?);
            if !self.found(word) {
                break;
            }
        }
        let kind = if and {
            Kind::And(operands)
        } else {
            Kind::Or(operands)
        };
        self.made(kind, start..self.end())
    }

    /// What follows `in`.
    fn tests(&mut self) -> Result<Vec<Test>> {
        let operator = self.comparison_sign();
        let value = match self.peek() {
            Word::Sign("(") if operator.is_none() => {
                let brackets = self.parenthesis()?;
                let alone = self.operator().is_none_or(|(_, binding)| binding < Binding::Sum)
                    && !matches!(self.peek(), Word::Sign("." | "[" | "("));
                match brackets.kind {
                    Kind::Tests(tests) if alone => return Ok(tests),
                    kind => {
                        let value = self.no_tests(Expr { kind, ..brackets })?;
                        let value = self.postfixes(value)?;
                        self.operators_after(value, Binding::Sum)?
                    }
                }
            }
            _ => self.operators(Binding::Sum)?,
        };
        Ok(vec![Test { operator, value }])
    }

    pub(super) fn comparison_sign(&mut self) -> Option<Comparison> {
        let Word::Sign(sign) = self.peek() else {
            return None;
        };
        let found = comparison(sign)?;
        self.advance();
        Some(found)
    }

    /// A value with its sign and what stands behind it.
    fn operand(&mut self) -> Result<Expr> {
        if self.peek() != Word::Sign("-") {
            let value = self.primary()?;
            return self.postfixes(value);
        }
        let start = self.start();
        self.nested(|parser| {
            parser.advance();
            let operand = parser.operators(Binding::Instance)?;
            parser.made(Kind::Negate(Box::new(operand)), start..parser.end())
        })
    }

    /// Paths, filters and arguments behind a value.
    fn postfixes(&mut self, mut value: Expr) -> Result<Expr> {
        loop {
            let start = value.span.start;
            let kind = match self.peek() {
                Word::Sign(".") => {
                    self.advance();
                    let name = self.name(true, "a name")?;
                    Kind::Path(Box::new(value), name)
                }
                Word::Sign("[") => {
                    let Some(condition) = self.filter()? else {
                        return Ok(value);
                    };
                    Kind::Filter(Box::new((value, condition)))
                }
                Word::Sign("(") => {
                    let arguments = self.bracketed(Self::arguments)?;
                    Kind::Call(Box::new(value), arguments)
                }
                _ => return Ok(value),
            };
            value = self.made(kind, start..self.end())?;
        }
    }

    /// The condition of a filter, unless the bracket closes a range.
    fn filter(&mut self) -> Result<Option<Expr>> {
        let at = self.at;
        let condition = |parser: &mut Self| {
            let condition = parser.expression()?;
            if !parser.found(Word::Sign("]")) {
                return Err(parser.unexpected_after_value());
            }
            Ok(condition)
        };
        if !self.range_end {
            return self.bracketed(condition).map(Some);
        }
        if self.attempts == 0 {
            return Ok(None);
        }
        self.attempts -= 1;
        match self.bracketed(condition) {
            Ok(condition) => Ok(Some(condition)),
            Err(_) => {
                self.at = at;
                Ok(None)
            }
        }
    }

    /// Arguments up to their closing bracket.
    fn arguments(&mut self) -> Result<Arguments> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        if self.found(Word::Sign(")")) {
            return Ok(Arguments::Positional(positional));
        }
        loop {
            match self.key(1) {
                Some(name) if positional.is_empty() => named.push((name, self.expression()?)),
                _ if named.is_empty() => positional.push(self.expression()?),
                _ => return Err(self.unexpected("the name of a parameter and `:`")),
            }
            if !self.comma_or(")")? {
                break;
            }
        }
        Ok(if named.is_empty() {
            Arguments::Positional(positional)
        } else {
            Arguments::Named(named)
        })
    }
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
