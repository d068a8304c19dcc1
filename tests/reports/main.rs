//! Reports: the guide's own examples, the receiver's checks, and what may never leave.

mod guide;
mod language;
mod leaves;
mod receiver;
mod versions;

use metode::case::CaseFile;
use metode::definition::{Library, Template};
use metode::emission::{DataPoint, all_points};
use metode::report::{self, History, Report};

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
    days.filter_map(|day| {
        report::build(template, &history, day)
            .map_err(|refusals| {
                let told: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
                told.join("; ")
            })
            .transpose()
    })
    .collect()
}
