//! Reports: the guide's own examples, the receiver's checks, and what may never leave.

mod books;
mod guide;
mod language;
mod leaves;
mod receiver;
mod versions;

use std::rc::Rc;

use metode::case::CaseFile;
use metode::definition::{Library, Template};
use metode::emission::{DataPoint, all_points};
use metode::evaluation::World;
use metode::report::{self, History, Refusal, Report};

/// Every case of the methods with its name.
fn cases(library: &Library) -> Vec<(String, CaseFile)> {
    let methods = library.methods().iter();
    let named = methods.flat_map(|method| {
        method.cases.iter().map(|source| {
            let name = metode_tests::stem(source);
            let file = metode_tests::case(library, &method.name(), &name);
            (name, file)
        })
    });
    named.collect()
}

fn points(file: &CaseFile) -> Vec<DataPoint> {
    all_points(&file.world())
}

fn history(file: &CaseFile, points: Vec<DataPoint>) -> History {
    let mut history = History::default();
    history.add(&file.world(), points);
    history
}

/// The reports of a case, one a day; what may not leave is told as text.
fn reports(template: &Template, file: &CaseFile) -> Vec<Result<Report, String>> {
    let history = history(file, points(file));
    let days = history.days().into_iter();
    days.flat_map(|day| report::build(template, &history, day))
        .map(|made| made.report.map_err(words))
        .collect()
}

/// The reports of a case as they are made when each form is completed, all before being told already.
fn one_by_one(template: &Template, file: &CaseFile) -> Vec<Result<Report, String>> {
    let mut case = file.case.clone();
    let responses = std::mem::take(&mut case.responses);
    let mut told = 0;
    let mut reports = Vec::new();
    for response in responses {
        let day = response.completed;
        case.responses.push(response);
        let Some(day) = day else { continue };
        let world = World::new(&file.method, Rc::new(case.clone()), file.now.clone());
        let points = all_points(&world);
        let count = points.len();
        let mut history = History::default();
        history.add(&world, points);
        history.told(std::mem::replace(&mut told, count));
        let made = report::build(template, &history, day).into_iter();
        reports.extend(made.map(|made| made.report.map_err(words)));
    }
    reports
}

fn words(refusals: Vec<Refusal>) -> String {
    let told: Vec<String> = refusals.into_iter().map(|refusal| refusal.message).collect();
    told.join("; ")
}
