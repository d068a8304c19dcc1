//! Børge Mogensen's encounters give the reports that the guide publishes for them.

use std::collections::BTreeMap;
use std::path::Path;

use metode::definition::Form;
use metode::emission::DataPoint;
use metode::report::{self, Report};
use metode::value::Date;
use metode_tests::{case, library, only};
use serde_json::{Map, Value as Json};

/// A report of the guide.
fn published(encounter: u32) -> Json {
    let name = format!("reports/guide/delivery-report-encounter-{encounter}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Børge's points up to a response.
fn until(response: &str) -> (Vec<DataPoint>, usize) {
    let file = case(&library(), "vum@2.0.0", "boerge");
    let points = super::points(&file);
    let place = |id: &str| {
        file.case
            .responses
            .iter()
            .position(|other| other.id == id)
            .unwrap()
    };
    let last = place(response);
    let before = points
        .iter()
        .filter(|point| place(&point.response) < last)
        .count();
    let upto = points
        .into_iter()
        .filter(|point| place(&point.response) <= last)
        .collect();
    (upto, before)
}

/// The report of what a response gave rise to.
fn made(response: &str, told: Option<usize>, day: &str) -> Option<Report> {
    let library = library();
    let file = case(&library, "vum@2.0.0", "boerge");
    let (points, before) = until(response);
    let mut history = super::history(&file, points);
    history.told(told.unwrap_or(before));
    let template = library.report("ffb-uddatasaet@1.0.0").unwrap();
    only(report::build(template, &history, Date::parse(day).unwrap())).unwrap()
}

/// The resources of a bundle by what they say: ids give way to the places of what they lead to, moments to their days.
fn content(bundle: &Json) -> BTreeMap<String, usize> {
    let entries = bundle["entry"].as_array().unwrap();
    let addresses: BTreeMap<String, &Json> = entries
        .iter()
        .map(|entry| (entry["fullUrl"].as_str().unwrap().to_owned(), &entry["resource"]))
        .collect();
    let mut found = BTreeMap::new();
    for resource in addresses.values() {
        *found.entry(said(resource, &addresses).to_string()).or_default() += 1;
    }
    found
}

fn said(json: &Json, addresses: &BTreeMap<String, &Json>) -> Json {
    match json {
        Json::Object(members) => {
            let mut sorted: BTreeMap<&String, Json> = BTreeMap::new();
            for (key, member) in members {
                match (key.as_str(), member) {
                    ("id", _) => {}
                    ("reference", Json::String(address)) => {
                        sorted.insert(key, said(addresses[address], addresses));
                    }
                    _ => {
                        sorted.insert(key, said(member, addresses));
                    }
                }
            }
            Json::Object(
                sorted
                    .into_iter()
                    .map(|(key, json)| (key.clone(), json))
                    .collect::<Map<_, _>>(),
            )
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(|item| said(item, addresses)).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        // The case knows days where the example shows moments.
        Json::String(text) if text.get(10..11) == Some("T") && text.starts_with("20") => {
            Json::from(&text[..10])
        }
        other => other.clone(),
    }
}

/// Tells what only one of the two holds.
fn compare(published: &Json, made: &Json) {
    let (published, made) = (content(published), content(made));
    let only = |a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>| {
        let lines = a.iter().filter(|(text, count)| b.get(*text) != Some(count));
        lines
            .map(|(text, count)| format!("  {count} × {text}\n"))
            .collect::<String>()
    };
    assert_eq!(
        published,
        made,
        "\nonly in the guide:\n{}only made:\n{}",
        only(&published, &made),
        only(&made, &published)
    );
}

#[test]
fn the_first_contact_gives_no_report() {
    let (points, _) = until("sagsaabning");
    assert!(points.is_empty());
}

#[test]
fn the_assessment_gives_the_report_of_encounter_2() {
    compare(
        &published(2),
        &made("udredning", None, "2021-05-28").unwrap().json(),
    );
}

#[test]
fn goals_and_need_give_the_report_of_encounter_3() {
    compare(
        &published(3),
        &made("sagsvurdering", None, "2021-05-29").unwrap().json(),
    );
}

#[test]
fn target_groups_alone_give_no_report() {
    assert_eq!(made("maalgrupper", None, "2021-05-29"), None);
}

#[test]
fn plans_and_ydelser_give_the_report_of_encounter_5() {
    let (_, before) = until("bevilling");
    let mut published = published(5);
    // The guide's second target group carries the code of the first; its text names another.
    let second = "Condition/18045390-e599-4b7a-95f2-287f41146975";
    let entries = published["entry"].as_array_mut().unwrap();
    let group = entries
        .iter_mut()
        .find(|entry| entry["fullUrl"] == second)
        .unwrap();
    group["resource"]["code"]["coding"][0]["code"] = Json::from("da298aec-cd7d-436c-9927-d88d00066881");
    compare(
        &published,
        &made("bestilling", Some(before), "2021-05-29").unwrap().json(),
    );
}

#[test]
fn the_report_of_a_day_covers_all_of_it() {
    let whole = made("bestilling", Some(0), "2021-05-29").unwrap();
    // What encounters 3 and 5 tell, citizen and need for support once.
    assert_eq!(whole.json()["entry"].as_array().unwrap().len(), 22 + 13 - 2);
}

#[test]
fn the_same_points_give_the_same_report_and_others_another_id() {
    let first = made("udredning", None, "2021-05-28").unwrap();
    assert_eq!(first, made("udredning", None, "2021-05-28").unwrap());
    assert_ne!(
        made("sagsvurdering", None, "2021-05-29").unwrap().id,
        made("bestilling", None, "2021-05-29").unwrap().id
    );
}

#[test]
fn every_part_is_traced_to_an_answer_of_its_case() {
    let file = case(&library(), "vum@2.0.0", "boerge");
    let report = made("bestilling", Some(0), "2021-05-29").unwrap();
    let traced: Vec<&str> = report
        .origins
        .iter()
        .filter_map(|origin| origin.resource.as_deref())
        .collect();
    let body = report.json();
    for entry in body["entry"].as_array().unwrap() {
        let address = entry["fullUrl"].as_str().unwrap();
        let known = address.starts_with("Patient/") || address.starts_with("ServiceRequest/");
        assert!(known || traced.contains(&address), "{address}");
    }
    for origin in &report.origins {
        assert_eq!(
            body.pointer(&origin.pointer).unwrap()["fullUrl"],
            &**origin.resource.as_ref().unwrap()
        );
        let response = file.case.response(&origin.response).unwrap();
        assert_eq!(*response.form, *origin.form);
        let (form, path) = (
            file.method.form(&origin.form).unwrap(),
            origin.field.as_ref().unwrap(),
        );
        assert!(leads_somewhere(form, path), "{}: {path}", origin.form);
    }
}

/// Whether a path with the keys of rows leads to a field.
fn leads_somewhere(form: &Form, path: &str) -> bool {
    let mut place = String::new();
    let mut parts = path.split('.');
    while let Some(part) = parts.next() {
        place = if place.is_empty() {
            part.to_owned()
        } else {
            format!("{place}.{part}")
        };
        match form.field_at(&place) {
            None => return false,
            Some(field) if form.group(field).is_some() => drop(parts.next()),
            Some(_) => return parts.next().is_none(),
        }
    }
    true
}
