//! `metode test`.

use std::collections::BTreeSet;
use std::sync::Arc;

use metode::case::{self, CaseFile};
use metode::definition::{Library, Method, Written};
use metode::diagnostic::{self, Diagnostic};

use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};

/// Runs the cases of one method, or of all.
pub fn run(name: Option<&str>, at: &Definitions, format: Format, verbose: bool) -> u8 {
    let Some(library) = super::load(at) else {
        return WRONG_USAGE;
    };
    let methods: Vec<&Arc<Method>> = match name {
        None => library.methods().iter().collect(),
        Some(name) => library.method(name).into_iter().collect(),
    };
    if methods.is_empty() {
        eprintln!(
            "error: there is no method `{}` without errors",
            name.unwrap_or("at all")
        );
        return PROBLEMS;
    }
    let reports: Vec<Report> = methods
        .into_iter()
        .map(|method| report(&library, method))
        .collect();
    match format {
        Format::Json => super::print_json(&serde_json::Value::Array(
            reports.iter().map(Report::to_json).collect(),
        )),
        Format::Text => reports.iter().for_each(|report| report.print(verbose)),
    }
    if reports
        .iter()
        .all(|report| report.cases.iter().all(|case| case.failures.is_empty()))
    {
        FINE
    } else {
        PROBLEMS
    }
}

struct Report {
    method: Arc<Method>,
    cases: Vec<CaseReport>,
    exercised: BTreeSet<usize>,
    violated: BTreeSet<usize>,
}

struct CaseReport {
    path: String,
    title: Option<String>,
    expectations: usize,
    failures: Vec<Diagnostic>,
}

fn report(library: &Library, method: &Arc<Method>) -> Report {
    let mut report = Report {
        method: Arc::clone(method),
        cases: Vec::new(),
        exercised: BTreeSet::new(),
        violated: BTreeSet::new(),
    };
    for source in &method.cases {
        let case = match CaseFile::read(library, source) {
            Err(failures) => CaseReport {
                path: source.path.clone(),
                title: None,
                expectations: 0,
                failures,
            },
            Ok(file) => {
                let outcome = case::run(&file);
                report.exercised.extend(outcome.exercised);
                report.violated.extend(outcome.violated);
                CaseReport {
                    path: source.path.clone(),
                    title: file.title,
                    expectations: outcome.expectations,
                    failures: outcome.failures,
                }
            }
        };
        report.cases.push(case);
    }
    report
}

impl Report {
    fn not_in(&self, numbers: &BTreeSet<usize>, only: impl Fn(&str) -> bool) -> Vec<String> {
        let missing = self.method.written().into_iter().filter(|written| {
            !written.numbers.iter().any(|number| numbers.contains(number)) && only(&written.name)
        });
        missing
            .map(|Written { rule, name, .. }| {
                let place = &rule.place;
                format!("{}:{}: {name}", place.source.path, place.position().line)
            })
            .collect()
    }

    fn print(&self, verbose: bool) {
        for case in &self.cases {
            let title = case.title.as_deref().unwrap_or(&case.path);
            if case.failures.is_empty() {
                println!("ok    {title} ({} expectations)", case.expectations);
            } else {
                println!(
                    "FAIL  {title} ({} of {} expectations)",
                    case.failures.len(),
                    case.expectations
                );
                print!("{}", diagnostic::render(&case.failures));
            }
        }
        let rules = self.method.written();
        let constraints = rules
            .iter()
            .filter(|rule| rule.name.ends_with("constraint"))
            .count();
        let idle = self.not_in(&self.exercised, |_| true);
        let unviolated = self.not_in(&self.violated, |name| name.ends_with("constraint"));
        let failed = self.cases.iter().filter(|case| !case.failures.is_empty()).count();
        println!(
            "{}: {} passed, {failed} failed; {} of {} rules exercised; {} of {constraints} constraints violated somewhere",
            self.method.name(),
            self.cases.len() - failed,
            rules.len() - idle.len(),
            rules.len(),
            constraints - unviolated.len(),
        );
        if !idle.is_empty() {
            println!("rules that no case exercises:");
            idle.iter().for_each(|rule| println!("  {rule}"));
        }
        if verbose && !unviolated.is_empty() {
            println!("constraints that no case violates:");
            unviolated.iter().for_each(|rule| println!("  {rule}"));
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let cases = self.cases.iter().map(|case| {
            serde_json::json!({
                "file": case.path,
                "title": case.title,
                "passed": case.failures.is_empty(),
                "expectations": case.expectations,
                "failures": diagnostic::to_json(&case.failures),
            })
        });
        serde_json::json!({
            "method": self.method.name(),
            "cases": cases.collect::<Vec<_>>(),
            "rules": self.method.written().len(),
            "rules_not_exercised": self.not_in(&self.exercised, |_| true),
            "constraints_not_violated": self.not_in(&self.violated, |name| name.ends_with("constraint")),
        })
    }
}
