//! Files as changes to others, so that a test holds only what it is about.
//!
//! `in FILE` names a file; lines with `-` stand there once, together, and those with `+` come in their place. Without any `-` the
//! file is new. `gone` takes the file away.

use std::fs;
use std::path::{Path, PathBuf};

/// Changes the files below a folder; `name` is the patch in complaints.
///
/// # Panics
/// When the patch does not fit.
pub fn apply(name: &str, changes: &str, folder: &Path) {
    let mut file = PathBuf::new();
    let (mut gone, mut come) = (String::new(), String::new());
    let lines: Vec<&str> = changes.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        match line.split_at_checked(1) {
            Some(("-", rest)) => gone += &format!("{rest}\n"),
            Some(("+", rest)) => come += &format!("{rest}\n"),
            _ if *line == "gone" => fs::remove_file(&file).expect("the file is there"),
            _ => {
                file = folder.join(
                    line.strip_prefix("in ")
                        .unwrap_or_else(|| panic!("{name}: {line}")),
                )
            }
        }
        let last = lines.get(at + 1).is_none_or(|next| !next.starts_with('+'));
        if line.starts_with('+') && last {
            replace(
                name,
                &file,
                &std::mem::take(&mut gone),
                &std::mem::take(&mut come),
            );
        }
    }
    assert!(gone.is_empty(), "{name}: nothing comes in the place of\n{gone}");
}

fn replace(name: &str, file: &Path, gone: &str, come: &str) {
    if gone.is_empty() {
        assert!(!file.exists(), "{name}: `{}` is there", file.display());
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        return fs::write(file, come).expect("written");
    }
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {}: {error}", file.display()));
    let (text, gone) = (format!("\n{text}"), format!("\n{gone}"));
    assert_eq!(
        text.matches(&gone).count(),
        1,
        "{name}: {}: stands not once:{gone}",
        file.display()
    );
    let text = text.replacen(&gone, &format!("\n{come}"), 1);
    fs::write(file, &text[1..]).expect("written");
}
