//! What the whole country would report: `cargo bench -p metode-tests --bench country -- [CITIZENS]…`.
//!
//! By September 2025, 86 municipalities had reported 350,000 themes of functions and conditions, 950,000 of activity and
//! participation, 190,000 types of goals and 40,000 needs for support: 1.53 million facts of about 40,000 citizens. The bench
//! makes that many citizens, each with an assessment and an evaluation, emits their data points and writes their reports, on as
//! many threads as there are cores (two at most). Beside it the same reports are written by serde_json alone.
//!
//! `METODE_REPORTS` names a folder that keeps the reports, one a line in `reports-0` and `reports-1`.
//!
//! It prints one line for each number of citizens. The seconds of the parts are those that the threads had the processor, so that
//! they mean the same on a busy machine; `ratio` is what serde_json takes of what emitting, building and writing take.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use metode::emission;
use metode::report::{self, History};
use metode_tests::citizens::{Material, citizen};
use metode_tests::only;

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
            let report =
                only(report::build(&material.template, &history, day)).expect("a report that may leave");
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
    let material = Material::new(&library);
    // Where the reports are kept, one a line; nowhere when it is not said.
    let kept = std::env::var_os("METODE_REPORTS").map(PathBuf::from);
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
        let passing = tempfile::tempdir().expect("a folder");
        let folder = kept.as_deref().unwrap_or(passing.path());
        let begun = Instant::now();
        let costs: Vec<Cost> = std::thread::scope(|scope| {
            let work = |name: usize| work(&material, (name..citizens).step_by(threads), folder, name);
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
