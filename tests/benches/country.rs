//! What the whole country would report: `cargo bench -p metode-tests --bench country -- [CITIZENS]…`.
//!
//! By September 2025, 86 municipalities had reported 350,000 themes of functions and conditions, 950,000 of activity and
//! participation, 190,000 types of goals and 40,000 needs for support: 1.53 million facts of about 40,000 citizens. The bench
//! makes that many citizens, each with an assessment and an evaluation, emits their data points and writes their reports, on as
//! many threads as there are cores (two at most). Beside it the same reports are written by serde_json alone.
//!
//! It prints one line for each number of citizens. The seconds of the parts are those that the threads had the processor, so that
//! they mean the same on a busy machine; `ratio` is what serde_json takes of what emitting, building and writing take.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use metode::case::{Answer, Answers, Case, CaseFile, Origin, Response};
use metode::definition::{List, Method, Template};
use metode::emission;
use metode::report::{self, History};
use metode::value::{Date, DateTime};
use serde_json::{Value as Json, json};

/// Draws numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

/// What citizens are made of.
struct Material {
    method: Arc<Method>,
    template: Arc<Template>,
    record: Answers,
    now: DateTime,
}

fn entered(value: Json) -> Answer {
    Answer {
        value,
        origin: Origin::Entered,
        provenance: None,
    }
}

/// As many different ones as wanted, in the order of the list.
fn some<'a>(dice: &mut Dice, all: &[&'a str], wanted: usize) -> Vec<&'a str> {
    let mut left = wanted;
    let mut found = Vec::with_capacity(wanted);
    for (place, code) in all.iter().enumerate() {
        if dice.below(all.len() - place) < left {
            found.push(*code);
            left -= 1;
        }
    }
    found
}

/// The codes below a branch by the code right above them.
fn branch<'a>(list: &'a List, code: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let above = list.children(Some(code));
    above
        .map(|theme| {
            (
                &*theme.code,
                list.children(Some(&theme.code))
                    .map(|below| &*below.code)
                    .collect(),
            )
        })
        .collect()
}

fn citizen(material: &Material, number: usize) -> Case {
    let mut dice = Dice(number as u64 + 1);
    let list = &material.method.lists["ffb.undertemaer"];
    let mut answers = Answers::default();
    for (group, wanted) in [("funktioner_og_forhold", 9), ("aktivitet_og_deltagelse", 24)] {
        let themes = branch(list, group);
        let all: Vec<&str> = themes
            .iter()
            .flat_map(|(_, below)| below.iter().copied())
            .collect();
        let wanted = wanted - 2 + dice.below(4);
        let chosen = some(&mut dice, &all, wanted.min(all.len()));
        for (theme, below) in &themes {
            let here: Vec<&str> = below
                .iter()
                .filter(|code| chosen.contains(code))
                .copied()
                .collect();
            if here.is_empty() {
                continue;
            }
            let path = format!("{group}.{theme}");
            answers.put(
                format!("{path}.sagsbehandlers_bemaerkninger"),
                entered(json!("Borgeren fortæller om sin hverdag.")),
            );
            if group == "aktivitet_og_deltagelse" {
                for code in &here {
                    let level = dice.below(5).to_string();
                    answers.put(format!("{path}.niveauer.{code}.niveau"), entered(json!(level)));
                }
            }
            answers.put(format!("{path}.relevante_undertemaer"), entered(json!(here)));
        }
    }
    let day = |month: u8| Date::new(2025, month, 1 + dice_day(number)).expect("a day");
    let levels: Vec<String> = answers
        .fields
        .keys()
        .filter_map(|path| {
            path.strip_suffix(".niveau")?
                .rsplit('.')
                .next()
                .map(str::to_owned)
        })
        .collect();
    let mut goals = Answers::default();
    let mut keys = Vec::new();
    for goal in 0..(3 + dice.below(4)).min(levels.len()) {
        let key = format!("m{goal}");
        let path = format!("indsatsmaal.{key}");
        let theme = &levels[(goal * 7 + dice.below(3)) % levels.len()];
        goals.put(
            format!("{path}.maalformulering"),
            entered(json!("Jeg kan klare det selv.")),
        );
        goals.put(format!("{path}.maaltype"), entered(json!("fastholde")));
        goals.put(format!("{path}.primaert_udredningstema"), entered(json!(theme)));
        goals.put(
            format!("{path}.forventet_funktionsevneniveau"),
            entered(json!("1")),
        );
        keys.push(key);
    }
    goals.rows.insert("indsatsmaal".to_owned(), keys);
    goals.put("stoettebehov".to_owned(), entered(json!("moderat")));
    let response = |form: &str, day: Date, answers: Answers| Response {
        id: form.to_owned(),
        form: form.to_owned(),
        started: day,
        completed: Some(day),
        completed_at: None,
        corrects: None,
        answers,
        acknowledged: Vec::new(),
    };
    let mut person = Answers::default();
    person.put(
        "cpr".to_owned(),
        entered(json!(format!(
            "0101{:02}{:04}",
            number / 10_000 % 100,
            number % 10_000
        ))),
    );
    Case {
        id: format!("case-{number}"),
        method: material.method.name(),
        record: material.record.clone(),
        citizen: person,
        responses: vec![
            response("sagsoplysning", day(3), answers),
            response("sagsvurdering", day(4), goals),
        ],
    }
}

/// How long this thread has had the processor.
fn processor() -> Duration {
    let mut spent = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to what it is given and nothing else.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut spent) };
    assert_eq!(told, 0, "a clock of the thread");
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec as u32)
}

fn dice_day(number: usize) -> u8 {
    u8::try_from(number % 28).unwrap_or(0)
}

#[derive(Default, Clone, Copy)]
struct Cost {
    points: usize,
    reports: usize,
    bytes: u64,
    making: Duration,
    emitting: Duration,
    building: Duration,
    writing: Duration,
    serialising: Duration,
}

/// Emits and reports every second citizen, or all.
fn work(
    material: &Material,
    citizens: impl Iterator<Item = usize>,
    folder: &std::path::Path,
    name: usize,
) -> Cost {
    let mut cost = Cost::default();
    let file =
        |name: String| BufWriter::with_capacity(1 << 20, File::create(folder.join(name)).expect("a file"));
    let (mut to, mut beside) = (file(format!("reports-{name}")), file(format!("beside-{name}")));
    for number in citizens {
        let begun = processor();
        let case = citizen(material, number);
        let made = processor();
        let points = emission::all_points(&material.method, &case, &material.now);
        cost.points += points.len();
        let emitted = processor();
        let mut history = History::default();
        history.add(&material.method, &case, points, &material.now);
        cost.making += made - begun;
        cost.emitting += emitted - made;
        cost.building += processor() - emitted;
        for day in history.days() {
            let begun = processor();
            let report = report::build(&material.template, &history, day).expect("a report that may leave");
            let built = processor();
            cost.building += built - begun;
            let Some(report) = report else { continue };
            report.write(&mut to).expect("room");
            let written = processor();
            serde_json::to_writer(&mut beside, &report.body).expect("room");
            beside.write_all(b"\n").expect("room");
            cost.serialising += processor() - written;
            cost.writing += written - built;
            cost.reports += 1;
        }
    }
    to.flush().expect("room");
    beside.flush().expect("room");
    cost.bytes = std::fs::metadata(folder.join(format!("reports-{name}")))
        .expect("the file")
        .len();
    cost
}

/// The most memory that the process has used, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

fn main() {
    let library = metode_tests::library();
    let file: CaseFile = metode_tests::case(&library, "vum@2.0.0", "boerge");
    let material = Material {
        method: Arc::clone(&file.method),
        template: Arc::clone(library.report("ffb-uddatasaet@1.0.0").expect("the template")),
        record: file.case.record.clone(),
        now: file.now.clone(),
    };
    let wanted: Vec<usize> = std::env::args().filter_map(|text| text.parse().ok()).collect();
    let wanted = if wanted.is_empty() {
        vec![250, 2_500]
    } else {
        wanted
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(2);
    println!(
        "citizens   points  reports      MB  seconds  (processor: emit  build  write     all | serde_json)   ratio  MiB"
    );
    for citizens in wanted {
        let folder = tempfile::tempdir().expect("a folder");
        let begun = Instant::now();
        let costs: Vec<Cost> = std::thread::scope(|scope| {
            let work = |name: usize| work(&material, (name..citizens).step_by(threads), folder.path(), name);
            let running: Vec<_> = (0..threads).map(|name| scope.spawn(move || work(name))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().expect("a thread that ends"))
                .collect()
        });
        let all = costs.iter().fold(Cost::default(), |sum, one| Cost {
            points: sum.points + one.points,
            reports: sum.reports + one.reports,
            bytes: sum.bytes + one.bytes,
            making: sum.making + one.making,
            emitting: sum.emitting + one.emitting,
            building: sum.building + one.building,
            writing: sum.writing + one.writing,
            serialising: sum.serialising + one.serialising,
        });
        // Making the citizens and writing beside are not what is measured.
        let aside = (all.making + all.serialising).as_secs_f64() / threads as f64;
        let seconds = begun.elapsed().as_secs_f64() - aside;
        let ours = (all.emitting + all.building + all.writing).as_secs_f64();
        println!(
            "{citizens:8} {:8} {:8} {:7.1} {seconds:8.2}  {:16.2} {:6.2} {:6.2} {ours:7.2} | {:10.2}  {:6.3} {:4}",
            all.points,
            all.reports,
            all.bytes as f64 / 1e6,
            all.emitting.as_secs_f64(),
            all.building.as_secs_f64(),
            all.writing.as_secs_f64(),
            all.serialising.as_secs_f64(),
            all.serialising.as_secs_f64() / ours,
            peak(),
        );
    }
}
