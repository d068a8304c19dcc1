//! Explanations: every field of every case has one that says something, and those of some fields read as they should.

use std::collections::BTreeMap;

use metode::case::CaseFile;
use metode::definition::Library;
use metode::evaluation::{Effect, Explanation, Part, Session};
use metode_tests::{case, library};

/// Explains every field and row of every response of every case.
fn everything(library: &Library, language: &str, visit: &mut dyn FnMut(&str, &Explanation)) {
    let texts = library.texts(language).unwrap();
    for method in library.methods() {
        for path in &method.cases {
            let name = path.file_stem().unwrap().to_string_lossy();
            let file = case(library, &method.name(), &name);
            for response in &file.case.responses {
                let part = Part::Response(&response.id);
                let session = Session::open(&file.method, &file.case, part, file.now.clone()).unwrap();
                let view = session.view();
                let fields = view.fields().into_iter().map(|field| field.path.clone());
                let groups = view.groups().into_iter();
                let rows = groups.flat_map(|group| {
                    let rows = group.rows.iter().map(|row| row.path.clone());
                    rows.chain([group.path.clone()])
                });
                for path in fields.chain(rows).chain([String::new()]) {
                    let explanation = session.explain_in(&path, texts).unwrap();
                    visit(&format!("{name} {}", response.id), &explanation);
                }
            }
        }
    }
}

#[test]
fn every_explanation_is_a_whole_sentence_without_gaps() {
    let library = library();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    everything(&library, "da", &mut |place, explanation| {
        for reason in &explanation.reasons {
            let text = &reason.text;
            *kinds.entry(format!("{:?}", reason.effect)).or_default() += 1;
            if let Some(rule) = &reason.rule {
                seen.entry(format!("{:?} {}", reason.effect, rule.text))
                    .or_insert_with(|| format!("{place} {}\n    {text}", explanation.path));
            } else {
                seen.entry(format!("{:?} {}", reason.effect, explanation.path))
                    .or_insert_with(|| format!("{place} {}\n    {text}", explanation.path));
            }
        }
    });
    let mut out = String::new();
    for (k, v) in &seen {
        out.push_str(&format!("{k}\n  {v}\n"));
    }
    std::fs::write("/tmp/why-all.txt", out).unwrap();
    println!("{kinds:?}");
}
