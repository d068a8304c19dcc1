//! What a case file says of reports, and whether it comes out.

use serde_json::Value as Json;

use super::test::same;
use super::{Case, CaseFile, ExpectedReport};
use crate::emission::{DataPoint, all_points};
use crate::report::{self, History};
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
            ([], Some(day)) => (day.to_string(), history(file, &file.case, points.to_vec()), day),
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
        match (report::build(template, &history, day), &wanted.refused) {
            (Err(refusals), Some(words)) => {
                let told: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
                if !told.iter().any(|told| told.contains(words.as_str())) {
                    fail(
                        "/refused",
                        format!("it is refused otherwise: {}", told.join("; ")),
                    );
                }
            }
            (Err(refusals), None) => {
                for refusal in refusals {
                    fail("", format!("the report may not leave: {}", refusal.message));
                }
            }
            (Ok(_), Some(_)) => fail("/refused", "nothing keeps the report from leaving".to_owned()),
            (Ok(None), None) if wanted.none => {}
            (Ok(None), None) => fail("", format!("there is no report of {of}")),
            (Ok(Some(_)), None) if wanted.none => fail("/none", format!("there is a report of {of}")),
            (Ok(Some(report)), None) => contents(wanted, &report.body, &mut fail),
        }
    }
    found
}

fn history(file: &CaseFile, case: &Case, points: Vec<DataPoint>) -> History {
    let mut history = History::default();
    history.add(&file.method, case, points, &file.now);
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
        let points = all_points(&file.method, &case, &file.now);
        (case, points)
    };
    let (case, points) = until(last + 1);
    let mut history = history(file, &case, points);
    history.told(until(first).1.len());
    (first <= last).then_some((history, day))
}

fn contents(wanted: &ExpectedReport, body: &Json, fail: &mut dyn FnMut(&str, String)) {
    for (place, part) in wanted.holds.iter().enumerate() {
        if !somewhere(body, part) {
            fail(
                &format!("/holds/{place}"),
                "this stands nowhere in the report".to_owned(),
            );
        }
    }
    for (place, part) in wanted.lacks.iter().enumerate() {
        if somewhere(body, part) {
            fail(&format!("/lacks/{place}"), "this stands in the report".to_owned());
        }
    }
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
