//! `metode diff`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use metode::case::CaseFile;
use metode::definition::{Library, Method, Place};
use metode::version::{self, Change, Class, Diff, Footprint, Migration, Trial};
use serde_json::{Value as Json, json};

use super::progress::Progress;
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::casework;

/// How many cases each change touches, and of how many.
struct Touched {
    counts: Vec<usize>,
    cases: usize,
}

/// Options of `metode diff`.
#[derive(Debug, Args)]
pub struct Options {
    /// `id@version`.
    from: String,
    /// `id@version`.
    to: String,
    /// Directory of cases: how many of them each change touches.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where definitions stand.
    #[command(flatten)]
    at: Definitions,
    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Tells what changed from one version to another.
pub fn run(options: Options) -> u8 {
    let Options {
        from,
        to,
        data,
        at,
        format,
    } = options;
    let Some(library) = super::load_with(&at, data.as_deref()) else {
        return WRONG_USAGE;
    };
    let (Some(old), Some(new)) = (super::method(&library, &from), super::method(&library, &to)) else {
        return PROBLEMS;
    };
    if old.id != new.id {
        eprintln!("error: `{from}` and `{to}` are not versions of one method");
        return WRONG_USAGE;
    }
    let migration = library.migration(&old.name(), &new.name());
    let declared = migration
        .map(|migration| migration.declared())
        .unwrap_or_default();
    let mut diff = version::diff(old, new, &declared);
    let trials = trials(&library, (old, new), migration.map(Arc::as_ref));
    version::behaviour(&mut diff, old, new, &trials);
    let touched = match data.map(|data| touched(&data, old, &diff)).transpose() {
        Ok(touched) => touched,
        Err(message) => {
            eprintln!("error: {message}");
            return PROBLEMS;
        }
    };
    match format {
        Format::Json => super::print_json(&to_json(&diff, touched.as_ref())),
        Format::Text => print(&diff, touched.as_ref(), trials.len()),
    }
    FINE
}

/// The cases beside both versions, each under both: those of the first as the migration makes them, if there is one.
fn trials(
    library: &Library,
    (old, new): (&Arc<Method>, &Arc<Method>),
    migration: Option<&Migration>,
) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (method, other) in [(old, new), (new, old)] {
        for source in &method.cases {
            // A case that cannot be read is told by `metode check`.
            let Ok(file) = CaseFile::read(library, source) else {
                continue;
            };
            let mut there = file.case.clone();
            there.method = other.name();
            let (old, new) = if Arc::ptr_eq(method, old) {
                let moved = migration.map(|migration| migration.migrate(&file.case, &file.now).case);
                (file.case, moved.unwrap_or(there))
            } else {
                (there, file.case)
            };
            trials.push(Trial {
                name: library.inside(&source.path).display().to_string(),
                old,
                new,
                now: file.now,
            });
        }
    }
    trials
}

fn touched(data: &Path, method: &Method, diff: &Diff) -> Result<Touched, String> {
    let store = casework::existing(data)?;
    let mut touched = Touched {
        counts: vec![0; diff.changes.len()],
        cases: 0,
    };
    let mut progress = Progress::new("cases read", None);
    casework::each_of(&*store, &method.name(), &mut |case| {
        let footprint = Footprint::of(method, case);
        touched.cases += 1;
        for (count, change) in touched.counts.iter_mut().zip(&diff.changes) {
            *count += usize::from(footprint.feels(change));
        }
        progress.step();
    })?;
    progress.end();
    Ok(touched)
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.source.path, place.position().line)
}

fn print(diff: &Diff, touched: Option<&Touched>, trials: usize) {
    println!("{} → {}", diff.from, diff.to);
    if diff.changes.is_empty() {
        println!("nothing changed");
        return;
    }
    let mut part = None;
    let counts = touched
        .map(|touched| touched.counts.as_slice())
        .unwrap_or_default();
    for (index, change) in diff.changes.iter().enumerate() {
        if part != Some(&change.part) {
            println!("\n{}", change.part.heading());
            part = Some(&change.part);
        }
        one(change, counts.get(index).copied());
    }
    println!("\n{} changes", diff.changes.len());
    for class in Class::ALL {
        println!("{:>6} {}", diff.count(class), class.words());
    }
    println!("changed rules were asked in {trials} cases of both versions");
    if let Some(touched) = touched {
        println!("{} running cases of {} were looked at", touched.cases, diff.from);
    }
    let (Some(class), Some(honest)) = (diff.class(), diff.honest()) else {
        return;
    };
    println!(
        "the gravest is `{}`: at least {honest} ({})",
        class.words(),
        class.bump().words()
    );
    if !diff.is_honest() {
        println!("the number of {} hides that", diff.to);
    }
}

fn one(change: &Change, touched: Option<usize>) {
    let at = if change.at.is_empty() {
        "itself"
    } else {
        &change.at
    };
    let what = match change.key {
        Some(key) => format!("{key} {}", change.what.words()),
        None => change.what.words().to_owned(),
    };
    let cases = touched.map_or_else(String::new, |count| match count {
        1 => ", 1 case".to_owned(),
        count => format!(", {count} cases"),
    });
    println!("  {at}: {what} ({}{cases})", change.class.words());
    // Where something is taken from is worth a line, not three.
    if matches!(change.key, Some("source" | "marks" | "structured_data")) {
        return;
    }
    for (sign, text, at) in [
        ("-", &change.before, &change.old),
        ("+", &change.after, &change.new),
    ] {
        if text.is_some() || at.is_some() {
            let text = text.as_deref().unwrap_or("(nothing)");
            let at = at
                .as_ref()
                .map_or_else(String::new, |at| format!("    {}", place(at)));
            println!("    {sign} {text}{at}");
        }
    }
    if let Some(note) = &change.note {
        println!("    note: {note}");
    }
    if let Some(behaviour) = &change.behaviour {
        println!(
            "    in cases: {} of {} come out differently",
            behaviour.different, behaviour.asked
        );
        for example in &behaviour.examples {
            println!(
                "      {} {}: {} → {}",
                example.case, example.at, example.before, example.after
            );
        }
    }
}

fn to_json(diff: &Diff, touched: Option<&Touched>) -> Json {
    let at = |place: &Option<Place>| {
        place.as_ref().map(|place| {
            let position = place.position();
            json!({"file": place.source.path, "line": position.line, "column": position.column})
        })
    };
    let changes = diff.changes.iter().enumerate().map(|(index, change)| {
        json!({
            "part": change.part,
            "at": change.at,
            "what": change.what,
            "key": change.key,
            "class": change.class,
            "before": change.before,
            "after": change.after,
            "old": at(&change.old),
            "new": at(&change.new),
            "note": change.note,
            "behaviour": change.behaviour,
            "cases": touched.and_then(|touched| touched.counts.get(index)),
        })
    });
    let counts: serde_json::Map<String, Json> = Class::ALL
        .iter()
        .map(|class| {
            let name = serde_json::to_value(class).ok();
            let name = name
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default();
            (name, json!(diff.count(*class)))
        })
        .collect();
    json!({
        "from": diff.from,
        "to": diff.to,
        "changes": changes.collect::<Vec<_>>(),
        "counts": counts,
        "class": diff.class(),
        "bump": diff.class().map(Class::bump),
        "at_least": diff.honest(),
        "honest": diff.is_honest(),
        "cases": touched.map(|touched| touched.cases),
    })
}
