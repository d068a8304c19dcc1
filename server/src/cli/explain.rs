//! `metode evaluate --explain`: why a field is as it is, as a tree.

use clap::Args;
use metode::case::CaseFile;
use metode::definition::Library;
use metode::evaluation::{Explanation, Part, Read, Reason, RulePart, RuleView, Session};
use serde_json::json;

use super::{FINE, Format, PROBLEMS};

/// What the command line asks about.
#[derive(Debug, Clone, Args)]
pub struct Question {
    /// Why a field is as it is: its path, with the response's id in front (`intake.reason`).
    #[arg(long)]
    explain: Option<String>,
    /// The language of the explanation, one of those under `texts/`.
    #[arg(long, default_value = "en", requires = "explain")]
    language: String,
}

/// A field to explain, and in which language.
pub struct Asked<'a> {
    path: &'a str,
    language: &'a str,
}

impl Question {
    /// The field, if there is a question.
    pub fn asked(&self) -> Option<Asked<'_>> {
        self.explain.as_deref().map(|path| Asked {
            path,
            language: &self.language,
        })
    }
}

/// Explains `response.path`, `case.path` or `citizen.path`; without any of these in front, the last response that has the field.
pub fn explained(library: &Library, file: &CaseFile, asked: &Asked, format: Format) -> u8 {
    let texts = library.texts(asked.language).unwrap_or(&file.method.texts);
    let explain = |place: &str, path: &str| {
        let part = match place {
            "case" => Part::Record,
            "citizen" => Part::Citizen,
            id => Part::Response(id),
        };
        let session = Session::open(&file.method, &file.case, part, file.now.clone())?;
        Some((place.to_owned(), session.explain_in(path, texts)?))
    };
    let named = asked
        .path
        .split_once('.')
        .and_then(|(place, path)| explain(place, path));
    let found = named.or_else(|| {
        let mut responses = file.case.responses.iter().rev();
        responses.find_map(|response| explain(&response.id, asked.path))
    });
    let Some((response, explanation)) = found else {
        eprintln!(
            "error: neither case nor citizen nor a response of the case has a field `{}`",
            asked.path
        );
        return PROBLEMS;
    };
    match format {
        Format::Json => super::print_json(&json!({"response": response, "explanation": explanation})),
        Format::Text => print!("{}", render(&response, &explanation)),
    }
    FINE
}

fn render(response: &str, explanation: &Explanation) -> String {
    let mut out = format!("{response}.{}   {}\n", explanation.path, explanation.label);
    if explanation.reasons.is_empty() {
        out.push_str("\nno rule says anything about it\n");
    }
    for reason in &explanation.reasons {
        out.push('\n');
        tell(reason, &mut out);
    }
    out
}

fn tell(reason: &Reason, out: &mut String) {
    if let (Some(severity), Some(message)) = (reason.severity, &reason.message) {
        out.push_str(&format!("{}: {message}\n", severity.word()));
    }
    out.push_str(&reason.text);
    out.push('\n');
    if let Some(rule) = &reason.rule {
        tell_rule(rule, out);
    }
}

fn tell_rule(rule: &RuleView, out: &mut String) {
    out.push_str(&format!("  {}:{}:{}\n", rule.file, rule.line, rule.column));
    out.push_str(&format!("  {}\n", line(&rule.tree)));
    branches(&rule.tree, "  ", out);
    if rule.reads.is_empty() {
        return;
    }
    out.push_str("  answers\n");
    let last = rule.reads.len() + usize::from(rule.more_reads > 0);
    let reads = rule.reads.iter().map(read);
    let more = (rule.more_reads > 0).then(|| format!("… {} more", rule.more_reads));
    for (index, text) in reads.chain(more).enumerate() {
        let corner = if index + 1 == last { "└─" } else { "├─" };
        out.push_str(&format!("  {corner} {text}\n"));
    }
}

fn read(read: &Read) -> String {
    let place = read.label.0.iter().find_map(|word| {
        let link = word.link.as_ref()?;
        Some(match &link.response {
            Some(response) => format!("{response}.{}", link.path),
            None => link.path.clone(),
        })
    });
    let place = place.map(|place| format!("   [{place}]")).unwrap_or_default();
    format!("{} = {}{place}", read.label.text(), read.value_text)
}

/// A part on one line: what it is, what it came to, of which type, and why it is null.
fn line(part: &RulePart) -> String {
    let mark = match part.holds {
        Some(true) => "✓ ",
        Some(false) => "✗ ",
        None => "",
    };
    let item = if part.item.is_empty() {
        String::new()
    } else {
        format!("{}: ", part.item.text())
    };
    let mut line = format!("{mark}{item}{} → {} : {}", part.text, part.value_text, part.kind);
    if part.decides {
        line.push_str("   ◂ decides");
    }
    if let Some(cause) = &part.cause {
        line.push_str(&format!("   ({cause})"));
    }
    line
}

fn branches(part: &RulePart, indent: &str, out: &mut String) {
    let last = part.children.len() + usize::from(part.left_out > 0);
    for (index, child) in part.children.iter().enumerate() {
        let (corner, further) = if index + 1 == last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        out.push_str(&format!("{indent}{corner}{}\n", line(child)));
        branches(child, &format!("{indent}{further}"), out);
    }
    if part.left_out > 0 {
        out.push_str(&format!("{indent}└─ … {} more\n", part.left_out));
    }
}
