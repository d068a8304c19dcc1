//! `metode diff`.

use std::path::PathBuf;

use clap::Args;
use metode::source::Place;
use metode::version::{self, Class, Diff};
use serde_json::{Value as Json, json};

use super::progress::Progress;
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::casework;
use crate::comparison::{self, Comparison, Touched};

/// Options of `metode diff`.
#[derive(Debug, Args)]
pub struct Options {
    /// `id@version`, or `catalogue@edition`.
    from: String,
    /// Another version of the method, or another edition of the catalogue.
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
    if let (Some(old), Some(new)) = (library.edition(&from), library.edition(&to)) {
        let (diff, fates) = version::editions((&from, old), (&to, new));
        match format {
            Format::Json => super::print_json(&json!({
                "from": diff.from, "to": diff.to, "changes": changes_json(&diff, None), "concepts": fates,
            })),
            Format::Text => print!("{}", comparison::of_editions(&diff, &fates)),
        }
        return FINE;
    }
    let (Some(old), Some(new)) = (super::method(&library, &from), super::method(&library, &to)) else {
        return PROBLEMS;
    };
    if old.id != new.id {
        eprintln!("error: `{from}` and `{to}` are not versions of one method");
        return WRONG_USAGE;
    }
    let comparison = Comparison::of(&library, old, new);
    let touched = data.map(|data| {
        let mut progress = Progress::new("cases read", None);
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
        Format::Text => print!("{}", comparison.text(touched.as_ref())),
    }
    FINE
}

fn changes_json(diff: &Diff, touched: Option<&Touched>) -> Vec<Json> {
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
    changes.collect()
}

fn to_json(diff: &Diff, touched: Option<&Touched>) -> Json {
    let counts = Class::ALL
        .iter()
        .map(|class| (class.name().to_owned(), json!(diff.count(*class))));
    let counts: serde_json::Map<String, Json> = counts.collect();
    json!({
        "from": diff.from,
        "to": diff.to,
        "changes": changes_json(diff, touched),
        "counts": counts,
        "class": diff.class(),
        "bump": diff.class().map(Class::bump),
        "at_least": diff.honest(),
        "honest": diff.is_honest(),
        "cases": touched.map(|touched| touched.cases),
    })
}
