//! Small pairs of versions: a `.pair` file says what the second changes in the first (`base.patch` on the base of the refused
//! definitions), and behind `says` stands what `metode diff` says. `METODE_BLESS=1 cargo test --test versions` writes it.

use std::collections::BTreeSet;
use std::fs;

use metode::version::{Class, What};
use metode_server::comparison::Comparison;
use metode_tests::version::MadeUp;
use metode_tests::{copy, definitions, patch};

use super::{Told, files, folder, load};

#[test]
fn every_kind_of_change_is_told() {
    let words = include_str!("../../server/templates/compare_words.html");
    let (mut wrong, mut whats, mut classes, mut keys) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for path in files("pairs", "pair") {
        let told = Told::read(&path);
        let directory = tempfile::tempdir().unwrap();
        copy(&folder("../refused/base"), directory.path());
        copy(&definitions().join("texts"), &directory.path().join("texts"));
        let base = fs::read_to_string(folder("pairs/base.patch")).unwrap();
        patch::apply("base", &base, directory.path());
        MadeUp::read(&told.name, "demo", &told.changes).make(directory.path());
        let library = match load(directory.path()) {
            Ok(library) => library,
            Err(said) => {
                wrong.push(format!("--- {}: {said}", told.name));
                continue;
            }
        };
        let version = |name: &str| library.method(name).unwrap();
        let comparison = Comparison::of(&library, version("demo@1.0.0"), version("demo@2.0.0"));
        let said = comparison
            .text(None)
            .replace(&format!("{}/", directory.path().display()), "");
        wrong.extend(told.judge(&said));
        for change in &comparison.diff.changes {
            whats.push(change.what);
            classes.push(change.class);
            keys.extend(change.key);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(What::ALL.iter().all(|what| whats.contains(what)));
    assert!(Class::ALL.iter().all(|class| classes.contains(class)));
    // Every property that a change can be about is in a pair, and has a word on the page.
    let (_, named) = words.split_once("set keys = {").unwrap();
    let (named, _) = named.split_once("} -%}").unwrap();
    let named: BTreeSet<&str> = named.split('"').skip(1).step_by(4).collect();
    assert_eq!(keys, named);
}
