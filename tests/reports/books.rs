//! A receiver that keeps books: what it is told later of the same thing is newer, and says when it changed.

use std::collections::BTreeMap;

use metode::case::CaseFile;
use metode::report::{self, History, Report};
use metode::value::{Date, DateTime};
use metode_tests::{case, library, only};
use serde_json::Value as Json;

/// What the receiver holds: by id, what was last said of a thing.
#[derive(Default)]
struct Books {
    held: BTreeMap<String, Json>,
    last: Option<DateTime>,
}

fn moment(json: &Json) -> DateTime {
    DateTime::parse(json.as_str().unwrap_or_default()).unwrap_or_else(|| panic!("no moment: {json}"))
}

/// A resource without when it came to be, which must not be all that differs.
fn content(resource: &Json) -> Json {
    let mut content = resource.clone();
    content["meta"]["lastUpdated"].take();
    content
}

impl Books {
    /// Enters a report; tells what a receiver would ask about.
    fn enter(&mut self, report: &Report) -> Vec<String> {
        let bundle = report.json();
        let at = moment(&bundle["timestamp"]);
        let mut odd = Vec::new();
        let mut tell = |resource: &Json, what: &str| {
            odd.push(format!(
                "{} {} of {at}: {what}",
                resource["resourceType"], resource["id"]
            ));
        };
        if at.date() != report.day || self.last.as_ref().is_some_and(|last| is_later(last, &at)) {
            tell(&bundle, "not of its day, or before the one before");
        }
        for entry in bundle["entry"].as_array().unwrap() {
            let resource = &entry["resource"];
            let updated = moment(&resource["meta"]["lastUpdated"]);
            if is_later(&updated, &at) {
                tell(resource, "later than its report");
            }
            let former = self.held.insert(resource["id"].to_string(), resource.clone());
            let Some(former) = former else { continue };
            let before = moment(&former["meta"]["lastUpdated"]);
            let same = content(&former) == content(resource);
            if is_later(&before, &updated) {
                tell(resource, "older than what is held");
            }
            if !same && !is_later(&updated, &before) {
                tell(resource, "changed, but not since");
            }
            if !same && updated.date() != report.day {
                tell(resource, "changed on another day");
            }
            for what in ["resourceType", "subject"] {
                if former[what] != resource[what] {
                    tell(resource, "about something else");
                }
            }
        }
        self.last = Some(at);
        odd
    }
}

fn is_later(one: &DateTime, other: &DateTime) -> bool {
    one.compare(other).is_some_and(std::cmp::Ordering::is_gt)
}

/// The reports of some cases about one citizen, day by day.
fn together(files: &[&CaseFile]) -> Vec<Report> {
    let library = library();
    let template = library.report("ffb-uddatasaet@1.0.0").unwrap();
    let mut history = History::default();
    for file in files {
        history.add(&file.world(), super::points(file));
    }
    let days = history.days().into_iter();
    days.filter_map(|day| only(report::build(template, &history, day)).unwrap())
        .collect()
}

#[test]
fn what_is_told_later_is_newer() {
    let library = library();
    let template = library.report("ffb-uddatasaet@1.0.0").unwrap();
    let (mut reports, mut odd) = (0, Vec::new());
    for (name, file) in super::cases(&library) {
        for series in [
            super::reports(template, &file),
            super::one_by_one(template, &file),
        ] {
            let mut books = Books::default();
            for report in series.into_iter().flatten() {
                reports += 1;
                odd.extend(
                    books
                        .enter(&report)
                        .into_iter()
                        .map(|what| format!("{name}: {what}")),
                );
            }
        }
    }
    assert!(reports > 60, "only {reports}");
    assert!(odd.is_empty(), "{odd:#?}");
}

#[test]
fn two_cases_of_a_citizen_are_told_in_one_report_a_day() {
    let library = library();
    let first = case(&library, "vum@2.0.0", "to-indsatser-med-rettelser");
    let mut second = case(&library, "vum@2.0.0", "bestilling-rettet");
    assert_eq!(first.case.citizen.get("cpr"), second.case.citizen.get("cpr"));
    assert_ne!(first.case.id, second.case.id);
    // Whichever the store names first, and also while nothing has come about in one of them.
    let alone = together(&[&first]);
    let both = together(&[&first, &second]);
    let turned = together(&[&second, &first]);
    let mut books = Books::default();
    let odd: Vec<String> = both.iter().flat_map(|report| books.enter(report)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    let patients = |reports: &[Report]| -> Vec<Json> {
        let entries = reports
            .iter()
            .flat_map(|report| report.json()["entry"].as_array().unwrap().clone());
        let mut patients: Vec<Json> = entries
            .filter(|entry| entry["resource"]["resourceType"] == "Patient")
            .collect();
        patients.dedup();
        patients
    };
    assert_eq!(patients(&both).len(), 1, "one citizen, never changed");
    assert_eq!(patients(&both), patients(&turned));
    assert_eq!(
        patients(&both)[0]["resource"]["id"],
        patients(&alone)[0]["resource"]["id"]
    );
    second.case.responses.clear();
    for files in [[&first, &second], [&second, &first]] {
        assert_eq!(together(&files).len(), alone.len());
        assert_eq!(patients(&together(&files)), patients(&alone));
    }
}

#[test]
fn a_case_of_an_earlier_version_keeps_no_report_back() {
    let library = library();
    let now = case(&library, "vum@2.0.0", "to-indsatser-med-rettelser");
    let (_, earlier) = super::cases(&library)
        .into_iter()
        .find(|(_, file)| file.method.name() == "vum@1.3.0")
        .unwrap();
    // It has no number by which the receiver knows the municipality, and gives the receiver nothing.
    assert!(!super::points(&earlier).is_empty());
    for files in [[&now, &earlier], [&earlier, &now]] {
        let told: Vec<Date> = together(&files).iter().map(|report| report.day).collect();
        let alone: Vec<Date> = together(&[&now]).iter().map(|report| report.day).collect();
        assert_eq!(told, alone);
    }
}

#[test]
fn what_was_told_of_another_citizen_is_all_told_of_the_right_one() {
    let library = library();
    let template = library.report("ffb-uddatasaet@1.0.0").unwrap();
    let mut file = case(&library, "vum@2.0.0", "to-indsatser-med-rettelser");
    let told = together(&[&file]);
    let of_person = |reports: &[Report]| -> BTreeMap<String, Json> {
        let bundles = reports.iter().map(Report::json);
        let entries = bundles.flat_map(|bundle| bundle["entry"].as_array().unwrap().clone());
        let resources = entries.map(|entry| entry["resource"].clone());
        resources
            .map(|resource| (resource["id"].to_string(), resource))
            .collect()
    };
    let wrong = of_person(&told);
    file.case.citizen.enter("cpr", "050505-4321".into());
    let since = DateTime::parse("2025-10-01T09:00:00+02:00").unwrap();
    let mut history = super::history(&file, super::points(&file));
    history.moved(since.clone());
    let report = only(report::build(template, &history, since.date()))
        .unwrap()
        .unwrap();
    let right = of_person(&[report]);
    let mut missing = Vec::new();
    for (id, resource) in &wrong {
        match right.get(id) {
            Some(told) => {
                assert_eq!(moment(&told["meta"]["lastUpdated"]), since, "{told}");
                assert_ne!(told["subject"], resource["subject"], "{told}");
            }
            None => missing.push(resource["resourceType"].as_str().unwrap()),
        }
    }
    // Who it was, days of follow-up and types of offer that nothing leads to any more: these have no status in the format.
    missing.sort_unstable();
    missing.dedup();
    assert!(
        missing
            .iter()
            .all(|kind| ["CareTeam", "Encounter", "Patient"].contains(kind)),
        "{missing:?}"
    );
    // The day before, nobody knew.
    let before = report::build(template, &history, Date::parse("2025-09-01").unwrap());
    let before = only(before).unwrap().unwrap().json();
    assert_eq!(before["timestamp"], "2025-09-01T11:00:00+02:00");
}

/// The days of what was completed at these moments.
fn days(moments: &[&str]) -> Vec<String> {
    let library = library();
    let mut file = case(&library, "vum@2.0.0", "bestilling-rettet");
    for (response, moment) in file.case.responses.iter_mut().zip(moments) {
        let moment = DateTime::parse(moment).unwrap();
        response.completed = Some(moment.date());
        response.completed_at = Some(moment);
    }
    file.case.responses.truncate(moments.len());
    let mut books = Books::default();
    let reports = together(&[&file]);
    let odd: Vec<String> = reports.iter().flat_map(|report| books.enter(report)).collect();
    assert!(odd.is_empty(), "{odd:#?}");
    reports.iter().map(|report| report.day.to_string()).collect()
}

#[test]
fn a_day_ends_at_midnight_where_people_are() {
    // A second before and after midnight, in winter and in summer, though in UTC both are of one day.
    assert_eq!(
        days(&["2025-01-10T23:59:59+01:00", "2025-01-11T00:00:01+01:00"]),
        ["2025-01-10", "2025-01-11"]
    );
    assert_eq!(
        days(&["2025-07-10T23:59:59+02:00", "2025-07-11T00:00:01+02:00"]),
        ["2025-07-10", "2025-07-11"]
    );
    // The day that has 23 hours, and the hour that comes twice in the one that has 25: the second time is the later one.
    assert_eq!(
        days(&[
            "2025-03-30T01:59:59+01:00",
            "2025-03-30T03:00:00+02:00",
            "2025-03-30T23:59:59+02:00"
        ]),
        ["2025-03-30"]
    );
    assert_eq!(
        days(&[
            "2025-10-26T02:30:00+02:00",
            "2025-10-26T02:10:00+01:00",
            "2025-10-26T23:59:59+01:00"
        ]),
        ["2025-10-26"]
    );
}

#[test]
fn a_clock_that_is_put_back_makes_nothing_older() {
    let library = library();
    let mut file = case(&library, "vum@2.0.0", "bestilling-rettet");
    let method = file.method.clone();
    let order = file
        .case
        .responses
        .iter()
        .position(|response| response.id == "b2")
        .unwrap();
    file.case.responses.truncate(order + 1);
    let draft = &mut file.case.responses[order];
    (draft.completed, draft.completed_at) = (None, None);
    let put_back = DateTime::parse("2025-01-26T23:00:00+01:00").unwrap();
    let points = metode::emission::complete(&method, &mut file.case, "b2", put_back).unwrap();
    let response = file.case.response("b2").unwrap();
    assert_eq!(
        response.completed,
        Date::parse("2025-01-26"),
        "the day that people saw"
    );
    assert!(!points.is_empty());
    for point in points {
        assert_eq!(
            point.recorded.to_string(),
            "2025-01-27T10:00:00+01:00",
            "as late as the order before it"
        );
    }
}
