//! The manual is followed word for word: what stands in its `console` blocks is typed, in their order, in a fresh folder with a
//! copy of the definitions, and says what is shown.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What may differ: within a line anything, as a line of its own any lines.
const ANYTHING: &str = "…";

/// A command, and the lines that it says.
#[derive(Debug)]
struct Typed {
    line: usize,
    command: String,
    says: Vec<String>,
}

/// The commands of all `console` blocks.
fn typed(manual: &str) -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    let mut inside = false;
    for (index, line) in manual.lines().enumerate() {
        match (inside, line.strip_prefix("```")) {
            (_, Some(kind)) => inside = kind == "console",
            (false, None) => {}
            (true, None) => match line.strip_prefix("$ ") {
                Some(command) => typed.push(Typed {
                    line: index + 1,
                    command: command.to_owned(),
                    says: Vec::new(),
                }),
                None => typed.last_mut().unwrap().says.push(line.to_owned()),
            },
        }
    }
    typed
}

/// Whether a line is as it is shown.
fn fits(shown: &str, said: &str) -> bool {
    let mut parts = shown.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = said.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether lines are as they are shown.
fn all_fit(shown: &[String], said: &[&str]) -> bool {
    match (shown.split_first(), said.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == ANYTHING => {
            (0..=said.len()).any(|skipped| all_fit(rest, &said[skipped..]))
        }
        (Some((shown, rest)), Some((said, others))) => fits(shown, said) && all_fit(rest, others),
        _ => false,
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn the_manual_can_be_followed_word_for_word() {
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../definitions");
    let manual = fs::read_to_string(definitions.join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&definitions, &folder.path().join("definitions"));
    let programs = Path::new(env!("CARGO_BIN_EXE_metode")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(programs.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let typed = typed(&manual);
    assert!(typed.len() > 15, "the manual shows too little");
    for Typed { line, command, says } in &typed {
        let done = Command::new("sh")
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(folder.path())
            .env("PATH", path.as_ref().unwrap())
            .env_remove("METODE_DEFINITIONS")
            .output()
            .unwrap();
        let said = String::from_utf8(done.stdout).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        let place = format!("definitions/README.md:{line}: $ {command}\n{said}");
        assert!(
            all_fit(says, &lines),
            "{place}\nis not as it is shown:\n{}",
            says.join("\n")
        );
        // What fails is shown to fail.
        let fails = says.iter().any(|line| line.starts_with("error: "));
        assert_eq!(done.status.success(), !fails, "{place}");
    }
}

#[test]
fn what_may_differ_is_only_what_is_marked() {
    let lines = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    for (shown, said, fine) in [
        ("a … b", "a 1 2 b", true),
        ("a … b", "a 1 2 b c", false),
        ("a … b", "x a 1 b", false),
        ("a…", "a", true),
        ("a|…|b", "a|1|2|b", true),
        ("a|…|b", "a|b", true),
        ("a|…|b", "a|1|2", false),
        ("a|b", "a", false),
        ("a", "a|b", false),
    ] {
        let said: Vec<&str> = said.split('|').collect();
        assert_eq!(all_fit(&lines(shown), &said), fine, "{shown}: {said:?}");
    }
}
