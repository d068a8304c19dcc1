//! The only error type that writers of definitions see, and its renderings.

mod nearest;
mod terminal;

use std::sync::Arc;

pub use nearest::nearest;
pub use terminal::{Colours, render, render_in};

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
        assert_eq!(nearest("colu", ["color", "coul"]), Some("coul"));
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
