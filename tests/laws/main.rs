//! What holds of every form and every sequence of edits.

mod edits;
mod forms;
mod migrations;
mod random;

use std::sync::LazyLock;

use edits::{answer, by_path, difference, edit, open_fields};
use metode::case::{Case, CaseFile};
use metode::definition::Library;
use metode::evaluation::{Part, Session};
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
