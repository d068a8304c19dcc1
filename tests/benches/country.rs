//! What the whole country would report: `cargo bench -p metode-tests --bench country -- [CITIZENS]…`.
//!
//! By September 2025, 86 municipalities had reported 350,000 themes of functions and conditions, 950,000 of activity and
//! participation, 190,000 types of goals and 40,000 needs for support: 1.53 million facts of about 40,000 citizens. The bench
//! makes that many citizens, each with an assessment and an evaluation, emits their data points and writes their reports, on as
//! many threads as there are cores (two at most): each to a file of its own, as `metode report --out` does, and once more one a
//! line. Beside it serde_json alone writes the same, from trees that are there already.
//!
//! `METODE_REPORTS` names a folder that keeps the reports, also one a line in `reports-0` and `reports-1`.
//!
//! It prints one line for each number of citizens. `seconds` is the clock's, without what is there to compare with only. The other
//! seconds are those that the threads had the processor, so that they mean the same on a busy machine; `ratio` is what serde_json
//! takes of what emitting, building and writing take.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use metode::emission;
use metode::evaluation::World;
use metode::report::{self, History};
use metode_tests::citizens::{Material, citizen};
use metode_tests::only;

/// What `metode` itself uses.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    emitting: Duration,
    building: Duration,
    /// Writing all reports to one file, and serde_json doing the same.
    lines: Duration,
    lines_beside: Duration,
    /// Writing each to a file of its own, and serde_json doing the same.
    files: Duration,
    files_beside: Duration,
    /// What is not measured: making citizens, making the trees that serde_json writes.
    aside: Duration,
}

/// A stopwatch of this thread's time with the processor.
struct Watch(Duration);

impl Watch {
    fn start() -> Self {
        Self(processor())
    }

    /// Adds the time since the last lap.
    fn lap(&mut self, to: &mut Duration) {
        let now = processor();
        *to += now - self.0;
        self.0 = now;
    }
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
    let (mut lines, mut beside) = (file(format!("reports-{name}")), file(format!("beside-{name}")));
    let folders = ["files", "files-beside"].map(|kind| folder.join(format!("{kind}-{name}")));
    for folder in &folders {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    for number in citizens {
        let mut watch = Watch::start();
        let case = citizen(material, number);
        watch.lap(&mut cost.aside);
        let world = World::new(&material.method, Rc::new(case), material.now.clone());
        let points = emission::all_points(&world);
        cost.points += points.len();
        watch.lap(&mut cost.emitting);
        let mut history = History::default();
        history.add(&world, points);
        for day in history.days() {
            let report =
                only(report::build(&material.template, &history, day)).expect("a report that may leave");
            watch.lap(&mut cost.building);
            let Some(report) = report else { continue };
            report.write(&mut lines).expect("room");
            watch.lap(&mut cost.lines);
            let name = format!("{day}-{}.json", report.id);
            let create = |folder: &PathBuf| File::create(folder.join(&name)).expect("a file");
            report.write(create(&folders[0])).expect("room");
            watch.lap(&mut cost.files);
            let tree = report.json();
            cost.bytes += report.body.len() as u64 + 1;
            watch.lap(&mut cost.aside);
            serde_json::to_writer(&mut beside, &tree).expect("room");
            beside.write_all(b"\n").expect("room");
            watch.lap(&mut cost.lines_beside);
            let text = serde_json::to_vec(&tree).expect("JSON");
            create(&folders[1]).write_all(&text).expect("room");
            watch.lap(&mut cost.files_beside);
            cost.reports += 1;
        }
    }
    let mut watch = Watch::start();
    lines.flush().expect("room");
    watch.lap(&mut cost.lines);
    beside.flush().expect("room");
    watch.lap(&mut cost.lines_beside);
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
        "citizens   points  reports      MB | seconds | processor: emit  build  files  lines | ratio: files  lines |  MiB"
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
            emitting: sum.emitting + one.emitting,
            building: sum.building + one.building,
            lines: sum.lines + one.lines,
            lines_beside: sum.lines_beside + one.lines_beside,
            files: sum.files + one.files,
            files_beside: sum.files_beside + one.files_beside,
            aside: sum.aside + one.aside,
        });
        // What is only there to compare with, and the second way of writing, is not part of the work.
        let other = all.aside + all.lines + all.lines_beside + all.files_beside;
        let seconds = begun.elapsed().as_secs_f64() - other.as_secs_f64() / threads as f64;
        let ratio = |beside: Duration, written: Duration| {
            beside.as_secs_f64() / (all.emitting + all.building + written).as_secs_f64()
        };
        println!(
            "{citizens:8} {:8} {:8} {:7.1} | {seconds:7.2} | {:15.2} {:6.2} {:6.2} {:6.2} | {:12.3} {:6.3} | {:4}",
            all.points,
            all.reports,
            all.bytes as f64 / 1e6,
            all.emitting.as_secs_f64(),
            all.building.as_secs_f64(),
            all.files.as_secs_f64(),
            all.lines.as_secs_f64(),
            ratio(all.files_beside, all.files),
            ratio(all.lines_beside, all.lines),
            peak(),
        );
    }
}
