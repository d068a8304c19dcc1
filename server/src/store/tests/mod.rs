//! What every store must do, and what the embedded one must do beside it.

mod ledger;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::{env, fs, thread};

use tempfile::TempDir;
use uuid::Uuid;

use super::value::{self, CHUNK, HEADER};
use super::{APPEND_LIMIT, Append, CaseId, Store, StoreError, keys, open, sync};

fn case(number: u128) -> CaseId {
    Uuid::from_u128(number).into()
}

fn append(number: u128, expected: u64, body: impl Into<Vec<u8>>) -> Append {
    Append {
        case: case(number),
        expected,
        body: body.into(),
        events: vec![],
        points: vec![],
        notices: vec![],
        index: format!("index of {number} at {}", expected + 1).into_bytes(),
    }
}

/// Bytes that differ everywhere, so that no two chunks are alike.
fn noise(length: usize, mut state: u64) -> Vec<u8> {
    state |= 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(step).collect()
}

fn blobs(dir: &Path) -> usize {
    fs::read_dir(dir.join("sled/blobs")).unwrap().count()
}

#[tokio::test]
async fn what_was_appended_is_read_back_also_after_reopening() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(store.load(&case(1)).unwrap(), None);
    let mut first = append(1, 0, "one");
    first.events = vec![b"opened".to_vec(), b"".to_vec()];
    first.points = vec![b"p1".to_vec()];
    assert_eq!(store.append(first).await, Ok(1));
    let mut second = append(1, 1, "two");
    second.events = vec![b"changed".to_vec()];
    second.points = vec![b"p2".to_vec(), b"p3".to_vec()];
    assert_eq!(store.append(second).await, Ok(2));

    let check = |store: &Arc<dyn Store>| {
        let record = store.load(&case(1)).unwrap().unwrap();
        assert_eq!((record.revision, record.body), (2, b"two".to_vec()));
        let read =
            |stored: Vec<super::Stored>| stored.into_iter().map(|s| (s.seq, s.body)).collect::<Vec<_>>();
        let events = [
            (1, b"opened".to_vec()),
            (2, b"".to_vec()),
            (3, b"changed".to_vec()),
        ];
        assert_eq!(read(store.events(&case(1)).unwrap()), events);
        let points = [(1, b"p1".to_vec()), (2, b"p2".to_vec()), (3, b"p3".to_vec())];
        assert_eq!(read(store.points(&case(1)).unwrap()), points);
        assert_eq!(store.events(&case(2)).unwrap(), []);
        assert_eq!(
            store.cases(None, 9).unwrap(),
            [(case(1), b"index of 1 at 2".to_vec())]
        );
    };
    check(&store);
    drop(store);
    check(&open(dir.path()).unwrap());
}

#[tokio::test]
async fn an_append_to_another_revision_is_refused_and_writes_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let with_event = |expected, body: &str| {
        let mut append = append(1, expected, body);
        append.events = vec![body.into()];
        append.points = vec![body.into()];
        append
    };
    assert_eq!(
        store.append(with_event(1, "x")).await,
        Err(StoreError::Conflict { current: 0 })
    );
    assert_eq!(store.append(with_event(0, "a")).await, Ok(1));
    assert_eq!(
        store.append(with_event(0, "b")).await,
        Err(StoreError::Conflict { current: 1 })
    );
    assert_eq!(
        store.append(with_event(2, "b")).await,
        Err(StoreError::Conflict { current: 1 })
    );
    assert_eq!(store.load(&case(1)).unwrap().unwrap().body, b"a");
    assert_eq!(store.events(&case(1)).unwrap().len(), 1);
    assert_eq!(store.outbox(0, 9).unwrap().len(), 1);
    assert_eq!(store.append(with_event(1, "b")).await, Ok(2));
}

#[tokio::test]
async fn of_writers_at_once_exactly_one_wins_each_revision() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    for revision in 0..20 {
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..16 {
            let store = Arc::clone(&store);
            writers.spawn(async move { store.append(append(1, revision, format!("{writer}"))).await });
        }
        let results = writers.join_all().await;
        assert_eq!(results.iter().filter(|r| **r == Ok(revision + 1)).count(), 1);
        let lost = Err(StoreError::Conflict {
            current: revision + 1,
        });
        assert_eq!(results.iter().filter(|r| **r == lost).count(), 15);
    }
}

#[tokio::test]
async fn values_of_all_sizes_come_back_and_no_blob_file_is_made() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let framing = HEADER + super::commit::Head::LENGTH;
    let mut sizes = vec![0, 1];
    for chunks in [1, 2, 3, 16, 17, 40] {
        sizes.extend([-1, 0, 1].map(|d| (chunks * CHUNK - framing).saturating_add_signed(d)));
        sizes.extend([-1, 0, 1].map(|d| (chunks * CHUNK - HEADER).saturating_add_signed(d)));
    }
    sizes.push(5 << 20);
    // Growing and shrinking in one case, and each size in a case of its own.
    let back = sizes.iter().rev().copied().collect::<Vec<_>>();
    let mut revision = 0;
    for (turn, size) in sizes.into_iter().chain(back).enumerate() {
        let body = noise(size, turn as u64);
        let mut shared = append(1, revision, body.clone());
        shared.events = vec![body.clone()];
        shared.index = body.clone();
        revision = store.append(shared).await.unwrap();
        store
            .append(append(1000 + turn as u128, 0, body.clone()))
            .await
            .unwrap();
        assert!(
            store.load(&case(1)).unwrap().unwrap().body == body,
            "{size} bytes"
        );
        assert!(
            store.load(&case(1000 + turn as u128)).unwrap().unwrap().body == body,
            "{size} bytes"
        );
        assert!(
            store.events(&case(1)).unwrap().last().unwrap().body == body,
            "{size} bytes"
        );
        assert!(store.cases(None, 1).unwrap() == [(case(1), body)], "{size} bytes");
        assert_eq!(blobs(dir.path()), 0, "after {size} bytes");
    }
}

#[tokio::test]
async fn full_pages_never_become_blob_files() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    // Whole chunks in every order: ascending, descending and between, then shrunk so that pages merge.
    let mut revisions = BTreeMap::new();
    for turn in 0_u64..1500 {
        let number = u128::from(turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58);
        let size = if turn > 1000 {
            10
        } else {
            (1 + turn as usize % 12) * CHUNK - HEADER
        };
        let revision = revisions.entry(number).or_insert(0);
        let mut change = append(number, *revision, noise(size, turn));
        change.index = noise(size, turn + 7);
        change.events = vec![noise(size, turn + 13)];
        *revision = store.append(change).await.unwrap();
        assert_eq!(blobs(dir.path()), 0, "turn {turn}");
    }
}

#[tokio::test]
async fn an_append_over_the_limit_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let mut large = append(1, 0, vec![b'x'; APPEND_LIMIT]);
    large.index.clear();
    let mut larger = large.clone();
    larger.points = vec![vec![0]];
    assert_eq!(
        store.append(larger).await,
        Err(StoreError::TooLarge { limit: APPEND_LIMIT })
    );
    assert_eq!(store.load(&case(1)).unwrap(), None);
    assert_eq!(store.append(large).await, Ok(1));
    drop(store);
    let store = open(dir.path()).unwrap();
    assert_eq!(store.load(&case(1)).unwrap().unwrap().body.len(), APPEND_LIMIT);
}

#[tokio::test]
async fn cases_come_in_pages() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    for number in [5, 1, u128::MAX, 3] {
        store.append(append(number, 0, "x")).await.unwrap();
    }
    let page = |after: Option<CaseId>, limit| {
        store
            .cases(after.as_ref(), limit)
            .unwrap()
            .into_iter()
            .map(|(case, _)| case)
            .collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2), [case(1), case(3)]);
    assert_eq!(page(Some(case(3)), 2), [case(5), case(u128::MAX)]);
    assert_eq!(page(Some(case(4)), 1), [case(5)]);
    assert_eq!(page(Some(case(u128::MAX)), 2), []);
    assert_eq!(page(None, 0), []);
}

#[tokio::test]
async fn the_outbox_keeps_the_order_of_saving_across_cases_and_openings() {
    let dir = TempDir::new().unwrap();
    let mut expected = vec![];
    for round in 0..3 {
        let store = open(dir.path()).unwrap();
        for number in [9, 2, 7] {
            let mut change = append(number, round, "x");
            change.points = vec![
                format!("{number}a{round}").into(),
                format!("{number}b{round}").into(),
            ];
            for point in &change.points {
                expected.push((expected.len() as u64 + 1, case(number), point.clone()));
            }
            store.append(change).await.unwrap();
        }
        assert_eq!(store.outbox(0, 99).unwrap(), expected);
    }
    let store = open(dir.path()).unwrap();
    assert_eq!(store.outbox(4, 3).unwrap(), expected[4..7]);
    assert_eq!(store.outbox(18, 3).unwrap(), []);
    assert_eq!(store.outbox(u64::MAX, 3).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_see_half_a_batch() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let body = |revision: u64| vec![revision as u8; 3 * CHUNK + revision as usize % 3 * CHUNK];
    let reader = thread::spawn({
        let store = Arc::clone(&store);
        move || {
            let mut seen = 0;
            while seen < 200 {
                let Some(record) = store.load(&case(1)).unwrap() else {
                    continue;
                };
                assert!(record.revision >= seen);
                seen = record.revision;
                assert!(record.body == body(seen));
                assert!(store.events(&case(1)).unwrap().len() as u64 >= seen);
            }
        }
    });
    for revision in 0..200 {
        let mut change = append(1, revision, body(revision + 1));
        change.events = vec![b"e".to_vec()];
        store.append(change).await.unwrap();
    }
    reader.join().unwrap();
}

#[tokio::test]
async fn a_dropped_answer_does_not_harm_the_store() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let mut hasty = store.append(append(1, 0, "x"));
    let _ = hasty.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(hasty);
    assert_eq!(store.append(append(1, 1, "y")).await, Ok(2));
}

#[test]
fn a_damaged_value_is_reported_and_not_handed_out() {
    let tree = sled::Config::new().temporary(true).open().unwrap();
    let key = keys::body(&case(1));
    let write = |payload: &[u8]| {
        let mut batch = sled::Batch::default();
        value::put(&tree, &mut batch, &key, payload).unwrap();
        tree.apply_batch(batch).unwrap();
    };
    let payload = noise(3 * CHUNK, 1);
    let damages: [fn(&sled::Db, &[u8]); 5] = [
        |tree, key| {
            let place = value::chunk_key(key, 1);
            let mut chunk = tree.get(&place).unwrap().unwrap().to_vec();
            chunk[7] ^= 1;
            tree.insert(place, chunk).unwrap();
        },
        |tree, key| {
            tree.remove(value::chunk_key(key, 3)).unwrap();
        },
        |tree, key| {
            tree.remove(value::chunk_key(key, 1)).unwrap();
        },
        |tree, key| {
            tree.insert(value::chunk_key(key, 2), noise(CHUNK, 9)).unwrap();
        },
        |tree, key| {
            tree.insert(value::chunk_key(key, 0), &[9]).unwrap();
        },
    ];
    for damage in damages {
        tree.clear().unwrap();
        write(&payload);
        assert_eq!(value::get(&tree, &key).unwrap().unwrap(), payload);
        damage(&tree, &key);
        assert!(matches!(value::get(&tree, &key), Err(StoreError::Broken(_))));
        let all = (vec![0], vec![0xff]);
        assert!(matches!(value::scan(&tree, all, 9), Err(StoreError::Broken(_))));
    }
}

#[test]
fn a_value_of_a_later_format_is_refused() {
    let tree = sled::Config::new().temporary(true).open().unwrap();
    tree.insert(value::chunk_key(b"k", 0), [&[200][..], &[0; 8]].concat())
        .unwrap();
    let error = value::get(&tree, b"k").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the store is damaged: value `k`: this program does not know its format 200"
    );
}

#[test]
fn a_batch_that_is_never_applied_leaves_the_tree_alone() {
    let tree = sled::Config::new().temporary(true).open().unwrap();
    let mut batch = sled::Batch::default();
    value::put(&tree, &mut batch, b"k", &noise(9 * CHUNK, 1)).unwrap();
    drop(batch);
    assert!(tree.is_empty());
}

#[tokio::test]
async fn files_that_are_not_a_store_are_reported() {
    for file in ["sled/conf", "sled/db"] {
        for nonsense in ["", "nonsense", &"nonsense".repeat(200_000)] {
            let dir = TempDir::new().unwrap();
            let store = open(dir.path()).unwrap();
            store.append(append(1, 0, "x")).await.unwrap();
            drop(store);
            fs::write(dir.path().join(file), nonsense).unwrap();
            let opened = open(dir.path());
            let kept = opened
                .as_ref()
                .map(|store| store.load(&case(1)).unwrap().is_some());
            assert!(
                matches!(kept, Err(StoreError::Broken(_)) | Ok(true)),
                "{file}: {kept:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_whose_making_was_cut_short_is_made_again() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("sled.new")).unwrap();
    fs::write(dir.path().join("sled.new/conf"), "").unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(store.append(append(1, 0, "x")).await, Ok(1));
    assert!(!dir.path().join("sled.new").exists());
}

#[tokio::test]
async fn a_snapshot_that_was_cut_short_does_not_keep_the_store_from_opening() {
    let dir = TempDir::new().unwrap();
    for expected in 0..3 {
        let store = open(dir.path()).unwrap();
        assert_eq!(store.append(append(1, expected, "x")).await, Ok(expected + 1));
        drop(store);
        fs::write(
            dir.path().join("sled/snap.FFFFFFFFFFFFFFFF.generating"),
            "nonsense",
        )
        .unwrap();
    }
}

#[test]
fn a_store_opens_many_times_in_a_row() {
    let dir = TempDir::new().unwrap();
    for _ in 0..30 {
        open(dir.path()).unwrap();
    }
}

/// Where a test's second process finds the store that the first has open.
const SECOND: &str = "METODE_TEST_SECOND_PROCESS";

#[test]
fn a_second_opening_is_refused_in_this_process_and_another() {
    if let Some(dir) = env::var_os(SECOND) {
        assert_eq!(open(Path::new(&dir)).err(), Some(StoreError::Locked));
        return;
    }
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(open(dir.path()).err(), Some(StoreError::Locked));
    let name = "store::tests::a_second_opening_is_refused_in_this_process_and_another";
    let second = Command::new(env::current_exe().unwrap())
        .args(["--exact", name])
        .env(SECOND, dir.path())
        .output();
    let second = second.unwrap();
    assert!(
        second.status.success(),
        "{}",
        String::from_utf8_lossy(&second.stdout)
    );
    assert!(String::from_utf8_lossy(&second.stdout).contains("1 passed"));
    drop(store);
    assert!(open(dir.path()).is_ok());
}

#[tokio::test]
async fn every_acknowledged_append_has_been_synced() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    for revision in 0..5 {
        let before = sync::count();
        store.append(append(1, revision, "x")).await.unwrap();
        assert!(sync::proven(before, sync::count()));
    }
    assert_eq!(sync::proven(3, 3), !cfg!(target_os = "linux"));
}

#[test]
fn a_case_id_has_one_spelling() {
    let text = "0b8b5a3c-6c5e-4f0e-9d2b-1c2d3e4f5a6b";
    let id: CaseId = text.parse().unwrap();
    assert_eq!(id.to_string(), text);
    assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    assert_eq!(
        serde_json::from_str::<CaseId>(&format!("\"{text}\"")).unwrap(),
        id
    );
    for other in [
        &text.to_uppercase(),
        &text.replace('-', ""),
        &format!("{{{text}}}"),
        "",
        "../x",
    ] {
        assert!(other.parse::<CaseId>().is_err(), "{other}");
        assert!(serde_json::from_str::<CaseId>(&format!("\"{other}\"")).is_err());
    }
    assert_eq!(
        "x".parse::<CaseId>().unwrap_err().to_string(),
        "`x` is not the id of a case"
    );
    assert_ne!(CaseId::random(), CaseId::random());
}
