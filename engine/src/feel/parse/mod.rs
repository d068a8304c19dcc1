//! From text to tree: words first, then what they say together.
//!
//! A word may be a part of a name of several words; which names there are is known as the text is read. Operators
//! bind as [`Binding`] says. Everything that nests is counted, so that no text can exhaust the stack.

mod binders;
mod brackets;
mod operators;
mod problems;
mod text;
mod words;

use std::ops::Range;
use std::sync::Arc;

use super::ast::{Expr, Kind, Word as Name};
use super::limits::{BRACKETS, LENGTH, READ_AGAIN, TREE};
use super::names::Vocabulary;
use super::problem::Problem;
use crate::source::on_one_line;
use crate::value::Number;
use operators::Binding;
use text::unescape;
use words::{Piece, Word};

type Result<T> = std::result::Result<T, Problem>;

/// Reads an expression. The vocabulary learns the names that the text declares.
pub(crate) fn parse(text: &str, vocabulary: &mut Vocabulary) -> Result<Expr> {
    if text.len() > LENGTH.most {
        return Err(Problem::error(0..text.len(), LENGTH.to_string()));
    }
    let mut parser = Parser {
        text,
        pieces: words::words(text)?,
        at: 0,
        vocabulary,
        brackets: 0,
        nesting: 0,
        range_end: false,
        attempts: READ_AGAIN,
    };
    if parser.peek() == Word::End {
        return Err(Problem::error(0..text.len(), "the expression is empty"));
    }
    let expr = parser.expression()?;
    match parser.peek() {
        Word::End => Ok(expr),
        _ => Err(parser.unexpected_after_value()),
    }
}

struct Parser<'t, 'v> {
    text: &'t str,
    pieces: Vec<Piece<'t>>,
    /// The piece to be read next.
    at: usize,
    vocabulary: &'v mut Vocabulary,
    /// How many brackets are open.
    brackets: usize,
    nesting: usize,
    /// Whether a `[` may close the range that is being read.
    range_end: bool,
    attempts: usize,
}

impl<'t> Parser<'t, '_> {
    fn piece(&self, ahead: usize) -> Piece<'t> {
        let last = self.pieces.len().saturating_sub(1);
        self.pieces[(self.at + ahead).min(last)]
    }

    fn peek(&self) -> Word<'t> {
        self.piece(0).word
    }

    fn start(&self) -> usize {
        self.piece(0).start
    }

    /// Where what has been read ends.
    fn end(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.pieces.get(at));
        before.map_or(0, |piece| piece.end)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    fn found(&mut self, word: Word) -> bool {
        let found = self.peek() == word;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: Word, wanted: &str) -> Result<()> {
        if self.found(word) {
            Ok(())
        } else {
            Err(self.unexpected(wanted))
        }
    }

    /// One level deeper, if there is one.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting >= BRACKETS.most {
            let piece = self.piece(0);
            let problem = Problem::error(piece.start..piece.end, BRACKETS.to_string());
            return Err(problem.hint(Some("split it into smaller ones".to_owned())));
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// What stands between brackets, both of them included.
    fn bracketed<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let range_end = std::mem::replace(&mut self.range_end, false);
        self.brackets += 1;
        let result = self.nested(|parser| {
            parser.advance();
            read(parser)
        });
        self.brackets -= 1;
        self.vocabulary.close(self.brackets);
        self.range_end = range_end;
        result
    }

    fn made(&self, kind: Kind, span: Range<usize>) -> Result<Expr> {
        let expr = Expr::new(kind, span);
        if expr.height > TREE.most {
            let hint = "split it into smaller ones, or use a list and a function such as `sum`";
            return Err(Problem::error(expr.span, TREE.to_string()).hint(Some(hint.to_owned())));
        }
        Ok(expr)
    }

    /// A whole expression.
    fn expression(&mut self) -> Result<Expr> {
        self.operators(Binding::Or)
    }

    /// A value without operators.
    fn primary(&mut self) -> Result<Expr> {
        let piece = self.piece(0);
        let span = piece.start..piece.end;
        let kind = match piece.word {
            Word::Name(_) if let Some(name) = self.phrase(false) => {
                return Ok(Expr::new(Kind::Name(name.text), name.span));
            }
            Word::Name("null") => Kind::Null,
            Word::Name(word @ ("true" | "false")) => Kind::Boolean(word == "true"),
            Word::Name("if") => return self.conditional(),
            Word::Name("for") => return self.iteration(),
            Word::Name("some") => return self.quantified(false),
            Word::Name("every") => return self.quantified(true),
            Word::Name("function") => return self.function(),
            Word::Name(word) if !is_keyword(word) => Kind::Name(Arc::from(word)),
            Word::Number(digits) => {
                let number = Number::parse(digits);
                Kind::Number(number.ok_or_else(|| Problem::error(span.clone(), "the number is too large"))?)
            }
            Word::Text(quoted) => Kind::String(Arc::from(unescape(quoted))),
            Word::Sign("@") => return self.temporal(),
            Word::Sign("(") => {
                let expr = self.parenthesis()?;
                return self.no_tests(expr);
            }
            Word::Sign("[") => return self.list(),
            Word::Sign("]") => return self.open_range(),
            Word::Sign("{") => return self.context(),
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(Expr::new(kind, span))
    }

    fn temporal(&mut self) -> Result<Expr> {
        let start = self.start();
        self.advance();
        let Word::Text(quoted) = self.peek() else {
            return Err(self.unexpected("a date, a time or a duration in quotes"));
        };
        self.advance();
        Ok(Expr::new(
            Kind::Temporal(Arc::from(unescape(quoted))),
            start..self.end(),
        ))
    }

    fn conditional(&mut self) -> Result<Expr> {
        let start = self.start();
        self.nested(|parser| {
            parser.advance();
            let condition = parser.expression()?;
            parser.expect(Word::Name("then"), "`then`")?;
            let yes = parser.expression()?;
            parser.expect(Word::Name("else"), "`else`")?;
            let no = parser.expression()?;
            parser.made(Kind::If(Box::new((condition, yes, no))), start..parser.end())
        })
    }

    /// A name, which may be several words when it is known.
    fn name(&mut self, after_dot: bool, wanted: &str) -> Result<Name> {
        let piece = self.piece(0);
        let Word::Name(word) = piece.word else {
            return Err(self.unexpected(wanted));
        };
        if let Some(name) = self.phrase(after_dot) {
            return Ok(name);
        }
        self.advance();
        Ok(Name {
            text: Arc::from(word),
            span: piece.start..piece.end,
        })
    }

    /// The longest known name of several words that begins here.
    fn phrase(&mut self, after_dot: bool) -> Option<Name> {
        let Word::Name(first) = self.peek() else {
            return None;
        };
        let next = self.piece(1).word;
        if !(matches!(next, Word::Name(_) | Word::Number(_)) || joins(next) && self.vocabulary.has_own()) {
            return None;
        }
        let start = self.start();
        let rest = self.text.get(start..)?;
        let end = start + self.vocabulary.longest(first, rest, after_dot)?;
        let words = self.pieces.get(self.at..)?;
        let count = words.iter().take_while(|piece| piece.start < end).count();
        let whole = words
            .get(count.checked_sub(1)?)
            .is_some_and(|last| last.end == end);
        whole.then(|| {
            self.at += count;
            self.spelled(start..end)
        })
    }

    /// A name as it stands in the text; white space between its words does not matter.
    fn spelled(&self, span: Range<usize>) -> Name {
        let written = self.text.get(span.clone()).unwrap_or("");
        let text = if written.contains(char::is_whitespace) {
            Arc::from(on_one_line(written))
        } else {
            Arc::from(written)
        };
        Name { text, span }
    }
}

/// Whether a sign may stand inside a name.
fn joins(word: Word) -> bool {
    matches!(word, Word::Sign("." | "-" | "+" | "*" | "/" | "**"))
}

/// Whether a word can be no name of one word.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "if"
            | "then"
            | "else"
            | "for"
            | "return"
            | "in"
            | "some"
            | "every"
            | "satisfies"
            | "between"
            | "instance"
            | "function"
            | "external"
            | "null"
            | "true"
            | "false"
    )
}
