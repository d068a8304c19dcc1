//! What begins with a bracket: brackets around a value, tests, lists, ranges and contexts.

use std::sync::Arc;

use super::operators::Binding;
use super::words::Word;
use super::{Parser, Result, joins, unescape};
use crate::feel::ast::{Comparison, Expr, Kind, Test, Word as Name};
use crate::feel::problem::Problem;

impl Parser<'_, '_> {
    /// After an item: whether a comma follows, or else the closing bracket.
    pub(super) fn comma_or(&mut self, close: &'static str) -> Result<bool> {
        if self.found(Word::Sign(",")) {
            Ok(true)
        } else if self.found(Word::Sign(close)) {
            Ok(false)
        } else {
            Err(self.unexpected_after_value())
        }
    }

    /// A bracketed expression, a range that begins with `(`, or tests.
    pub(super) fn parenthesis(&mut self) -> Result<Expr> {
        let start = self.start();
        let mut tests = self.bracketed(|parser| {
            let mut tests: Vec<Test> = Vec::new();
            loop {
                let operator = parser.comparison_sign();
                let value = parser.expression()?;
                if tests.is_empty() && parser.peek() == Word::Sign("..") {
                    let value = parser.range(Some(value), start, false)?;
                    return match operator {
                        None => Ok(vec![Test { operator, value }]),
                        Some(operator) => {
                            let symbol = operator.symbol();
                            let message = format!("a range begins with a value, not with `{symbol}`");
                            Err(Problem::error(start..parser.end(), message))
                        }
                    };
                }
                tests.push(Test { operator, value });
                if !parser.comma_or(")")? {
                    return Ok(tests);
                }
            }
        })?;
        let span = start..self.end();
        match tests.pop() {
            Some(Test {
                operator: None,
                value,
            }) if tests.is_empty() => Ok(Expr { span, ..value }),
            last => {
                tests.extend(last);
                self.made(Kind::Tests(tests), span)
            }
        }
    }

    /// Brackets where tests have no meaning: one test with an operator is a range without an end, or of one value.
    pub(super) fn no_tests(&self, expr: Expr) -> Result<Expr> {
        let Kind::Tests(mut tests) = expr.kind else {
            return Ok(expr);
        };
        let span = expr.span;
        let Some(Test {
            operator: Some(operator),
            value,
        }) = tests.pop().filter(|_| tests.is_empty())
        else {
            let problem = Problem::error(span, "several values stand between round brackets");
            return Err(problem.hint(Some("a list is written between square brackets".to_owned())));
        };
        let other = again(&value).map(Box::new);
        let end = Some(Box::new(value));
        let (low, high, included) = match operator {
            Comparison::Less => (None, end, false),
            Comparison::LessOrEqual => (None, end, true),
            Comparison::Greater => (end, None, false),
            Comparison::GreaterOrEqual => (end, None, true),
            Comparison::Equal if other.is_some() => (other, end, true),
            Comparison::Equal | Comparison::NotEqual => {
                let symbol = operator.symbol();
                let message = format!("`{symbol}` needs a value on its left side");
                return Err(Problem::error(span, message));
            }
        };
        let kind = Kind::Range {
            low_included: included && low.is_some(),
            high_included: included && high.is_some(),
            low,
            high,
        };
        self.made(kind, span)
    }

    /// A list, or a range that begins with `[`.
    pub(super) fn list(&mut self) -> Result<Expr> {
        let start = self.start();
        self.bracketed(|parser| {
            let mut items = Vec::new();
            if !parser.found(Word::Sign("]")) {
                loop {
                    let item = parser.expression()?;
                    if items.is_empty() && parser.peek() == Word::Sign("..") {
                        return parser.range(Some(item), start, true);
                    }
                    items.push(item);
                    if !parser.comma_or("]")? {
                        break;
                    }
                }
            }
            parser.made(Kind::List(items), start..parser.end())
        })
    }

    /// A range that begins with `]`.
    pub(super) fn open_range(&mut self) -> Result<Expr> {
        let start = self.start();
        self.bracketed(|parser| {
            let low = parser.operators(Binding::Sum)?;
            parser.range(Some(low), start, false)
        })
    }

    /// The rest of a range: its end and its closing bracket.
    fn range(&mut self, low: Option<Expr>, start: usize, low_included: bool) -> Result<Expr> {
        self.expect(Word::Sign(".."), "`..`")?;
        self.range_end = true;
        let high = self.operators(Binding::Sum);
        self.range_end = false;
        let high = high?;
        let high_included = self.peek() == Word::Sign("]");
        if !high_included && !matches!(self.peek(), Word::Sign(")" | "[")) {
            return Err(self.unexpected("an operator or a closing bracket"));
        }
        self.advance();
        let kind = Kind::Range {
            low: low.map(Box::new),
            low_included,
            high: Some(Box::new(high)),
            high_included,
        };
        self.made(kind, start..self.end())
    }

    /// Entries between curly brackets.
    pub(super) fn context(&mut self) -> Result<Expr> {
        let start = self.start();
        self.bracketed(|parser| {
            let mut entries = Vec::new();
            if !parser.found(Word::Sign("}")) {
                loop {
                    let key = match parser.key(0) {
                        Some(key) => key,
                        None => {
                            let key = parser.name(false, "a name")?;
                            parser.expect(Word::Sign(":"), "`:`")?;
                            key
                        }
                    };
                    entries.push((key, parser.expression()?));
                    if !parser.comma_or("}")? {
                        break;
                    }
                }
            }
            parser.made(Kind::Context(entries), start..parser.end())
        })
    }

    /// A key of a context, or the name of an argument or a parameter, with its colon: everything up to there. It is known from
    /// here on, `outside` so many brackets.
    pub(super) fn key(&mut self, outside: usize) -> Option<Name> {
        let first = self.piece(0);
        let depth = self.brackets.saturating_sub(outside);
        if let Word::Text(quoted) = first.word {
            if self.piece(1).word != Word::Sign(":") {
                return None;
            }
            self.at += 2;
            let text = unescape(quoted);
            self.vocabulary.add(&text, depth);
            return Some(Name {
                text: Arc::from(text),
                span: first.start..first.end,
            });
        }
        let Word::Name(_) = first.word else {
            return None;
        };
        let rest = self.pieces.get(self.at..)?;
        let inner = |word: Word| matches!(word, Word::Name(_) | Word::Number(_)) || joins(word);
        let count = rest.iter().take_while(|piece| inner(piece.word)).count();
        let colon = rest.get(count)?;
        if colon.word != Word::Sign(":") {
            return None;
        }
        let end = rest.get(count.checked_sub(1)?)?.end;
        self.at += count + 1;
        let name = self.spelled(first.start..end);
        self.vocabulary.add(&name.text, depth);
        Some(name)
    }
}

/// A literal or a name once more.
fn again(expr: &Expr) -> Option<Expr> {
    let kind = match &expr.kind {
        Kind::Number(number) => Kind::Number(*number),
        Kind::String(text) => Kind::String(text.clone()),
        Kind::Temporal(text) => Kind::Temporal(text.clone()),
        Kind::Name(name) => Kind::Name(name.clone()),
        _ => return None,
    };
    Some(Expr::new(kind, expr.span.clone()))
}
