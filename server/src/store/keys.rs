//! Where each value lies in the one tree.
//!
//! A key is a letter for the kind, then the case and the number within it as the kind needs. Numbers are big-endian,
//! so that the tree's order is theirs. Each chunk of a value adds its own number (see [`super::value`]).

use super::CaseId;

/// How often the store has been opened.
pub(super) const OPENINGS: &[u8] = b"a";

const BODY: u8 = b'b';
const EVENT: u8 = b'e';
const INDEX: u8 = b'i';
const LEDGER: u8 = b'l';
const NOTICE: u8 = b'n';
const OUTBOX: u8 = b'o';
const POINT: u8 = b'p';

/// Sorts after every number and chunk that follows a case in a key.
const LAST: [u8; 12] = [0xff; 12];

/// The current state of a case.
pub(super) fn body(case: &CaseId) -> Vec<u8> {
    key(BODY, case, &[])
}

/// The summary of a case.
pub(super) fn index(case: &CaseId) -> Vec<u8> {
    key(INDEX, case, &[])
}

/// One event of a case.
pub(super) fn event(case: &CaseId, seq: u64) -> Vec<u8> {
    key(EVENT, case, &seq.to_be_bytes())
}

/// One data point of a case.
pub(super) fn point(case: &CaseId, seq: u64) -> Vec<u8> {
    key(POINT, case, &seq.to_be_bytes())
}

/// The place of one data point among those of all cases.
pub(super) fn outbox(cursor: u64) -> Vec<u8> {
    sequence(OUTBOX, cursor)
}

/// The place of one notice among those of all cases.
pub(super) fn notice(cursor: u64) -> Vec<u8> {
    sequence(NOTICE, cursor)
}

/// One entry of the ledger. The zero byte keeps its chunks before the keys that begin with its own.
pub(super) fn entry(name: &str) -> Vec<u8> {
    [&[LEDGER], name.as_bytes(), &[0]].concat()
}

/// From where to where the entries of the ledger lie whose names begin with a prefix and come after another.
pub(super) fn entries(prefix: &str, after: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    let from = match after {
        // Behind all chunks of it, and before the names that it begins.
        Some(after) if after >= prefix => [&[LEDGER], after.as_bytes(), &[1]].concat(),
        _ => [&[LEDGER], prefix.as_bytes()].concat(),
    };
    (from, [&[LEDGER], prefix.as_bytes(), &[0xff]].concat())
}

/// The name of an entry whose key [`entry`] made.
pub(super) fn entry_of(key: &[u8]) -> Option<String> {
    let name = key.strip_prefix(&[LEDGER])?.strip_suffix(&[0])?;
    String::from_utf8(name.to_vec()).ok()
}

/// From where to where the events of a case lie.
pub(super) fn events(case: &CaseId) -> (Vec<u8>, Vec<u8>) {
    (key(EVENT, case, &[]), key(EVENT, case, &LAST))
}

/// From where to where the data points of a case lie.
pub(super) fn points(case: &CaseId) -> (Vec<u8>, Vec<u8>) {
    (key(POINT, case, &[]), key(POINT, case, &LAST))
}

/// From where to where the summaries of the cases after one lie.
pub(super) fn indexes(after: Option<&CaseId>) -> (Vec<u8>, Vec<u8>) {
    (
        after.map_or_else(|| vec![INDEX], |case| key(INDEX, case, &LAST)),
        vec![INDEX + 1],
    )
}

/// From where to where the outbox between two cursors lies, the first excluded, the second included.
pub(super) fn outbox_between(after: u64, last: u64) -> (Vec<u8>, Vec<u8>) {
    (outbox(after.saturating_add(1)), outbox(last.saturating_add(1)))
}

/// From where to where the notices between two cursors lie, the first excluded, the second included.
pub(super) fn notices_between(after: u64, last: u64) -> (Vec<u8>, Vec<u8>) {
    (notice(after.saturating_add(1)), notice(last.saturating_add(1)))
}

/// From where to where the whole outbox lies.
pub(super) fn outbox_all() -> (Vec<u8>, Vec<u8>) {
    (vec![OUTBOX], vec![OUTBOX + 1])
}

/// From where to where all notices lie.
pub(super) fn notices_all() -> (Vec<u8>, Vec<u8>) {
    (vec![NOTICE], vec![NOTICE + 1])
}

/// The case of a key that [`index`] made.
pub(super) fn case_of(key: &[u8]) -> Option<CaseId> {
    let bytes = key.get(1..)?.try_into().ok()?;
    Some(CaseId::from_bytes(bytes))
}

/// The number at the end of a key that [`event`], [`point`], [`outbox`] or [`notice`] made.
pub(super) fn number_of(key: &[u8]) -> Option<u64> {
    let (_, number) = key.split_last_chunk()?;
    Some(u64::from_be_bytes(*number))
}

fn sequence(kind: u8, cursor: u64) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(&cursor.to_be_bytes());
    key
}

fn key(kind: u8, case: &CaseId, rest: &[u8]) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(case.as_bytes());
    key.extend_from_slice(rest);
    key
}
