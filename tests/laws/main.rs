//! What holds of every form and every sequence of edits.

mod migrations;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use metode::case::{Case, CaseFile};
use metode::definition::Library;
use metode::evaluation::{FieldView, FormView, Part, Session};
use metode_tests::{case, library};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

// The library is shared by the threads of the test runner, the cases are not.
static LIBRARY: LazyLock<Library> = LazyLock::new(library);

fn mads() -> CaseFile {
    case(&LIBRARY, "vum@2.0.0", "mads")
}

/// The case with one response open again as a draft, and all behind it gone.
fn reopened(file: &CaseFile, place: usize) -> (Case, String) {
    let mut case = file.case.clone();
    case.responses.truncate(place + 1);
    let response = case.responses.last_mut().unwrap();
    response.completed = None;
    let id = response.id.clone();
    (case, id)
}

/// The groups to which rows can be added, with the keys of their rows.
fn open_groups(view: &FormView) -> Vec<(String, Vec<String>)> {
    let open = view.groups().into_iter().filter(|group| group.can_add);
    open.map(|group| {
        (
            group.path.clone(),
            group.rows.iter().map(|row| row.key.clone()).collect(),
        )
    })
    .collect()
}

/// The fields that somebody can answer.
fn open_fields(view: &FormView) -> Vec<FieldView> {
    view.fields()
        .into_iter()
        .filter(|field| field.relevant && !field.read_only)
        .cloned()
        .collect()
}

/// Some answer for a field, good or bad.
fn answer(field: &FieldView, pick: usize) -> Json {
    let codes: Vec<&str> = field
        .options
        .iter()
        .filter(|option| !option.heading)
        .map(|option| option.code.as_str())
        .collect();
    let code = |pick: usize| codes.get(pick % codes.len().max(1)).copied().unwrap_or("nothing");
    match (field.kind, pick % 7) {
        (_, 0) => Json::Null,
        (_, 1) => json!("something that fits no field but a text"),
        ("yes_no", _) => json!(pick.is_multiple_of(2)),
        ("choice" | "score", _) => json!(code(pick / 7)),
        ("choices", _) => json!([code(pick / 7), code(pick / 14)]),
        ("date", _) => json!(format!("2025-{:02}-{:02}", pick % 12 + 1, pick % 28 + 1)),
        ("number" | "money", _) => json!(pick % 1000),
        ("contact", _) => json!({"name": "A", "phone": pick.to_string()}),
        _ => json!(format!("text {pick}")),
    }
}

fn edit(session: &mut Session, what: usize, pick: usize) {
    let view = session.view();
    let groups = open_groups(&view);
    match (what % 8, groups.is_empty()) {
        (0, false) => drop(session.add_row(&groups[pick % groups.len()].0)),
        (1, false) => {
            let (path, rows) = &groups[pick % groups.len()];
            if let Some(key) = rows.get(pick % rows.len().max(1)) {
                drop(session.remove_row(path, key));
            }
        }
        _ => {
            let open = open_fields(&view);
            if !open.is_empty() {
                let field = &open[pick % open.len()];
                drop(session.set(&field.path, answer(field, what / 8)));
            }
        }
    }
}

fn by_path(view: &FormView) -> BTreeMap<String, Json> {
    view.fields()
        .into_iter()
        .map(|field| (field.path.clone(), json!(field)))
        .collect()
}

/// The first place where two views differ.
fn difference(a: &Json, b: &Json, at: &str) -> Option<String> {
    match (a, b) {
        (Json::Object(x), Json::Object(y)) if x.len() == y.len() => x.iter().find_map(|(key, value)| {
            difference(value, y.get(key).unwrap_or(&Json::Null), &format!("{at}/{key}"))
        }),
        (Json::Array(x), Json::Array(y)) if x.len() == y.len() => x
            .iter()
            .zip(y)
            .enumerate()
            .find_map(|(index, (x, y))| difference(x, y, &format!("{at}/{index}"))),
        _ if a == b => None,
        _ => Some(format!("{at}: {a} instead of {b}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What follows from changes one by one is what follows from the answers as a whole; and a delta names all that changed.
    #[test]
    fn incremental_evaluation_equals_full_evaluation(place in 0usize..12, edits in prop::collection::vec((0usize..4096, 0usize..4096), 1..25)) {
        let file = mads();
        let place = place % file.case.responses.len();
        let (mut case, id) = reopened(&file, place);
        let mut session = Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
        for (what, pick) in edits {
            edit(&mut session, what, pick);
            case.response_mut(&id).unwrap().answers = session.answers().clone();
        }
        let fresh = Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
        let (one_by_one, whole) = (session.view(), fresh.view());
        for (path, field) in by_path(&whole) {
            let one = by_path(&one_by_one);
            prop_assert_eq!(one.get(&path), Some(&field), "{}", path);
        }
        let difference = difference(&json!(one_by_one), &json!(whole), "");
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }

    /// A delta names every field that looks different.
    #[test]
    fn a_delta_names_all_that_changed(place in 0usize..12, edits in prop::collection::vec((0usize..4096, 0usize..4096), 1..8)) {
        let file = mads();
        let place = place % file.case.responses.len();
        let (case, id) = reopened(&file, place);
        let mut session = Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
        for (what, pick) in edits {
            let before = by_path(&session.view());
            let open = open_fields(&session.view());
            if open.is_empty() {
                continue;
            }
            let field = &open[pick % open.len()];
            let Ok(delta) = session.set(&field.path, answer(field, what)) else { continue };
            let after = by_path(&session.view());
            for (path, now) in &after {
                let told = |changed: &String| changed == path || path.starts_with(&format!("{changed}."));
                prop_assert!(before.get(path) == Some(now) || delta.changed.iter().any(told), "{} changed untold: {:?} -> {}", path, before.get(path), now);
            }
        }
    }

    /// The same case gives the same outcome, and no answer, however odd, makes evaluation fail.
    #[test]
    fn odd_answers_are_told_and_kept(place in 0usize..12, text in ".{0,40}", number in any::<i64>()) {
        let file = mads();
        let place = place % file.case.responses.len();
        let (mut case, id) = reopened(&file, place);
        let session = Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
        let view = session.view();
        let fields = view.fields();
        for (index, field) in fields.iter().enumerate() {
            let odd = match index % 4 { 0 => json!(text), 1 => json!(number), 2 => json!([text, number]), _ => json!({"x": text}) };
            case.response_mut(&id).unwrap().answers.enter(&field.path, odd);
        }
        let open = || Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
        let session = open();
        prop_assert_eq!(json!(session.view()), json!(open().view()));
        for field in &fields {
            prop_assert!(session.answers().get(&field.path).is_some());
        }
    }
}

/// Hiding a field and showing it again loses nothing.
#[test]
fn toggling_back_loses_nothing() {
    let file = mads();
    let (case, id) = reopened(&file, 0);
    let mut session = Session::open(&file.method, &case, Part::Response(&id), file.now.clone()).unwrap();
    session.set("vaergemaal", json!(true)).unwrap();
    session.set("vaergemaalsform", json!("samvaergemaal")).unwrap();
    let delta = session.set("vaergemaal", json!(false)).unwrap();
    assert!(delta.changed.contains(&"vaergemaalsform".to_owned()), "{delta:?}");
    let hidden = by_path(&session.view())["vaergemaalsform"].clone();
    assert_eq!(
        (&hidden["relevant"], &hidden["value"]),
        (&json!(false), &Json::Null)
    );
    session.set("vaergemaal", json!(true)).unwrap();
    assert_eq!(
        by_path(&session.view())["vaergemaalsform"]["value"],
        json!("samvaergemaal")
    );
}

/// Taking over what a corrected source says now names the correction as where it comes from.
#[test]
fn a_value_taken_over_comes_from_the_source_as_it_is_now() {
    let file = mads();
    let (mut case, id) = reopened(&file, 1);
    let path = "aarsag_til_sagsaabning";
    let open =
        |case: &Case| Session::open(&file.method, case, Part::Response(&id), file.now.clone()).unwrap();
    case.response_mut(&id).unwrap().answers = open(&case).answers().clone();
    let mut correction = case.responses[0].clone();
    correction.corrects = Some(std::mem::replace(&mut correction.id, "rettelse".to_owned()));
    correction.answers.enter(path, json!("en anden grund"));
    case.responses.push(correction);
    let mut session = open(&case);
    assert!(by_path(&session.view())[path]["source_changed"].is_object());
    session.use_source(path).unwrap();
    let answer = session.answers().get(path).unwrap();
    assert_eq!(answer.value, json!("en anden grund"));
    assert_eq!(answer.provenance.as_ref().unwrap().response, "rettelse");
    assert!(by_path(&session.view())[path]["source_changed"].is_null());
}
