//! How many appends a second the store acknowledges, by the number of writers at once: `cargo bench --bench store`.
//!
//! An append here is a case's body, one event, one data point and a summary. The figure is that of the disk under
//! the temporary directory above all; `TMPDIR` chooses another.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metode_server::store::{self, Append, CaseId, Store};

const TIME: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    println!("body      writers  appends/s  a wait (ms)  on disk (MB) for bodies written (MB)");
    for (bytes, name) in [(1 << 10, "1 KB"), (50 << 10, "50 KB"), (2 << 20, "2 MB")] {
        for writers in [1, 8, 64] {
            let dir = tempfile::tempdir().unwrap();
            let store = store::open(dir.path()).unwrap();
            let start = Instant::now();
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..writers {
                tasks.spawn(write(Arc::clone(&store), bytes, start + TIME));
            }
            let appends = tasks.join_all().await.into_iter().sum::<u64>() as f64;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{name:8}  {writers:7}  {:9.0}  {:11.2}  {:12} {:.0}",
                appends / seconds,
                seconds * 1000. * f64::from(writers) / appends,
                size(dir.path()) >> 20,
                appends * bytes as f64 / f64::from(1 << 20),
            );
        }
    }
}

async fn write(store: Arc<dyn Store>, bytes: usize, end: Instant) -> u64 {
    let case = CaseId::random();
    let mut revision = 0;
    while Instant::now() < end {
        let append = Append {
            case,
            expected: revision,
            body: vec![revision as u8; bytes],
            events: vec![vec![b'e'; 200]],
            points: vec![vec![b'p'; 200]],
            notices: vec![],
            index: vec![b'i'; 100],
        };
        revision = store.append(append).await.unwrap();
    }
    revision
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        about if about.is_dir() => size(&entry.path()),
        about => about.len(),
    });
    sizes.sum()
}
