//! The only error type that writers of definitions see, and its renderings.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::{Source, Span};

/// How grave something is: of a definition's problem as of a constraint on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Must be mended: the definition cannot be used, the response cannot be completed.
    Error,
    /// Should be looked at; on an answer it must be acknowledged with a reason.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A problem of a definition: what, where, and what to do about it.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong: lower case, no final stop, the author's words in backticks.
    pub message: String,
    /// The file, unless the problem is of no single file.
    pub source: Option<Arc<Source>>,
    /// Where in the file, in bytes.
    pub span: Span,
    /// What would mend it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, source, span, message)
    }

    /// A problem at a place.
    pub fn new(severity: Severity, source: &Arc<Source>, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            source: Some(Arc::clone(source)),
            span,
            hint: None,
        }
    }

    /// An error that belongs to no file.
    pub fn without_source(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            source: None,
            span: 0..0,
            hint: None,
        }
    }

    /// Adds what would mend it.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what would mend it, if anything is known.
    pub fn with_hint_of(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    fn order(&self) -> (&str, usize, Severity, &str) {
        (
            self.source.as_ref().map_or("", |source| &source.path),
            self.span.start,
            self.severity,
            &self.message,
        )
    }
}

/// Sorts by file and place, and drops repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    diagnostics.dedup_by(|a, b| a.order() == b.order());
}

/// Whether any is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// For a terminal: message, place, the line with the span underlined, hint.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let _ = writeln!(out, "{}: {}", diagnostic.severity.word(), diagnostic.message);
        if let Some(source) = &diagnostic.source {
            let at = source.position(diagnostic.span.start);
            let _ = writeln!(out, "  --> {}:{}:{}", source.path, at.line, at.column);
            underline(&mut out, source, &diagnostic.span, at.line);
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
        out.push('\n');
    }
    out
}

/// The longest line that is printed whole; longer ones are cut around the span.
const LINE_LIMIT: usize = 160;

fn underline(out: &mut String, source: &Source, span: &Span, line: usize) {
    let (start, text) = source.line_at(span.start);
    let before = text.get(..span.start.saturating_sub(start)).unwrap_or(text);
    let within = text.get(before.len()..).unwrap_or_default();
    let within = within
        .get(..span.end.saturating_sub(span.start))
        .unwrap_or(within);
    let cut: String = if before.chars().count() > LINE_LIMIT / 2 {
        "…"
            .chars()
            .chain(before.chars().skip(before.chars().count() - LINE_LIMIT / 2))
            .collect()
    } else {
        before.to_owned()
    };
    let shown: String = cut
        .chars()
        .chain(text.get(before.len()..).unwrap_or_default().chars())
        .take(LINE_LIMIT)
        .collect();
    let number = line.to_string();
    let carets = within
        .chars()
        .count()
        .clamp(1, LINE_LIMIT.saturating_sub(cut.chars().count()).max(1));
    let _ = writeln!(out, " {number} | {shown}");
    let _ = writeln!(
        out,
        " {} | {}{}",
        " ".repeat(number.len()),
        " ".repeat(cut.chars().count()),
        "^".repeat(carets)
    );
}

/// For programs: one object a diagnostic.
pub fn to_json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    let one = |diagnostic: &Diagnostic| {
        let place = diagnostic.source.as_ref().map(|source| {
            (
                source.path.clone(),
                source.position(diagnostic.span.start),
                source.position(diagnostic.span.end),
            )
        });
        serde_json::json!({
            "severity": diagnostic.severity,
            "message": diagnostic.message,
            "file": place.as_ref().map(|place| &place.0),
            "line": place.as_ref().map(|place| place.1.line),
            "column": place.as_ref().map(|place| place.1.column),
            "end_line": place.as_ref().map(|place| place.2.line),
            "end_column": place.as_ref().map(|place| place.2.column),
            "hint": diagnostic.hint,
        })
    };
    serde_json::Value::Array(diagnostics.iter().map(one).collect())
}

/// The candidate most like a misspelt name, when one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let near = |candidate: &'a str| (distance(name, candidate), candidate);
    candidates
        .into_iter()
        .map(near)
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = *cell;
            left = substituted.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_the_likely_word_and_nothing_far_off() {
        assert_eq!(
            nearest("vaergemal", ["vaergemaal", "samtykke"]),
            Some("vaergemaal")
        );
        assert_eq!(nearest("xyz", ["vaergemaal", "samtykke"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn carets_stand_under_the_span_also_after_danish_letters() {
        let source = Arc::new(Source {
            path: "f.yaml".into(),
            text: "a: 1\nlæge: fejl her\n".into(),
        });
        let span = source.text.find("fejl").map(|at| at..at + 4).unwrap();
        let text = render(&[Diagnostic::error(&source, span, "no such field").with_hint("mend it")]);
        assert_eq!(
            text,
            "error: no such field\n  --> f.yaml:2:7\n 2 | læge: fejl her\n   |       ^^^^\n  hint: mend it\n\n"
        );
    }
}
