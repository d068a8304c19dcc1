//! Diagnostics for people, in a terminal or a text.

use std::fmt::Write as _;

use super::{Diagnostic, Severity};
use crate::source::Source;

/// Whether something is printed in colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// With escape sequences that terminals understand.
    On,
    /// As plain text.
    Off,
}

impl Colours {
    /// A text in the colour of a severity.
    fn grave(self, severity: Severity, text: &str) -> String {
        self.paint(
            match severity {
                Severity::Error => "1;31",
                Severity::Warning => "1;33",
                Severity::Note => "1;34",
            },
            text,
        )
    }

    /// A text that matters less than what stands around it.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Colours::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Colours::Off => text.to_owned(),
        }
    }
}

/// For people: message, place, the line with the span underlined, hint.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    render_in(Colours::Off, diagnostics)
}

/// The same for a terminal.
pub fn render_in(colours: Colours, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let severity = colours.grave(diagnostic.severity, diagnostic.severity.word());
        let _ = writeln!(out, "{severity}: {}", diagnostic.message);
        if let Some(source) = &diagnostic.source {
            let at = source.position(diagnostic.span.start);
            let place = format!("  --> {}:{}:{}", source.path, at.line, at.column);
            let _ = writeln!(out, "{}", colours.dim(&place));
            underline(&mut out, colours, diagnostic, source, at.line);
        }
        if let Some(hint) = &diagnostic.hint {
            let _ = writeln!(out, "  {} {hint}", colours.paint("36", "hint:"));
        }
        out.push('\n');
    }
    out
}

/// The longest line that is printed whole; longer ones are cut around the span.
const LINE_LIMIT: usize = 160;

fn underline(out: &mut String, colours: Colours, diagnostic: &Diagnostic, source: &Source, line: usize) {
    let span = &diagnostic.span;
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
    let _ = writeln!(out, "{}{shown}", colours.dim(&format!(" {number} | ")));
    let _ = writeln!(
        out,
        "{}{}{}",
        colours.dim(&format!(" {} | ", " ".repeat(number.len()))),
        " ".repeat(cut.chars().count()),
        colours.grave(diagnostic.severity, &"^".repeat(carets))
    );
}
