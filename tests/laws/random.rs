//! The laws over random methods.

use std::sync::Arc;

use metode::case::Case;
use metode::definition::Method;
use metode::emission;
use metode::evaluation::{Part, Session};
use metode::value::{Date, DateTime};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::edits::{difference, edit};
use crate::forms::plan;

/// As many cases as `PROPTEST_CASES` says, or so many.
pub fn cases(number: u32) -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let default = ProptestConfig::default();
    let cases = if asked { default.cases } else { number };
    ProptestConfig {
        cases,
        failure_persistence: None,
        // A few random rules contradict each other, so that the definition is refused.
        max_global_rejects: cases / 4 + 16,
        max_shrink_iters: 300,
        ..default
    }
}

fn today() -> DateTime {
    DateTime::parse("2025-06-01T12:00:00").unwrap()
}

fn open(method: &Arc<Method>, case: &Case, id: &str) -> Session {
    Session::open(method, case, Part::Response(id), today()).unwrap()
}

/// Edits a response; tells where what came of it one by one is not what comes of the answers as a whole.
fn edited(method: &Arc<Method>, case: &mut Case, id: &str, edits: &[(usize, usize)]) -> Result<(), String> {
    let mut session = open(method, case, id);
    let mut told = Vec::new();
    for (what, pick) in edits {
        edit(&mut session, *what, *pick);
        told.push((what, pick));
        case.response_mut(id).unwrap().answers = session.answers().clone();
        let whole = open(method, case, id).view();
        let different = difference(&json!(session.view()), &json!(whole), "");
        if let Some(different) = different {
            return Err(format!("{id} after {told:?}: {different}"));
        }
    }
    Ok(())
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize)>> {
    vec((0usize..4096, 0usize..4096), 1..16)
}

proptest! {
    #![proptest_config(cases(96))]

    /// What follows from changes one by one is what follows from the answers as a whole: in a draft, in one that carries
    /// from it, and again in the first when the second one stands behind it.
    #[test]
    fn incremental_evaluation_equals_full_evaluation_in_any_form(
        plan in plan(),
        first in changes(),
        second in changes(),
        again in changes(),
        completed in any::<bool>(),
    ) {
        let method = match plan.method() {
            Ok(method) => method,
            Err(refused) => return Err(TestCaseError::reject(refused)),
        };
        let mut case: Case = serde_json::from_value(json!({"id": "c", "method": "demo@1.0.0"})).unwrap();
        emission::start(&method, &mut case, "first", None, "one".to_owned(), today()).unwrap();
        let outcome = edited(&method, &mut case, "one", &first);
        prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
        if completed {
            case.response_mut("one").unwrap().completed = Date::parse("2025-05-20");
        }
        if method.form("second").is_some_and(|form| !form.sections.is_empty()) {
            emission::start(&method, &mut case, "second", None, "two".to_owned(), today()).unwrap();
            let outcome = edited(&method, &mut case, "two", &second);
            prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
        }
        if !completed {
            let outcome = edited(&method, &mut case, "one", &again);
            prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
        }
    }
}
