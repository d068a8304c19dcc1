//! `metode migrate`.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use metode::version::{Decision, Retired};
use serde_json::{Value as Json, json};

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

#[derive(Default)]
struct Totals {
    cases: usize,
    stay: usize,
    kept: usize,
    mapped: usize,
    retired: usize,
    to_decide: usize,
}

/// Moves cases from one version to another.
pub fn run(options: Migrate) -> u8 {
    let Some(library) = super::load_with(&options.at, Some(&options.data)) else {
        return WRONG_USAGE;
    };
    if super::method(&library, &options.from).is_none() || super::method(&library, &options.to).is_none() {
        return PROBLEMS;
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
            eprintln!(
                "  hint: it stands in the folder of the later version, as migrations/<earlier version>.yaml"
            );
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
    let mut out = BufWriter::new(io::stdout().lock());
    let said = |result: io::Result<()>| result.map_err(|error| error.to_string());
    said(begin(&mut out, options))?;
    casework::move_many(app, &ids, way, &actor, &mut |id, fate| {
        let first = totals.count(&fate) == 1;
        progress.step();
        said(match options.format {
            Format::Text => print(&mut out, &id, &fate),
            Format::Json => {
                let comma = if first { "" } else { "," };
                write!(out, "{comma}\n{}", to_json(&id, &fate))
            }
        })
    })
    .await?;
    progress.end();
    said(totals.print(&mut out, options).and_then(|()| out.flush()))
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

impl Totals {
    /// Counts a case in; how many there are with it.
    fn count(&mut self, fate: &Fate) -> usize {
        match fate {
            Fate::Stays => self.stay += 1,
            Fate::Back => self.cases += 1,
            Fate::Moved(moved) => {
                self.cases += 1;
                self.kept += moved.kept;
                self.mapped += moved.mapped.len();
                self.retired += moved.retired.len();
                self.to_decide += moved.to_decide.len();
            }
        }
        self.cases + self.stay
    }

    fn print(&self, out: &mut impl Write, options: &Migrate) -> io::Result<()> {
        let Self {
            cases,
            stay,
            kept,
            mapped,
            retired,
            to_decide,
        } = self;
        if options.format == Format::Json {
            let totals = json!({"cases": cases, "stay": stay, "kept": kept, "mapped": mapped, "retired": retired, "to_decide": to_decide});
            return writeln!(out, "\n], \"totals\": {totals}}}");
        }
        let verb = if options.dry_run {
            "would be moved"
        } else {
            "moved"
        };
        writeln!(
            out,
            "{cases} cases {verb} from {} to {}",
            options.from, options.to
        )?;
        if *stay > 0 {
            writeln!(
                out,
                "{stay} cases stay: somebody has worked on them since they were moved"
            )?;
        }
        if !options.back {
            writeln!(
                out,
                "answers: {kept} kept, {mapped} mapped, {retired} retired; {to_decide} decisions for people"
            )?;
        }
        Ok(())
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
