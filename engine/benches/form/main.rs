//! How long a change takes in forms of 300 to 5,000 fields, and what an open response weighs: `cargo bench -p metode-engine --bench form`.
//!
//! Each change is timed by itself, so that the slow ones show: a mean over many would hide them.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement without its material must fail"
)]

mod synthetic;

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metode::case::Case;
use metode::definition::{Library, Method};
use metode::diagnostic::render;
use metode::evaluation::{Part, Session};
use metode::value::DateTime;
use synthetic::{Kind, edit};

const SIZES: [usize; 4] = [300, 1_000, 2_000, 5_000];
/// Changes of each kind in a round.
const CHANGES: usize = 2_000;
/// Rounds of each kind.
const ROUNDS: usize = 12;
/// Open responses whose memory is measured.
const RESPONSES: usize = 10_000;
/// Each field of a section equally often, and a price.
const MIX: [Kind; 15] = [
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Choice,
    Kind::Choice,
    Kind::Choice,
    Kind::Choice,
    Kind::Chain,
    Kind::Score,
    Kind::Score,
    Kind::Score,
    Kind::Date,
    Kind::Price,
];

fn load(fields: usize) -> (tempfile::TempDir, Arc<Method>) {
    let folder = tempfile::tempdir().expect("a folder");
    synthetic::write(folder.path(), fields).expect("written");
    let loaded = Library::load(folder.path());
    assert!(loaded.diagnostics.is_empty(), "{}", render(&loaded.diagnostics));
    (
        folder,
        Arc::clone(loaded.library.method("m").expect("the method")),
    )
}

fn open(method: &Arc<Method>, case: &Case) -> Session {
    let now = DateTime::parse("2025-06-01").expect("a day");
    Session::open(method, case, Part::Response("r"), now).expect("the response")
}

/// Times one kind of change, or the mix, at random places. `turns` counts what was changed where, so that each change is one.
fn changes(
    session: &mut Session,
    kinds: &[Kind],
    fields: usize,
    turns: &mut HashMap<(Kind, usize), usize>,
    random: &mut Random,
) -> Vec<Duration> {
    let edits = (0..CHANGES).map(|_| {
        let place = random.below(synthetic::sections(fields));
        let kind = kinds[random.below(kinds.len())];
        let turn = turns.entry((kind, place)).or_default();
        *turn += 1;
        edit(kind, place, *turn)
    });
    let edits: Vec<_> = edits.collect();
    let mut times = Vec::with_capacity(CHANGES);
    for (path, value) in edits {
        let start = Instant::now();
        black_box(session.set(&path, value).expect("a good answer"));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times
}

/// Each figure is the best among the rounds: other programs run on the machine.
fn row(name: &str, fields: usize, rounds: &[Vec<Duration>]) {
    let at = |share: f64| {
        let place = ((CHANGES - 1) as f64 * share) as usize;
        let best = rounds.iter().map(|times| times[place]).min();
        best.expect("a round").as_nanos() as f64 / 1e3
    };
    println!(
        "| {name} | {fields} | {:.2} | {:.2} | {:.2} | {:.1} |",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}

/// How much memory the process holds, in bytes.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = pages
        .split(' ')
        .nth(1)
        .expect("the resident pages")
        .parse()
        .expect("a number");
    pages * 4096
}

/// What each of many open responses weighs, of which so many sections are filled in. Measured in a process of its own: memory that was
/// given back is not given back to the system.
fn memory(fields: usize, filled: usize) -> (usize, f64) {
    let program = std::env::current_exe().expect("this program");
    let arguments = [MEMORY, &fields.to_string(), &filled.to_string()];
    let output = std::process::Command::new(program)
        .args(arguments)
        .output()
        .expect("run");
    let text = String::from_utf8_lossy(&output.stdout);
    let (answers, each) = text.trim().split_once(' ').expect("two numbers");
    (
        answers.parse().expect("a number"),
        each.parse().expect("a number"),
    )
}

const MEMORY: &str = "--memory";

fn weigh(fields: usize, filled: usize) {
    let (_folder, method) = load(fields);
    let case = || synthetic::case(fields, |section| section < filled);
    // Each has a case of its own, as in a server that many people work with.
    let before = resident();
    let sessions: Vec<Session> = (0..RESPONSES).map(|_| open(&method, &case())).collect();
    let each = (resident() - before) as f64 / sessions.len() as f64;
    println!("{} {each}", case().responses[0].answers.fields.len());
}

/// A small generator of random numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, fields, filled] = arguments.as_slice()
        && flag == MEMORY
    {
        return weigh(
            fields.parse().expect("a number"),
            filled.parse().expect("a number"),
        );
    }
    let methods: Vec<_> = SIZES.iter().map(|fields| (*fields, load(*fields))).collect();
    println!(
        "| {RESPONSES} open responses of a form with fields | answers each | bytes each | bytes for an answer |"
    );
    println!("| --- | --- | --- | --- |");
    for fields in [300, 1_000, 5_000] {
        let (_, empty) = memory(fields, 0);
        println!("| {fields} | 0 | {empty:.0} | |");
        for filled in [2, 8] {
            let (answers, each) = memory(fields, filled);
            println!(
                "| {fields} | {answers} | {each:.0} | {:.0} |",
                (each - empty) / answers as f64
            );
        }
    }
    println!(
        "\n| one change, µs | fields | median | p90 | p99 | max |\n| --- | --- | --- | --- | --- | --- |"
    );
    let kinds: [(&str, &[Kind]); 7] = [
        ("text", &[Kind::Text]),
        ("choice that requires a field", &[Kind::Choice]),
        ("choice that shows a chain", &[Kind::Chain]),
        ("score in a sum and the aggregate", &[Kind::Score]),
        ("date with a constraint", &[Kind::Date]),
        ("price in a row", &[Kind::Price]),
        ("mix", &MIX),
    ];
    let mut random = Random(2025);
    for (name, kinds) in kinds {
        for (fields, (_, method)) in &methods {
            let mut session = open(method, &synthetic::case(*fields, |_| true));
            let mut turns = HashMap::new();
            let rounds = (0..ROUNDS).map(|_| changes(&mut session, kinds, *fields, &mut turns, &mut random));
            row(name, *fields, &rounds.collect::<Vec<_>>());
        }
    }
    println!("\n| the whole, ms | fields | best | median |\n| --- | --- | --- | --- |");
    for (fields, (folder, method)) in &methods {
        let case = synthetic::case(*fields, |_| true);
        whole("open a filled response", *fields, 40, || {
            drop(black_box(open(method, &case)))
        });
        whole("load and compile", *fields, 7, || {
            drop(black_box(Library::load(folder.path())))
        });
    }
}

fn whole(name: &str, fields: usize, times: usize, mut act: impl FnMut()) {
    let time = |act: &mut dyn FnMut()| {
        let start = Instant::now();
        act();
        start.elapsed().as_nanos() as f64 / 1e6
    };
    let mut times: Vec<f64> = (0..times).map(|_| time(&mut act)).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "| {name} | {fields} | {:.2} | {:.2} |",
        times[0],
        times[times.len() / 2]
    );
}
