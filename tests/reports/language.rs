//! What the template language promises, on a method and a template made up for it.

use std::path::Path;
use std::rc::Rc;

use metode::case::{Case, Response};
use metode::definition::{Library, Loaded};
use metode::diagnostic::render;
use metode::emission;
use metode::evaluation::World;
use metode::report::{self, History, Refusal, Report};
use metode::value::{Date, DateTime};
use metode_tests::{copy, only};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The made-up definitions with changes of the template, and what is said of them.
fn changed(changes: &[(&str, &str)]) -> Loaded {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    copy(&tests.join("refused/base"), folder.path());
    copy(&tests.join("reports/demo"), folder.path());
    let file = folder.path().join("reports/demo/1.0.0/template.yaml");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    std::fs::write(&file, text).unwrap();
    Library::load(folder.path())
}

fn library(from: &str, to: &str) -> Library {
    accepted(changed(&[(from, to)]))
}

fn accepted(loaded: Loaded) -> Library {
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics));
    loaded.library
}

/// A case whose responses were completed at these moments with these answers.
fn case(completions: &[(&str, Json)]) -> Case {
    let mut case: Case = serde_json::from_value(json!({"id": "c1", "method": "demo@1.0.0"})).unwrap();
    for (place, (moment, answers)) in completions.iter().enumerate() {
        let moment = DateTime::parse(moment).unwrap();
        let fields = answers.as_object().unwrap().iter();
        let fields: serde_json::Map<String, Json> = fields
            .map(|(path, value)| (path.clone(), json!({"value": value, "origin": "entered"})))
            .collect();
        case.responses.push(Response {
            id: format!("r{place}"),
            form: "intake".to_owned(),
            started: moment.date(),
            completed: Some(moment.date()),
            completed_at: Some(moment),
            corrects: None,
            answers: serde_json::from_value(json!({ "fields": fields })).unwrap(),
            acknowledged: Vec::new(),
        });
    }
    case
}

fn made(library: &Library, case: &Case, day: &str) -> Result<Option<Report>, Vec<Refusal>> {
    let method = library.method("demo").unwrap();
    let now = DateTime::parse("2025-12-31T00:00:00Z").unwrap();
    let mut history = History::default();
    let world = World::new(method, Rc::new(case.clone()), now);
    history.add(&world, emission::all_points(&world));
    let template = library.report("demo").unwrap();
    only(report::build(template, &history, Date::parse(day).unwrap()))
}

fn kinds(report: &Report) -> Vec<String> {
    let json = report.json();
    let parts = json.as_array().unwrap().iter();
    parts
        .map(|part| part["kind"].as_str().unwrap().to_owned())
        .collect()
}

const SAME: (&str, &str) = ("title: Demo", "title: Demo");

#[test]
fn what_changed_goes_out_with_what_it_refers_to_and_nothing_else() {
    let library = library(SAME.0, SAME.1);
    let case = case(&[
        ("2025-01-01T10:00:00Z", json!({"colour": "red"})),
        (
            "2025-01-02T10:00:00Z",
            json!({"urgent": true, "reason": "because"}),
        ),
    ]);
    assert_eq!(
        kinds(&made(&library, &case, "2025-01-01").unwrap().unwrap()),
        ["person", "colour"]
    );
    assert_eq!(
        kinds(&made(&library, &case, "2025-01-02").unwrap().unwrap()),
        ["reason"]
    );
    assert_eq!(made(&library, &case, "2025-01-03").unwrap(), None);
}

#[test]
fn a_report_for_each_value_is_the_same_one_whatever_the_others_say() {
    let library = changed(&[
        (
            "parts:\n",
            "per:\n  for: {kind: '[\"colour\", \"reason\", \"colour\"]'}\n  key: kind\nparts:\n",
        ),
        ("root: changed", "root: changed and p.type = kind"),
    ]);
    let library = accepted(library);
    let method = library.method("demo").unwrap();
    let now = DateTime::parse("2025-12-31T00:00:00Z").unwrap();
    let made = |completions: &[(&str, Json)]| -> Vec<(Uuid, Report)> {
        let case = case(completions);
        let world = World::new(method, Rc::new(case), now.clone());
        let mut history = History::default();
        history.add(&world, emission::all_points(&world));
        let day = Date::parse("2025-01-01").unwrap();
        let made = report::build(library.report("demo").unwrap(), &history, day).into_iter();
        made.map(|made| (made.key.unwrap(), made.report.unwrap()))
            .collect()
    };
    let first = made(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    assert_eq!(first.len(), 1, "of what nothing came about there is no report");
    let both = made(&[
        ("2025-01-01T10:00:00Z", json!({"colour": "red"})),
        (
            "2025-01-01T12:00:00Z",
            json!({"colour": "red", "urgent": true, "reason": "because"}),
        ),
    ]);
    assert_eq!(both.len(), 2, "the same one found twice is one");
    assert_eq!((first[0].0, first[0].1.id), (both[0].0, both[0].1.id));
    assert_ne!((both[0].0, both[0].1.id), (both[1].0, both[1].1.id));
    assert_eq!(kinds(&both[0].1), ["person", "colour"]);
    assert_eq!(kinds(&both[1].1), ["reason"]);
}

#[test]
fn what_a_report_says_around_its_parts_belongs_to_its_id() {
    let changes = [
        (
            "body:\n  - parts: = content",
            "body:\n  number: = cases[1].number\n  all: [{parts: = content}]",
        ),
        ("schema: schema.json\n", ""),
        (
            "about: cases",
            "sees: {case: [number], identifiers: [case.number]}\nabout: cases",
        ),
    ];
    let library = accepted(changed(&changes));
    let mut case = case(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    let mut named = |number: &str| {
        case.record.enter("number", number.into());
        made(&library, &case, "2025-01-01").unwrap().unwrap()
    };
    let (first, second, again) = (named("1"), named("2"), named("1"));
    assert_eq!(second.json()["number"], "2");
    assert_eq!(
        first.json()["all"],
        second.json()["all"],
        "the parts are the same"
    );
    assert_ne!(first.id, second.id);
    assert_eq!(first, again);
}

#[test]
fn a_fact_that_is_stated_again_unchanged_is_no_news() {
    let library = library(SAME.0, SAME.1);
    let twice = [
        ("2025-01-01T10:00:00Z", json!({"colour": "red"})),
        ("2025-01-01T12:00:00Z", json!({"colour": "red"})),
    ];
    let report = made(&library, &case(&twice), "2025-01-01").unwrap().unwrap();
    assert_eq!(report.at.to_string(), "2025-01-01T10:00:00Z");
}

#[test]
fn a_day_is_reported_as_it_stood_at_its_end() {
    let library = library(SAME.0, SAME.1);
    let case = case(&[
        ("2025-01-01T10:00:00Z", json!({"colour": "red"})),
        ("2025-01-02T10:00:00Z", json!({"colour": "green"})),
    ]);
    let colour = |day: &str| made(&library, &case, day).unwrap().unwrap().json()[1]["colour"].clone();
    assert_eq!(
        (colour("2025-01-01"), colour("2025-01-02")),
        (json!("red"), json!("green"))
    );
}

#[test]
fn a_broken_constraint_names_the_answer_that_it_is_about() {
    let library = library(
        "of: {refer: who}}",
        "of: {refer: who}}\n    constraints:\n      - rule: p.colour != \"red\"\n        message: Not red.",
    );
    let case = case(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    let refusals = made(&library, &case, "2025-01-01").unwrap_err();
    let told: Vec<_> = refusals
        .iter()
        .map(|one| (one.message.as_str(), &*one.origins[0].form))
        .collect();
    assert_eq!(told, [("Not red.", "intake")]);
}

#[test]
fn a_report_that_does_not_fit_its_schema_is_refused_at_its_place() {
    let library = library("content: {kind: colour, colour:", "content: {colour:");
    let case = case(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    let refusals = made(&library, &case, "2025-01-01").unwrap_err();
    assert_eq!(refusals.len(), 1);
    assert_eq!(
        (refusals[0].pointer.as_str(), refusals[0].origins.len()),
        ("/1", 1)
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_refused() {
    let library = library("refer: who", "refer: uuid(\"nobody\")");
    let case = case(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    let refusals = made(&library, &case, "2025-01-01").unwrap_err();
    assert!(refusals[0].message.contains("no part has the id"), "{refusals:?}");
}

#[test]
fn a_table_has_a_header_and_a_line_for_each_element() {
    let library = library(
        "about: cases[1].id",
        "format: csv\ncolumns: [kind, id, long, colour, of]\nabout: cases[1].id",
    );
    let case = case(&[("2025-01-01T10:00:00Z", json!({"colour": "red"}))]);
    let mut report = made(&library, &case, "2025-01-01").unwrap().unwrap();
    let text = |report: &Report, behind: bool| {
        let mut to = Vec::new();
        match behind {
            true => report.append(&mut to).unwrap(),
            false => report.write(&mut to).unwrap(),
        }
        String::from_utf8(to).unwrap()
    };
    let person = report.json()[0]["id"].as_str().unwrap().to_owned();
    let lines = format!("person,{person},,,\r\ncolour,,,red,{person}\r\n");
    assert_eq!(text(&report, false), format!("kind,id,long,colour,of\r\n{lines}"));
    assert_eq!(text(&report, true), lines);
    report.body =
        json!([{"kind": "a \"b\", c", "id": "two\nlines", "long": 1.5, "colour": null, "of": false}])
            .to_string();
    assert_eq!(
        text(&report, true),
        "\"a \"\"b\"\", c\",\"two\nlines\",1.5,,false\r\n"
    );
    assert_eq!(report.format.extension(), "csv");
}

#[test]
fn faults_of_a_template_are_told_at_their_place() {
    let faults = [
        ("= p.long", "= p.reason", "24:39", "`free_text: true` only"),
        (
            "points(\"colour\")",
            "points(\"color\")",
            "14:21",
            "did you mean `colour`?",
        ),
        (
            "points(\"reason\")",
            "responses(\"intake\")",
            "20:14",
            "is for templates with `free_text: true`",
        ),
        (
            "schema: schema.json",
            "schema: shcema.json",
            "5:9",
            "there is no `shcema.json` beside the template",
        ),
        (
            "about: cases[1].id",
            "about: citizen.name",
            "6:16",
            "there is no `name`",
        ),
        (
            "refer: who",
            "refer: 5 + 5",
            "18:61",
            "a number where a text is needed",
        ),
        (
            "long: = p.long",
            "long: {give: = p.long, unless: \"true\"}",
            "24:60",
            "unknown key `unless`",
        ),
        (
            "schema: schema.json",
            "schema: schema.json\nformat: csv",
            "6:9",
            "a table needs columns",
        ),
        (
            "schema: schema.json",
            "columns: [kind, id, colour, of, lang]",
            "24:35",
            "did you mean `lang`?",
        ),
        ("namespace: 0b", "namespace: xx", "4:12", "not a UUID"),
        (
            "parts:\n  - part: person",
            "per: {for: {n: '[1, 2]'}, key: n}\nparts:\n  - part: person",
            "9:32",
            "a number where a text is needed",
        ),
    ];
    for (from, to, place, words) in faults {
        let loaded = changed(&[(from, to)]);
        let told = render(&loaded.diagnostics);
        assert!(
            told.contains(&format!("template.yaml:{place}")) && told.contains(words),
            "{to}:\n{told}"
        );
        assert!(loaded.library.report("demo").is_none(), "{to} is not refused");
    }
}
