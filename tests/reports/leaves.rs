//! No free text ever leaves in a report that may hold none.

use std::fs;
use std::path::Path;

use metode::case::{Answers, CaseFile};
use metode::definition::{Form, Kind, Library};
use metode::diagnostic::render;
use metode_tests::{copy, library};
use serde_json::{Value as Json, json};

const WRITTEN: &str = "SKREVET AF NOGEN";

/// Puts the same words into every field in which somebody can write.
fn write(form: &Form, answers: &mut Answers) {
    let free = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or(path);
        form.fields.iter().find(|field| {
            field.id == last && matches!(field.kind, Kind::Text | Kind::LongText | Kind::Contact)
        })
    };
    let written: Vec<(String, Json)> = answers
        .fields
        .keys()
        .filter_map(|path| {
            let field = free(path)?;
            let value = match field.kind {
                Kind::Contact => json!({ "name": WRITTEN, "address": WRITTEN }),
                _ => json!(WRITTEN),
            };
            Some((path.clone(), value))
        })
        .collect();
    for (path, value) in written {
        answers.enter(&path, value);
    }
}

fn written(mut file: CaseFile) -> CaseFile {
    let method = file.method.clone();
    for response in &mut file.case.responses {
        write(method.form(&response.form).unwrap(), &mut response.answers);
    }
    let (number, cpr) = (
        file.case.record.get("number").cloned(),
        file.case.citizen.get("cpr").cloned(),
    );
    write(method.case_form().unwrap(), &mut file.case.record);
    write(method.citizen_form().unwrap(), &mut file.case.citizen);
    // What says who it is about is no free text.
    if let Some(number) = number {
        file.case.record.put("number".to_owned(), number);
    }
    if let Some(cpr) = cpr {
        file.case.citizen.put("cpr".to_owned(), cpr);
    }
    file
}

#[test]
fn what_somebody_wrote_is_in_no_report_that_may_hold_none() {
    let library = library();
    let mut looked_at = 0;
    for (name, file) in super::cases(&library) {
        let file = written(file);
        for template in library.reports().iter().filter(|template| !template.free_text) {
            for report in super::reports(template, &file).into_iter().flatten() {
                looked_at += 1;
                let body = report.body.to_string();
                assert!(!body.contains(WRITTEN), "{name}, {}: {body}", template.name());
            }
        }
    }
    assert!(looked_at > 60, "only {looked_at} reports");
}

#[test]
fn what_may_hold_free_text_says_so_and_does() {
    let library = library();
    let template = library.report("ffb-udvekslingsdatasaet@1.0.0").unwrap();
    assert!(template.free_text);
    let file = written(metode_tests::case(&library, "vum@2.0.0", "mads"));
    let reports: Vec<_> = super::reports(template, &file).into_iter().flatten().collect();
    assert!(
        reports
            .iter()
            .any(|report| report.body.to_string().contains(WRITTEN))
    );
}

/// What is said of a template that reads one attribute of a point, or its identity, which the point takes from a rule.
fn said(rule: &str, read: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    copy(&tests.join("refused/base"), folder.path());
    copy(&tests.join("reports/demo"), folder.path());
    let change = |path: &str, from: &str, to: &str| {
        let path = folder.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).unwrap();
    };
    let (emissions, template) = (
        "methods/demo/1.0.0/emissions/reasons.yaml",
        "reports/demo/1.0.0/template.yaml",
    );
    let quoted = rule.replace('\'', "''");
    match read {
        "identity" => change(emissions, "response.stands_for", &format!("'{quoted}'")),
        _ => change(emissions, "{reason: reason,", &format!("{{reason: '{quoted}',")),
    }
    change(template, "= p.long", &format!("= p.{read}"));
    // Somebody's words among which somebody else chooses.
    change(
        "methods/demo/1.0.0/forms/intake.yaml",
        "      - id: amount\n",
        "      - {id: same, label: Same, type: choice, choices_from: '[reason, \"none\"]'}\n      \
         - {id: fixed, label: Fixed, type: choice, choices_from: '[\"one\", \"two\"]'}\n      - id: amount\n",
    );
    render(&Library::load(folder.path()).diagnostics)
}

#[test]
fn what_can_hold_free_text_is_not_in_scope_whatever_way_it_takes() {
    let ways = [
        "reason",
        "reason + \"\"",
        "upper case(substring(reason, 1, 3))",
        "if urgent then reason else \"none\"",
        "split(reason, \" \")",
        "[reason][1]",
        "{words: reason}.words",
        "get value({words: reason}, \"words\")",
        "(for part in [1, 2] return reason)[1]",
        "string join(warmth.why, \", \")",
        "(for one in warmth return one.why)[1]",
        "warmth[why != null][1].why",
        "flatten([warmth])[1].why",
        "previous.reason",
        "responses(\"intake\").reason[1]",
        "case.number",
        "colour__orange",
        "same",
        "previous.same",
    ];
    for way in ways {
        for read in ["reason", "identity"] {
            let told = said(way, read);
            assert!(told.contains("`free_text: true` only"), "{read}: {way}\n{told}");
        }
    }
}

#[test]
fn codes_numbers_days_and_ids_are_in_scope() {
    for way in [
        "colour",
        "string(amount)",
        "string(begun)",
        "response.id",
        "fixed",
        "string(count(items))",
        "string join(items.id, \",\")",
    ] {
        for read in ["reason", "identity"] {
            let told = said(way, read);
            assert!(told.is_empty(), "{read}: {way}\n{told}");
        }
    }
}

#[test]
fn what_is_known_of_case_and_citizen_is_named_when_somebody_wrote_it() {
    let template =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/demo/reports/demo/1.0.0/template.yaml");
    let text = fs::read_to_string(template).unwrap();
    let told = |sees: &str| {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = tempfile::tempdir().unwrap();
        copy(&tests.join("refused/base"), folder.path());
        copy(&tests.join("reports/demo"), folder.path());
        let file = folder.path().join("reports/demo/1.0.0/template.yaml");
        fs::write(
            file,
            text.replace("about: cases", &format!("sees: {{{sees}}}\nabout: cases")),
        )
        .unwrap();
        render(&Library::load(folder.path()).diagnostics)
    };
    assert_eq!(told("citizen: [born]"), "");
    assert_eq!(told("case: [number], identifiers: [case.number]"), "");
    let unnamed = told("case: [number]");
    assert!(
        unnamed.contains("template.yaml:6:15") && unnamed.contains("can hold what somebody wrote freely"),
        "{unnamed}"
    );
    for idle in [
        "case: [number], identifiers: [case.number, citizen.born]",
        "identifiers: [case.number]",
    ] {
        let told = told(idle);
        assert!(told.contains("is no text that the template sees"), "{told}");
    }
}
