//! The store that needs nothing installed: sled, in a directory of its own.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::commit::{self, Change, Head, Job, Last};
use super::{
    APPEND_LIMIT, Append, BoxFuture, CaseId, Posting, Record, Store, StoreError, Stored, keys, sync, value,
};

/// The bytes of pages that sled keeps in memory.
const CACHE: u64 = 64 << 20;

/// How many appends may wait for the committing thread before writers wait to get in.
const QUEUE: usize = 1024;

/// How often to ask for sled's lock, a hundredth of a second apart, while this process is still closing sled.
const LINGERING: u32 = 500;

/// An open store.
pub(super) struct Embedded {
    shared: Arc<Shared>,
    /// `None` only while the store is being closed.
    jobs: Option<mpsc::Sender<Job>>,
    committer: Option<JoinHandle<()>>,
    /// The last field, so that it is given up when sled is closed.
    _lock: Lock,
}

/// What readers and the committing thread share.
pub(super) struct Shared {
    pub(super) tree: sled::Db,
    /// The last numbers that are on disk.
    durable: Mutex<Last>,
    /// Keeps readers from seeing half a batch.
    writing: RwLock<()>,
    failure: OnceLock<Failure>,
}

/// What ended the store's writing until it is opened again.
pub(super) struct Failure {
    pub(super) error: StoreError,
    /// The cases whose last change was not acknowledged and may not be on disk, though sled still shows it.
    pub(super) doubtful: HashSet<CaseId>,
}

impl Shared {
    /// What ended the writing, if anything did.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// Ends the writing.
    pub(super) fn fail(&self, failure: Failure) {
        tracing::error!(error = %failure.error, "the store takes no more writes until it is opened again");
        // Only the committing thread comes here, and never twice.
        let _ = self.failure.set(failure);
    }

    /// Notes what is on disk now.
    pub(super) fn saved(&self, last: Last) {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    fn durable(&self) -> Last {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the tree while nobody reads it.
    pub(super) fn while_writing<T>(&self, write: impl FnOnce() -> T) -> T {
        let _guard = self.writing.write().unwrap_or_else(PoisonError::into_inner);
        write()
    }

    fn while_reading<T>(&self, read: impl FnOnce() -> T) -> T {
        let _guard = self.writing.read().unwrap_or_else(PoisonError::into_inner);
        read()
    }

    /// Refuses to show a change that was never acknowledged as if it had been saved.
    fn trusted(&self, case: &CaseId) -> Result<(), StoreError> {
        match self.failure() {
            Some(failure) if failure.doubtful.contains(case) => Err(failure.error.clone()),
            _ => Ok(()),
        }
    }
}

impl Embedded {
    /// Opens the store in a directory, or makes a new one there.
    pub(super) fn open(dir: &Path) -> Result<Embedded, StoreError> {
        fs::create_dir_all(dir)?;
        let lock = Lock::take(&dir.join("lock"))?;
        let home = dir.join("sled");
        if !home.try_exists()? {
            create(dir, &home)?;
        }
        let tree = open_tree(&home)?;
        if count_opening(&tree)? == 1 {
            // sled takes a log that it cannot read for an empty one.
            return Err(StoreError::Broken("what was in it cannot be found".to_owned()));
        }
        let last = Last {
            outbox: last_number(&tree, keys::outbox_all())?,
            notices: last_number(&tree, keys::notices_all())?,
        };
        let shared = Arc::new(Shared {
            tree,
            durable: Mutex::new(last),
            writing: RwLock::new(()),
            failure: OnceLock::new(),
        });
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let committer = thread::Builder::new().name("store".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || commit::run(shared, waiting, last)
        })?;
        Ok(Embedded {
            shared,
            jobs: Some(jobs),
            committer: Some(committer),
            _lock: lock,
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // The thread ends when nobody can send any more; it must be gone before the lock is.
        self.jobs = None;
        if let Some(committer) = self.committer.take() {
            let _ = committer.join();
        }
    }
}

impl Store for Embedded {
    fn load(&self, case: &CaseId) -> Result<Option<Record>, StoreError> {
        self.shared.trusted(case)?;
        let record = self
            .shared
            .while_reading(|| value::get(&self.shared.tree, &keys::body(case)))?;
        let Some(mut record) = record else { return Ok(None) };
        let revision = Head::read(case, &record)?.revision;
        record.drain(..Head::LENGTH);
        Ok(Some(Record {
            revision,
            body: record,
        }))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.commit(Change::Append(append)))
    }

    fn events(&self, case: &CaseId) -> Result<Vec<Stored>, StoreError> {
        self.shared.trusted(case)?;
        self.numbered(keys::events(case))
    }

    fn points(&self, case: &CaseId) -> Result<Vec<Stored>, StoreError> {
        self.shared.trusted(case)?;
        self.numbered(keys::points(case))
    }

    fn cases(&self, after: Option<&CaseId>, limit: usize) -> Result<Vec<(CaseId, Vec<u8>)>, StoreError> {
        let range = keys::indexes(after);
        let entries = self
            .shared
            .while_reading(|| value::scan(&self.shared.tree, range, limit))?;
        entries
            .into_iter()
            .map(|(key, index)| Ok((keys::case_of(&key).ok_or_else(misplaced)?, index)))
            .collect()
    }

    fn outbox(&self, after: u64, limit: usize) -> Result<Vec<(u64, CaseId, Vec<u8>)>, StoreError> {
        let range = keys::outbox_between(after, self.shared.durable().outbox);
        let tree = &self.shared.tree;
        self.shared.while_reading(|| {
            let mut found = Vec::new();
            for (key, place) in value::scan(tree, range, limit)? {
                let cursor = keys::number_of(&key).ok_or_else(misplaced)?;
                let case = place.get(..17).and_then(keys::case_of).ok_or_else(misplaced)?;
                let point = value::get(tree, &place)?.ok_or_else(misplaced)?;
                found.push((cursor, case, point));
            }
            Ok(found)
        })
    }

    fn notices(&self, after: u64, limit: usize) -> Result<Vec<(u64, CaseId, Vec<u8>)>, StoreError> {
        let range = keys::notices_between(after, self.shared.durable().notices);
        let entries = self
            .shared
            .while_reading(|| value::scan(&self.shared.tree, range, limit))?;
        entries
            .into_iter()
            .map(|(key, told)| {
                let cursor = keys::number_of(&key).ok_or_else(misplaced)?;
                let (case, notice) = told.split_first_chunk().ok_or_else(misplaced)?;
                Ok((cursor, CaseId::from_bytes(*case), notice.to_vec()))
            })
            .collect()
    }

    fn last(&self) -> (u64, u64) {
        let last = self.shared.durable();
        (last.outbox, last.notices)
    }

    fn post(&self, postings: Vec<Posting>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.commit(Change::Post(postings)).await.map(drop) })
    }

    fn ledger(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        if let Some(failure) = self.shared.failure() {
            return Err(failure.error.clone());
        }
        let range = keys::entries(prefix, after);
        let entries = self
            .shared
            .while_reading(|| value::scan(&self.shared.tree, range, limit))?;
        entries
            .into_iter()
            .map(|(key, value)| Ok((keys::entry_of(&key).ok_or_else(misplaced)?, value)))
            .collect()
    }
}

impl Embedded {
    async fn commit(&self, change: Change) -> Result<u64, StoreError> {
        if change.size() > APPEND_LIMIT {
            return Err(StoreError::TooLarge { limit: APPEND_LIMIT });
        }
        let stopped = || StoreError::Broken("its committing thread has stopped".to_owned());
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { change, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    fn numbered(&self, range: (Vec<u8>, Vec<u8>)) -> Result<Vec<Stored>, StoreError> {
        let entries = self
            .shared
            .while_reading(|| value::scan(&self.shared.tree, range, usize::MAX))?;
        entries
            .into_iter()
            .map(|(key, body)| {
                Ok(Stored {
                    seq: keys::number_of(&key).ok_or_else(misplaced)?,
                    body,
                })
            })
            .collect()
    }
}

impl Append {
    /// The bytes of all parts together.
    pub(super) fn size(&self) -> usize {
        let lists = self
            .events
            .iter()
            .chain(&self.points)
            .chain(&self.notices)
            .map(Vec::len)
            .sum::<usize>();
        self.body.len() + self.index.len() + lists
    }
}

impl Posting {
    /// The bytes that are written.
    pub(super) fn size(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Vec::len)
    }
}

fn misplaced() -> StoreError {
    StoreError::Broken("a value is not where it should be".to_owned())
}

/// Makes a new store beside its home and moves it there when it is whole: sled does not sync its own configuration,
/// and cannot open what a power cut left of it.
fn create(dir: &Path, home: &Path) -> Result<(), StoreError> {
    let draft = dir.join("sled.new");
    match fs::remove_dir_all(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    count_opening(&open_tree(&draft)?)?;
    for entry in fs::read_dir(&draft)? {
        File::open(entry?.path())?.sync_all()?;
    }
    sync_dir(&draft)?;
    fs::rename(&draft, home)?;
    // The directory may be new itself, and is then only a name in its parent.
    dir.canonicalize()?.ancestors().take(2).try_for_each(sync_dir)
}

fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    // Elsewhere a directory cannot be opened as a file.
    if cfg!(unix) {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// The right to be the only process that has the store open.
struct Lock(File);

impl Lock {
    fn take(path: &Path) -> Result<Lock, StoreError> {
        let file = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child process that is just being started and holds a copy.
        let _ = self.0.unlock();
    }
}

fn open_tree(path: &Path) -> Result<sled::Db, StoreError> {
    discard_drafts(path)?;
    // No thread of sled's own flushes: the committing thread does, and an acknowledged write waits for that.
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE)
        .flush_every_ms(None);
    for _ in 0..LINGERING {
        // sled panics on files that it cannot make sense of.
        let opened = panic::catch_unwind(AssertUnwindSafe(|| config.open()))
            .map_err(|_| StoreError::Broken(format!("sled cannot read `{}`", path.display())))?;
        match opened {
            // Our own lock keeps others out: it is threads of a sled that this process has just closed.
            Err(sled::Error::Io(error)) if error.to_string().starts_with("could not acquire lock") => {
                thread::sleep(Duration::from_millis(10));
            }
            opened => return Ok(opened?),
        }
    }
    Err(StoreError::Locked)
}

/// Removes what an opening that was cut short, by a full disk say, left of the snapshot it was writing. sled would
/// take it for the latest one and refuse to open; the one before it, or the log alone, is all it needs.
fn discard_drafts(path: &Path) -> Result<(), StoreError> {
    if !path.try_exists()? {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().ends_with(b".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Counts the opening, and checks that the flush of the count reached the disk.
fn count_opening(tree: &sled::Db) -> Result<u64, StoreError> {
    let former = match value::get(tree, keys::OPENINGS)? {
        Some(count) => count
            .try_into()
            .map(u64::from_be_bytes)
            .map_err(|_| misplaced())?,
        None => 0,
    };
    let mut batch = sled::Batch::default();
    value::put(tree, &mut batch, keys::OPENINGS, &(former + 1).to_be_bytes())?;
    let before = sync::count();
    tree.apply_batch(batch)?;
    tree.flush()?;
    if sync::proven(before, sync::count()) {
        Ok(former + 1)
    } else {
        Err(StoreError::NotDurable(
            "sled's flush did not call this program's `sync_file_range`".to_owned(),
        ))
    }
}

fn last_number(tree: &sled::Db, (from, to): (Vec<u8>, Vec<u8>)) -> Result<u64, StoreError> {
    match tree.range(from..to).next_back() {
        None => Ok(0),
        Some(entry) => {
            let (place, _) = entry?;
            let (key, _) = place.split_last_chunk::<4>().ok_or_else(misplaced)?;
            keys::number_of(key).ok_or_else(misplaced)
        }
    }
}
