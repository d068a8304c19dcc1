//! Keeps cases on disk: the current state of each, its audit trail and its data points.
//!
//! A case has a **revision**, which grows by one with every append. A writer says which revision it read; when the
//! case has moved on since, the append is refused and nothing is written. An append holds the new state of the case
//! with the events and data points that brought it about, and is kept whole or not at all.
//!
//! Beside the cases lies the **ledger**: small entries under names, where those who pass on what cases gave rise to note
//! how far they have come.
//!
//! The store reads none of what it keeps: bodies, events, points, notices, summaries and entries are bytes to it.
//!
//! Limits: 16 MiB an append or a change of the ledger. One process at a time.

mod case_id;
mod commit;
mod embedded;
mod error;
mod keys;
mod sync;
#[cfg(test)]
mod tests;
mod value;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

pub use case_id::{CaseId, InvalidCaseId};
pub use error::StoreError;

/// The most bytes one append may hold, all its parts together.
pub const APPEND_LIMIT: usize = 16 << 20;

/// An answer that comes later.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The current state of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// How many appends the case has had; an append must name it.
    pub revision: u64,
    /// The state itself, as the last append gave it.
    pub body: Vec<u8>,
}

/// One change of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The case to change or to create.
    pub case: CaseId,
    /// The revision that the writer read; 0 for a case that does not exist yet.
    pub expected: u64,
    /// The whole new state of the case.
    pub body: Vec<u8>,
    /// What happened, for the audit trail; never rewritten.
    pub events: Vec<Vec<u8>>,
    /// The data points that the change gave rise to; never rewritten.
    pub points: Vec<Vec<u8>>,
    /// What other systems are told of the change; never rewritten.
    pub notices: Vec<Vec<u8>>,
    /// A small summary of the case for lists; takes the place of the former one.
    pub index: Vec<u8>,
}

/// An event or data point with its place in its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number among those of its kind in the case, from 1 and without gaps.
    pub seq: u64,
    /// What was appended.
    pub body: Vec<u8>,
}

/// A change of one entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The entry's name: a text without zero bytes.
    pub key: String,
    /// What the writer read there; `None` when there was no such entry.
    pub expected: Option<Vec<u8>>,
    /// What is to stand there; `None` takes the entry away.
    pub value: Option<Vec<u8>>,
}

/// A place where cases are kept.
///
/// A read may show an append whose writer is still waiting for the disk; [`Store::outbox`] and [`Store::notices`] alone
/// never do, because what they give leaves the house.
pub trait Store: Send + Sync {
    /// The current state of a case; `None` when there is no such case.
    fn load(&self, case: &CaseId) -> Result<Option<Record>, StoreError>;

    /// Makes one change and answers with the case's new revision, once the change is on disk.
    ///
    /// After [`StoreError::Conflict`] and [`StoreError::TooLarge`] nothing has been written. After any other error
    /// the change may or may not be there when the store is opened again, but never half of it; until then the store
    /// takes no more appends. Dropping the answer does not take the change back.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// The audit trail of a case, oldest first.
    fn events(&self, case: &CaseId) -> Result<Vec<Stored>, StoreError>;

    /// The data points of a case, oldest first.
    fn points(&self, case: &CaseId) -> Result<Vec<Stored>, StoreError>;

    /// Cases with their summaries, in the order of their ids, from the first one after `after`.
    fn cases(&self, after: Option<&CaseId>, limit: usize) -> Result<Vec<(CaseId, Vec<u8>)>, StoreError>;

    /// Data points of all cases in the order they were saved, each with its cursor, from the first one after the
    /// cursor `after`; 0 begins at the beginning.
    fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, CaseId, Vec<u8>)>, StoreError>;

    /// Notices of all cases, as [`Store::outbox`] gives data points.
    fn notices(&self, after: u64, limit: usize) -> Result<Vec<(u64, CaseId, Vec<u8>)>, StoreError>;

    /// The last cursors of the outbox and of the notices; 0 where there is none.
    fn last(&self) -> (u64, u64);

    /// Changes entries of the ledger, all or none, and answers once they are on disk together with everything that
    /// reads had shown before. After [`StoreError::Stale`] and [`StoreError::TooLarge`] nothing has been written; any
    /// other error is as for [`Store::append`].
    fn post(&self, postings: Vec<Posting>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Entries of the ledger whose names begin with a prefix, in the order of their names' bytes, from the first one
    /// after `after`.
    fn ledger(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
}

/// Opens the embedded store in a directory, or makes a new one there; refuses when it cannot prove that its writes
/// reach the disk.
pub fn open(dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(embedded::Embedded::open(dir)?))
}
