//! `metode migrate`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use metode::version::{Decision, Migration, Retired};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use super::progress::Progress;
use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};
use crate::app::{self, App, Methods};
use crate::casework::{self, Actor, Moved};
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

/// How many cases are on their way to the disk at a time.
const AT_ONCE: usize = 256;

/// What happened to a case.
struct Told {
    id: CaseId,
    fate: Fate,
}

enum Fate {
    Moved(Box<Moved>),
    Back,
    /// Somebody has worked on it since.
    Stays,
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
    if migration.is_none() && !options.back {
        eprintln!(
            "error: there is no migration from `{}` to `{}`",
            options.from, options.to
        );
        eprintln!(
            "  hint: it stands in the folder of the later version, as migrations/<earlier version>.yaml"
        );
        return PROBLEMS;
    }
    let result = casework::existing(&options.data).and_then(|store| {
        let app = App {
            methods: Methods::new(library),
            store,
            pages: Pages::new().map_err(|error| format!("{error:#}"))?,
            demo: false,
            delivery: Delivery::default(),
        };
        app::block_on(all(Arc::new(app), &options, migration))
    });
    match result {
        Ok(()) => FINE,
        Err(message) => {
            eprintln!("error: {message}");
            PROBLEMS
        }
    }
}

async fn all(app: Arc<App>, options: &Migrate, migration: Option<Arc<Migration>>) -> Result<(), String> {
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
    let mut progress = Progress::new(if options.dry_run {
        "cases looked at"
    } else {
        "cases moved"
    });
    let mut totals = Totals::default();
    let mut told = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let mut tasks = JoinSet::new();
        for id in ids {
            let (app, id, migration) = (Arc::clone(&app), *id, migration.clone());
            let (dry, back) = (options.dry_run, options.back.then(|| options.to.clone()));
            tasks.spawn(async move { one(&app, id, migration.as_deref(), dry, back.as_deref()).await });
        }
        let mut done = Vec::new();
        while let Some(result) = tasks.join_next().await {
            done.extend(result.map_err(|error| error.to_string())??);
            progress.step();
        }
        done.sort_by_key(|told| told.id);
        for one in done {
            totals.count(&one);
            match options.format {
                Format::Text => print(&one),
                Format::Json => told.push(to_json(&one)),
            }
        }
    }
    progress.end();
    match options.format {
        Format::Text => totals.print(options),
        Format::Json => super::print_json(&json!({
            "from": options.from,
            "to": options.to,
            "dry_run": options.dry_run,
            "cases": told,
            "totals": totals.to_json(),
        })),
    }
    Ok(())
}

async fn one(
    app: &App,
    id: CaseId,
    migration: Option<&Migration>,
    dry: bool,
    back: Option<&str>,
) -> Result<Option<Told>, String> {
    let actor = Actor {
        name: "metode migrate".to_owned(),
        page: None,
    };
    let told = |fate| Some(Told { id, fate });
    let shown = |error| format!("case {id}: {error:?}");
    let mut opened = casework::open(app, &id).map_err(shown)?;
    let fate = match (back, migration) {
        (Some(to), _) => match casework::move_back(app, &mut opened, to).map_err(shown)? {
            true => Fate::Back,
            false => return Ok(told(Fate::Stays)),
        },
        // Somebody moved it while this was on its way.
        (None, Some(migration)) if opened.case.method != migration.from.name() => return Ok(None),
        (None, Some(migration)) => Fate::Moved(Box::new(casework::move_on(&mut opened, migration))),
        (None, None) => return Ok(None),
    };
    if !dry {
        let saved = casework::save(app, &mut opened, &actor).await;
        saved.map_err(|error| format!("case {id}: {error}"))?;
    }
    Ok(told(fate))
}

impl Totals {
    fn count(&mut self, told: &Told) {
        match &told.fate {
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
    }

    fn print(&self, options: &Migrate) {
        let verb = if options.dry_run {
            "would be moved"
        } else {
            "moved"
        };
        println!(
            "{} cases {verb} from {} to {}",
            self.cases, options.from, options.to
        );
        if self.stay > 0 {
            println!(
                "{} cases stay: somebody has worked on them since they were moved",
                self.stay
            );
        }
        if !options.back {
            println!(
                "answers: {} kept, {} mapped, {} retired; {} decisions for people",
                self.kept, self.mapped, self.retired, self.to_decide
            );
        }
    }

    fn to_json(&self) -> Json {
        json!({
            "cases": self.cases,
            "stay": self.stay,
            "kept": self.kept,
            "mapped": self.mapped,
            "retired": self.retired,
            "to_decide": self.to_decide,
        })
    }
}

/// Answers themselves are not printed: they are nobody's but the caseworker's.
fn print(told: &Told) {
    let id = &told.id;
    match &told.fate {
        Fate::Back => println!("case {id}: back"),
        Fate::Stays => println!("case {id}: stays, somebody has worked on it since"),
        Fate::Moved(moved) => {
            println!(
                "case {id}: {} kept, {} mapped, {} retired, {} to decide",
                moved.kept,
                moved.mapped.len(),
                moved.retired.len(),
                moved.to_decide.len()
            );
            for Retired {
                place, path, reason, ..
            } in &moved.retired
            {
                println!("  retired {place}.{path}: {reason}");
            }
            for Decision {
                place, field, reason, ..
            } in &moved.to_decide
            {
                println!("  to decide {field} (in {place}): {reason}");
            }
        }
    }
}

fn to_json(told: &Told) -> Json {
    let id = told.id.to_string();
    match &told.fate {
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
