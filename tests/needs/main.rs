//! Data needs: the rows of a case follow its answers, and the published source is carried over whole.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use metode::definition::{Library, Method};
use metode::diagnostic::render;
use metode::evaluation::{Part, Session};
use metode::value::DateTime;
use metode_tests::{copy, library};
use serde_json::json;

/// The small method with parts of its needs replaced.
fn changed(edits: &[(&str, &str)]) -> Arc<Method> {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("refused/base");
    let folder = tempfile::tempdir().unwrap();
    copy(&base, folder.path());
    let path = folder.path().join("methods/demo/1.0.0/needs.yaml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (from, to) in edits {
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands not once");
        text = text.replace(from, to);
    }
    fs::write(&path, text).unwrap();
    let loaded = Library::load(folder.path());
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics));
    Arc::clone(loaded.library.method("demo").unwrap())
}

#[test]
fn a_need_follows_an_answer_of_its_own_form_at_once() {
    let method = changed(&[
        (
            "    fields:\n      - id: wanted\n",
            "    fields:\n      - {id: moving, label: Moving, type: yes_no}\n      - id: wanted\n",
        ),
        ("    if: intake.urgent = true\n", "    if: moving = true\n"),
    ]);
    let case = serde_json::from_value(json!({"id": "c", "method": method.name(), "responses": [
        {"id": "r", "form": "obtain_decision", "started": "2025-06-01", "answers": {}}]}));
    let now = DateTime::parse("2025-06-01T12:00:00Z").unwrap();
    let mut session = Session::open(&method, &case.unwrap(), Part::Response("r"), now).unwrap();
    let shown = |session: &Session| {
        let view = session.view();
        let rows = view.groups().into_iter().flat_map(|group| &group.rows);
        rows.filter(|row| row.relevant)
            .map(|row| row.key.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&session), ["papers"]);
    let delta = session.set("moving", json!(true)).unwrap();
    assert_eq!(shown(&session), ["papers", "permit"]);
    assert!(
        delta.changed.contains(&"wanted".to_owned()),
        "{:?}",
        delta.changed
    );
}

/// What the mapping of data needs says of each: how many, and the minutes of each in its order.
#[test]
fn the_needs_are_those_of_the_mapping() {
    let library = library();
    let sources = [
        (
            "boernefaglig-undersoegelse@1.0.0",
            vec![
                20, 40, 60, 20, 21, 26, 26, 37, 15, 20, 20, 31, 21, 30, 30, 30, 52, 37, 43, 30, 27, 27,
            ],
        ),
        (
            "vum@2.0.0",
            vec![
                20, 40, 20, 20, 20, 37, 26, 20, 20, 27, 20, 29, 15, 20, 37, 20, 20, 20, 20, 28, 20,
            ],
        ),
    ];
    for (name, minutes) in sources {
        let method = library.method(name).unwrap();
        let needs = method.needs.as_ref().unwrap();
        assert_eq!(
            needs.all.iter().map(|need| need.total()).collect::<Vec<_>>(),
            minutes,
            "{name}"
        );
        for need in &needs.all {
            let columns = needs.columns(method, need);
            let has = |key: &str| {
                columns
                    .iter()
                    .any(|column| column.key == key && !column.text.is_empty())
            };
            for key in [
                "purpose",
                "phases",
                "needed_by",
                "given_by",
                "held_in",
                "obtained_by",
                "structure",
                "rights",
                "history",
                "volume",
                "importance",
                "availability",
                "minutes",
                "source",
            ] {
                assert!(has(key), "{name}: {} says nothing of {key}", need.id);
            }
        }
    }
}
