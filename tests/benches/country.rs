//! What the whole country would report: `cargo bench -p metode-tests --bench country -- [CITIZENS]…`.
//!
//! By September 2025, 86 municipalities had reported 350,000 themes of functions and conditions, 950,000 of activity and
//! participation, 190,000 types of goals and 40,000 needs for support: 1.53 million facts of about 40,000 citizens. The bench
//! makes that many citizens, each with an assessment and an evaluation, emits their data points and writes their reports, on as
//! many threads as there are cores (two at most): first each to a file of its own, as `metode report --out` does, then all of them
//! once more, one a line. Beside it serde_json alone writes the same in the same way, from trees that are there already: each
//! report right before ours or after it, in turn, so that both meet the same disk.
//!
//! `METODE_REPORTS` names a folder that keeps the reports, one a line in `lines-0` and `lines-1`.
//!
//! It prints one line for each number of citizens and way of writing: the seconds that emitting, building and writing take, on the
//! clock and of the processor, and what serde_json takes of that: `ratio` is our throughput beside its own. Only the clock knows of
//! waiting for the disk, and only the processor's time means the same on a busy machine.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Add;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use metode::emission;
use metode::evaluation::World;
use metode::report::{self, History};
use metode_tests::citizens::{Material, citizen};
use metode_tests::only;

/// What `metode` itself uses.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Time of a thread: on the clock, and with the processor.
#[derive(Default, Clone, Copy)]
struct Time {
    clock: Duration,
    processor: Duration,
}

impl Time {
    /// Since some moment in the past.
    fn now() -> Self {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        let mut spent = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the call writes to what it is given and nothing else.
        let told = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut spent) };
        assert_eq!(told, 0, "a clock of the thread");
        Self {
            clock: BEGUN.elapsed(),
            processor: Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec as u32),
        }
    }
}

impl Add for Time {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            clock: self.clock + other.clock,
            processor: self.processor + other.processor,
        }
    }
}

#[derive(Default, Clone, Copy)]
struct Cost {
    points: usize,
    reports: usize,
    bytes: u64,
    emitting: Time,
    building: Time,
    writing: Time,
    /// serde_json doing no more than write the same.
    beside: Time,
    /// What is not measured: making citizens, making the trees that serde_json writes.
    aside: Time,
}

/// A stopwatch of this thread.
struct Watch(Time);

impl Watch {
    /// Adds the time since the last lap.
    fn lap(&mut self, to: &mut Time) {
        let now = Time::now();
        to.clock += now.clock - self.0.clock;
        to.processor += now.processor - self.0.processor;
        self.0 = now;
    }
}

/// How reports are written.
#[derive(Clone, Copy)]
enum Way {
    /// Each to a file of its own.
    Files,
    /// One a line.
    Lines,
}

/// Where one side's reports of a thread go.
enum Out {
    Files(PathBuf),
    Lines(BufWriter<File>),
}

impl Out {
    fn new(way: Way, place: PathBuf) -> Self {
        match way {
            Way::Files => {
                std::fs::create_dir_all(&place).expect("a folder");
                Self::Files(place)
            }
            Way::Lines => Self::Lines(BufWriter::with_capacity(
                1 << 20,
                File::create(place).expect("a file"),
            )),
        }
    }

    /// Where to write the next report.
    fn next(&mut self, name: &str) -> Box<dyn Write + '_> {
        match self {
            Self::Files(folder) => Box::new(File::create(folder.join(name)).expect("a file")),
            Self::Lines(lines) => Box::new(lines),
        }
    }

    fn flush(&mut self) {
        if let Self::Lines(lines) = self {
            lines.flush().expect("room");
        }
    }
}

/// Emits and reports every second citizen, or all.
fn work(
    material: &Material,
    citizens: impl Iterator<Item = usize>,
    folder: &Path,
    thread: usize,
    way: Way,
) -> Cost {
    let mut cost = Cost::default();
    let kind = match way {
        Way::Files => "files",
        Way::Lines => "lines",
    };
    let out = |side: &str| Out::new(way, folder.join(format!("{kind}{side}-{thread}")));
    let (mut own, mut other) = (out(""), out("-beside"));
    let mut watch = Watch(Time::now());
    for number in citizens {
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
            let name = format!("{day}-{}.json", report.id);
            let tree = report.json();
            cost.bytes += report.body.len() as u64 + 1;
            cost.reports += 1;
            watch.lap(&mut cost.aside);
            let mut write = |watch: &mut Watch| {
                report.write(own.next(&name)).expect("room");
                watch.lap(&mut cost.writing);
            };
            let mut write_beside = |watch: &mut Watch| {
                let mut text = serde_json::to_vec(&tree).expect("JSON");
                text.push(b'\n');
                other.next(&name).write_all(&text).expect("room");
                watch.lap(&mut cost.beside);
            };
            // Whoever comes first finds the disk in another state.
            if cost.reports % 2 == 0 {
                write(&mut watch);
                write_beside(&mut watch);
            } else {
                write_beside(&mut watch);
                write(&mut watch);
            }
            drop(tree);
            watch.lap(&mut cost.aside);
        }
    }
    own.flush();
    watch.lap(&mut cost.writing);
    other.flush();
    watch.lap(&mut cost.beside);
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
        "citizens   points  reports      MB | written |   clock | processor: emit  build  write | ratio: clock  processor |  MiB"
    );
    for citizens in wanted {
        for (way, name) in [(Way::Files, "files"), (Way::Lines, "lines")] {
            let passing = tempfile::tempdir().expect("a folder");
            let folder = kept.as_deref().unwrap_or(passing.path());
            let costs: Vec<Cost> = std::thread::scope(|scope| {
                let work = |thread: usize| {
                    let citizens = (thread..citizens).step_by(threads);
                    work(&material, citizens, folder, thread, way)
                };
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
                writing: sum.writing + one.writing,
                beside: sum.beside + one.beside,
                aside: sum.aside + one.aside,
            });
            let own = all.emitting + all.building + all.writing;
            let ratio = |beside: Duration, own: Duration| beside.as_secs_f64() / own.as_secs_f64();
            println!(
                "{citizens:8} {:8} {:8} {:7.1} | {name:7} | {:7.2} | {:15.2} {:6.2} {:6.2} | {:12.3} {:10.3} | {:4}",
                all.points,
                all.reports,
                all.bytes as f64 / 1e6,
                own.clock.as_secs_f64() / threads as f64,
                all.emitting.processor.as_secs_f64(),
                all.building.processor.as_secs_f64(),
                all.writing.processor.as_secs_f64(),
                ratio(all.beside.clock, own.clock),
                ratio(all.beside.processor, own.processor),
                peak(),
            );
        }
    }
}
