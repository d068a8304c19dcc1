//! `metode next`: a version to go on from, beside the one before it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use metode::definition::{Library, Method, canonical, numbers};
use metode::diagnostic::Diagnostic;
use metode::value::Date;
use serde_json::json;

use super::publish::{Told, refused, tell};
use super::{Definitions, Format, WRONG_USAGE};

/// What comes next after what.
#[derive(Debug, Args)]
pub struct Next {
    /// The version to go on from, `id@version`.
    former: String,
    /// The number of the next one.
    version: String,
    /// The day on which it begins.
    #[arg(long, value_name = "DAY")]
    valid_from: String,
    /// What is new in it; can be repeated.
    #[arg(long = "change", value_name = "TEXT")]
    changes: Vec<String>,
    /// Where definitions stand.
    #[command(flatten)]
    at: Definitions,
    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Begins the next version.
pub fn run(next: Next) -> u8 {
    let Some(library) = super::load(&next.at) else {
        return WRONG_USAGE;
    };
    tell(begin(&library, &next), next.format)
}

fn begin(library: &Library, next: &Next) -> Told {
    let Some(former) = library.method(&next.former) else {
        return Err(refused(format!(
            "there is no method `{}` without errors",
            next.former
        )));
    };
    let (name, version) = (former.name(), &next.version);
    let written: Vec<String> = numbers(version).iter().map(u64::to_string).collect();
    if written.len() != 3 || written.join(".") != *version {
        return Err(refused(format!("`{version}` is no version: 2.0.1 is one")));
    }
    if numbers(version) <= numbers(&former.version) {
        return Err(refused(format!("`{version}` does not come after `{name}`")));
    }
    if Date::parse(&next.valid_from).is_none_or(|day| day <= former.valid_from) {
        let message = format!("`{}` is no day after {}", next.valid_from, former.valid_from);
        let hint = format!("{} is the day on which `{name}` begins", former.valid_from);
        return Err(vec![Diagnostic::without_source(message).with_hint(hint)]);
    }
    let Some(folder) = folder(former) else {
        return Err(refused(format!("`{name}` stands in no folder")));
    };
    let target = folder.with_file_name(version);
    let shown = target.display().to_string();
    if target.exists() {
        return Err(refused(format!("`{shown}` is there already")));
    }
    let files = files(former, next);
    new_folder(&target, &files).map_err(|error| refused(format!("`{shown}`: {error}")))?;
    let facts =
        json!({ "method": format!("{}@{version}", former.id), "folder": shown, "files": files.len() });
    let sentence = format!(
        "{}@{version} begins as a copy of {name}: {} files in {shown}",
        former.id,
        files.len()
    );
    Ok((facts, sentence))
}

/// Makes a folder with files, by their path in it: all of it appears at once, or nothing.
pub fn new_folder(target: &Path, files: &[(String, String)]) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = target.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = files.iter().try_for_each(|(path, text)| {
        let path = draft.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&draft))?;
        fs::write(path, text)
    });
    written
        .and_then(|()| fs::rename(&draft, target))
        .inspect_err(|_| {
            // What was begun is of no use to anybody.
            let _ = fs::remove_dir_all(&draft);
        })
}

/// The folder in which a version stands.
fn folder(method: &Method) -> Option<PathBuf> {
    let path = format!("methods/{}/{}/method.yaml", method.id, method.version);
    let source = method.content.files().get(&path)?;
    Path::new(&source.path).parent().map(Path::to_owned)
}

/// The files of the next version, by their path in its folder.
fn files(former: &Arc<Method>, next: &Next) -> Vec<(String, String)> {
    let own = format!("methods/{}/{}/", former.id, former.version);
    let follows = format!("\nmethod: {}\n", former.name());
    let moved = format!("\nmethod: {}@{}\n", former.id, next.version);
    let files = former.content.files().iter();
    let mut files: Vec<(String, String)> = files
        .filter_map(|(path, source)| {
            let inside = path.strip_prefix(&own)?;
            let text = canonical(&source.text);
            let text = match inside {
                "method.yaml" => head(&text, next),
                // A case names the version that it follows; it may do so in its first line.
                _ => format!("\n{text}").replacen(&follows, &moved, 1).split_off(1),
            };
            Some((inside.to_owned(), text))
        })
        .collect();
    let path = format!("migrations/{}.yaml", former.version);
    let text = format!(
        "# What is not named here stays as it is.\nmigration: {}\nsteps: []\n",
        former.version
    );
    files.push((path, text));
    files
}

/// The head of the next version: its number, its day, and what is new in it; the end of the former is not its end.
fn head(text: &str, next: &Next) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let changes = next
        .changes
        .iter()
        .map(|change| format!("  - {}\n", quoted(change)));
    let changes: String = changes.collect();
    let changes = (!changes.is_empty()).then(|| format!("changes:\n{changes}"));
    let mut whole = String::new();
    for (key, block) in blocks(text) {
        match key {
            "version" => whole += &format!("version: {}\n", next.version),
            "valid_from" => {
                whole += &format!("valid_from: {}\n", quoted(&next.valid_from));
                whole += changes.as_deref().unwrap_or_default();
            }
            "valid_to" | "changes" => {}
            _ => whole += &block,
        }
    }
    whole
}

/// The keys at the top of a mapping, each with its lines and the comments in front of it.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut before = String::new();
    for line in text.split_inclusive('\n') {
        let key = line.split_once(':').map(|(key, _)| key);
        match (key, line.chars().next()) {
            (Some(key), Some(first)) if first.is_ascii_lowercase() => {
                blocks.push((key, std::mem::take(&mut before) + line));
            }
            (_, Some('#' | '\n')) => before += line,
            _ => match blocks.last_mut() {
                Some((_, block)) => *block += &(std::mem::take(&mut before) + line),
                None => before += line,
            },
        }
    }
    if let Some((_, block)) = blocks.last_mut() {
        *block += &before;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_keeps_everything_but_its_own_number_days_and_news() {
        let text = "# Of the whole.\nmethod: a\nversion: 1.0.0\nvalid_from: \"2025-01-01\"\nvalid_to: \"2026-01-01\"\n\
                    # Of the first version.\nchanges:\n  - \"All: of it\"\n- and\n\n# Who.\nroles:\n  - {id: a}\n  # more\n\n  - {id: b}\n";
        let next = Next {
            former: String::new(),
            version: "1.1.0".to_owned(),
            valid_from: "2026-01-01".to_owned(),
            changes: vec!["Say \"a\"".to_owned()],
            at: Definitions {
                definitions: PathBuf::new(),
            },
            format: Format::Text,
        };
        assert_eq!(
            head(text, &next),
            "# Of the whole.\nmethod: a\nversion: 1.1.0\nvalid_from: \"2026-01-01\"\nchanges:\n  - \"Say \\\"a\\\"\"\n\n\
             # Who.\nroles:\n  - {id: a}\n  # more\n\n  - {id: b}\n"
        );
    }
}
