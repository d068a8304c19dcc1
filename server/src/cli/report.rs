//! `metode report`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::iter;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use metode::case::CaseFile;
use metode::definition::{Library, Template};
use metode::diagnostic;
use metode::emission::{self, DataPoint};
use metode::evaluation::World;
use metode::report::{self, Format, History, Refusal, Report};
use metode::source::Source;
use metode::value::{Date, DateTime};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::parallel::in_order;
use super::progress::Progress;
use super::{Definitions, FINE, PROBLEMS, WRONG_USAGE};
use crate::casework;
use crate::clock;
use crate::store::{self, CaseId, Store};

/// How many data points or cases are read at a time.
const STRETCH: usize = 1_000;
/// How many citizens a thread takes at a time.
const EACH: usize = 20;

/// Writes the reports of a case file or of stored cases.
pub fn run(
    template: &str,
    case: Option<&Path>,
    since: u64,
    data: &Path,
    out: Option<&Path>,
    csv: bool,
    at: &Definitions,
) -> u8 {
    let Some(library) = super::load_with(at, case.is_none().then_some(data)) else {
        return WRONG_USAGE;
    };
    let Some(template) = library.report(template) else {
        eprintln!("error: there is no report template `{template}` without errors");
        let known: Vec<String> = library.reports().iter().map(|template| template.name()).collect();
        eprintln!("  hint: there are: {}", known.join(", "));
        return WRONG_USAGE;
    };
    if csv && template.columns.is_empty() {
        eprintln!("error: `{}` is no table", template.name());
        eprintln!("  hint: a template with `columns` can be written as one");
        return WRONG_USAGE;
    }
    let mut writer = Writer {
        template,
        format: if csv { Format::Csv } else { template.format },
        out,
        to: BufWriter::new(io::stdout()),
        written: 0,
        refused: 0,
    };
    let ran = match case {
        Some(case) => of_file(&library, case, &mut writer),
        None => of_store(&library, since, data, &mut writer),
    };
    match ran.and_then(|()| writer.to.flush().map_err(|error| error.to_string())) {
        Ok(()) if writer.refused == 0 => FINE,
        Ok(()) => PROBLEMS,
        Err(message) => {
            eprintln!("error: {message}");
            WRONG_USAGE
        }
    }
}

/// Where reports are written, and how many were.
struct Writer<'a> {
    template: &'a Template,
    format: Format,
    out: Option<&'a Path>,
    to: BufWriter<io::Stdout>,
    written: usize,
    refused: usize,
}

/// What became of a day: a report, or why it may not leave.
type Told = (Date, Result<Report, Vec<Refusal>>);

/// Builds the reports of days.
fn build(template: &Template, history: &History, days: impl IntoIterator<Item = Date>) -> Vec<Told> {
    let days = days.into_iter();
    let made = days.flat_map(|day| {
        let made = report::build(template, history, day).into_iter();
        made.map(move |made| (day, made.report))
    });
    made.collect()
}

impl Writer<'_> {
    /// Writes the reports of days.
    fn write(&mut self, told: Vec<Told>) -> Result<(), String> {
        for (day, told) in told {
            match told {
                Ok(mut report) => {
                    report.format = self.format;
                    self.written += 1;
                    let wrote = match self.out {
                        None if self.written > 1 => report.append(&mut self.to),
                        None => report.write(&mut self.to),
                        Some(folder) => {
                            let name = format!("{day}-{}.{}", report.id, report.format.extension());
                            File::create(folder.join(name)).and_then(|file| {
                                let mut to = BufWriter::new(file);
                                report.write(&mut to)?;
                                to.flush()
                            })
                        }
                    };
                    wrote.map_err(|error| format!("a report cannot be written: {error}"))?;
                }
                Err(refusals) => {
                    self.refused += 1;
                    for refusal in &refusals {
                        tell(refusal, &day.to_string());
                    }
                }
            }
        }
        Ok(())
    }
}

fn tell(refusal: &Refusal, day: &str) {
    eprintln!("error: the report of {day} may not leave: {}", refusal.message);
    for origin in &refusal.origins {
        let field = origin.field.as_ref().map(|field| format!(".{field}"));
        eprintln!(
            "  from: case {}, {}{} ({})",
            origin.case,
            origin.response,
            field.unwrap_or_default(),
            origin.form
        );
    }
}

fn of_file(library: &Library, path: &Path, writer: &mut Writer) -> Result<(), String> {
    let text = match path == Path::new("-") {
        true => io::read_to_string(io::stdin()),
        false => std::fs::read_to_string(path),
    };
    let text = text.map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    let source = Arc::new(Source {
        path: path.display().to_string(),
        text,
    });
    let file = CaseFile::read(library, &source)
        .map_err(|problems| format!("the case cannot be read\n{}", diagnostic::render(&problems)))?;
    let mut history = History::default();
    let world = file.world();
    history.add(&world, emission::all_points(&world));
    writer.write(build(writer.template, &history, history.days()))
}

/// Reports of the citizens of whom something came about after the cursor, with all that is known of them.
fn of_store(library: &Library, since: u64, data: &Path, writer: &mut Writer) -> Result<(), String> {
    if !data.is_dir() {
        return Err(format!("there is no folder `{}`", data.display()));
    }
    let store = store::open(data).map_err(|error| error.to_string())?;
    let store = store.as_ref();
    let now = clock::now();
    let (changed, cursor) = changed(store, since)?;
    let concerned = match changed.is_empty() {
        true => Vec::new(),
        false => concerned(library, store, writer.template, &changed, &now)?,
    };
    let template = writer.template;
    let mut progress = Progress::new("citizens reported", Some(concerned.len()));
    let share = |citizens: &[Vec<CaseId>]| -> Result<(usize, Vec<Told>), String> {
        let told = citizens
            .iter()
            .map(|cases| of_citizen(library, store, template, cases, &changed, &now));
        let told: Vec<Vec<Told>> = told.collect::<Result<_, _>>()?;
        Ok((citizens.len(), told.into_iter().flatten().collect()))
    };
    in_order(concerned.chunks(EACH).map(Ok), share, |(count, told)| {
        progress.steps(count);
        writer.write(told)
    })?;
    progress.end();
    eprintln!(
        "{} reports of {} citizens written, {} refused; go on with --since {cursor}",
        writer.written,
        concerned.len(),
        writer.refused
    );
    Ok(())
}

/// The reports of a citizen of the days on which something came about.
fn of_citizen(
    library: &Library,
    store: &dyn Store,
    template: &Template,
    cases: &[CaseId],
    changed: &Changed,
    now: &DateTime,
) -> Result<Vec<Told>, String> {
    let mut history = History::default();
    for id in cases {
        let world = read(library, store, id, now)?;
        let points = store.points(id).map_err(|error| error.to_string())?;
        let points = points.iter().map(|stored| json::<DataPoint>(&stored.body));
        history.add(&world, points.collect::<Result<_, _>>()?);
    }
    let days = cases.iter().filter_map(|case| changed.get(case)).flatten();
    let days: BTreeSet<Date> = days.copied().collect();
    Ok(build(template, &history, days))
}

/// The days on which something came about, by case.
type Changed = BTreeMap<CaseId, BTreeSet<Date>>;

/// What is needed of a data point to know when it came about.
#[derive(Deserialize)]
struct Recorded {
    recorded: DateTime,
}

/// The days on which something came about in each case after a cursor, and the cursor behind the last of it.
fn changed(store: &dyn Store, since: u64) -> Result<(Changed, u64), String> {
    let (mut changed, mut cursor) = (Changed::new(), since);
    let mut progress = Progress::new("data points read", None);
    let stretches = iter::from_fn(|| match store.outbox(cursor, STRETCH) {
        Ok(stretch) => {
            cursor = stretch.last()?.0;
            Some(Ok(stretch))
        }
        Err(error) => Some(Err(error.to_string())),
    });
    let days = |stretch: Vec<(u64, CaseId, Vec<u8>)>| -> Result<Vec<(CaseId, Date)>, String> {
        let days = stretch
            .iter()
            .map(|(_, case, body)| Ok((*case, json::<Recorded>(body)?.recorded.date())));
        days.collect()
    };
    in_order(stretches, days, |days| {
        progress.steps(days.len());
        for (case, day) in days {
            changed.entry(case).or_default().insert(day);
        }
        Ok(())
    })?;
    progress.end();
    Ok((changed, cursor))
}

/// The cases of each citizen of whom something came about, as the template tells people apart; a case that does not say stands
/// for itself.
fn concerned(
    library: &Library,
    store: &dyn Store,
    template: &Template,
    changed: &Changed,
    now: &DateTime,
) -> Result<Vec<Vec<CaseId>>, String> {
    let mut citizens: BTreeMap<String, Vec<CaseId>> = BTreeMap::new();
    let mut progress = Progress::new("cases read", None);
    let mut after = None;
    let stretches = iter::from_fn(|| match store.cases(after.as_ref(), STRETCH) {
        Ok(stretch) => {
            after = Some(stretch.last()?.0);
            Some(Ok(stretch))
        }
        Err(error) => Some(Err(error.to_string())),
    });
    let about = |stretch: Vec<(CaseId, Vec<u8>)>| -> Result<Vec<(String, CaseId)>, String> {
        let about = stretch.into_iter().map(|(id, _)| {
            let world = read(library, store, &id, now)?;
            let mut history = History::default();
            history.add(&world, Vec::new());
            let about = report::about(template, &history);
            Ok((about.unwrap_or_else(|| id.to_string()), id))
        });
        about.collect()
    };
    in_order(stretches, about, |cases| {
        progress.steps(cases.len());
        for (citizen, case) in cases {
            citizens.entry(citizen).or_default().push(case);
        }
        Ok(())
    })?;
    progress.end();
    let citizens = citizens.into_values();
    Ok(citizens
        .filter(|cases| cases.iter().any(|case| changed.contains_key(case)))
        .collect())
}

fn read(library: &Library, store: &dyn Store, id: &CaseId, now: &DateTime) -> Result<Rc<World>, String> {
    let record = store.load(id).map_err(|error| error.to_string())?;
    let case = record.and_then(|record| casework::case(&record.body).ok());
    let case = case.ok_or_else(|| format!("the case {id} cannot be read"))?;
    let method = library.method(&case.method).cloned();
    let method =
        method.ok_or_else(|| format!("the case {id} follows `{}`, which is not there", case.method))?;
    Ok(World::new(&method, Rc::new(case), now.clone()))
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("a data point cannot be read: {error}"))
}
