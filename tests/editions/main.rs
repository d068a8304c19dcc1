//! Editions of catalogues: which codes can be chosen on which day, what old answers look like, what changes from one to the next.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use metode::case::{CaseFile, run};
use metode::definition::Library;
use metode::diagnostic::{has_errors, render};
use metode::evaluation::{Part, Session};
use metode::version;
use metode_tests::{case, copy, definitions, library, stem};

/// The small method of these tests, with the engine's own messages.
fn garden() -> Library {
    let directory = tempfile::tempdir().unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("editions/definitions");
    copy(&own, directory.path());
    copy(&definitions().join("texts"), &directory.path().join("texts"));
    let loaded = Library::load(directory.path());
    assert!(
        !has_errors(&loaded.diagnostics),
        "{}",
        render(&loaded.diagnostics)
    );
    loaded.library
}

#[test]
fn the_day_of_a_response_decides_which_codes_hold() {
    let library = garden();
    let method = library.method("garden").unwrap();
    let names: Vec<String> = method.cases.iter().map(|source| stem(source)).collect();
    assert_eq!(names, ["after", "before", "beside"]);
    for name in names {
        let outcome = run(&case(&library, "garden", &name));
        assert!(
            outcome.failures.is_empty(),
            "{name}: {}",
            render(&outcome.failures)
        );
    }
}

/// What can be chosen where, `x` before what is chosen, and what rows there are.
fn shown(file: &CaseFile) -> String {
    let mut text = String::new();
    for response in &file.case.responses {
        let session = Session::open(
            &file.method,
            &file.case,
            Part::Response(&response.id),
            file.now.clone(),
        )
        .unwrap();
        let day = response
            .completed
            .map_or("draft".to_owned(), |day| day.to_string());
        writeln!(text, "{} ({day})", response.id).unwrap();
        let view = session.view();
        for field in view.fields() {
            writeln!(text, "  {}: {}", field.label, field.text).unwrap();
            for option in &field.options {
                let chosen = if option.selected { 'x' } else { ' ' };
                let indent = "  ".repeat(option.depth);
                let ended = option
                    .ended
                    .as_ref()
                    .map_or(String::new(), |ended| format!(" ({ended})"));
                writeln!(text, "   {chosen} {indent}{}{ended}", option.label).unwrap();
            }
        }
        for row in view.groups().into_iter().flat_map(|group| &group.rows) {
            writeln!(text, "  row {}", row.title).unwrap();
        }
    }
    text
}

#[test]
fn answers_read_as_on_their_day_and_what_ended_is_marked() {
    let library = garden();
    let method = Arc::clone(library.method("garden").unwrap());
    let mut text = String::new();
    for source in &method.cases {
        let file = case(&library, "garden", &stem(source));
        write!(
            text,
            "{} on {}\n{}\n",
            stem(source),
            file.now.date(),
            shown(&file)
        )
        .unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_version_consists_of_all_editions_that_it_pins() {
    let library = garden();
    let files = library.method("garden").unwrap().content.files();
    for edition in ["2020", "2024"] {
        assert!(files.contains_key(&format!("catalogues/garden/{edition}/plants.yaml")));
    }
}

#[test]
fn the_end_of_a_row_is_told_until_its_fields_are_empty() {
    let library = garden();
    let file = case(&library, "garden", "after");
    let mut session =
        Session::open(&file.method, &file.case, Part::Response("new"), file.now.clone()).unwrap();
    let told = |session: &Session| session.violations().iter().any(|one| one.path == "beds");
    assert!(told(&session));
    let delta = session.set("beds.elm.count", serde_json::Value::Null).unwrap();
    assert!(!told(&session));
    assert!(delta.changed.iter().any(|path| path == "beds"), "{delta:?}");
}

/// What changed from one edition of the concepts to the next, a line each; definitions and sources are only counted.
fn changes(library: &Library, from: &str, to: &str) -> String {
    let lists = |name: &str| library.edition(name).unwrap();
    let (diff, fates) = version::editions((from, lists(from)), (to, lists(to)));
    let mut text = format!("{from} → {to}\n{fates:?}\n");
    let mut reworded = 0;
    for change in &diff.changes {
        let key = change.key.unwrap_or_default();
        if matches!(key, "definition" | "help" | "criteria" | "display" | "source") {
            reworded += usize::from(key != "source");
            continue;
        }
        let said =
            [&change.before, &change.after].map(|text| text.as_deref().unwrap_or("–").replace('\n', " "));
        let what = change.what.words();
        writeln!(
            text,
            "{} {}: {key} {what}: {} → {}",
            change.part.heading(),
            change.at,
            said[0],
            said[1]
        )
        .unwrap();
    }
    write!(
        text,
        "{reworded} definitions, helps and displays are worded otherwise\n\n"
    )
    .unwrap();
    text
}

#[test]
fn what_changed_in_the_concepts_from_edition_to_edition() {
    let library = library();
    let editions = ["ffb@2020-09-08", "ffb@2023-05-17", "ffb@2024-05-30"];
    let steps = editions
        .windows(2)
        .map(|pair| changes(&library, pair[0], pair[1]));
    insta::assert_snapshot!(steps.collect::<String>());
}

#[test]
fn what_changed_in_the_small_catalogue() {
    insta::assert_snapshot!(changes(&garden(), "garden@2020", "garden@2024"));
}
