//! `metode evaluate`.

use std::path::Path;
use std::sync::Arc;

use metode::case::{CaseFile, Origin, Response};
use metode::definition::Library;
use metode::diagnostic;
use metode::emission::{self, DataPoint};
use metode::evaluation::{FormView, Part, Session};
use metode::needs::{self, PhaseNeeds};
use metode::report::{self, History};
use metode::source::Source;
use serde_json::{Map, Value as Json, json};

use super::explain::{Asked, explained};
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};

/// Evaluates a case file.
pub fn run(path: &Path, explain: Option<&Asked>, at: &Definitions, format: Format) -> u8 {
    let Some(library) = super::load(at) else {
        return WRONG_USAGE;
    };
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            eprintln!("error: `{}` cannot be read: {error}", path.display());
            return WRONG_USAGE;
        }
    };
    let source = Arc::new(Source {
        path: path.display().to_string(),
        text,
    });
    let file = match CaseFile::read(&library, &source) {
        Ok(file) => file,
        Err(diagnostics) => {
            match format {
                Format::Json => {
                    super::print_json(&json!({ "diagnostics": diagnostic::to_json(&diagnostics) }))
                }
                Format::Text => super::tell(&diagnostics),
            }
            return PROBLEMS;
        }
    };
    if let Some(asked) = explain {
        return explained(&library, &file, asked, format);
    }
    let views: Vec<(&Response, FormView)> = file
        .case
        .responses
        .iter()
        .filter_map(|response| {
            let session = Session::open(
                &file.method,
                &file.case,
                Part::Response(&response.id),
                file.now.clone(),
            )?;
            Some((response, session.view()))
        })
        .collect();
    let points = emission::all_points(&file.world());
    let needs = needs::needs(&file.method, &file.case, &file.now);
    match format {
        Format::Json => {
            let responses: Vec<Json> = views
                .iter()
                .map(|(response, view)| to_json(response, view))
                .collect();
            super::print_json(&json!({
                "method": file.method.name(),
                "today": file.now.date(),
                "responses": responses,
                "needs": needs,
                "data_points": points,
                "reports": reports(&library, &file, points.clone()),
                "diagnostics": diagnostic::to_json(&file.problems),
            }));
        }
        Format::Text => {
            super::tell(&file.problems);
            for (response, view) in &views {
                print(response, view);
            }
            for PhaseNeeds { phase, sums, .. } in &needs {
                println!(
                    "{phase}: {} of {} data needs met, {} minutes spent, {} of {} left",
                    sums.received, sums.of, sums.spent, sums.left, sums.expected
                );
            }
            println!("{} data points", points.len());
            for point in &points {
                let attributes = point
                    .attributes
                    .iter()
                    .map(|(name, value)| format!("{name}={}", plain(value)));
                println!(
                    "  {} {} [{}] {}",
                    point.dated,
                    point.kind,
                    point.form,
                    attributes.collect::<Vec<_>>().join(" ")
                );
            }
        }
    }
    if file.problems.is_empty() { FINE } else { PROBLEMS }
}

/// The reports of every template, day by day; those that may not leave with what is wrong.
fn reports(library: &Library, file: &CaseFile, points: Vec<DataPoint>) -> Vec<Json> {
    let mut history = History::default();
    history.add(&file.world(), points);
    let mut found = Vec::new();
    for template in library.reports() {
        for day in history.days() {
            for made in report::build(template, &history, day) {
                found.push(match made.report {
                    Ok(report) => json!(report),
                    Err(refusals) => {
                        json!({ "template": template.name(), "day": day, "refusals": refusals })
                    }
                });
            }
        }
    }
    found
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn to_json(response: &Response, view: &FormView) -> Json {
    let mut all = Map::new();
    for field in view.fields() {
        all.insert(
            field.path.clone(),
            json!({
                "relevant": field.relevant,
                "required": field.required,
                "read_only": field.read_only,
                "value": field.value,
                "text": field.text,
                "origin": field.origin,
                "violations": field.violations,
            }),
        );
    }
    json!({
        "id": response.id,
        "form": response.form,
        "started": response.started,
        "completed": response.completed,
        "corrects": response.corrects,
        "progress": view.progress,
        "fields": all,
        "violations": view.all_violations(),
    })
}

fn print(response: &Response, view: &FormView) {
    let state = response
        .completed
        .map_or("draft".to_owned(), |day| format!("completed {day}"));
    let progress = &view.progress;
    println!(
        "{} ({state}): {} of {} answered, {} missing, {} errors, {} warnings",
        response.id, progress.answered, progress.fields, progress.missing, progress.errors, progress.warnings
    );
    for violation in view.all_violations() {
        println!(
            "  {} {}: {}",
            violation.severity.word(),
            violation.path,
            violation.message
        );
    }
    for field in view
        .fields()
        .into_iter()
        .filter(|field| field.origin == Some(Origin::Computed))
    {
        println!(
            "  {} = {}",
            field.path,
            field.text.lines().next().unwrap_or_default()
        );
    }
}
