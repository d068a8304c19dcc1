//! From text to tree. Only this module knows the grammar's rules.

mod binders;
mod explain;
mod text;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Once};

use pest::Parser;
use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::ast::{Arguments, Arithmetic, Comparison, Expr, Kind, Test, Word};
use super::limits::{ATTEMPTS, TREE};
use super::names::{self, Vocabulary};
use super::problem::Problem;
use crate::value::Number;
use explain::explain;
use text::unescape;

#[derive(pest_derive::Parser)]
#[grammar = "feel/grammar.pest"]
struct Grammar;

static OPERATORS: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::or, Assoc::Left))
        .op(Op::infix(Rule::and, Assoc::Left))
        .op(Op::infix(Rule::comparison, Assoc::Left)
            | Op::postfix(Rule::between)
            | Op::postfix(Rule::in_test))
        .op(Op::infix(Rule::sum, Assoc::Left))
        .op(Op::infix(Rule::product, Assoc::Left))
        .op(Op::infix(Rule::power, Assoc::Left))
        .op(Op::prefix(Rule::negation))
        .op(Op::postfix(Rule::instance))
        .op(Op::postfix(Rule::path) | Op::postfix(Rule::filter) | Op::postfix(Rule::arguments))
});

type Result<T> = std::result::Result<T, Problem>;

/// Reads an expression.
pub(crate) fn parse(text: &str, vocabulary: &mut Vocabulary) -> Result<Expr> {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(ATTEMPTS)));
    let prepared = names::prepare(text, vocabulary)?;
    if prepared.trim().is_empty() {
        return Err(Problem::error(0..text.len(), "the expression is empty"));
    }
    let mut pairs = Grammar::parse(Rule::program, &prepared).map_err(|error| explain(text, &error))?;
    let builder = Builder { text };
    let expression = builder.expression(pairs.next().ok_or_else(|| broken(0..text.len()))?)?;
    check_depth(&expression, TREE.most)?;
    Ok(expression)
}

/// The tree has a shape the grammar does not produce.
fn broken(span: Range<usize>) -> Problem {
    Problem::error(span, "the expression could not be read")
}

fn check_depth(expr: &Expr, left: usize) -> Result<()> {
    if left == 0 {
        let problem = Problem::error(expr.span.clone(), TREE.to_string());
        return Err(problem.hint(Some("split it into smaller ones".to_owned())));
    }
    let mut result = Ok(());
    expr.children(&mut |child| {
        if result.is_ok() {
            result = check_depth(child, left - 1);
        }
    });
    result
}

struct Builder<'a> {
    /// The text as the author wrote it.
    text: &'a str,
}

/// Whether a part is only a word that separates others.
fn is_keyword(pair: &Pair<'_, Rule>) -> bool {
    matches!(
        pair.as_rule(),
        Rule::k_and | Rule::k_between | Rule::k_in | Rule::k_instance | Rule::k_of
    )
}

fn span(pair: &Pair<'_, Rule>) -> Range<usize> {
    let span = pair.as_span();
    let length = span.as_str().trim_end().len();
    span.start()..span.start() + length
}

fn join(left: &Expr, right: &Expr) -> Range<usize> {
    left.span.start..right.span.end
}

impl Builder<'_> {
    fn word(&self, pair: &Pair<'_, Rule>) -> Word {
        let span = span(pair);
        let written = self.text.get(span.clone()).unwrap_or("");
        // White space between the words of a name does not matter.
        let text: Arc<str> = if written.contains(char::is_whitespace) {
            Arc::from(written.split_whitespace().collect::<Vec<_>>().join(" "))
        } else {
            Arc::from(written)
        };
        Word { text, span }
    }

    /// An `expression` or `arithmetic`.
    fn expression(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        self.operators(pair.into_inner())
    }

    fn operators(&self, pairs: Pairs<'_, Rule>) -> Result<Expr> {
        // A chain of operators is as deep a tree as it is long, except for `and` and `or`.
        let mut chain = 0;
        for pair in pairs.clone() {
            chain = if matches!(pair.as_rule(), Rule::and | Rule::or) {
                0
            } else {
                chain + 1
            };
            if chain > 2 * TREE.most {
                let hint = Some("use a list and a function such as `sum`".to_owned());
                return Err(Problem::error(span(&pair), TREE.to_string()).hint(hint));
            }
        }
        OPERATORS
            .map_primary(|pair| self.primary(pair))
            .map_prefix(|operator, operand| {
                let operand = operand?;
                let span = span(&operator).start..operand.span.end;
                Ok(Expr {
                    kind: Kind::Negate(Box::new(operand)),
                    span,
                })
            })
            .map_infix(|left, operator, right| self.infix(left?, &operator, right?))
            .map_postfix(|operand, operator| self.postfix(operand?, operator))
            .parse(pairs)
    }

    fn infix(&self, left: Expr, operator: &Pair<'_, Rule>, right: Expr) -> Result<Expr> {
        let span = join(&left, &right);
        let sides = |left, right| Box::new((left, right));
        let kind = match (operator.as_rule(), operator.as_str()) {
            (Rule::and, _) => match left.kind {
                Kind::And(mut operands) => {
                    operands.push(right);
                    Kind::And(operands)
                }
                _ => Kind::And(vec![left, right]),
            },
            (Rule::or, _) => match left.kind {
                Kind::Or(mut operands) => {
                    operands.push(right);
                    Kind::Or(operands)
                }
                _ => Kind::Or(vec![left, right]),
            },
            (Rule::comparison, symbol) => {
                let comparison = comparison(symbol).ok_or_else(|| broken(span.clone()))?;
                Kind::Compare(comparison, sides(left, right))
            }
            (_, "+") => Kind::Arithmetic(Arithmetic::Add, sides(left, right)),
            (_, "-") => Kind::Arithmetic(Arithmetic::Subtract, sides(left, right)),
            (_, "*") => Kind::Arithmetic(Arithmetic::Multiply, sides(left, right)),
            (_, "/") => Kind::Arithmetic(Arithmetic::Divide, sides(left, right)),
            (_, "**") => Kind::Arithmetic(Arithmetic::Power, sides(left, right)),
            _ => return Err(broken(span)),
        };
        Ok(Expr { kind, span })
    }

    fn postfix(&self, operand: Expr, operator: Pair<'_, Rule>) -> Result<Expr> {
        let whole = operand.span.start..span(&operator).end;
        let rule = operator.as_rule();
        let mut inner = operator.into_inner().filter(|part| !is_keyword(part));
        let missing = || broken(whole.clone());
        let kind = match rule {
            Rule::path => Kind::Path(Box::new(operand), self.word(&inner.next().ok_or_else(missing)?)),
            Rule::filter => Kind::Filter(Box::new((
                operand,
                self.expression(inner.next().ok_or_else(missing)?)?,
            ))),
            Rule::arguments => Kind::Call(Box::new(operand), self.arguments(&mut inner)?),
            Rule::between => {
                let low = self.expression(inner.next().ok_or_else(missing)?)?;
                let high = self.expression(inner.next().ok_or_else(missing)?)?;
                Kind::Between(Box::new((operand, low, high)))
            }
            Rule::in_test => {
                let first = inner.next().ok_or_else(missing)?;
                let (operator, value) = match inner.next() {
                    Some(value) => (comparison(first.as_str()), value),
                    None => (None, first),
                };
                let value = self.tests_allowed(value)?;
                match (operator, value.kind) {
                    (None, Kind::Tests(tests)) => Kind::In(Box::new(operand), tests),
                    (operator, kind) => {
                        let value = Expr {
                            kind,
                            span: value.span,
                        };
                        Kind::In(Box::new(operand), vec![Test { operator, value }])
                    }
                }
            }
            Rule::instance => Kind::InstanceOf(
                Box::new(operand),
                self.type_name(inner.next().ok_or_else(missing)?)?,
            ),
            _ => return Err(missing()),
        };
        Ok(Expr { kind, span: whole })
    }

    fn arguments<'i>(&self, inner: &mut dyn std::iter::Iterator<Item = Pair<'i, Rule>>) -> Result<Arguments> {
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for pair in inner {
            if pair.as_rule() == Rule::named {
                named.push(self.named(pair)?);
            } else {
                positional.push(self.expression(pair)?);
            }
        }
        Ok(if named.is_empty() {
            Arguments::Positional(positional)
        } else {
            Arguments::Named(named)
        })
    }

    /// A name or text, a colon and an expression.
    fn named(&self, pair: Pair<'_, Rule>) -> Result<(Word, Expr)> {
        let whole = span(&pair);
        let mut inner = pair.into_inner().filter(|part| part.as_rule() != Rule::colon);
        let (Some(key), Some(value)) = (inner.next(), inner.next()) else {
            return Err(broken(whole));
        };
        let word = match key.as_rule() {
            Rule::string => Word {
                text: Arc::from(unescape(key.as_str())),
                span: span(&key),
            },
            _ => self.word(&key),
        };
        Ok((word, self.expression(value)?))
    }

    /// Like `expression`, but a list of tests in brackets is fine.
    fn tests_allowed(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let inner = pair.clone().into_inner();
        let alone = inner.len() == 1;
        match inner.into_iter().next() {
            Some(only) if alone && only.as_rule() == Rule::parenthesis => self.parenthesis(only),
            _ => self.expression(pair),
        }
    }

    fn primary(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let whole = span(&pair);
        let kind = match pair.as_rule() {
            Rule::number => {
                let number = Number::parse(pair.as_str().trim_end());
                Kind::Number(number.ok_or_else(|| Problem::error(whole.clone(), "the number is too large"))?)
            }
            Rule::string => Kind::String(Arc::from(unescape(pair.as_str()))),
            Rule::temporal => {
                let string = pair.into_inner().next().ok_or_else(|| broken(whole.clone()))?;
                Kind::Temporal(Arc::from(unescape(string.as_str())))
            }
            Rule::null => Kind::Null,
            Rule::boolean => Kind::Boolean(pair.as_str().trim_end() == "true"),
            Rule::name => Kind::Name(self.word(&pair).text),
            Rule::parenthesis => return self.no_tests(self.parenthesis(pair)?),
            Rule::list => self.list(pair)?,
            Rule::open_range => {
                let mut inner = pair.into_inner();
                let low = inner.next().ok_or_else(|| broken(whole.clone()))?;
                self.range(self.expression(low)?, false, inner.skip(1))?
            }
            Rule::context => {
                let entries = pair.into_inner().map(|entry| self.named(entry));
                Kind::Context(entries.collect::<Result<_>>()?)
            }
            Rule::conditional => {
                let [condition, yes, no] = self.three(pair)?;
                Kind::If(Box::new((condition, yes, no)))
            }
            Rule::iteration => {
                let (iterators, body) = self.iterators(pair.into_inner(), &whole)?;
                Kind::For(iterators, Box::new(body))
            }
            Rule::quantified => {
                let mut inner = pair.into_inner();
                let every = inner
                    .next()
                    .is_some_and(|word| word.as_str().trim_end() == "every");
                let (iterators, condition) = self.iterators(inner, &whole)?;
                Kind::Quantified {
                    every,
                    iterators,
                    condition: Box::new(condition),
                }
            }
            Rule::function => self.function(pair)?,
            _ => return Err(broken(whole)),
        };
        Ok(Expr { kind, span: whole })
    }

    fn three(&self, pair: Pair<'_, Rule>) -> Result<[Expr; 3]> {
        let whole = span(&pair);
        let parts = pair
            .into_inner()
            .filter(|part| part.as_rule() == Rule::expression);
        let parts: Vec<Expr> = parts.map(|part| self.expression(part)).collect::<Result<_>>()?;
        parts.try_into().map_err(|_| broken(whole))
    }

    fn no_tests(&self, expr: Expr) -> Result<Expr> {
        let Kind::Tests(mut tests) = expr.kind else {
            return Ok(expr);
        };
        let problem = Problem::error(expr.span.clone(), "several values stand between round brackets");
        let hint = Some("a list is written between square brackets".to_owned());
        if tests.len() != 1 {
            return Err(problem.hint(hint));
        }
        let Some(Test {
            operator: Some(operator),
            value,
        }) = tests.pop()
        else {
            return Err(problem.hint(hint));
        };
        let (low, high, included) = match operator {
            Comparison::Less | Comparison::LessOrEqual => {
                (None, Some(value), operator == Comparison::LessOrEqual)
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                (Some(value), None, operator == Comparison::GreaterOrEqual)
            }
            _ => {
                let symbol = operator.symbol();
                return Err(Problem::error(
                    expr.span,
                    format!("`{symbol}` needs a value on its left side"),
                ));
            }
        };
        let kind = Kind::Range {
            low_included: included && low.is_some(),
            high_included: included && high.is_some(),
            low: low.map(Box::new),
            high: high.map(Box::new),
        };
        Ok(Expr {
            kind,
            span: expr.span,
        })
    }

    /// A bracketed expression, a range that begins with `(`, or tests.
    fn parenthesis(&self, pair: Pair<'_, Rule>) -> Result<Expr> {
        let whole = span(&pair);
        let mut tests: Vec<Test> = Vec::new();
        let mut inner = pair.into_inner();
        while let Some(part) = inner.next() {
            if part.as_rule() == Rule::dots {
                let Some(test) = tests.pop() else {
                    return Err(broken(whole));
                };
                if let Some(operator) = test.operator {
                    let message = format!("a range begins with a value, not with `{}`", operator.symbol());
                    return Err(Problem::error(whole, message));
                }
                let value = test.value;
                return Ok(Expr {
                    kind: self.range(value, false, inner)?,
                    span: whole,
                });
            }
            let mut parts = part.into_inner();
            let first = parts.next().ok_or_else(|| broken(whole.clone()))?;
            let (operator, value) = match parts.next() {
                Some(value) => (comparison(first.as_str()), value),
                None => (None, first),
            };
            tests.push(Test {
                operator,
                value: self.expression(value)?,
            });
        }
        if let [Test { operator: None, .. }] = tests.as_slice()
            && let Some(test) = tests.pop()
        {
            return Ok(Expr {
                kind: test.value.kind,
                span: whole,
            });
        }
        Ok(Expr {
            kind: Kind::Tests(tests),
            span: whole,
        })
    }

    fn list(&self, pair: Pair<'_, Rule>) -> Result<Kind> {
        let whole = span(&pair);
        let mut items = Vec::new();
        let mut inner = pair.into_inner();
        while let Some(part) = inner.next() {
            if part.as_rule() == Rule::dots {
                let low = items.pop().ok_or_else(|| broken(whole))?;
                return self.range(low, true, inner);
            }
            items.push(self.expression(part)?);
        }
        Ok(Kind::List(items))
    }

    /// The rest of a range: its end and its closing bracket.
    fn range<'i>(
        &self,
        low: Expr,
        low_included: bool,
        mut rest: impl std::iter::Iterator<Item = Pair<'i, Rule>>,
    ) -> Result<Kind> {
        let (Some(high), Some(close)) = (rest.next(), rest.next()) else {
            return Err(broken(low.span));
        };
        Ok(Kind::Range {
            low: Some(Box::new(low)),
            low_included,
            high: Some(Box::new(self.expression(high)?)),
            high_included: close.as_str() == "]",
        })
    }
}

fn comparison(symbol: &str) -> Option<Comparison> {
    Some(match symbol.trim_end() {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
