//! `metode feel`.

use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use metode::definition::yaml::Document;
use metode::diagnostic::{self, Diagnostic};
use metode::feel::{self, Problem, check_text, evaluate_text};
use metode::source::Source;
use metode::value::{Context, DateTime, Value};
use serde_json::{Map, Value as Json, json};

use super::{FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::clock;

/// Evaluates one expression, a file of them, or what is typed line by line.
pub fn run(expression: Option<&str>, context: Option<&str>, batch: Option<&Path>, format: Format) -> u8 {
    let now = clock::now();
    if let Some(path) = batch {
        return self::batch(path, &now);
    }
    let names = match context.map_or(Ok(Context::new()), self::context) {
        Ok(names) => names,
        Err(code) => return code,
    };
    match expression {
        Some(text) => one(text, &names, &now, format),
        None => lines(&names, &now, format),
    }
}

/// The names of a JSON object, or of a file that holds one, as JSON or YAML.
fn context(written: &str) -> Result<Context, u8> {
    let json = if written.trim_start().starts_with('{') {
        serde_json::from_str(written).map_err(|error| eprintln!("error: the context is not JSON: {error}"))
    } else {
        from_file(written)
    };
    match json {
        Ok(Json::Object(members)) => Ok(names(&members)),
        Ok(_) => {
            eprintln!("error: the context is no object: names with their values");
            Err(WRONG_USAGE)
        }
        Err(()) => Err(WRONG_USAGE),
    }
}

fn from_file(path: &str) -> Result<Json, ()> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        eprintln!("error: `{path}` cannot be read: {error}");
        eprintln!("  hint: the context is a JSON object, as in '{{\"age\": 42}}', or a file that holds one");
    })?;
    let source = Arc::new(Source {
        path: path.to_owned(),
        text,
    });
    let document = Document::parse(&source).map_err(|problem| super::tell(&[problem]))?;
    Ok(document.to_json())
}

fn names(members: &Map<String, Json>) -> Context {
    let name = |(name, value): (&String, &Json)| (Arc::from(name.as_str()), read(value));
    members.iter().map(name).collect()
}

/// A value of a context: tagged as the conformance data writes it, or plain JSON.
fn read(json: &Json) -> Value {
    Value::from_tagged_json(json).unwrap_or_else(|_| Value::from_plain_json(json))
}

/// Reads and answers until the input ends.
fn lines(names: &Context, now: &DateTime, format: Format) -> u8 {
    let input = std::io::stdin();
    let asks = input.is_terminal() && std::io::stdout().is_terminal();
    if asks {
        println!("one expression a line; Ctrl-D ends");
        let known: Vec<&str> = names.iter().map(|(name, _)| &**name).collect();
        if !known.is_empty() {
            println!("names: {}", known.join(", "));
        }
    }
    let mut code = FINE;
    let mut input = input.lock();
    loop {
        if asks {
            print!("feel> ");
            let _ = std::io::stdout().flush();
        }
        let mut line = String::new();
        match input.read_line(&mut line) {
            Ok(0) => break,
            Ok(_) if line.trim().is_empty() => {}
            Ok(_) => code = code.max(one(line.trim(), names, now, format)),
            Err(error) => {
                eprintln!("error: {error}");
                return PROBLEMS;
            }
        }
    }
    if asks {
        println!();
        return FINE;
    }
    code
}

fn one(text: &str, names: &Context, now: &DateTime, format: Format) -> u8 {
    let source = Arc::new(Source {
        path: "expression".to_owned(),
        text: text.to_owned(),
    });
    let evaluation = match evaluate_text(text, names, now.clone()) {
        Ok(evaluation) => evaluation,
        Err(problems) => {
            let problems: Vec<Diagnostic> = problems
                .into_iter()
                .map(|problem| problem.told(&source))
                .collect();
            match format {
                Format::Json => super::print_json(&json!({ "problems": diagnostic::to_json(&problems) })),
                Format::Text => super::tell(&problems),
            }
            return PROBLEMS;
        }
    };
    let warnings = evaluation.warnings.iter().map(|warning| {
        let severity = diagnostic::Severity::Warning;
        Diagnostic::new(severity, &source, warning.span.clone(), warning.message.as_ref())
    });
    let kind = evaluation.value.kind();
    match format {
        Format::Json => super::print_json(&json!({
            "value": evaluation.value.to_tagged_json(),
            "type": kind,
            "warnings": diagnostic::to_json(&warnings.collect::<Vec<_>>()),
        })),
        Format::Text => {
            let kind = super::colours(&std::io::stdout()).dim(&format!("({kind})"));
            match &evaluation.value {
                Value::Null => println!("null"),
                value => println!("{value}   {kind}"),
            }
            super::tell(&told_once(check_text(text, names), warnings.collect(), &source));
        }
    }
    FINE
}

/// What is wrong with a text, then what happened when it was evaluated and is not explained by that.
fn told_once(problems: Vec<Problem>, warnings: Vec<Diagnostic>, source: &Arc<Source>) -> Vec<Diagnostic> {
    // Somebody who tries a constant expression wants its value, not to be told that it is constant.
    let about_a_part = |problem: &Problem| {
        problem.severity == feel::Severity::Error || problem.span != (0..source.text.len())
    };
    let problems = problems.into_iter().filter(about_a_part);
    let mut told: Vec<Diagnostic> = problems.map(|problem| problem.told(source)).collect();
    // It was evaluated all the same.
    for problem in &mut told {
        problem.severity = diagnostic::Severity::Warning;
    }
    let foreseen = told.len();
    for warning in warnings {
        let explained = told
            .iter()
            .take(foreseen)
            .any(|problem| warning.span.start <= problem.span.start && problem.span.end <= warning.span.end);
        if !explained {
            told.push(warning);
        }
    }
    told.sort_by_key(|problem| (problem.span.start, problem.span.end));
    told
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
    let names = members.map(self::names).unwrap_or_default();
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
