//! The versions of the real method, and made-up ones that come after it (`vum/*.patch`): they are built, checked and tried, published
//! in their order, and refused under a number that hides what they change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use metode::case::{CaseFile, run};
use metode::definition::{Library, numbers};
use metode::diagnostic::render;
use metode::version::{Bump, Class, Diff, What};
use metode_server::bundle::{self, Key};
use metode_server::comparison::Comparison;
use metode_tests::version::MadeUp;
use metode_tests::{copy, definitions, library};

use super::{files, stem};

/// The made-up versions in their order.
fn made_up() -> Vec<MadeUp> {
    let read =
        |path: &std::path::PathBuf| MadeUp::read(&stem(path), "vum", &fs::read_to_string(path).unwrap());
    let mut made: Vec<MadeUp> = files("vum", "patch").iter().map(read).collect();
    made.sort_by_key(|one| numbers(&one.version));
    made
}

/// Definitions with what comes after the real versions; nothing is to be said of them.
fn built(versions: &[MadeUp]) -> (tempfile::TempDir, Library) {
    let directory = tempfile::tempdir().unwrap();
    copy(&definitions(), directory.path());
    for version in versions {
        version.make(directory.path());
    }
    let library = checked(directory.path());
    (directory, library)
}

fn checked(definitions: &Path) -> Library {
    let loaded = Library::load(definitions);
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics));
    loaded.library
}

/// What changed from one version to another.
fn compared(library: &Library, from: &str, to: &str) -> Comparison {
    let version = |name: &str| library.method(name).unwrap();
    Comparison::of(library, version(from), version(to))
}

#[test]
fn the_cases_of_made_up_versions_come_out() {
    let made = made_up();
    assert_eq!(made.len(), 3);
    let (_directory, library) = built(&made);
    let mut failures = String::new();
    for version in &made {
        let method = library.method(&version.name()).unwrap();
        assert!(method.cases.len() > 50 && !method.changes.is_empty());
        for source in &method.cases {
            let file =
                CaseFile::read(&library, source).unwrap_or_else(|problems| panic!("{}", render(&problems)));
            failures += &render(&run(&file).failures);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn what_a_made_up_version_changes_is_told() {
    let made = made_up();
    let (directory, library) = built(&made);
    for version in &made {
        let former = format!("vum@{}", version.after);
        let comparison = compared(&library, &former, &version.name());
        let text = comparison
            .text(None)
            .replace(&format!("{}/", directory.path().display()), "");
        // How many cases the definitions have is none of this.
        let text = without_counts(&text);
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("vum_{}", version.version), text);
        });
        assert!(comparison.diff.is_honest());
    }
}

/// Without what changes whenever somebody writes another case or moves a line.
fn without_counts(text: &str) -> String {
    let mut short = String::new();
    for line in text.lines() {
        let place = line
            .rsplit_once("    ")
            .filter(|(rest, at)| !rest.trim().is_empty() && at.contains(".yaml:"));
        let line = place.map_or(line, |(rest, _)| rest);
        if line.starts_with("changed rules were asked") || line.starts_with("      ") {
            continue;
        }
        let line = match line.strip_prefix("    in cases: ") {
            Some(counts) if counts.starts_with("0 of") => "    in cases: as before",
            Some(_) => "    in cases: some come out differently",
            None => line,
        };
        let _ = writeln!(short, "{line}");
    }
    short
}

#[test]
fn they_are_published_in_their_order_and_not_under_a_number_that_hides_something() {
    let key = Key::generate().unwrap();
    let (directory, _library) = built(&[]);
    let bundles = tempfile::tempdir().unwrap();
    let out = bundles.path();
    let publish = |library: &Library, name: &str| {
        let method = library.method(name).unwrap();
        bundle::publish(library, method, &key, out, directory.path())
    };
    for name in ["vum@1.3.0", "vum@2.0.0"] {
        let published = publish(&checked(directory.path()), name);
        assert!(published.is_ok(), "{name}: {}", render(&published.unwrap_err()));
    }
    for version in made_up() {
        // The same under each smaller step that would come after the former version.
        let raised = Bump::between(&version.after, &version.version).unwrap();
        let steps = [Bump::Patch, Bump::Minor]
            .into_iter()
            .filter(|small| *small < raised);
        for small in steps {
            let trial = tempfile::tempdir().unwrap();
            copy(directory.path(), trial.path());
            let hidden = version.renumbered(&small.next(&version.after));
            hidden.make(trial.path());
            let library = checked(trial.path());
            let method = library.method(&hidden.name()).unwrap();
            let said = render(&bundle::publish(&library, method, &key, out, trial.path()).unwrap_err());
            assert!(said.contains(" hides a change: "), "{}: {said}", hidden.name());
            assert!(
                said.contains(&format!("the version must be {}", version.version)),
                "{said}"
            );
        }
        version.make(directory.path());
        let published = publish(&checked(directory.path()), &version.name());
        assert!(
            published.is_ok(),
            "{}: {}",
            version.name(),
            render(&published.unwrap_err())
        );
    }
    let index = fs::read_to_string(out.join("index.txt")).unwrap();
    assert_eq!(index.lines().count(), 5, "{index}");
}

/// How many changes of each class, and the most important ones in words.
fn summary(diff: &Diff) -> String {
    let mut text = format!("{} → {}\n\n", diff.from, diff.to);
    for class in Class::ALL {
        let _ = writeln!(text, "{:>4} {}", diff.count(class), class.words());
    }
    let mut parts: BTreeMap<String, [usize; 5]> = BTreeMap::new();
    for change in &diff.changes {
        let counts = parts.entry(change.part.heading()).or_default();
        counts[Class::ALL
            .iter()
            .position(|class| *class == change.class)
            .unwrap()] += 1;
    }
    let _ = writeln!(text, "\nby part, the classes in this order");
    for (part, counts) in parts {
        let counts = counts.map(|count| format!("{count:>4}")).concat();
        let _ = writeln!(text, "{counts}  {part}");
    }
    let _ = writeln!(text, "\nwhat came, went, moved or has another name");
    for change in &diff.changes {
        let whole = change.key.is_none() && change.what != What::Retyped;
        if whole || change.what == What::Retyped {
            let _ = write!(
                text,
                "{}: {}: {}",
                change.part.heading(),
                change.subject(),
                change.event()
            );
            let renamed = matches!(change.what, What::Moved | What::Renamed);
            let there = change.after.as_ref().filter(|_| renamed);
            let _ = writeln!(
                text,
                "{}",
                there.map(|there| format!(" → {there}")).unwrap_or_default()
            );
            for note in &change.notes {
                let _ = writeln!(text, "  {}", note.words());
            }
        }
    }
    text
}

#[test]
fn nothing_differs_from_itself() {
    for method in library().methods() {
        let comparison = Comparison::of(&library(), method, method);
        assert!(comparison.diff.changes.is_empty(), "{}", comparison.text(None));
    }
}

#[test]
fn what_version_2_changed_is_told() {
    let library = library();
    let comparison = compared(&library, "vum@1.3.0", "vum@2.0.0");
    assert!(comparison.diff.is_honest() && comparison.trials > 0);
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("vum_2.0.0", summary(&comparison.diff));
    });
    let asked = comparison
        .diff
        .changes
        .iter()
        .filter_map(|change| change.behaviour.as_ref());
    assert!(asked.filter(|behaviour| behaviour.different > 0).count() > 10);
}

/// `chapter-10.md` reads the comparison beside the handbook: what it quotes is told, and its sums are right.
#[test]
fn what_is_quoted_beside_chapter_10_is_told() {
    let text = include_str!("chapter-10.md");
    let diff = compared(&library(), "vum@1.3.0", "vum@2.0.0").diff;
    let told: BTreeSet<String> = diff
        .changes
        .iter()
        .map(|change| {
            let (part, class) = (change.part.heading(), change.class.words());
            format!("{part}: {}: {} ({class})", change.subject(), change.event())
        })
        .collect();
    let parts = ["method: ", "form ", "list ", "data points: ", "data needs: "];
    // Between two of these marks stands code.
    let quoted = text.split('`').skip(1).step_by(2);
    let quoted: Vec<&str> = quoted
        .filter(|code| code.ends_with(')') && parts.iter().any(|part| code.starts_with(part)))
        .collect();
    assert!(quoted.len() > 60, "{}", quoted.len());
    let missing: Vec<&&str> = quoted.iter().filter(|quoted| !told.contains(**quoted)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let sum = format!("The command tells {} changes: ", diff.changes.len());
    assert!(text.contains(&sum), "{sum}");
}
