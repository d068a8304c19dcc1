//! What gives names to values: iterations and functions, with the types of their parameters.

use std::ops::Range;

use pest::iterators::{Pair, Pairs};

use super::{Builder, Result, Rule, broken, is_keyword, span};
use crate::feel::ast::{Expr, Iterator, Kind, Parameter, TypeName};

impl Builder<'_> {
    pub(super) fn function(&self, pair: Pair<'_, Rule>) -> Result<Kind> {
        let (mut parameters, mut body) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::parameter => {
                    let mut parts = part.into_inner();
                    let Some(name) = parts.next() else { continue };
                    let kind = parts.next().map(|kind| self.type_name(kind)).transpose()?;
                    parameters.push(Parameter {
                        name: self.word(&name),
                        kind,
                    });
                }
                Rule::expression => body = Some(Box::new(self.expression(part)?)),
                _ => {}
            }
        }
        Ok(Kind::Function(parameters, body))
    }

    pub(super) fn type_name(&self, pair: Pair<'_, Rule>) -> Result<TypeName> {
        let whole = span(&pair);
        let missing = || broken(whole.clone());
        let rule = pair.as_rule();
        if rule == Rule::plain_type {
            return Ok(TypeName::Plain(self.word(&pair)));
        }
        let mut inner = pair.into_inner();
        Ok(match rule {
            Rule::type_name => self.type_name(inner.next().ok_or_else(missing)?)?,
            Rule::list_type => TypeName::List(Box::new(self.type_name(inner.next().ok_or_else(missing)?)?)),
            Rule::range_type => TypeName::Range(Box::new(self.type_name(inner.next().ok_or_else(missing)?)?)),
            Rule::context_type => {
                let member = |pair: Pair<'_, Rule>| {
                    let mut parts = pair.into_inner();
                    let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
                        return Err(missing());
                    };
                    Ok((self.word(&name), self.type_name(kind)?))
                };
                TypeName::Context(inner.map(member).collect::<Result<_>>()?)
            }
            Rule::function_type => {
                let mut kinds: Vec<TypeName> =
                    inner.map(|kind| self.type_name(kind)).collect::<Result<_>>()?;
                let result = kinds.pop().ok_or_else(missing)?;
                TypeName::Function(kinds, Box::new(result))
            }
            _ => return Err(missing()),
        })
    }

    pub(super) fn iterators(
        &self,
        inner: Pairs<'_, Rule>,
        whole: &Range<usize>,
    ) -> Result<(Vec<Iterator>, Expr)> {
        let (mut iterators, mut body) = (Vec::new(), None);
        for part in inner {
            match part.as_rule() {
                Rule::iterator => {
                    let mut parts = part.into_inner().filter(|part| !is_keyword(part));
                    let (Some(name), Some(from)) = (parts.next(), parts.next()) else {
                        return Err(broken(whole.clone()));
                    };
                    let to = parts.nth(1).map(|to| self.expression(to)).transpose()?;
                    iterators.push(Iterator {
                        name: self.word(&name),
                        from: self.expression(from)?,
                        to,
                    });
                }
                Rule::expression => body = Some(self.expression(part)?),
                _ => {}
            }
        }
        Ok((iterators, body.ok_or_else(|| broken(whole.clone()))?))
    }
}
