//! Moving stored cases to another version: by the command, and what is left on the case's page.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use metode::case::{Answers, Case};
use metode::definition::Library;
use metode::value::Date;
use metode_server::app::{App, Methods};
use metode_server::casework::{self, Actor, What};
use metode_server::delivery::Delivery;
use metode_server::store::{self, CaseId};
use metode_server::view::Pages;
use serde_json::Value as Json;
use tokio::task::JoinSet;

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

fn answers(number: usize) -> Answers {
    let mut answers = Answers::default();
    let kind = ["round", "square"][number % 2];
    for (path, value) in [
        ("title", "A title"),
        ("kind", kind),
        ("first", "Ada"),
        ("last", "Bell"),
        ("weight", &format!("{number}.5")),
        ("spare", "left over"),
        ("parts.p1.name", "Wheel"),
    ] {
        answers.enter(path, value.into());
    }
    answers.rows.insert("parts".into(), vec!["p1".into()]);
    answers
}

async fn fill(data: &Path, count: usize) -> Vec<CaseId> {
    let app = Arc::new(app(data));
    let one = |number: usize, app: Arc<App>| async move {
        let mut opened = casework::fresh(&app, "small@1.0.0").unwrap();
        opened.events.push(What::Opened {
            method: "small@1.0.0".into(),
        });
        let response = serde_json::json!({
            "id": "r1", "form": "note", "started": "2025-05-01", "answers": answers(number),
        });
        let response = serde_json::from_value(response).unwrap();
        opened.case.responses.push(response);
        casework::save(&app, &mut opened, &somebody()).await.unwrap();
        opened.id
    };
    let all: JoinSet<CaseId> = (0..count).map(|number| one(number, Arc::clone(&app))).collect();
    let mut ids = all.join_all().await;
    ids.sort();
    ids
}

fn somebody() -> Actor {
    Actor {
        name: "Test".into(),
        page: None,
    }
}

fn command(data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metode"));
    command.args(["migrate", "--data"]).arg(data);
    command.arg("--definitions").arg(definitions()).args(more);
    command
}

fn migrate(data: &Path, more: &[&str]) -> Output {
    command(data, more).output().unwrap()
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
    let ids = fill(data, 3).await;
    let before = stored(data, &ids);

    let dry = said(&migrate(data, &[&ON[..], &["--dry-run"]].concat()));
    assert!(dry.contains("retired r1.spare: Nobody used it."), "{dry}");
    assert!(dry.contains("3 cases would be moved"), "{dry}");
    assert!(!dry.contains("left over"), "answers are not printed: {dry}");
    let json = said(&migrate(
        data,
        &[&ON[..], &["--dry-run", "--format", "json"]].concat(),
    ));
    let json: Json = serde_json::from_str(&json).unwrap();
    assert_eq!(json["cases"].as_array().unwrap().len(), 3);
    assert_eq!(json["totals"]["retired"], 3);
    let reason = &json["totals"]["reasons"]["retired"][0];
    assert_eq!(
        *reason,
        serde_json::json!({"reason": "Nobody used it.", "answers": 3, "cases": 3, "first": "r1.spare"})
    );
    let totals = said(&migrate(data, &[&ON[..], &["--dry-run", "--totals"]].concat()));
    assert!(totals.contains("3 in 3 cases: Nobody used it."), "{totals}");
    assert!(!totals.contains(&ids[0].to_string()), "{totals}");
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
        assert!(["circle", "square"].contains(&answer("kind").as_str().unwrap()));
        assert_eq!(answer("name"), "Ada Bell");
        assert!(answer("weight").is_number());
        assert_eq!(answer("parts.p1.name"), "Wheel");
        assert!(case.responses[0].answers.get("spare").is_none());
    }

    // Somebody works on one of them.
    {
        let app = app(data);
        let (opened, ()) = casework::change(&app, &ids[1], &somebody(), |opened| {
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
        assert_eq!(left[0].1.retired[0].text, "left over");
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

#[test]
fn people_are_asked_between_forms_at_the_phase_once_the_version_holds() {
    let library = Library::load(&definitions()).library;
    let migration = library.migration("small@1.0.0", "small@2.0.0").unwrap();
    let case = |responses: Json| -> Case {
        serde_json::from_value(
            serde_json::json!({"id": "c", "method": "small@1.0.0", "responses": responses}),
        )
        .unwrap()
    };
    let asked = |case: &Case, day: &str| migration.asks(case, Date::parse(day).unwrap()).is_some();
    let mut new = case(serde_json::json!([]));
    assert!(asked(&new, "2026-01-01"), "the phase is the next");
    assert!(!asked(&new, "2025-12-31"), "the version does not hold yet");
    let mut begun = serde_json::json!([{"id": "r1", "form": "note", "started": "2025-05-01"}]);
    assert!(
        !asked(&case(begun.clone()), "2026-01-01"),
        "in the middle of a form"
    );
    begun[0]["completed"] = "2025-05-02".into();
    assert!(!asked(&case(begun), "2026-01-01"), "the phase is begun");
    new.method = "small@2.0.0".to_owned();
    assert!(!asked(&new, "2026-01-01"), "it has moved");
}

#[tokio::test]
async fn versions_that_cannot_be_meant_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    fill(data, 1).await;
    for (wrong, words) in [
        (
            ["--from", "small", "--to", "small@2.0.0"],
            "`small` names no version",
        ),
        (
            ["--from", "small@1.0.0", "--to", "demo@1.0.0"],
            "not two versions of one method",
        ),
        (
            ["--from", "small@1.0.0", "--to", "small@1.0.0"],
            "not two versions of one method",
        ),
        (
            ["--from", "small@2.0.0", "--to", "small@1.0.0"],
            "`--back` moves those back",
        ),
        (
            ["--from", "small@1.0.0", "--to", "small@9.0.0"],
            "there is no method `small@9.0.0`",
        ),
    ] {
        let output = migrate(data, &wrong);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(words), "{told}");
    }
    assert_eq!(said(&migrate(data, &BACK)), "no case follows small@2.0.0\n");
    let _open = app(data);
    let told = String::from_utf8(migrate(data, &ON).stderr).unwrap();
    assert!(told.contains("stop the server"), "{told}");
}

/// Who stops it is told how far it came.
#[cfg(unix)]
#[tokio::test]
async fn stopped_on_the_way_it_tells_what_is_left() {
    const CASES: usize = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let ids = fill(data, CASES).await;
    let mut running = command(data, &ON)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // As long as nobody reads on, it cannot come to its end.
    let mut out = running.stdout.take().unwrap();
    out.read_exact(&mut [0; 9]).unwrap();
    let stopped = Command::new("kill")
        .args(["-INT", &running.id().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    std::thread::sleep(std::time::Duration::from_millis(200));
    let mut told = String::new();
    out.read_to_string(&mut told).unwrap();
    let output = running.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let cases = stored(data, &ids);
    let moved = cases.iter().filter(|case| case.method == "small@2.0.0").count();
    assert!(moved < CASES && !output.status.success());
    assert!(told.contains(&format!("\n{moved} cases moved from")), "{told}");
    let left = CASES - moved;
    assert!(
        error.contains(&format!("stopped: {left} of {CASES} cases are left")),
        "{error}"
    );
    assert!(said(&migrate(data, &ON)).contains(&format!("{left} cases moved")));
}

/// Everything that is known of a case but the time: the case, and what happened to it.
fn known(data: &Path, ids: &[CaseId]) -> Vec<(Case, Vec<Json>)> {
    let app = app(data);
    let of = |id: &CaseId| {
        let events = casework::events(&app, id).unwrap().into_iter();
        let events = events.map(|event| serde_json::to_value(event.what).unwrap());
        (casework::open(&app, id).unwrap().case, events.collect())
    };
    ids.iter().map(of).collect()
}

/// `METODE_KILLS` says how often it is killed.
#[cfg(unix)]
#[tokio::test]
async fn killed_anywhere_and_started_again_it_comes_to_the_same() {
    const CASES: usize = 2_000;
    let kills = std::env::var("METODE_KILLS").map_or(6, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (calm, stormy) = (folder.path().join("calm"), folder.path().join("stormy"));
    let ids = fill(&calm, CASES).await;
    copy(&calm, &stormy);
    assert!(said(&migrate(&calm, &ON)).contains(&format!("{CASES} cases moved")));

    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let (mut between, mut ends) = (0, 0);
    for _ in 0..kills {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // So much is told before it is killed: what was told of is saved, and more may be.
        let wanted = (random >> 33) as usize % (CASES * 100 / kills);
        let mut running = command(&stormy, &ON).stdout(Stdio::piped()).spawn().unwrap();
        let mut told = Vec::new();
        let out = running.stdout.as_mut().unwrap();
        out.take(wanted as u64).read_to_end(&mut told).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        let told = String::from_utf8(told).unwrap();
        let moved: Vec<bool> = stored(&stormy, &ids)
            .iter()
            .map(|case| case.method == "small@2.0.0")
            .collect();
        for line in told.lines().filter(|line| line.ends_with("to decide")) {
            let id: CaseId = line["case ".len()..].split(':').next().unwrap().parse().unwrap();
            assert!(
                moved[ids.binary_search(&id).unwrap()],
                "{id} was told of and is not moved"
            );
        }
        let count = moved.iter().filter(|moved| **moved).count();
        between += usize::from(count > 0 && count < CASES);
        ends += usize::from(count == CASES);
    }
    said(&migrate(&stormy, &ON));
    assert!(
        between > 0,
        "it was never killed on its way; {ends} times it was done"
    );
    println!("killed {kills} times, {between} times on its way through {CASES} cases");
    assert!(
        known(&stormy, &ids) == known(&calm, &ids),
        "it came to something else"
    );
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
