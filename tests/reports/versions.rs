//! A new version of a report is files only.

use std::path::Path;

use metode::definition::Library;
use metode_tests::{case, copy, definitions};

/// The definitions with the made-up version 1.1.0 beside 1.0.0, which adds one attribute.
fn with_the_new_version() -> Library {
    let folder = tempfile::tempdir().unwrap();
    copy(&definitions(), folder.path());
    let new = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/ffb-uddatasaet-1.1.0");
    let old = folder.path().join("reports/ffb-uddatasaet/1.0.0");
    let at = folder.path().join("reports/ffb-uddatasaet/1.1.0");
    copy(&old, &at);
    for name in ["template.yaml", "schema.json"] {
        let patch = std::fs::read_to_string(new.join(format!("{name}.changes"))).unwrap();
        let mut text = std::fs::read_to_string(at.join(name)).unwrap();
        for change in patch.split("\n====\n") {
            let (from, to) = change.trim_end_matches('\n').split_once("\n----\n").unwrap();
            assert_eq!(text.matches(from).count(), 1, "{from}");
            text = text.replace(from, to);
        }
        std::fs::write(at.join(name), text).unwrap();
    }
    let loaded = Library::load(folder.path());
    assert!(
        loaded.diagnostics.is_empty(),
        "{}",
        metode::diagnostic::render(&loaded.diagnostics)
    );
    loaded.library
}

#[test]
fn a_version_that_adds_an_attribute_is_files_only() {
    let library = with_the_new_version();
    let file = case(&library, "vum@2.0.0", "boerge");
    let made = |name: &str| {
        let template = library.report(name).unwrap();
        super::reports(template, &file)
            .into_iter()
            .map(Result::unwrap)
            .next_back()
            .unwrap()
    };
    let (old, new) = (made("ffb-uddatasaet@1.0.0"), made("ffb-uddatasaet@1.1.0"));
    let count = |body: &serde_json::Value| body.to_string().matches("goalFollowUpDate").count();
    assert_eq!((count(&old.json()), count(&new.json())), (0, 3));
    assert_eq!(library.report("ffb-uddatasaet").unwrap().version, "1.1.0");
    let resources = |body: &serde_json::Value| body["entry"].as_array().unwrap().len();
    assert_eq!(resources(&old.json()), resources(&new.json()));
}
