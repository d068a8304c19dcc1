//! Files as they were read, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A file of a definition directory.
#[derive(Debug)]
pub struct Source {
    /// Path as diagnostics print it: relative to what the user named.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A range of bytes in a source.
pub type Span = Range<usize>;

/// A place that people can find: line and column, both from 1, columns counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A place in a definition file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// Where in it.
    pub span: Span,
}

impl Place {
    /// Line and column.
    pub fn position(&self) -> Position {
        self.source.position(self.span.start)
    }
}

impl Source {
    /// Line and column of a byte offset; an offset beyond the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        let before = self.before(offset);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    /// The line that holds a byte offset, without its line break, and where it starts.
    pub fn line_at(&self, offset: usize) -> (usize, &str) {
        let start = self.before(offset).rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(start..).unwrap_or_default();
        (
            start,
            rest.split('\n').next().unwrap_or_default().trim_end_matches('\r'),
        )
    }

    fn before(&self, offset: usize) -> &str {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.get(..end).unwrap_or_default()
    }
}

/// A text on one line: whatever white space stands in it, one space.
pub(crate) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let source = Source {
            path: "a.yaml".into(),
            text: "æøå: 1\nb: 2".into(),
        };
        assert_eq!(source.position("æøå".len()), Position { line: 1, column: 4 });
        assert_eq!(source.position("æøå: 1\n".len()), Position { line: 2, column: 1 });
        assert_eq!(source.position(10_000), Position { line: 2, column: 5 });
    }
}
