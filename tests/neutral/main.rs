//! The engine is generic: it names no method, no form, no field, no word of a method's language.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use metode_tests::library;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry
            .extension()
            .is_some_and(|ending| ending == "rs" || ending == "pest")
        {
            found.push(entry);
        }
    }
}

/// Everything before the tests of a file.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

fn engine() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/src"),
        &mut files,
    );
    assert!(files.len() > 30, "the engine is not where it should be");
    files
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| (path.clone(), code(&path)))
        .collect()
}

/// English words that also are ids of the method; everything else that the method names must not stand in the engine.
const ALSO_ENGLISH: [&str; 14] = [
    "name", "case", "citizen", "number", "opened", "phone", "email", "address", "contact", "unit",
    "deadline", "let", "time", "status",
];

#[test]
fn the_engine_names_nothing_of_the_method() {
    let library = library();
    let mut words: BTreeSet<String> = BTreeSet::new();
    for method in library.methods() {
        words.insert(method.id.clone());
        words.extend(method.phases.iter().map(|phase| phase.id.clone()));
        words.extend(method.catalogues.keys().cloned());
        for form in method.forms() {
            words.insert(form.id.clone());
            words.extend(form.fields.iter().map(|field| field.id.clone()));
        }
        let needs = method.needs.iter().flat_map(|needs| &needs.all);
        words.extend(needs.map(|need| need.id.clone()));
        for list in method.code_lists() {
            words.insert(list.id.clone());
            words.extend(list.all().iter().map(|concept| concept.code.to_string()));
        }
        words.extend(method.emissions.iter().map(|emission| emission.kind.to_string()));
    }
    let mut hits = Vec::new();
    for (path, text) in engine() {
        let found: BTreeSet<&str> = text
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .filter(|word| word.len() > 2 && words.contains(*word) && !ALSO_ENGLISH.contains(word))
            .collect();
        hits.extend(
            found
                .into_iter()
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert!(
        words.len() > 700 && hits.is_empty(),
        "{} words looked for; found: {hits:#?}",
        words.len()
    );
}

#[test]
fn the_engine_speaks_no_danish() {
    let mut hits = Vec::new();
    for (path, text) in engine() {
        for (number, line) in text.lines().enumerate() {
            // The rule for ids of fields names the letters.
            let letters = line.replace("å→aa, æ→ae, ø→oe", "");
            if letters.contains(['æ', 'ø', 'å', 'Æ', 'Ø', 'Å']) || letters.to_lowercase().contains("danish")
            {
                hits.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(hits.is_empty(), "{hits:#?}");
}

#[test]
fn the_engine_needs_no_server() {
    let manifest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
    for one in ["tokio", "axum", "sled", "hyper", "reqwest"] {
        assert!(!dependencies.contains(one), "{one}");
    }
}
