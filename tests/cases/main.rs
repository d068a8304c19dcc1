//! The cases of the method, and what a new version of it takes: files.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use metode::case::{CaseFile, run};
use metode::definition::Library;
use metode::diagnostic::render;
use metode::evaluation::{Part, Session};
use metode::source::Source;
use metode::value::Date;
use metode_tests::{case, copy, definitions, library, stem};
use serde_json::json;

#[test]
fn every_case_comes_out_as_it_says() {
    let library = library();
    let mut count = 0;
    for method in library.methods() {
        for name in method.cases.iter().map(|source| stem(source)) {
            let outcome = run(&case(&library, &method.name(), &name));
            assert!(
                outcome.failures.is_empty(),
                "{name}: {}",
                render(&outcome.failures)
            );
            count += 1;
        }
    }
    assert!(count >= 2, "there are no cases");
}

#[test]
fn a_wrong_expectation_is_told_at_its_line() {
    let library = library();
    let mut file = case(&library, "vum@2.0.0", "mads");
    let text = format!(
        "{}\nexpect:\n  counts: {{stoettebehov: 17}}\n",
        file.document.source.text.split("\nexpect:").next().unwrap()
    );
    let source = Arc::new(Source {
        path: "mads.yaml".into(),
        text,
    });
    file = CaseFile::read(&library, &source).unwrap();
    let outcome = run(&file);
    assert_eq!(outcome.failures.len(), 1, "{}", render(&outcome.failures));
    assert!(
        render(&outcome.failures).contains("stoettebehov: 17"),
        "{}",
        render(&outcome.failures)
    );
}

#[test]
fn faults_of_a_case_file_are_told_and_the_rest_is_kept() {
    let library = library();
    let text = r#"{"method": "vum@2.0.0", "today": "2025-06-01", "case": {"number": "S1"}, "citizen": {"name": "A"},
 "responses": [{"form": "sagsaabning", "answers": {
   "aarsag_til_sagsaabning": "en grund", "vaergemal": true, "henvendelse": "naboen", "klar_sag": "måske",
   "laegefaglige_diagnoser": 7, "indhentelse_af_oplysninger": ["speciallaege"]}}]}"#;
    let file = CaseFile::read(
        &library,
        &Arc::new(Source {
            path: "c.json".into(),
            text: text.into(),
        }),
    )
    .unwrap();
    let told = render(&file.problems);
    assert!(
        told.contains("there is no field `vaergemal`") && told.contains("did you mean `vaergemaal`?"),
        "{told}"
    );
    assert!(told.contains("c.json:3:"), "{told}");
    let session = Session::open(
        &file.method,
        &file.case,
        Part::Response("sagsaabning"),
        file.now.clone(),
    )
    .unwrap();
    let faults: Vec<String> = session
        .violations()
        .into_iter()
        .filter(|one| one.rule == "type")
        .map(|one| one.path)
        .collect();
    assert_eq!(faults, ["henvendelse", "laegefaglige_diagnoser", "klar_sag"]);
    assert_eq!(
        session.answers().get("aarsag_til_sagsaabning").unwrap().value,
        json!("en grund")
    );
}

#[test]
fn texts_that_are_too_long_are_refused_at_the_field() {
    let library = library();
    let file = case(&library, "vum@2.0.0", "mads");
    let mut case = file.case.clone();
    case.responses.truncate(1);
    case.responses[0].completed = None;
    let mut session = Session::open(
        &file.method,
        &case,
        Part::Response("sagsaabning"),
        file.now.clone(),
    )
    .unwrap();
    let before = session.answers().clone();
    let refused = session
        .set("aarsag_til_sagsaabning", json!("x".repeat(10 << 20)))
        .unwrap_err();
    assert_eq!(refused.path, "aarsag_til_sagsaabning");
    assert!(refused.message.contains("for lang"), "{}", refused.message);
    assert_eq!(session.answers(), &before);
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} does not hold {from}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// A new version with a new option, a new field and a new rule needs edits below `definitions/` only.
#[test]
fn a_new_version_is_files() {
    let directory = tempfile::tempdir().unwrap();
    copy(&definitions(), directory.path());
    let versions = directory.path().join("methods/vum");
    copy(&versions.join("2.0.0"), &versions.join("2.1.0"));
    fs::remove_dir_all(versions.join("2.1.0/cases")).unwrap();
    let method = versions.join("2.1.0/method.yaml");
    edit(&method, "version: 2.0.0", "version: 2.1.0");
    edit(&method, "valid_from: ", "valid_from: \"2027-01-01\" # was ");
    edit(&method, "vum: \"2.0\"", "vum: \"2.1\"");
    // The option.
    let catalogues = directory.path().join("catalogues/vum");
    copy(&catalogues.join("2.0"), &catalogues.join("2.1"));
    for entry in fs::read_dir(catalogues.join("2.1")).unwrap() {
        edit(&entry.unwrap().path(), "edition: \"2.0\"", "edition: \"2.1\"");
    }
    edit(
        &catalogues.join("2.1/samtykkeformer.yaml"),
        "concepts:\n",
        "concepts:\n  - code: digitalt\n    label: Digitalt samtykke\n",
    );
    // The field and its rule.
    let form = versions.join("2.1.0/forms/sagsaabning.yaml");
    edit(
        &form,
        "      - id: samtykkeform\n",
        "      - id: digital_kanal\n        label: Digital kanal\n        type: text\n        \
         show_if: samtykkeform = \"digitalt\"\n        require_if: samtykkeform = \"digitalt\"\n      - id: samtykkeform\n",
    );
    let loaded = Library::load(directory.path());
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics));
    let library = loaded.library;
    let day = |text: &str| Date::parse(text).unwrap();
    assert_eq!(
        library.method_on("vum", day("2026-12-31")).unwrap().version,
        "2.0.0"
    );
    assert_eq!(
        library.method_on("vum", day("2027-01-01")).unwrap().version,
        "2.1.0"
    );
    let text = r#"{"method": "vum@2.1.0", "today": "2027-02-01", "case": {"number": "S1"},
        "responses": [{"form": "sagsaabning", "answers": {"samtykke": true, "samtykkeform": "digitalt"}}]}"#;
    let file = CaseFile::read(
        &library,
        &Arc::new(Source {
            path: "c".into(),
            text: text.into(),
        }),
    )
    .unwrap();
    let view = Session::open(
        &file.method,
        &file.case,
        Part::Response("sagsaabning"),
        file.now.clone(),
    )
    .unwrap()
    .view();
    let new = view
        .fields()
        .into_iter()
        .find(|field| field.id == "digital_kanal")
        .unwrap();
    assert!(
        new.relevant
            && new.required
            && new
                .violations
                .iter()
                .any(|violation| violation.rule == "required")
    );
}
