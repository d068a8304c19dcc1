//! What a case file says of reports, and whether it comes out.

use std::rc::Rc;

use serde_json::Value as Json;

use super::test::same;
use super::{CaseFile, ExpectedReport};
use crate::emission::{DataPoint, all_points};
use crate::evaluation::World;
use crate::report::{self, History, Made};
use crate::value::Date;

/// What does not come out as the file says: where in its list of reports, and what is wrong.
pub(super) fn judge(file: &CaseFile, points: &[DataPoint]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, wanted) in file.expect.reports.iter().enumerate() {
        let mut fail = |at: &str, message: String| found.push((format!("/reports/{index}{at}"), message));
        let name = &wanted.template;
        let template = file
            .templates
            .iter()
            .rfind(|template| template.name() == *name || template.id == *name);
        let Some(template) = template else {
            fail(
                "/template",
                format!("there is no report template `{name}` without errors"),
            );
            continue;
        };
        let (of, history, day) = match (wanted.of.as_slice(), wanted.day.as_deref().and_then(Date::parse)) {
            ([], Some(day)) => (day.to_string(), history(&file.world(), points.to_vec()), day),
            ([], None) => {
                fail("/day", "this is not a day".to_owned());
                continue;
            }
            (responses, _) => match news(file, responses) {
                Some((history, day)) => (responses.join(", "), history, day),
                None => {
                    fail(
                        "/of",
                        "these are no completed responses in their order".to_owned(),
                    );
                    continue;
                }
            },
        };
        for (at, message) in compare(wanted, report::build(template, &history, day), &of) {
            fail(&at, message);
        }
    }
    found
}

/// What is wrong with the reports that were made: where in what is wanted of them, and what.
fn compare(wanted: &ExpectedReport, made: Vec<Made>, of: &str) -> Vec<(String, String)> {
    let mut ready = Vec::new();
    let mut refused = Vec::new();
    for made in made {
        match made.report {
            Ok(report) => ready.push(report),
            Err(refusals) => refused.extend(refusals.into_iter().map(|refusal| refusal.message)),
        }
    }
    let fail = |at: &str, message: String| vec![(at.to_owned(), message)];
    if let Some(words) = &wanted.refused {
        return match refused.iter().any(|told| told.contains(words)) {
            true => Vec::new(),
            false if refused.is_empty() => {
                fail("/refused", "nothing keeps the report from leaving".to_owned())
            }
            false => fail(
                "/refused",
                format!("it is refused otherwise: {}", refused.join("; ")),
            ),
        };
    }
    if !refused.is_empty() {
        let told = |message| (String::new(), format!("the report may not leave: {message}"));
        return refused.into_iter().map(told).collect();
    }
    match (ready.as_slice(), wanted.none, wanted.count) {
        ([], true, _) => Vec::new(),
        ([], false, _) => fail("", format!("there is no report of {of}")),
        (_, true, _) => fail("/none", format!("there is a report of {of}")),
        (ready, false, Some(count)) if ready.len() != count => {
            fail("/count", format!("there are {} reports of {of}", ready.len()))
        }
        ([report], false, _) => contents(wanted, &report.json()),
        (ready, false, _) => match ready
            .iter()
            .any(|report| contents(wanted, &report.json()).is_empty())
        {
            true => Vec::new(),
            false => fail(
                "",
                format!("none of the {} reports of {of} is like this", ready.len()),
            ),
        },
    }
}

fn history(world: &Rc<World>, points: Vec<DataPoint>) -> History {
    let mut history = History::default();
    history.add(world, points);
    history
}

/// The case as it was when the last of these responses was completed, all before the first being told, and the day.
fn news(file: &CaseFile, responses: &[String]) -> Option<(History, Date)> {
    let place = |id: &String| file.case.responses.iter().position(|response| response.id == *id);
    let (first, last) = (place(responses.first()?)?, place(responses.last()?)?);
    let day = file.case.responses.get(last)?.completed?;
    let until = |count: usize| {
        let mut case = file.case.clone();
        case.responses.truncate(count);
        let world = World::new(&file.method, Rc::new(case), file.now.clone());
        let points = all_points(&world);
        (world, points)
    };
    let (world, points) = until(last + 1);
    let mut history = history(&world, points);
    history.told(until(first).1.len());
    (first <= last).then_some((history, day))
}

fn contents(wanted: &ExpectedReport, body: &Json) -> Vec<(String, String)> {
    let missing = wanted
        .holds
        .iter()
        .enumerate()
        .filter(|(_, part)| !somewhere(body, part));
    let missing = missing.map(|(place, _)| (format!("/holds/{place}"), "this stands nowhere in the report"));
    let unwanted = wanted
        .lacks
        .iter()
        .enumerate()
        .filter(|(_, part)| somewhere(body, part));
    let unwanted = unwanted.map(|(place, _)| (format!("/lacks/{place}"), "this stands in the report"));
    missing
        .chain(unwanted)
        .map(|(at, message)| (at, message.to_owned()))
        .collect()
}

/// Whether what is wanted stands somewhere in a report.
fn somewhere(found: &Json, wanted: &Json) -> bool {
    holds(found, wanted)
        || match found {
            Json::Array(items) => items.iter().any(|item| somewhere(item, wanted)),
            Json::Object(members) => members.values().any(|member| somewhere(member, wanted)),
            _ => false,
        }
}

/// Whether something holds what is wanted: a mapping each member, a list each element in some place.
fn holds(found: &Json, wanted: &Json) -> bool {
    match (found, wanted) {
        (Json::Object(found), Json::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| found.get(key).is_some_and(|found| holds(found, wanted))),
        (Json::Array(found), Json::Array(wanted)) => wanted
            .iter()
            .all(|wanted| found.iter().any(|found| holds(found, wanted))),
        (found, wanted) => same(found, wanted),
    }
}
