//! What a store has acknowledged survives: the process being killed, the power being cut, the disk being full.
//!
//! The last two need disks of their own to spoil. Where those cannot be made, the tests pass with a line on standard
//! error that begins with `NOT SIMULATED`.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod disk;
mod work;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use disk::{Disk, Kind};
use metode_server::store::{self, CaseId, StoreError};
use tempfile::TempDir;
use work::{CONTESTED, Random, WRITERS};

/// By the number of the case, the last revision that a child said was saved.
type Acknowledged = BTreeMap<u64, u64>;

#[test]
fn killed_a_hundred_times() {
    const STORES: u64 = 10;
    const KILLS: u64 = 10;
    let mut random = Random::new(1);
    let mut tally = Tally::default();
    for store in 0..STORES {
        let dir = TempDir::new().unwrap();
        let mut acknowledged = Acknowledged::new();
        for kill in 0..KILLS {
            let saving = Saving::start(dir.path(), store * KILLS + kill);
            saving.work(&mut random);
            let failures = note(saving.kill(), u128::MAX, &mut acknowledged, &mut tally);
            assert_eq!(failures, [""; 0]);
            verify(dir.path(), &acknowledged);
        }
    }
    tally.report("killed");
    assert_eq!(tally.ends, STORES * KILLS);
    assert!(
        tally.saved > tally.ends,
        "the children saved too little to prove anything"
    );
}

#[test]
fn power_cut_twenty_times() {
    const DISKS: u64 = 4;
    const CUTS: u64 = 5;
    let attempt = Disk::new(Kind::Image, 16).and_then(|mut disk| {
        disk.cut_power()?;
        disk.remount()
    });
    if let Err(why) = attempt {
        return say(&format!(
            "NOT SIMULATED: power loss, for want of a loop-mounted ext4 of its own: {why}"
        ));
    }
    let mut random = Random::new(2);
    let mut tally = Tally::default();
    let mut lost = 0;
    for number in 0..DISKS {
        let mut disk = Disk::new(Kind::Image, 256).unwrap();
        let mut acknowledged = Acknowledged::new();
        for cut in 0..CUTS {
            let dir = disk.root().join("store");
            // Written and not synced: that it is lost shows that the cut is one.
            let control = disk.root().join(format!("control {cut}"));
            fs::write(&control, "not synced").unwrap();
            let saving = Saving::start(&dir, 1000 + number * CUTS + cut);
            saving.work(&mut random);
            // For some milliseconds after the cut Linux lets syncs succeed that write nothing any more, which no power
            // cut does. So it is what was acknowledged before the cut that must be there.
            let end = work::now();
            disk.cut_power().unwrap();
            note(saving.kill(), end, &mut acknowledged, &mut tally);
            disk.remount().unwrap();
            lost += u64::from(fs::read(&control).ok().as_deref() != Some(b"not synced"));
            verify(&dir, &acknowledged);
        }
    }
    tally.report("power cut");
    assert_eq!(tally.ends, DISKS * CUTS);
    assert!(
        lost * 2 > tally.ends,
        "only {lost} of {} cuts lost what was not synced",
        tally.ends
    );
    assert!(
        tally.saved > tally.ends,
        "the children saved too little to prove anything"
    );
}

#[test]
fn disk_filled() {
    for (kind, name) in [(Kind::Memory, "tmpfs"), (Kind::Image, "ext4")] {
        match Disk::new(kind, 24) {
            Ok(disk) => fill(&disk),
            Err(why) => say(&format!(
                "NOT SIMULATED: a full disk, for want of a small {name} of its own: {why}"
            )),
        }
    }
}

fn fill(disk: &Disk) {
    let ballast = disk.root().join("ballast");
    fs::write(&ballast, vec![1; 8 << 20]).unwrap();
    let dir = disk.root().join("store");
    let mut acknowledged = Acknowledged::new();
    let mut tally = Tally::default();
    let failures = note(
        Saving::start(&dir, 2000).until_it_ends(),
        u128::MAX,
        &mut acknowledged,
        &mut tally,
    );
    assert_eq!(failures.last().unwrap(), "failed as it should", "{failures:?}");
    for failure in &failures[..failures.len() - 1] {
        assert!(
            failure == "failed: Full" || failure.starts_with("failed: Broken"),
            "{failure}"
        );
    }
    assert!(failures.contains(&"failed: Full".to_owned()), "{failures:?}");
    // While the disk is full, opening may fail, but must do no harm.
    let opened = store::open(&dir);
    assert!(matches!(
        opened,
        Ok(_) | Err(StoreError::Full | StoreError::Broken(_))
    ));
    drop(opened);
    fs::remove_file(ballast).unwrap();
    verify(&dir, &acknowledged);
    tally.report("disk filled");
}

/// A child at work.
struct Saving {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

impl Saving {
    fn start(dir: &Path, seed: u64) -> Saving {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crash-child"))
            .arg(dir)
            .arg(seed.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let reader = thread::spawn({
            let lines = Arc::clone(&lines);
            move || {
                let mut line = String::new();
                // A last line without a break is one that the child did not get to the end of.
                while output.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
                    lines.lock().unwrap().push(line.trim_end().to_owned());
                    line.clear();
                }
            }
        });
        Saving { child, lines, reader }
    }

    /// Lets the child work for some tens of milliseconds: mostly from its first save on, sometimes from its start, so
    /// that opening is hit as well.
    fn work(&self, random: &mut Random) {
        let deadline = Instant::now() + Duration::from_secs(20);
        if random.below(4) > 0 {
            while self.said() == 0 && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(1));
            }
        }
        thread::sleep(Duration::from_millis(1 + random.below(90)));
    }

    /// How many lines the child has printed so far.
    fn said(&self) -> usize {
        self.lines.lock().unwrap().len()
    }

    /// Kills the child, and gives all that it printed.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap();
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    /// As [`Saving::kill`], for a child that ends by itself.
    fn until_it_ends(mut self) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match self.child.try_wait().unwrap() {
                Some(status) => {
                    assert!(status.success(), "the child ended with {status}");
                    return self.kill();
                }
                None if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
                None => {
                    self.kill();
                    panic!("the child did not end by itself");
                }
            }
        }
    }
}

/// Notes what a child said to be saved before a moment; gives the lines that are no such claim.
fn note(lines: Vec<String>, end: u128, acknowledged: &mut Acknowledged, tally: &mut Tally) -> Vec<String> {
    let (failures, saved) = lines
        .into_iter()
        .partition::<Vec<_>, _>(|line| line.starts_with("failed"));
    let before = tally.saved;
    for line in saved {
        let [number, revision, at] = line
            .split(' ')
            .map(|n| n.parse::<u128>().unwrap())
            .collect::<Vec<_>>()[..]
        else {
            panic!("the child said `{line}`");
        };
        if at < end {
            let last = acknowledged.entry(number as u64).or_default();
            *last = (*last).max(revision as u64);
            tally.saved += 1;
        }
    }
    tally.ends += 1;
    tally.idle += u64::from(tally.saved == before);
    failures
}

/// Opens what a child left, and checks that all it said to be saved is there, and everything there is whole.
fn verify(dir: &Path, acknowledged: &Acknowledged) {
    let store = store::open(dir).unwrap();
    let mut listed = BTreeMap::new();
    while let page = store.cases(listed.keys().next_back(), 7).unwrap()
        && !page.is_empty()
    {
        listed.extend(page);
    }
    let mut points_by_case = by_case(|after| store.outbox(after, 100));
    let mut notices_by_case = by_case(|after| store.notices(after, 100));
    for writer in 0..WRITERS {
        let [a, b] = work::keys(writer).map(|key| store.ledger(&key, None, 1).unwrap());
        let count = |entries: &[(String, Vec<u8>)]| {
            let first = entries.first();
            first.map_or(0, |(_, value)| u64::from_be_bytes(value[..8].try_into().unwrap()))
        };
        let saved = acknowledged.get(&work::entries(writer)).copied().unwrap_or(0);
        assert!(
            count(&a) >= saved,
            "writer {writer}: {} of {saved} changes",
            count(&a)
        );
        let whole = |entries: &[(String, Vec<u8>)]| {
            let mut entries = entries.iter();
            entries.all(|(_, value)| *value == work::entry(writer, count(&a)))
        };
        assert!(
            a.len() == b.len() && whole(&a) && whole(&b),
            "writer {writer}: half a change"
        );
    }
    for number in 0..=CONTESTED {
        let case = work::case(number);
        let saved = acknowledged.get(&number).copied().unwrap_or(0);
        let Some(record) = store.load(&case).unwrap() else {
            assert_eq!(saved, 0, "case {number} was saved and is gone");
            assert!(!listed.contains_key(&case) && !points_by_case.contains_key(&case));
            assert!(store.events(&case).unwrap().is_empty() && store.points(&case).unwrap().is_empty());
            continue;
        };
        let revision = record.revision;
        assert!(
            revision >= saved,
            "case {number} was saved at {saved} and is at {revision}"
        );
        assert!(
            record.body == work::body(number, revision),
            "case {number} at {revision} has another body"
        );
        assert_eq!(
            listed.remove(&case),
            Some(work::index(number, revision)),
            "case {number}"
        );
        let all = |part: fn(u64, u64) -> Vec<Vec<u8>>| {
            (1..=revision)
                .flat_map(|revision| part(number, revision))
                .collect::<Vec<_>>()
        };
        let numbered = |stored: Vec<store::Stored>| {
            assert!((1..).zip(&stored).all(|(seq, stored)| stored.seq == seq));
            stored.into_iter().map(|stored| stored.body).collect::<Vec<_>>()
        };
        assert!(
            numbered(store.events(&case).unwrap()) == all(work::events),
            "case {number}: other events"
        );
        let points = all(work::points);
        assert!(
            numbered(store.points(&case).unwrap()) == points,
            "case {number}: other points"
        );
        assert!(
            points_by_case.remove(&case).unwrap_or_default() == points,
            "case {number}: other outbox"
        );
        assert!(
            notices_by_case.remove(&case).unwrap_or_default() == all(work::notices),
            "case {number}: other notices"
        );
    }
    assert!(
        listed.is_empty() && points_by_case.is_empty() && notices_by_case.is_empty(),
        "there are cases that nobody saved"
    );
}

/// A whole sequence by case; its cursors must have no gaps.
fn by_case(
    read: impl Fn(u64) -> Result<Vec<(u64, CaseId, Vec<u8>)>, StoreError>,
) -> BTreeMap<CaseId, Vec<Vec<u8>>> {
    let mut by_case = BTreeMap::<_, Vec<_>>::new();
    let mut after = 0;
    loop {
        let page = read(after).unwrap();
        if page.is_empty() {
            return by_case;
        }
        for (cursor, case, body) in page {
            assert_eq!(cursor, after + 1);
            after = cursor;
            by_case.entry(case).or_default().push(body);
        }
    }
}

/// What a test has seen, to be told at its end.
#[derive(Default)]
struct Tally {
    ends: u64,
    /// How many children ended before they had saved anything.
    idle: u64,
    saved: u64,
}

impl Tally {
    fn report(&self, how: &str) {
        let Tally { ends, idle, saved } = self;
        say(&format!(
            "{how} {ends} times ({idle} before the first save): {saved} acknowledged appends, all there"
        ));
    }
}

/// Says something that is to be seen although the test passes.
fn say(line: &str) {
    // Unlike `eprintln!`, which the test harness keeps to itself.
    io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}
