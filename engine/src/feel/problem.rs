//! What is wrong with a rule, for the person who wrote it.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{self, Diagnostic};
use crate::source::Source;

/// Whether a problem keeps a rule from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rule can be used, but is probably not what was meant.
    Warning,
    /// The rule cannot be used.
    Error,
}

/// Something wrong with the text of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the rule can be used all the same.
    pub severity: Severity,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What is wrong, in lower case and without a final stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem that keeps the rule from being used.
    pub fn error(span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Error,
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// A problem that does not.
    pub fn warning(span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Warning,
            span,
            message: message.into(),
            hint: None,
        }
    }

    /// The same as a diagnostic, when the span is one of a source.
    pub fn told(self, source: &Arc<Source>) -> Diagnostic {
        let severity = match self.severity {
            Severity::Error => diagnostic::Severity::Error,
            Severity::Warning => diagnostic::Severity::Warning,
        };
        Diagnostic::new(severity, source, self.span, self.message).with_hint_of(self.hint)
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<Option<String>>) -> Problem {
        self.hint = hint.into();
        self
    }
}

/// `1 argument`, `2 arguments`.
pub(crate) fn arguments_of(count: usize) -> String {
    format!("{count} argument{}", if count == 1 { "" } else { "s" })
}

/// `did you mean …?` with the candidate nearest to `written`, if one is near.
pub(crate) fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    diagnostic::nearest(written, candidates).map(|near| format!("did you mean `{near}`?"))
}
