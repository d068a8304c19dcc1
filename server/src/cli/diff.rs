//! `metode diff`.

use std::path::PathBuf;

use clap::Args;
use metode::definition::Place;
use metode::version::{Change, Class, Diff};
use serde_json::{Value as Json, json};

use super::progress::Progress;
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::casework;
use crate::comparison::{Comparison, Touched};

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
    let comparison = Comparison::of(&library, old, new);
    let touched = data.map(|data| {
        let mut progress = Progress::new("cases read");
        let touched = comparison.touched(&*casework::existing(&data)?, old, &mut || progress.step());
        progress.end();
        touched
    });
    let touched = match touched.transpose() {
        Ok(touched) => touched,
        Err(message) => {
            eprintln!("error: {message}");
            return PROBLEMS;
        }
    };
    match format {
        Format::Json => super::print_json(&to_json(&comparison.diff, touched.as_ref())),
        Format::Text => print(&comparison, touched.as_ref()),
    }
    FINE
}

fn place(place: &Place) -> String {
    format!("{}:{}", place.source.path, place.position().line)
}

fn print(Comparison { diff, trials }: &Comparison, touched: Option<&Touched>) {
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
    let cases = touched.map_or_else(String::new, |count| match count {
        1 => ", 1 case".to_owned(),
        count => format!(", {count} cases"),
    });
    let (subject, event, class) = (change.subject(), change.event(), change.class.words());
    println!("  {subject}: {event} ({class}{cases})");
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
    for note in &change.notes {
        println!("    note: {}", note.words());
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
            "thing": change.thing,
            "at": change.at,
            "there": change.there,
            "label": change.label,
            "what": change.what,
            "key": change.key,
            "class": change.class,
            "before": change.before,
            "after": change.after,
            "old": at(&change.old),
            "new": at(&change.new),
            "notes": change.notes,
            "behaviour": change.behaviour,
            "cases": touched.and_then(|touched| touched.counts.get(index)),
        })
    });
    let counts = Class::ALL
        .iter()
        .map(|class| (class.name().to_owned(), json!(diff.count(*class))));
    let counts: serde_json::Map<String, Json> = counts.collect();
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
