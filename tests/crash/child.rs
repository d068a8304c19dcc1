//! Saves without end in the directory given, and prints each case and revision with the time when the store
//! has acknowledged it.
//!
//! Ends by being killed, or by itself when the store fails: then it prints a line that begins with `failed`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "part of a test, which stops at the first surprise"
)]

mod work;

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use metode_server::store::{self, Append, Posting, Store, StoreError};
use work::{CONTESTED, OWN, Random, WRITERS};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let args = std::env::args().collect::<Vec<_>>();
    let [_, dir, seed] = &args[..] else {
        panic!("a directory and a seed, please")
    };
    let seed = seed.parse::<u64>().unwrap();
    let store = match store::open(Path::new(dir)) {
        Ok(store) => store,
        Err(error) => return say(&format!("failed to open: {error:?}")),
    };
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&store);
        let random = Random::new(seed * WRITERS + writer);
        writers.spawn(async move {
            let error = write(&*store, writer, random).await;
            say(&format!("failed: {error:?}"));
        });
    }
    writers.join_all().await;
    after_failure(&*store).await;
}

async fn write(store: &dyn Store, writer: u64, mut random: Random) -> StoreError {
    loop {
        if random.below(3) == 0 {
            match post(store, writer).await {
                Ok(count) => say(&format!("{} {count} {}", work::entries(writer), work::now())),
                Err(error) => return error,
            }
        }
        let number = match random.below(OWN + 1) {
            OWN => CONTESTED,
            own => writer * OWN + own,
        };
        let revision = match store.load(&work::case(number)) {
            Ok(record) => record.map_or(0, |record| record.revision),
            Err(error) => return error,
        };
        match store.append(append(number, revision)).await {
            Ok(new) => say(&format!("{number} {new} {}", work::now())),
            Err(StoreError::Conflict { current }) if number == CONTESTED && current > revision => {}
            Err(error) => return error,
        }
    }
}

/// Changes the writer's entries of the ledger; how often it has done so.
async fn post(store: &dyn Store, writer: u64) -> Result<u64, StoreError> {
    let mut postings = Vec::new();
    let mut count = 0;
    for key in work::keys(writer) {
        let expected = store
            .ledger(&key, None, 1)?
            .into_iter()
            .next()
            .map(|(_, value)| value);
        count = 1 + expected.as_ref().map_or(0, |value| count_of(value));
        postings.push(Posting {
            value: Some(work::entry(writer, count)),
            key,
            expected,
        });
    }
    store.post(postings).await.map(|()| count)
}

fn count_of(entry: &[u8]) -> u64 {
    u64::from_be_bytes(entry[..8].try_into().unwrap())
}

fn append(number: u64, expected: u64) -> Append {
    let revision = expected + 1;
    Append {
        case: work::case(number),
        expected,
        body: work::body(number, revision),
        events: work::events(number, revision),
        points: work::points(number, revision),
        notices: work::notices(number, revision),
        index: work::index(number, revision),
    }
}

/// A store that has failed takes nothing more, and shows nothing wrong.
async fn after_failure(store: &dyn Store) {
    for number in 0..=CONTESTED {
        let revision = match store.load(&work::case(number)) {
            Ok(Some(record)) => {
                assert!(record.body == work::body(number, record.revision));
                record.revision
            }
            Ok(None) => 0,
            Err(_) => continue,
        };
        assert!(store.append(append(number, revision)).await.is_err());
    }
    say("failed as it should");
}

fn say(line: &str) {
    // In one write, so that a line is whole or ends without a line break.
    io::stdout()
        .lock()
        .write_all(format!("{line}\n").as_bytes())
        .unwrap();
}
