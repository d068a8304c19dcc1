//! A country's cases move to the next version: `cargo bench -p metode-tests --bench migration -- [CASES]…`.
//!
//! Makes that many cases of VUM 1.3.0 with every form filled in, tries the migration to 2.0.0 on all of them, and carries it out,
//! just as `metode migrate` does. `METODE_CASES` names a folder that keeps the store; otherwise it is thrown away.
//!
//! It prints one line for each number of cases: seconds on the clock, beside those that all threads together had the processor, and the most
//! memory that was used. Trying and moving are processes of their own, as the command is.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metode::definition::Library;
use metode_server::app::{App, Methods};
use metode_server::casework::{self, Actor, Fate, Way};
use metode_server::delivery::Delivery;
use metode_server::store::{self, CaseId};
use metode_server::view::Pages;
use metode_tests::anybody::anybody;
use tokio::task::JoinSet;

const FROM: &str = "vum@1.3.0";
const TO: &str = "vum@2.0.0";

/// How many cases are made at a time.
const AT_ONCE: usize = 512;

/// How long this process has had the processor.
fn processor() -> Duration {
    let mut spent = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to what it is given and nothing else.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut spent) };
    assert_eq!(told, 0, "a clock of the process");
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec as u32)
}

/// The most memory that the process has used, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

/// The megabytes of the files in a folder.
fn megabytes(folder: &Path) -> u64 {
    let bytes = |path: PathBuf| match fs::metadata(&path) {
        Ok(about) if about.is_dir() => megabytes(&path) << 20,
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| bytes(entry.expect("readable").path()))
        .sum::<u64>()
        >> 20
}

fn app(library: Library, data: &Path) -> Arc<App> {
    Arc::new(App {
        methods: Methods::new(library),
        store: store::open(data).expect("a store"),
        pages: Pages::new().expect("the pages"),
        demo: false,
        delivery: Delivery::default(),
    })
}

fn actor() -> Actor {
    Actor {
        name: "Bench".to_owned(),
        page: None,
    }
}

/// Makes cases; how many answers they hold.
async fn fill(app: &Arc<App>, cases: usize) -> usize {
    let mut making: JoinSet<usize> = JoinSet::new();
    let mut answers = 0;
    for number in 0..cases {
        if making.len() == AT_ONCE {
            answers += making.join_next().await.expect("a case").expect("a case");
        }
        let app = Arc::clone(app);
        making.spawn(async move {
            let mut opened = casework::fresh(&app, FROM).expect("the method");
            let id = opened.case.id.clone();
            opened.case = anybody(&opened.method, number);
            opened.case.id = id;
            casework::save(&app, &mut opened, &actor()).await.expect("room");
            let known = [&opened.case.record, &opened.case.citizen];
            let all = known
                .into_iter()
                .chain(opened.case.responses.iter().map(|response| &response.answers));
            all.map(|answers| answers.fields.len()).sum()
        });
    }
    answers + making.join_all().await.into_iter().sum::<usize>()
}

/// What a process of its own took for all cases.
struct Cost {
    seconds: f64,
    processor: f64,
    peak: f64,
    told: f64,
    retired: f64,
}

impl Cost {
    /// Of this bench, started again for one way through the cases.
    fn of(way: &str, data: &Path) -> Self {
        let itself = std::env::current_exe().expect("a program");
        let output = Command::new(itself)
            .arg(way)
            .arg(data)
            .output()
            .expect("it starts");
        let said = String::from_utf8(output.stdout).expect("figures");
        let figures: Vec<f64> = said
            .split_whitespace()
            .filter_map(|figure| figure.parse().ok())
            .collect();
        let [seconds, processor, peak, told, retired] = figures[..] else {
            panic!("{said}{}", String::from_utf8_lossy(&output.stderr));
        };
        Self {
            seconds,
            processor,
            peak,
            told,
            retired,
        }
    }
}

/// Goes through all cases and prints what it took.
async fn walk(app: &Arc<App>, way: Way) {
    let begun = Instant::now();
    let mut ids: Vec<CaseId> = Vec::new();
    casework::ids_of(&*app.store, FROM, &mut |id| ids.push(id)).expect("summaries");
    let (mut told, mut retired) = (0, 0);
    casework::move_many(app, &ids, way, &actor(), &mut |_, fate| {
        if let Fate::Moved(moved) = fate {
            told += 1;
            retired += moved.retired.len();
        }
        Ok(ControlFlow::Continue(()))
    })
    .await
    .expect("a store that takes them");
    let (seconds, processor) = (begun.elapsed().as_secs_f64(), processor().as_secs_f64());
    println!("{seconds} {processor} {} {told} {retired}", peak());
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [way @ ("try" | "move"), data] = &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let app = app(metode_tests::library(), Path::new(data));
        let migration = Arc::clone(app.library().migration(FROM, TO).expect("the migration"));
        let way = match *way {
            "try" => Way::Try(migration),
            _ => Way::On(migration),
        };
        return runtime.block_on(walk(&app, way));
    }
    let wanted: Vec<usize> = arguments.iter().filter_map(|text| text.parse().ok()).collect();
    let wanted = if wanted.is_empty() { vec![1_000] } else { wanted };
    println!(
        "   cases    answers   making, s | trying, s  processor, s  MiB | moving, s  processor, s  MiB  cases a second |  retired  store, MB"
    );
    for cases in wanted {
        let passing = tempfile::tempdir().expect("a folder");
        let kept =
            std::env::var_os("METODE_CASES").map(|folder| PathBuf::from(folder).join(cases.to_string()));
        let data = kept.as_deref().unwrap_or(passing.path());
        let begun = Instant::now();
        let answers = runtime.block_on(fill(&app(metode_tests::library(), data), cases));
        let making = begun.elapsed().as_secs_f64();
        let (trying, moving) = (Cost::of("try", data), Cost::of("move", data));
        assert_eq!(
            (trying.told, moving.told),
            (cases as f64, cases as f64),
            "every case"
        );
        assert_eq!(trying.retired, moving.retired, "what was told before");
        println!(
            "{cases:8} {answers:10} {making:11.1} | {:9.1} {:13.1} {:4} | {:9.1} {:13.1} {:4} {:15.0} | {:8} {:10}",
            trying.seconds,
            trying.processor,
            trying.peak,
            moving.seconds,
            moving.processor,
            moving.peak,
            cases as f64 / moving.seconds,
            moving.retired,
            megabytes(data),
        );
    }
}
