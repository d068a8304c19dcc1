//! From text to words. Only this module knows the grammar's rules.

use std::num::NonZeroUsize;
use std::sync::Once;

use pest::Parser;

use crate::feel::limits::ATTEMPTS;
use crate::feel::problem::Problem;

#[derive(pest_derive::Parser)]
#[grammar = "feel/grammar.pest"]
struct Grammar;

/// The smallest part of a rule that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// A keyword, a name, or a part of a name.
    Name(&'t str),
    Number(&'t str),
    /// Text between quotes, with them.
    Text(&'t str),
    /// An operator, a bracket, a comma and the like.
    Sign(&'t str),
    /// Text or a comment that does not end.
    OpenText,
    OpenComment,
    /// A character that has no place in a rule.
    Other(char),
    End,
}

/// A word and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'t> {
    pub word: Word<'t>,
    pub start: usize,
    pub end: usize,
}

/// The words of a text; the last one is its end.
pub(super) fn words(text: &str) -> Result<Vec<Piece<'_>>, Problem> {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(ATTEMPTS)));
    let complicated = |_| Problem::error(0..text.len(), "the expression is too complicated");
    let pairs = Grammar::parse(Rule::words, text).map_err(|error| complicated(Box::new(error)))?;
    let mut pieces = Vec::with_capacity(text.len() / 3 + 4);
    let mut last = 0;
    for pair in pairs.flat_map(|whole| whole.into_inner()) {
        let span = pair.as_span();
        let written = span.as_str();
        let word = match pair.as_rule() {
            Rule::word => Word::Name(written),
            Rule::number => Word::Number(written),
            Rule::text => Word::Text(written),
            Rule::sign | Rule::dot => Word::Sign(written),
            Rule::open_text => Word::OpenText,
            Rule::open_comment => Word::OpenComment,
            Rule::other => written.chars().next().map_or(Word::End, Word::Other),
            _ => continue,
        };
        last = span.end();
        pieces.push(Piece {
            word,
            start: span.start(),
            end: last,
        });
    }
    pieces.push(Piece {
        word: Word::End,
        start: last,
        end: last,
    });
    Ok(pieces)
}
