//! `metode migrate`.

mod totals;

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use metode::definition::Method;
use metode::version::{Decision, Retired};
use serde_json::{Value as Json, json};

use totals::Totals;

use super::progress::Progress;
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::app::{self, App, Methods};
use crate::casework::{self, Actor, Fate, Way};
use crate::delivery::Delivery;
use crate::store::CaseId;
use crate::view::Pages;

/// Options of `metode migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// The version that cases leave, `id@version`.
    #[arg(long)]
    from: String,
    /// The version that they get.
    #[arg(long)]
    to: String,
    /// Directory that holds the cases.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Tells what would happen and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Tells only what comes of all cases together, not of each.
    #[arg(long)]
    totals: bool,
    /// Only this case; may be given several times.
    #[arg(long = "case", value_name = "ID")]
    cases: Vec<String>,
    /// Moves cases back that nobody has worked on since: from `--from`, the version they have, to `--to`, the one they had.
    #[arg(long, conflicts_with = "dry_run")]
    back: bool,
    /// Where definitions stand.
    #[command(flatten)]
    at: Definitions,
    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Moves cases from one version to another.
pub fn run(options: Migrate) -> u8 {
    let Some(library) = super::load_with(&options.at, Some(&options.data)) else {
        return WRONG_USAGE;
    };
    let (Some(from), Some(to)) = (
        super::method(&library, &options.from),
        super::method(&library, &options.to),
    ) else {
        return PROBLEMS;
    };
    if let Some(message) = wrong(&options, from, to) {
        eprintln!("error: {message}");
        return WRONG_USAGE;
    }
    let migration = library.migration(&options.from, &options.to).cloned();
    let way = match migration {
        _ if options.back => Way::Back(options.to.clone()),
        Some(migration) if options.dry_run => Way::Try(migration),
        Some(migration) => Way::On(migration),
        None => {
            eprintln!(
                "error: there is no migration from `{}` to `{}`",
                options.from, options.to
            );
            let hint = match library.migration(&options.to, &options.from) {
                Some(_) => "`--back` moves those back that nobody has worked on since",
                None => "it stands in the folder of the later version, as migrations/<earlier version>.yaml",
            };
            eprintln!("  hint: {hint}");
            return PROBLEMS;
        }
    };
    let result = casework::existing(&options.data).and_then(|store| {
        let app = App {
            methods: Methods::new(library),
            store,
            pages: Pages::new().map_err(|error| format!("{error:#}"))?,
            demo: false,
            delivery: Delivery::default(),
        };
        app::block_on(all(&Arc::new(app), &options, way))
    });
    match result {
        Ok(()) => FINE,
        Err(message) => {
            eprintln!("error: {message}");
            PROBLEMS
        }
    }
}

/// What cannot be meant.
fn wrong(options: &Migrate, from: &Method, to: &Method) -> Option<String> {
    let named = [(&options.from, from), (&options.to, to)];
    if let Some((name, method)) = named.into_iter().find(|(name, method)| **name != method.name()) {
        return Some(format!("`{name}` names no version: `{}` is one", method.name()));
    }
    (from.id != to.id || from.version == to.version).then(|| {
        let (from, to) = (&options.from, &options.to);
        format!("`{from}` and `{to}` are not two versions of one method")
    })
}

async fn all(app: &Arc<App>, options: &Migrate, way: Way) -> Result<(), String> {
    let mut ids: Vec<CaseId> = Vec::new();
    let chosen: Vec<CaseId> = options
        .cases
        .iter()
        .map(|id| id.parse().map_err(|_| format!("`{id}` is not the id of a case")))
        .collect::<Result<_, String>>()?;
    casework::ids_of(&*app.store, &options.from, &mut |id| {
        if chosen.is_empty() || chosen.contains(&id) {
            ids.push(id);
        }
    })?;
    if let Some(missing) = chosen.iter().find(|id| !ids.contains(id)) {
        return Err(format!("there is no case `{missing}` of `{}`", options.from));
    }
    let what = if options.dry_run {
        "cases looked at"
    } else {
        "cases moved"
    };
    let mut progress = Progress::new(what, Some(ids.len()));
    let mut totals = Totals::default();
    let actor = Actor {
        name: "metode migrate".to_owned(),
        page: None,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    tokio::spawn(async move {
        app::stopped().await;
        told.store(true, Ordering::Relaxed);
    });
    let mut out = BufWriter::new(io::stdout().lock());
    let said = |result: io::Result<()>| result.map_err(|error| error.to_string());
    said(begin(&mut out, options))?;
    casework::move_many(app, &ids, way, &actor, &mut |id, fate| {
        let first = totals.count(&fate) == 1;
        progress.step();
        said(match options.format {
            _ if options.totals => Ok(()),
            Format::Text => print(&mut out, &id, &fate),
            Format::Json => {
                let comma = if first { "" } else { "," };
                write!(out, "{comma}\n{}", to_json(&id, &fate))
            }
        })?;
        Ok(match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        })
    })
    .await?;
    progress.end();
    let all = totals.all();
    let end = match options.format {
        Format::Json => writeln!(out, "\n], \"totals\": {}}}", totals.to_json()),
        Format::Text => totals.print(&mut out, options),
    };
    said(end.and_then(|()| out.flush()))?;
    match ids.len().saturating_sub(all) {
        left if left > 0 && stop.load(Ordering::Relaxed) => Err(format!(
            "stopped: {left} of {} cases are left, and the same command goes on with them",
            ids.len()
        )),
        _ => Ok(()),
    }
}

/// Cases are written one by one, so that a whole country's need no room.
fn begin(out: &mut impl Write, options: &Migrate) -> io::Result<()> {
    match options.format {
        Format::Text => Ok(()),
        Format::Json => {
            let (from, to, dry) = (json!(options.from), json!(options.to), options.dry_run);
            write!(
                out,
                "{{\"from\": {from}, \"to\": {to}, \"dry_run\": {dry}, \"cases\": ["
            )
        }
    }
}

/// Answers themselves are not printed: they are nobody's but the caseworker's.
fn print(out: &mut impl Write, id: &CaseId, fate: &Fate) -> io::Result<()> {
    let moved = match fate {
        Fate::Back => return writeln!(out, "case {id}: back"),
        Fate::Stays => return writeln!(out, "case {id}: stays, somebody has worked on it since"),
        Fate::Moved(moved) => moved,
    };
    writeln!(
        out,
        "case {id}: {} kept, {} mapped, {} retired, {} to decide",
        moved.kept,
        moved.mapped.len(),
        moved.retired.len(),
        moved.to_decide.len()
    )?;
    for Retired {
        place, path, reason, ..
    } in &moved.retired
    {
        writeln!(out, "  retired {place}.{path}: {reason}")?;
    }
    for Decision {
        place, field, reason, ..
    } in &moved.to_decide
    {
        writeln!(out, "  to decide {field} (in {place}): {reason}")?;
    }
    Ok(())
}

fn to_json(id: &CaseId, fate: &Fate) -> Json {
    let id = id.to_string();
    match fate {
        Fate::Back => json!({"case": id, "moved": "back"}),
        Fate::Stays => json!({"case": id, "moved": false}),
        Fate::Moved(moved) => json!({
            "case": id,
            "moved": true,
            "kept": moved.kept,
            "mapped": moved.mapped.iter().map(|one| json!({"place": one.place, "path": one.path, "to_place": one.to_place, "to_path": one.to_path})).collect::<Vec<_>>(),
            "retired": moved.retired.iter().map(|one| json!({"place": one.place, "path": one.path, "reason": one.reason})).collect::<Vec<_>>(),
            "to_decide": moved.to_decide.iter().map(|one| json!({"place": one.place, "field": one.field, "between": one.between, "reason": one.reason})).collect::<Vec<_>>(),
        }),
    }
}
