//! The one thread that writes.
//!
//! It takes all appends that are waiting, applies each as one batch, flushes once for the whole group and answers.
//! Being the only writer, it can compare revisions without racing anybody.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use sled::Batch;
use tokio::sync::{mpsc, oneshot};

use super::embedded::{Failure, Shared};
use super::{Append, CaseId, Posting, StoreError, keys, value};

/// One flush serves no more appends than this, and begins no further one beyond this many bytes.
const GROUP: usize = 256;
const GROUP_BYTES: usize = 8 << 20;

/// A change and the writer who waits for it.
pub(super) struct Job {
    pub(super) change: Change,
    pub(super) answer: oneshot::Sender<Result<u64, StoreError>>,
}

/// What a writer asks for.
pub(super) enum Change {
    /// A change of one case; answered with its new revision.
    Append(Append),
    /// A change of the ledger; answered with 0.
    Post(Vec<Posting>),
}

impl Change {
    /// The bytes of all parts together.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Append(append) => append.size(),
            Self::Post(postings) => postings.iter().map(Posting::size).sum(),
        }
    }
}

/// The last numbers of the sequences that run through all cases.
#[derive(Clone, Copy, Default)]
pub(super) struct Last {
    pub(super) outbox: u64,
    pub(super) notices: u64,
}

/// What stands before the body of a case: its revision, and how many events and points it has.
#[derive(Clone, Copy, Default)]
pub(super) struct Head {
    pub(super) revision: u64,
    events: u64,
    points: u64,
}

impl Head {
    /// The length of a head on disk.
    pub(super) const LENGTH: usize = 24;

    /// The head at the beginning of a case's record.
    pub(super) fn read(case: &CaseId, record: &[u8]) -> Result<Head, StoreError> {
        let (numbers, _) = record.as_chunks::<8>();
        match numbers {
            [revision, events, points, ..] => Ok(Head {
                revision: u64::from_be_bytes(*revision),
                events: u64::from_be_bytes(*events),
                points: u64::from_be_bytes(*points),
            }),
            _ => Err(StoreError::Broken(format!(
                "the record of case {case} is cut short"
            ))),
        }
    }

    fn before(self, body: &[u8]) -> Vec<u8> {
        let mut record = Vec::with_capacity(Head::LENGTH + body.len());
        for number in [self.revision, self.events, self.points] {
            record.extend_from_slice(&number.to_be_bytes());
        }
        record.extend_from_slice(body);
        record
    }
}

/// Serves changes until nobody can send any more.
pub(super) fn run(shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>, mut last: Last) {
    while let Some(first) = jobs.blocking_recv() {
        let mut bytes = first.change.size();
        let mut group = vec![first];
        while group.len() < GROUP && bytes < GROUP_BYTES {
            let Ok(job) = jobs.try_recv() else { break };
            bytes += job.change.size();
            group.push(job);
        }
        let results = match shared.failure() {
            Some(failure) => group.iter().map(|_| Err(failure.error.clone())).collect(),
            None => commit(&shared, &group, &mut last),
        };
        for (job, result) in group.into_iter().zip(results) {
            // A writer who has gone away does not take the change back.
            let _ = job.answer.send(result);
        }
    }
}

/// Commits a group; after a failure of the disk nobody in it is told that anything was saved.
fn commit(shared: &Shared, group: &[Job], last: &mut Last) -> Vec<Result<u64, StoreError>> {
    let mut results = Vec::with_capacity(group.len());
    // sled panics where it finds itself in a state it does not expect; the writers must hear of it all the same.
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        for job in group {
            results.push(apply(shared, &job.change, last)?);
        }
        if results.iter().any(Result::is_ok) {
            shared.tree.flush()?;
        }
        Ok(())
    }))
    .unwrap_or_else(|_| {
        Err(StoreError::Broken(
            "sled stopped in the middle of a write".to_owned(),
        ))
    });
    match outcome {
        Ok(()) => {
            shared.saved(*last);
            results
        }
        Err(error) => {
            let case = |job: &Job| match &job.change {
                Change::Append(append) => Some(append.case),
                Change::Post(_) => None,
            };
            let doubtful = group.iter().filter_map(case).collect();
            shared.fail(Failure {
                error: error.clone(),
                doubtful,
            });
            group.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

/// Applies one change. The inner error concerns this change alone, the outer one the whole store.
fn apply(shared: &Shared, change: &Change, last: &mut Last) -> Result<Result<u64, StoreError>, StoreError> {
    let prepared = match change {
        Change::Append(append) => prepare(shared, append, *last),
        Change::Post(postings) => post(shared, postings).map(|batch| (batch, 0, *last)),
    };
    let (batch, revision, new) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok(Err(error)),
    };
    shared.while_writing(|| shared.tree.apply_batch(batch))?;
    *last = new;
    Ok(Ok(revision))
}

fn prepare(shared: &Shared, append: &Append, mut last: Last) -> Result<(Batch, u64, Last), StoreError> {
    let case = &append.case;
    let place = keys::body(case);
    let mut head = match value::peek(&shared.tree, &place)? {
        Some(record) => Head::read(case, &record)?,
        None => Head::default(),
    };
    if head.revision != append.expected {
        return Err(StoreError::Conflict {
            current: head.revision,
        });
    }
    head.revision += 1;
    let mut batch = Batch::default();
    for event in &append.events {
        head.events += 1;
        value::put_new(&mut batch, &keys::event(case, head.events), event)?;
    }
    for point in &append.points {
        head.points += 1;
        last.outbox += 1;
        value::put_new(&mut batch, &keys::point(case, head.points), point)?;
        value::put_new(
            &mut batch,
            &keys::outbox(last.outbox),
            &keys::point(case, head.points),
        )?;
    }
    for notice in &append.notices {
        last.notices += 1;
        let told = [case.as_bytes(), &notice[..]].concat();
        value::put_new(&mut batch, &keys::notice(last.notices), &told)?;
    }
    value::put(&shared.tree, &mut batch, &place, &head.before(&append.body))?;
    value::put(&shared.tree, &mut batch, &keys::index(case), &append.index)?;
    Ok((batch, head.revision, last))
}

fn post(shared: &Shared, postings: &[Posting]) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    for posting in postings {
        let key = keys::entry(&posting.key);
        if value::get(&shared.tree, &key)? != posting.expected {
            return Err(StoreError::Stale);
        }
        match &posting.value {
            Some(value) => value::put(&shared.tree, &mut batch, &key, value)?,
            None => value::remove(&shared.tree, &mut batch, &key)?,
        }
    }
    Ok(batch)
}
