//! Runs a case file: whether what must come out does, and which rules the case exercises.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{CaseFile, Expectation, ExpectedPoint};
use crate::diagnostic::{Diagnostic, Severity};
use crate::emission::{DataPoint, all_points};
use crate::evaluation::{FieldView, Part, Session, Violation};
use crate::value::Number;

/// What running a case gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What did not come out as the file says.
    pub failures: Vec<Diagnostic>,
    /// How many expectations were looked at.
    pub expectations: usize,
    /// Numbers of the rules that decided something in this case.
    pub exercised: BTreeSet<usize>,
    /// Numbers of the constraints that were violated in this case.
    pub violated: BTreeSet<usize>,
}

/// Runs a case.
pub fn run(file: &CaseFile) -> Outcome {
    let mut outcome = Outcome {
        failures: file.problems.clone(),
        ..Outcome::default()
    };
    let records = [
        ("case", Part::Record, &file.expect.case),
        ("citizen", Part::Citizen, &file.expect.citizen),
    ];
    for (key, part, expect) in records {
        let Some(session) = Session::open(&file.method, &file.case, part, file.now.clone()) else {
            continue;
        };
        session.exercised(&mut outcome.exercised, &mut outcome.violated);
        let violations = session.violations();
        let told_of = expect.as_ref().is_some_and(|expect| expect.violations.is_some());
        let errors = violations
            .iter()
            .filter(|violation| !told_of && violation.severity == Severity::Error);
        for violation in errors {
            let span = file.document.key_span(&format!("/{key}"));
            outcome
                .failures
                .push(Diagnostic::error(&file.document.source, span, told(violation)));
        }
        if let Some(expect) = expect {
            let mut judge = Judge {
                file,
                pointer: format!("/expect/{key}"),
                outcome: &mut outcome,
            };
            judge.response(expect, &session, &violations);
        }
    }
    for (index, response) in file.case.responses.iter().enumerate() {
        let Some(session) = Session::open(
            &file.method,
            &file.case,
            Part::Response(&response.id),
            file.now.clone(),
        ) else {
            continue;
        };
        session.exercised(&mut outcome.exercised, &mut outcome.violated);
        let pointer = format!("/responses/{index}");
        let violations = session.violations();
        let expect = file.expectations.get(index).and_then(Option::as_ref);
        let told_of = expect.is_some_and(|expect| expect.violations.is_some());
        // What was completed under an earlier version was complete then.
        if response.completed.is_some() && !told_of && file.migrated.is_none() {
            for violation in session.completable().err().unwrap_or_default() {
                let message = format!("`{}` is completed, yet {}", response.id, told(&violation));
                outcome.failures.push(Diagnostic::error(
                    &file.document.source,
                    file.document.span(&format!("{pointer}/completed")),
                    message,
                ));
            }
        }
        if let Some(expect) = expect {
            let mut judge = Judge {
                file,
                pointer: format!("{pointer}/expect"),
                outcome: &mut outcome,
            };
            judge.response(expect, &session, &violations);
        }
    }
    let points = all_points(&file.world());
    outcome.exercised.extend(emission_rules(file, &points));
    let mut judge = Judge {
        file,
        pointer: "/expect".to_owned(),
        outcome: &mut outcome,
    };
    judge.points(&points);
    judge.migration();
    let (looked, wrong) = super::needs::judge(file);
    judge.outcome.expectations += looked;
    for (pointer, message) in wrong {
        judge.fail(&pointer, message);
    }
    judge.outcome.expectations += file.expect.reports.len();
    for (pointer, message) in super::reports::judge(file, &points) {
        judge.fail(&pointer, message);
    }
    outcome
}

fn emission_rules(file: &CaseFile, points: &[DataPoint]) -> Vec<usize> {
    let emitted = |kind: &str, form: &str| {
        points
            .iter()
            .any(|point| *point.kind == *kind && *point.form == *form)
    };
    let emissions = file
        .method
        .emissions
        .iter()
        .filter(|emission| emitted(&emission.kind, &emission.form));
    emissions
        .flat_map(|emission| emission.rules())
        .map(|(rule, _)| rule.id)
        .collect()
}

fn told(violation: &Violation) -> String {
    let at = if violation.path.is_empty() {
        "the form".to_owned()
    } else {
        format!("`{}`", violation.path)
    };
    format!(
        "{at} has the {} ({}): {}",
        violation.severity.word(),
        violation.rule,
        violation.message
    )
}

struct Judge<'a> {
    file: &'a CaseFile,
    pointer: String,
    outcome: &'a mut Outcome,
}

impl Judge<'_> {
    fn fail(&mut self, below: &str, message: String) {
        let document = &self.file.document;
        let pointer = format!("{}{below}", self.pointer);
        self.outcome.failures.push(Diagnostic::error(
            &document.source,
            document.span(&pointer),
            message,
        ));
    }

    fn response(&mut self, expect: &Expectation, session: &Session, violations: &[Violation]) {
        let view = session.view();
        let (fields, groups) = (view.fields(), view.groups());
        let relevant = |path: &str| {
            let field = fields
                .iter()
                .find(|field| field.path == path)
                .map(|field| field.relevant);
            let group = || {
                groups
                    .iter()
                    .find(|group| group.path == path)
                    .map(|group| group.relevant)
            };
            let row = || {
                groups
                    .iter()
                    .flat_map(|group| &group.rows)
                    .find(|row| row.path == path)
                    .map(|row| row.relevant)
            };
            field.or_else(group).or_else(row)
        };
        for (key, paths, wanted) in [("shown", &expect.shown, true), ("hidden", &expect.hidden, false)] {
            for (index, path) in paths.iter().enumerate() {
                self.outcome.expectations += 1;
                match relevant(path) {
                    Some(found) if found == wanted => {}
                    // What stands in a row that is not there is hidden.
                    None if !wanted => {}
                    Some(_) => {
                        let found = if wanted { "hidden" } else { "shown" };
                        self.fail(&format!("/{key}/{index}"), format!("`{path}` is {found}"));
                    }
                    None => self.fail(
                        &format!("/{key}/{index}"),
                        format!("there is no `{path}` in the response"),
                    ),
                }
            }
        }
        type Property = fn(&FieldView) -> bool;
        let properties: [(&str, &Vec<String>, Property); 2] = [
            ("required", &expect.required, |field| field.required),
            ("read_only", &expect.read_only, |field| field.read_only),
        ];
        for (key, paths, property) in properties {
            for (index, path) in paths.iter().enumerate() {
                self.outcome.expectations += 1;
                if !fields
                    .iter()
                    .any(|field| field.path == *path && field.relevant && property(field))
                {
                    self.fail(
                        &format!("/{key}/{index}"),
                        format!("`{path}` is not {}", key.replace('_', "-")),
                    );
                }
            }
        }
        for (path, wanted) in &expect.values {
            self.outcome.expectations += 1;
            let below = format!("/values/{path}");
            match fields.iter().find(|field| field.path == *path) {
                Some(field) if same(&field.value, wanted) => {}
                Some(field) => self.fail(&below, format!("`{path}` is {}", field.value)),
                None => self.fail(&below, format!("there is no `{path}` in the response")),
            }
        }
        for (path, wanted) in &expect.origins {
            self.outcome.expectations += 1;
            let found = fields
                .iter()
                .find(|field| field.path == *path)
                .and_then(|field| field.origin);
            if found != Some(*wanted) {
                let found = found.map_or("unanswered".to_owned(), |origin| {
                    format!("{origin:?}").to_lowercase()
                });
                self.fail(&format!("/origins/{path}"), format!("`{path}` is {found}"));
            }
        }
        if let Some(wanted) = &expect.violations {
            let mut left: Vec<&Violation> = violations.iter().collect();
            for (index, wanted) in wanted.iter().enumerate() {
                self.outcome.expectations += 1;
                let fits = |violation: &&Violation| {
                    violation.path == wanted.at
                        && violation.severity == wanted.severity
                        && wanted
                            .says
                            .as_ref()
                            .is_none_or(|words| violation.message.contains(words))
                };
                match left.iter().position(fits) {
                    Some(place) => drop(left.remove(place)),
                    None => self.fail(
                        &format!("/violations/{index}"),
                        format!("no such violation at `{}`", wanted.at),
                    ),
                }
            }
            self.outcome.expectations += 1;
            for violation in left {
                self.fail("/violations", format!("not expected: {}", told(violation)));
            }
        }
    }

    fn migration(&mut self) {
        let (Some(wanted), Some(migrated)) = (&self.file.expect.migrated, &self.file.migrated) else {
            return;
        };
        if let Some(kept) = wanted.kept {
            self.outcome.expectations += 1;
            if kept != migrated.kept {
                self.fail("/migrated/kept", format!("{} answers are kept", migrated.kept));
            }
        }
        let retired = migrated
            .retired
            .iter()
            .map(|one| format!("{}.{}", one.place, one.path));
        let to_decide = migrated.to_decide.iter().map(|one| one.field.clone());
        let retired = ("retired", &wanted.retired, retired.collect::<Vec<_>>());
        let to_decide = ("to_decide", &wanted.to_decide, to_decide.collect());
        for (key, wanted, mut found) in [retired, to_decide] {
            let Some(wanted) = wanted else { continue };
            self.outcome.expectations += 1;
            let (mut wanted, below) = (wanted.clone(), format!("/migrated/{key}"));
            // Each as often as it is told.
            wanted.retain(|one| match found.iter().position(|other| other == one) {
                Some(place) => {
                    found.remove(place);
                    false
                }
                None => true,
            });
            for one in &wanted {
                self.fail(&below, format!("`{one}` is not among them"));
            }
            for one in &found {
                self.fail(&below, format!("`{one}` is among them too"));
            }
        }
    }

    fn points(&mut self, points: &[DataPoint]) {
        let expect = &self.file.expect;
        for (index, wanted) in expect.data_points.iter().enumerate() {
            self.outcome.expectations += 1;
            if !points.iter().any(|point| fits(point, wanted)) {
                let alike: Vec<String> = points
                    .iter()
                    .filter(|point| *point.kind == wanted.kind)
                    .take(4)
                    .map(|point| {
                        format!(
                            "{} of {}: {}",
                            point.identity,
                            point.dated,
                            serde_json::json!(point.attributes)
                        )
                    })
                    .collect();
                let hint = if alike.is_empty() {
                    "there is none of this type".to_owned()
                } else {
                    alike.join("; ")
                };
                self.fail(
                    &format!("/data_points/{index}"),
                    format!("no such data point `{}`", wanted.kind),
                );
                if let Some(last) = self.outcome.failures.last_mut() {
                    last.hint = Some(hint);
                }
            }
        }
        for (kind, wanted) in &expect.counts {
            self.outcome.expectations += 1;
            let found = points.iter().filter(|point| *point.kind == **kind).count();
            if found != *wanted {
                self.fail(
                    &format!("/counts/{kind}"),
                    format!("there are {found} data points `{kind}`"),
                );
            }
        }
    }
}

fn fits(point: &DataPoint, wanted: &ExpectedPoint) -> bool {
    let identity =
        |wanted: &Json| *wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned) == *point.identity;
    *point.kind == wanted.kind
        && wanted.form.as_ref().is_none_or(|form| **form == *point.form)
        && wanted
            .dated
            .as_ref()
            .is_none_or(|day| *day == point.dated.to_string())
        && wanted.identity.as_ref().is_none_or(identity)
        && wanted.status.is_none_or(|status| status == point.status)
        && wanted.attributes.iter().all(|(name, value)| {
            point
                .attributes
                .get(name.as_str())
                .is_some_and(|found| same(found, value))
        })
}

/// The same answer: numbers by value, however they are written.
pub(super) fn same(found: &Json, wanted: &Json) -> bool {
    let number = |json: &Json| match json {
        Json::Number(number) => Number::parse(&number.to_string()),
        Json::String(text) => Number::parse(text),
        _ => None,
    };
    found == wanted || number(found).is_some_and(|found| number(wanted) == Some(found))
}
