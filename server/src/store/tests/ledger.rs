//! What every store must do for those who pass on what cases gave rise to.

use std::sync::Arc;

use tempfile::TempDir;

use super::super::{APPEND_LIMIT, Posting, StoreError, open, value::CHUNK};
use super::{append, case, noise};

#[tokio::test]
async fn notices_keep_the_order_of_saving_across_cases_and_openings() {
    let dir = TempDir::new().unwrap();
    let mut expected = vec![];
    for round in 0..3 {
        let store = open(dir.path()).unwrap();
        for number in [9, 2] {
            let mut change = append(number, round, "x");
            change.points = vec![b"p".to_vec()];
            change.notices = vec![format!("{number}a{round}").into(), b"".to_vec()];
            for notice in &change.notices {
                expected.push((expected.len() as u64 + 1, case(number), notice.clone()));
            }
            store.append(change).await.unwrap();
        }
        assert_eq!(store.notices(0, 99).unwrap(), expected);
        assert_eq!(store.last(), ((round + 1) * 2, expected.len() as u64));
    }
    let store = open(dir.path()).unwrap();
    assert_eq!(store.last(), (6, 12));
    assert_eq!(store.notices(4, 3).unwrap(), expected[4..7]);
    assert_eq!(store.notices(12, 3).unwrap(), []);
}

fn posting(key: &str, expected: Option<&[u8]>, value: Option<&[u8]>) -> Posting {
    Posting {
        key: key.to_owned(),
        expected: expected.map(<[u8]>::to_vec),
        value: value.map(<[u8]>::to_vec),
    }
}

#[tokio::test]
async fn the_ledger_changes_as_a_whole_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let long = noise(3 * CHUNK, 5);
    let store = open(dir.path()).unwrap();
    store.append(append(1, 0, "x")).await.unwrap();
    let both = vec![
        posting("a/1", None, Some(&long)),
        posting("a/2", None, Some(b"y")),
    ];
    assert_eq!(store.post(both.clone()).await, Ok(()));
    assert_eq!(store.post(both).await, Err(StoreError::Stale));
    let half = vec![
        posting("a/1", Some(&long), Some(b"z")),
        posting("a/2", None, Some(b"z")),
    ];
    assert_eq!(store.post(half).await, Err(StoreError::Stale));
    drop(store);
    let store = open(dir.path()).unwrap();
    let kept = [
        ("a/1".to_owned(), long.clone()),
        ("a/2".to_owned(), b"y".to_vec()),
    ];
    assert_eq!(store.ledger("a/", None, 9).unwrap(), kept);
    assert_eq!(store.post(vec![posting("a/1", Some(&long), None)]).await, Ok(()));
    assert_eq!(store.post(vec![posting("a/1", None, Some(b"new"))]).await, Ok(()));
    assert_eq!(store.ledger("a/1", None, 9).unwrap()[0].1, b"new");
    assert_eq!(store.last(), (0, 0));
}

#[tokio::test]
async fn the_ledger_is_read_in_the_order_of_its_names() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let names = ["a", "a\u{1}", "a/", "a/1", "a/10", "a/2", "aå", "b"];
    let postings = names
        .iter()
        .rev()
        .map(|name| posting(name, None, Some(&noise(2 * CHUNK, 3))));
    store.post(postings.collect()).await.unwrap();
    let page = |prefix: &str, after: Option<&str>, limit| {
        let found = store.ledger(prefix, after, limit).unwrap();
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(page("", None, 99), names);
    assert_eq!(page("a/", None, 99), names[2..6]);
    for (place, name) in names.iter().enumerate() {
        assert_eq!(page("", Some(name), 99), names[place + 1..], "{name:?}");
    }
    assert_eq!(page("a/", Some("a"), 2), names[2..4]);
    assert_eq!(page("a/", Some("b"), 2), [""; 0]);
}

#[tokio::test]
async fn of_two_who_change_an_entry_at_once_one_wins() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path()).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let store = Arc::clone(&store);
        let value = format!("{writer}");
        writers.spawn(async move {
            let posting = posting("one", None, Some(value.as_bytes()));
            store.post(vec![posting]).await
        });
    }
    let results = writers.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let large = posting("two", None, Some(&vec![0; APPEND_LIMIT]));
    assert_eq!(
        store.post(vec![large]).await,
        Err(StoreError::TooLarge { limit: APPEND_LIMIT })
    );
}
