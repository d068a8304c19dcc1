//! What a case file says of reports, and whether it comes out.

use serde_json::Value as Json;

use super::test::same;
use super::{CaseFile, ExpectedReport};
use crate::emission::DataPoint;
use crate::report::{self, History};
use crate::value::Date;

/// What does not come out as the file says: where in its list of reports, and what is wrong.
pub(super) fn judge(file: &CaseFile, points: &[DataPoint]) -> Vec<(String, String)> {
    let mut history = History::default();
    history.add(&file.world(), points.to_vec());
    let mut found = Vec::new();
    for (index, wanted) in file.expect.reports.iter().enumerate() {
        let mut fail = |at: &str, message: String| found.push((format!("/reports/{index}{at}"), message));
        let name = &wanted.template;
        let template = file
            .templates
            .iter()
            .rfind(|template| template.name() == *name || template.id == *name);
        let (Some(template), Some(day)) = (template, Date::parse(&wanted.day)) else {
            fail(
                "/template",
                format!("there is no report template `{name}` without errors"),
            );
            continue;
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
            (Ok(None), None) => fail("", format!("there is no report of {day}")),
            (Ok(Some(_)), None) if wanted.none => fail("/none", format!("there is a report of {day}")),
            (Ok(Some(report)), None) => contents(wanted, &report.json(), &mut fail),
        }
    }
    found
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
