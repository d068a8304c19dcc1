//! Explanations: every field of every case has one that says something, and those of some fields read as they should.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use metode::case::CaseFile;
use metode::definition::Library;
use metode::evaluation::{Effect, Explanation, FormView, Part, Reason, RulePart, Session};
use metode::source::Source;
use metode_tests::{case, copy, library, stem};

fn session(file: &CaseFile, response: &str) -> Session {
    Session::open(
        &file.method,
        &file.case,
        Part::Response(response),
        file.now.clone(),
    )
    .unwrap()
}

/// Explains every field, row and group of every response of every case, or of one.
fn everything(
    library: &Library,
    language: &str,
    only: Option<&str>,
    visit: &mut dyn FnMut(&FormView, &Explanation),
) {
    let texts = library.texts(language).unwrap();
    for method in library.methods() {
        for name in method.cases.iter().map(|source| stem(source)) {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let file = case(library, &method.name(), &name);
            for response in &file.case.responses {
                let session = session(&file, &response.id);
                let view = session.view();
                let fields = view.fields().into_iter().map(|field| field.path.clone());
                let groups = view.groups().into_iter();
                let rows = groups.flat_map(|group| {
                    let rows = group.rows.iter().map(|row| row.path.clone());
                    rows.chain([group.path.clone()])
                });
                for path in fields.chain(rows).chain([String::new()]) {
                    let explanation = session.explain_in(&path, texts);
                    visit(&view, &explanation.unwrap_or_else(|| panic!("{name}: {path}")));
                }
            }
        }
    }
}

/// What is wrong with a sentence: gaps, keys instead of texts, placeholders that nothing filled.
fn flaw(reason: &Reason) -> Option<&'static str> {
    let text = &reason.text;
    let words = || text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    if !text.ends_with(['.', '!', '?', '…'])
        && reason.effect != Effect::Initial
        && reason.effect != Effect::Carried
    {
        Some("no end")
    } else if text.contains('{') || text.contains('}') {
        Some("an open placeholder")
    } else if text.contains("  ") || text.contains(" .") || text.contains(" ,") || text.contains("..") {
        Some("a gap")
    } else if words().any(|word| word.starts_with("why_")) {
        Some("a missing text")
    } else {
        None
    }
}

/// Rules quote braces of their own, and computed texts say what people wrote.
fn whole(explanation: &Explanation) {
    for reason in &explanation.reasons {
        if !reason.text.contains('`') && reason.effect != Effect::Computed {
            assert_eq!(flaw(reason), None, "{}: {}", explanation.path, reason.text);
        }
    }
}

#[test]
fn every_explanation_is_a_whole_sentence_and_agrees_with_the_page() {
    let library = library();
    let mut effects: BTreeMap<String, usize> = BTreeMap::new();
    everything(&library, "da", None, &mut |view, explanation| {
        whole(explanation);
        for reason in &explanation.reasons {
            *effects.entry(format!("{:?}", reason.effect)).or_default() += 1;
        }
        let Some(field) = view
            .fields()
            .into_iter()
            .find(|field| field.path == explanation.path)
        else {
            return;
        };
        let count = |effect: Effect| {
            let reasons = explanation.reasons.iter();
            reasons.filter(|reason| reason.effect == effect).count()
        };
        let path = &explanation.path;
        assert_eq!(explanation.shown, field.relevant, "{path}");
        assert_eq!(count(Effect::Hidden) == 1, !field.relevant, "{path}");
        assert!(
            field.relevant || explanation.reasons.len() == 1,
            "{path}: only what hides it"
        );
        assert_eq!(count(Effect::Required) == 1, field.required, "{path}");
        let of_rules = |rule: &str| rule != "required" && rule != "type";
        let violations = field.violations.iter();
        let violations = violations.filter(|violation| of_rules(&violation.rule)).count();
        assert_eq!(count(Effect::Violated), violations, "{path}");
    });
    assert_eq!(effects.len(), 11, "some effects are in no case: {effects:?}");
    assert!(effects.values().sum::<usize>() > 20_000);
}

#[test]
fn explanations_speak_the_language_that_is_asked_for() {
    let mut count = 0;
    everything(&library(), "en", Some("mads"), &mut |_, explanation| {
        whole(explanation);
        for reason in &explanation.reasons {
            count += 1;
            assert!(!reason.text.contains(" fordi "), "{}", reason.text);
        }
    });
    assert!(count > 500, "{count}");
}

/// The explanation as lines: sentences, then what the rule read, then its parts.
fn lines(explanation: &Explanation) -> String {
    let mut out = format!("{}\n", explanation.label);
    for reason in &explanation.reasons {
        out.push_str(&format!("\n{:?}: {}\n", reason.effect, reason.text));
        if let Some(message) = &reason.message {
            out.push_str(&format!("  {message}\n"));
        }
        let Some(rule) = &reason.rule else { continue };
        assert!(rule.line > 1 && rule.file.ends_with(".yaml"));
        for read in &rule.reads {
            out.push_str(&format!("  read {} = {}\n", read.label.text(), read.value_text));
        }
        parts(&rule.tree, 1, &mut out);
    }
    out
}

fn parts(part: &RulePart, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let item = if part.item.is_empty() {
        String::new()
    } else {
        format!("{}: ", part.item.text())
    };
    let decides = if part.decides { " (decides)" } else { "" };
    let cause = part.cause.as_ref().map(|cause| format!(" [{cause}]"));
    let cause = cause.unwrap_or_default();
    out.push_str(&format!(
        "{indent}{item}{} → {}{decides}{cause}\n",
        part.text, part.value_text
    ));
    part.children
        .iter()
        .for_each(|child| parts(child, depth + 1, out));
    if part.left_out > 0 {
        out.push_str(&format!("{indent}  … {}\n", part.left_out_text));
    }
}

#[test]
fn explanations_read_as_they_should() {
    let library = library();
    let shown = |name: &str, response: &str, path: &str| {
        let file = case(&library, "vum@2.0.0", name);
        let explanation = session(&file, response).explain(path);
        lines(&explanation.unwrap_or_else(|| panic!("{name}: {response}.{path}")))
    };
    let theme = "aktivitet_og_deltagelse.relationer.niveauer.varetage_relationer_til_netvaerk.niveau";
    for (what, name, response, path) in [
        (
            "shown_and_required",
            "vaerge-og-afgoerelsesbrev",
            "sagsaabning",
            "vaergemaalsform",
        ),
        ("hidden", "mads", "sagsaabning", "vaergemaalsform"),
        (
            "in_a_hidden_row",
            "maaltype-og-forventet-niveau",
            "sagsoplysning",
            theme,
        ),
        (
            "row_not_carried",
            "to-udfoerere",
            "bestilling",
            "bestilte_indsatser.i2",
        ),
        (
            "sum",
            "mads",
            "sagsvurdering",
            "forventet_pris_for_samlet_indsats",
        ),
        (
            "not_computed",
            "aarlig-opfoelgning-paa-merudgift",
            "sagsvurdering",
            "indsatser.i1.ydelser.y1.basisindsatspris",
        ),
        (
            "violated",
            "maaltype-og-forventet-niveau",
            "sagsvurdering",
            "indsatsmaal.m1.forventet_funktionsevneniveau",
        ),
        ("carried", "mads", "sagsvurdering", "aarsag_til_sagsaabning"),
    ] {
        insta::assert_snapshot!(what, shown(name, response, path));
    }
}

#[test]
fn programs_get_everything_as_data() {
    let library = library();
    let file = case(&library, "vum@2.0.0", "mads");
    let english = library.texts("en").unwrap();
    let session = session(&file, "sagsvurdering");
    let mut explanation = session
        .explain_in("forventet_pris_for_samlet_indsats", english)
        .unwrap();
    for rule in explanation
        .reasons
        .iter_mut()
        .filter_map(|reason| reason.rule.as_mut())
    {
        assert!(rule.file.ends_with("forms/sagsvurdering.yaml"));
        rule.file = "sagsvurdering.yaml".to_owned();
        rule.line = 1;
    }
    insta::assert_json_snapshot!(explanation);
}

/// A method with a section that a rule hides.
const FORM: &str = "
form: extra
phase: intake
title: Extra
sections:
  - id: open
    title: Open
    fields:
      - {id: wanted, label: Wanted, question: Is more wanted?, type: yes_no}
      - {id: ages, label: Ages, type: group, fields: [{id: age, label: Age, type: number}]}
      - {id: adults, label: Adults, type: number, value: 'count(ages[age >= 18])'}
  - id: more
    title: More
    show_if: wanted = true and count(ages) > 1
    fields:
      - id: each
        type: group
        label: Each
        show_if: false
        for_each: demo.colours
        as: colour
        fields: [{id: note, label: 'Note on {colour.label}', type: text}]
";

const CASE: &str = r#"{"method": "demo@1.0.0", "today": "2025-06-01", "case": {}, "citizen": {},
 "responses": [{"form": "extra", "answers": {"wanted": false, "ages": [AGES]}}]}"#;

fn extra(ages: &str) -> (tempfile::TempDir, CaseFile) {
    let folder = tempfile::tempdir().unwrap();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("refused/base"),
        folder.path(),
    );
    fs::write(folder.path().join("methods/demo/1.0.0/forms/extra.yaml"), FORM).unwrap();
    let loaded = Library::load(folder.path());
    let source = Arc::new(Source {
        path: "case.json".into(),
        text: CASE.replace("AGES", ages),
    });
    let file = CaseFile::read(&loaded.library, &source).unwrap_or_else(|found| {
        panic!(
            "{}{}",
            metode::diagnostic::render(&loaded.diagnostics),
            metode::diagnostic::render(&found)
        )
    });
    (folder, file)
}

#[test]
fn what_hides_a_field_first_from_the_outside_is_told_and_nothing_else() {
    let (_folder, file) = extra(r#"{"age": 3}, {"age": 30}"#);
    let explanation = session(&file, "extra").explain("each.warm.note").unwrap();
    insta::assert_snapshot!(lines(&explanation));
}

#[test]
fn of_many_rows_a_few_are_told_and_the_rest_counted() {
    let ages: Vec<String> = (0..200).map(|age| format!(r#"{{"age": {age}}}"#)).collect();
    let (_folder, file) = extra(&ages.join(", "));
    let explanation = session(&file, "extra").explain("adults").unwrap();
    insta::assert_snapshot!(lines(&explanation));
}
