//! Moving stored cases to another version: by the command, and what is left on the case's page.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use metode::case::{Answers, Case};
use metode::definition::Library;
use metode_server::app::{App, Methods};
use metode_server::casework::{self, Actor, What};
use metode_server::delivery::Delivery;
use metode_server::store::{self, CaseId};
use metode_server::view::Pages;

const COUNT: usize = 3;

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/refused/base")
}

fn app(data: &Path) -> App {
    App {
        methods: Methods::new(Library::load(&definitions()).library),
        store: store::open(data).unwrap(),
        pages: Pages::new().unwrap(),
        demo: false,
        delivery: Delivery::default(),
    }
}

fn answers() -> Answers {
    let mut answers = Answers::default();
    for (path, value) in [
        ("title", "A title"),
        ("kind", "round"),
        ("first", "Ada"),
        ("last", "Bell"),
        ("weight", "12.5"),
        ("spare", "left over"),
        ("parts.p1.name", "Wheel"),
    ] {
        answers.enter(path, value.into());
    }
    answers.rows.insert("parts".into(), vec!["p1".into()]);
    answers
}

async fn fill(data: &Path) -> Vec<CaseId> {
    let app = app(data);
    let actor = Actor {
        name: "Test".into(),
        page: None,
    };
    let mut ids = Vec::new();
    for _ in 0..COUNT {
        let mut opened = casework::fresh(&app, "small@1.0.0").unwrap();
        opened.events.push(What::Opened {
            method: "small@1.0.0".into(),
        });
        let response =
            serde_json::json!({"id": "r1", "form": "note", "started": "2025-05-01", "answers": answers()});
        opened
            .case
            .responses
            .push(serde_json::from_value(response).unwrap());
        casework::save(&app, &mut opened, &actor).await.unwrap();
        ids.push(opened.id);
    }
    ids.sort();
    ids
}

fn migrate(data: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_metode"))
        .args(["migrate", "--data"])
        .arg(data)
        .arg("--definitions")
        .arg(definitions())
        .args(more)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stored(data: &Path, ids: &[CaseId]) -> Vec<Case> {
    let app = app(data);
    ids.iter()
        .map(|id| casework::open(&app, id).unwrap().case)
        .collect()
}

const ON: [&str; 4] = ["--from", "small@1.0.0", "--to", "small@2.0.0"];
const BACK: [&str; 5] = ["--back", "--from", "small@2.0.0", "--to", "small@1.0.0"];

#[tokio::test]
async fn cases_are_moved_once_and_back_unless_somebody_worked_on_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let ids = fill(data).await;
    let before = stored(data, &ids);

    let dry = said(&migrate(data, &[&ON[..], &["--dry-run"]].concat()));
    assert!(dry.contains("retired r1.spare: Nobody used it."), "{dry}");
    assert!(dry.contains("3 cases would be moved"), "{dry}");
    assert!(!dry.contains("left over"), "answers are not printed: {dry}");
    assert_eq!(stored(data, &ids), before);

    // One first, then the rest: what is moved is not moved again.
    let first = ids[0].to_string();
    assert!(said(&migrate(data, &[&ON[..], &["--case", &first]].concat())).contains("1 cases moved"));
    assert!(said(&migrate(data, &ON)).contains("2 cases moved"));
    let moved = stored(data, &ids);
    for case in &moved {
        let answer = |path: &str| case.responses[0].answers.get(path).unwrap().value.clone();
        assert_eq!(case.method, "small@2.0.0");
        assert_eq!(answer("heading"), "A title");
        assert_eq!(answer("kind"), "circle");
        assert_eq!(answer("name"), "Ada Bell");
        assert_eq!(answer("weight"), 12.5);
        assert_eq!(answer("parts.p1.name"), "Wheel");
        assert!(case.responses[0].answers.get("spare").is_none());
    }

    // Somebody works on one of them.
    {
        let app = app(data);
        let actor = Actor {
            name: "Test".into(),
            page: None,
        };
        let (opened, ()) = casework::change(&app, &ids[1], &actor, |opened| {
            let mut answers = opened.case.responses[0].answers.clone();
            answers.enter("heading", "Another".into());
            opened.keep("r1", answers);
            opened.events.push(What::Started {
                place: "r1".into(),
                form: "note".into(),
                corrects: None,
            });
            Ok(())
        })
        .await
        .unwrap();
        let events = casework::events(&app, &opened.id).unwrap();
        let left = casework::left(&events);
        assert_eq!(left[0].retired[0].text, "left over");
    }
    let back = said(&migrate(data, &BACK));
    assert!(
        back.contains("2 cases moved") && back.contains("1 cases stay"),
        "{back}"
    );
    let after = stored(data, &ids);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
    assert_eq!(after[1].method, "small@2.0.0");
}

#[test]
fn without_a_migration_or_cases_nothing_happens() {
    let folder = tempfile::tempdir().unwrap();
    let none = migrate(folder.path(), &ON);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("there are no cases"));
    let other = migrate(folder.path(), &["--from", "small@2.0.0", "--to", "small@1.0.0"]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("there is no migration"));
}
