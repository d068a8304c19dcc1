//! What could not be read, in the words of a person.

use super::Parser;
use super::words::{Piece, Word};
use crate::feel::names::is_name_part;
use crate::feel::problem::{Problem, nearest};

impl Parser<'_, '_> {
    /// A value has ended, and what follows is neither an operator nor what may come next.
    pub(super) fn unexpected_after_value(&self) -> Problem {
        self.unexpected(if self.brackets > 0 {
            "an operator, `,` or a closing bracket"
        } else {
            "an operator or the end of the expression"
        })
    }

    /// The next word is not what is wanted here.
    pub(super) fn unexpected(&self, wanted: &str) -> Problem {
        let piece = self.piece(0);
        let start = piece.start;
        match piece.word {
            Word::End => {
                let message = format!("the expression ends where {wanted} is expected");
                return Problem::error(start..start, message);
            }
            Word::OpenText => {
                let problem = Problem::error(start..self.text.len(), "the text does not end");
                return problem.hint(Some("close it with `\"`".to_owned()));
            }
            Word::OpenComment => {
                let problem = Problem::error(start..start + 2, "the comment does not end");
                return problem.hint(Some("close it with `*/`".to_owned()));
            }
            Word::Other(c) if c.is_control() => {
                let message = format!("the character U+{:04X} has no place in an expression", c as u32);
                return Problem::error(start..piece.end, message);
            }
            _ => {}
        }
        let written = self.text.get(start..piece.end).unwrap_or("");
        let word: String = written
            .chars()
            .take_while(|c| is_name_part(*c))
            .take(40)
            .collect();
        let shown = if word.is_empty() || written.starts_with('\'') {
            written.chars().take(1).collect()
        } else {
            word
        };
        let message = format!("`{shown}` stands where {wanted} is expected");
        let problem = Problem::error(start..start + shown.len(), message);
        problem.hint(self.advice(piece))
    }

    /// What was probably meant.
    fn advice(&self, piece: Piece<'_>) -> Option<String> {
        let before = self.at.checked_sub(1).and_then(|at| self.pieces.get(at))?;
        let touching = before.end == piece.start;
        let advice = match (before.word, piece.word) {
            (Word::Sign("="), Word::Sign("=")) if touching => "equality is a single `=`",
            (Word::Sign("<"), Word::Sign(">")) if touching => "inequality is `!=`",
            (Word::Sign("="), Word::Sign(">")) if touching => "at least is `>=`",
            (Word::Sign("="), Word::Sign("<")) if touching => "at most is `<=`",
            (Word::Number(_), Word::Sign(",")) if touching => "decimals are written with a point",
            (_, Word::Other('&')) => "write `and`",
            (_, Word::Other('|')) => "write `or`",
            (_, Word::Other('!')) => "write `not(…)`, or `!=` for inequality",
            (_, Word::Other('\'' | '’' | '‘' | '“' | '”')) => {
                "text stands between straight double quotes"
            }
            (_, Word::Other(';')) => "items are separated by `,`",
            (Word::Name(_), Word::Name(_)) => {
                let written = self.text.get(before.start..piece.end)?;
                return nearest(written, self.vocabulary.names());
            }
            _ => return None,
        };
        Some(advice.to_owned())
    }
}
