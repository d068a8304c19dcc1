//! `metode feel`.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use metode::diagnostic::{self, Diagnostic};
use metode::feel::{self, evaluate_text};
use metode::source::Source;
use metode::value::{Context, DateTime, Value};
use serde_json::{Value as Json, json};

use super::{FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::clock;

/// Evaluates one expression, or a file of them.
pub fn run(expression: Option<&str>, context: Option<&str>, batch: Option<&Path>, format: Format) -> u8 {
    let now = clock::now();
    if let Some(path) = batch {
        return self::batch(path, &now);
    }
    let names = match context.map(serde_json::from_str::<Json>) {
        None => Context::new(),
        Some(Ok(Json::Object(members))) => members
            .iter()
            .map(|(name, value)| (Arc::from(name.as_str()), read(value)))
            .collect(),
        Some(Ok(_)) => {
            eprintln!("error: the context is not a JSON object");
            return WRONG_USAGE;
        }
        Some(Err(error)) => {
            eprintln!("error: the context is not JSON: {error}");
            return WRONG_USAGE;
        }
    };
    one(expression.unwrap_or_default(), &names, &now, format)
}

/// A value of a context: tagged as the conformance data writes it, or plain JSON.
fn read(json: &Json) -> Value {
    Value::from_tagged_json(json).unwrap_or_else(|_| Value::from_plain_json(json))
}

fn one(text: &str, names: &Context, now: &DateTime, format: Format) -> u8 {
    let source = Arc::new(Source {
        path: "expression".to_owned(),
        text: text.to_owned(),
    });
    let told = |severity, span, message: String, hint: Option<String>| {
        Diagnostic::new(severity, &source, span, message).with_hint_of(hint)
    };
    match evaluate_text(text, names, now.clone()) {
        Ok(evaluation) => {
            let warnings: Vec<Diagnostic> = evaluation
                .warnings
                .iter()
                .map(|warning| {
                    told(
                        diagnostic::Severity::Warning,
                        warning.span.clone(),
                        warning.message.to_string(),
                        None,
                    )
                })
                .collect();
            match format {
                Format::Json => super::print_json(&json!({
                    "value": evaluation.value.to_tagged_json(),
                    "type": evaluation.value.kind(),
                    "warnings": diagnostic::to_json(&warnings),
                })),
                Format::Text => {
                    println!("{}   ({})", evaluation.value, evaluation.value.kind());
                    eprint!("{}", diagnostic::render(&warnings));
                }
            }
            FINE
        }
        Err(problems) => {
            let problems: Vec<Diagnostic> = problems
                .into_iter()
                .map(|problem| {
                    let severity = match problem.severity {
                        feel::Severity::Error => diagnostic::Severity::Error,
                        feel::Severity::Warning => diagnostic::Severity::Warning,
                    };
                    told(severity, problem.span, problem.message, problem.hint)
                })
                .collect();
            match format {
                Format::Json => super::print_json(&json!({ "problems": diagnostic::to_json(&problems) })),
                Format::Text => eprint!("{}", diagnostic::render(&problems)),
            }
            PROBLEMS
        }
    }
}

/// One JSON object a line in, one a line out, in the same order.
fn batch(path: &Path, now: &DateTime) -> u8 {
    let input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        match std::fs::File::open(path) {
            Ok(file) => Box::new(BufReader::new(file)),
            Err(error) => {
                eprintln!("error: `{}` cannot be read: {error}", path.display());
                return WRONG_USAGE;
            }
        }
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut code = FINE;
    for line in input.lines() {
        let answer = match line.map(|line| serde_json::from_str::<Json>(&line)) {
            Ok(Ok(case)) => answer(&case, now),
            Ok(Err(error)) => {
                code = PROBLEMS;
                json!({ "id": null, "fail": format!("not a JSON object: {error}") })
            }
            Err(error) => {
                eprintln!("error: {error}");
                return PROBLEMS;
            }
        };
        if writeln!(out, "{answer}").is_err() {
            return code;
        }
    }
    let _ = out.flush();
    code
}

fn answer(case: &Json, now: &DateTime) -> Json {
    let id = case.get("id").cloned().unwrap_or(Json::Null);
    let text = case.get("expression").and_then(Json::as_str).unwrap_or_default();
    let members = case.get("context").and_then(Json::as_object);
    let names: Context = members
        .into_iter()
        .flatten()
        .map(|(name, value)| (Arc::from(name.as_str()), read(value)))
        .collect();
    match evaluate_text(text, &names, now.clone()) {
        Ok(evaluation) => {
            let warnings: Vec<&str> = evaluation
                .warnings
                .iter()
                .map(|warning| warning.message.as_ref())
                .collect();
            json!({ "id": id, "value": evaluation.value.to_tagged_json(), "warnings": warnings })
        }
        Err(problems) => {
            let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            json!({ "id": id, "fail": messages.join("; ") })
        }
    }
}
