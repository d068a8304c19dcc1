//! A route's part of the ledger: its reports, and how far it has read.
//!
//! | Name behind `delivery/<route>/` | Holds |
//! | --- | --- |
//! | `head` | the cursor, the last number, how many reports there are of each status |
//! | `entry/<number>` | a report: [`Entry`] |
//! | `body/<number>`, `origins/<number>` | its exact bytes, and where each part came from |
//! | `status/<status>/<place>` | finds the reports of a status: open ones the oldest first, others the newest first |
//! | `day/<day>/<place>` | finds the reports of a day, the newest first |
//! | `citizen/<citizen>/<day>/<number>` | finds the reports about a citizen |
//! | `cases/<citizen>/<case>` | finds the cases that are, or once were, about a citizen |
//! | `citizens/<case>/<citizen>` | whom a case is, or once was, about: [`Link`] |
//! | `open/<citizen>/<day>/<number>` | finds those of which something must still become |
//!
//! All that belongs to one step is changed at once, or not at all.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::entry::{Entry, Status};
use crate::store::{CaseId, Posting, Store, StoreError};

/// How many entries of the ledger are read at a time.
const CHUNK: usize = 500;

/// How far a route has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last data point of the outbox that reports were made of.
    pub cursor: u64,
    /// The last message that a case's facts changed which was looked at.
    pub facts: u64,
    /// The number of the newest report.
    pub last: u64,
    /// How many reports there are of each status.
    pub counts: BTreeMap<String, u64>,
    /// What the names of citizens are made with, so that nobody can guess them back.
    #[serde(default)]
    pub salt: String,
}

impl Head {
    /// How many reports have a status.
    pub fn count(&self, status: Status) -> u64 {
        self.counts.get(status.name()).copied().unwrap_or_default()
    }
}

/// What is known of whom a case is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Since when all that the case holds is to be told as it is now, when something else may have been told before: the day and time
    /// there.
    pub since: Option<String>,
    /// What the case was called then, so that nobody can read it.
    pub named: String,
}

/// A value of the ledger with the bytes that it was read from.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    /// The value.
    pub value: T,
    raw: Vec<u8>,
}

/// A route's reports.
#[derive(Clone)]
pub struct Book {
    store: Arc<dyn Store>,
    prefix: String,
}

impl Book {
    /// The reports of a route.
    pub fn new(store: Arc<dyn Store>, route: &str) -> Self {
        Self {
            store,
            prefix: format!("delivery/{route}/"),
        }
    }

    /// How far the route has come.
    pub fn head(&self) -> Result<Head, StoreError> {
        Ok(self.read("head")?.map_or_else(Head::default, |kept| kept.value))
    }

    /// A report.
    pub fn entry(&self, number: u64) -> Result<Option<Kept<Entry>>, StoreError> {
        self.read(&entry_name(number))
    }

    /// The exact bytes of a report.
    pub fn body(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.raw(&body_name(number))
    }

    /// The reports whose bytes are still held, in the order of their numbers, from the first one behind `after`.
    pub fn held(&self, after: Option<u64>, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let prefix = format!("{}body/", self.prefix);
        let after = after.map(|after| format!("{prefix}{after:016x}"));
        let found = self.store.ledger(&prefix, after.as_deref(), limit)?;
        let number = |name: &str| u64::from_str_radix(name.strip_prefix(&prefix)?, 16).ok();
        let held = found.into_iter();
        Ok(held
            .filter_map(|(name, body)| Some((number(&name)?, body)))
            .collect())
    }

    /// Where the parts of a report came from, as they were written.
    pub fn origins<T: DeserializeOwned + Default>(&self, number: u64) -> Result<T, StoreError> {
        let kept = self.read(&format!("origins/{number:016x}"))?;
        Ok(kept.map_or_else(T::default, |kept| kept.value))
    }

    /// Reports of a status, from the first one behind the report `after`: those of which something must still become the
    /// oldest first, others the newest first.
    pub fn of_status(
        &self,
        status: Status,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let placed = |number| place(status.is_open(), number);
        self.page(&format!("status/{}/", status.name()), placed, after, limit)
    }

    /// Reports of a day, the newest first, from the first one behind the report `after`.
    pub fn of_day(&self, day: &str, after: Option<u64>, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let placed = |number| place(false, number);
        self.page(&format!("day/{day}/"), placed, after, limit)
    }

    fn page(
        &self,
        list: &str,
        placed: impl Fn(u64) -> u64,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let prefix = format!("{}{list}", self.prefix);
        let after = after.map(|after| format!("{prefix}{:016x}", placed(after)));
        let mut entries = Vec::new();
        for (name, _) in self.store.ledger(&prefix, after.as_deref(), limit)? {
            let hex = name.strip_prefix(&prefix).unwrap_or_default();
            if let Ok(number) = u64::from_str_radix(hex, 16) {
                // It may have moved on since.
                entries.extend(self.entry(placed(number))?.map(|kept| kept.value));
            }
        }
        Ok(entries)
    }

    /// The refused report that a waiting one stands behind.
    pub fn behind(&self, entry: &Entry) -> Result<Option<Entry>, StoreError> {
        if entry.status != Status::Waiting {
            return Ok(None);
        }
        let open = self
            .open(Some(&entry.citizen))?
            .into_iter()
            .map(|kept| kept.value);
        let mut refused = open.filter(|other| other.status == Status::Refused);
        Ok(refused.find(|other| (&other.day, other.number) < (&entry.day, entry.number)))
    }

    /// The reports about a citizen; of one day when it is given.
    pub fn about(&self, citizen: &str, day: Option<&str>) -> Result<Vec<Kept<Entry>>, StoreError> {
        let day = day.map_or_else(String::new, |day| format!("{day}/"));
        self.listed(&format!("citizen/{citizen}/{day}"))
    }

    /// The reports about a case, the newest first.
    pub fn of_case(&self, case: &CaseId) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for citizen in self.citizens(case)?.into_keys() {
            let about = self.about(&citizen, None)?.into_iter().map(|kept| kept.value);
            entries.extend(about.filter(|entry| entry.cases.iter().any(|(of, _)| of == case)));
        }
        entries.sort_by_key(|entry| Reverse(entry.number));
        Ok(entries)
    }

    /// The cases that are, or once were, about a citizen.
    pub fn cases(&self, citizen: &str) -> Result<Vec<CaseId>, StoreError> {
        let names = self.names(&format!("cases/{citizen}/"))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Those whom a case is, or once was, about.
    pub fn citizens(&self, case: &CaseId) -> Result<BTreeMap<String, Kept<Link>>, StoreError> {
        let found = self.values(&format!("citizens/{case}/"))?.into_iter();
        found
            .map(|(name, raw)| {
                let value = serde_json::from_slice(&raw)?;
                Ok((name, Kept { value, raw }))
            })
            .collect()
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let found = self.values(prefix)?.into_iter();
        Ok(found.map(|(name, _)| name).collect())
    }

    /// The names that begin with a prefix, without it, and their values.
    fn values(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let prefix = format!("{}{prefix}", self.prefix);
        let found = self.store.ledger(&prefix, None, usize::MAX)?.into_iter();
        let rest = |(name, value): (String, _)| Some((name.strip_prefix(&prefix)?.to_owned(), value));
        Ok(found.filter_map(rest).collect())
    }

    /// The reports of which something must still become: about a citizen, or all of them.
    pub fn open(&self, citizen: Option<&str>) -> Result<Vec<Kept<Entry>>, StoreError> {
        let prefix = citizen.map_or_else(|| "open/".to_owned(), |citizen| format!("open/{citizen}/"));
        self.listed(&prefix)
    }

    fn listed(&self, prefix: &str) -> Result<Vec<Kept<Entry>>, StoreError> {
        let prefix = format!("{}{prefix}", self.prefix);
        let mut entries = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let chunk = self.store.ledger(&prefix, after.as_deref(), CHUNK)?;
            for (name, _) in &chunk {
                let number = name
                    .rsplit('/')
                    .next()
                    .and_then(|hex| u64::from_str_radix(hex, 16).ok());
                if let Some(number) = number {
                    entries.extend(self.entry(number)?);
                }
            }
            match chunk.into_iter().last() {
                Some((name, _)) => after = Some(name),
                None => return Ok(entries),
            }
        }
    }

    fn raw(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = format!("{}{name}", self.prefix);
        let found = self.store.ledger(&name, None, 1)?.into_iter().next();
        Ok(found.filter(|(found, _)| *found == name).map(|(_, value)| value))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<Kept<T>>, StoreError> {
        let Some(raw) = self.raw(name)? else {
            return Ok(None);
        };
        match serde_json::from_slice(&raw) {
            Ok(value) => Ok(Some(Kept { value, raw })),
            Err(error) => Err(StoreError::Broken(format!(
                "`{name}` is not as it was written, at column {}",
                error.column()
            ))),
        }
    }

    /// Begins a step.
    pub fn step(&self) -> Result<Step, StoreError> {
        let head = self.read::<Head>("head")?;
        Ok(Step {
            book: self.clone(),
            former: head.as_ref().map(|kept| kept.raw.clone()),
            head: head.map_or_else(Head::default, |kept| kept.value),
            postings: Vec::new(),
        })
    }
}

/// Where a report stands in a list, and back: the oldest first, or the newest.
fn place(oldest_first: bool, number: u64) -> u64 {
    if oldest_first { number } else { u64::MAX - number }
}

fn entry_name(number: u64) -> String {
    format!("entry/{number:016x}")
}

fn body_name(number: u64) -> String {
    format!("body/{number:016x}")
}

/// Changes of a route's reports that belong together.
pub struct Step {
    book: Book,
    former: Option<Vec<u8>>,
    /// How far the route will have come.
    pub head: Head,
    postings: Vec<Posting>,
}

impl Step {
    /// Adds a report; it gets its number.
    pub fn add(
        &mut self,
        mut entry: Entry,
        body: Option<Vec<u8>>,
        origins: &impl Serialize,
    ) -> Result<Entry, StoreError> {
        self.head.last += 1;
        entry.number = self.head.last;
        let number = entry.number;
        self.list(
            &format!("citizen/{}/{}/{number:016x}", entry.citizen, entry.day),
            true,
        );
        self.list(&format!("day/{}/{:016x}", entry.day, place(false, number)), true);
        if let Some(body) = body {
            self.write(&body_name(number), None, Some(body));
            self.write(&format!("origins/{number:016x}"), None, Some(bytes(origins)?));
        }
        self.write(&entry_name(number), None, Some(bytes(&entry)?));
        self.note(&entry, true);
        Ok(entry)
    }

    /// Puts a report in the place of what it was.
    pub fn change(&mut self, former: &Kept<Entry>, entry: &Entry) -> Result<(), StoreError> {
        self.write(
            &entry_name(entry.number),
            Some(former.raw.clone()),
            Some(bytes(entry)?),
        );
        if former.value.status != entry.status {
            self.note(&former.value, false);
            self.note(entry, true);
        }
        Ok(())
    }

    /// Takes away the bytes of a report.
    pub fn forget(&mut self, number: u64, body: Vec<u8>) {
        self.write(&body_name(number), Some(body), None);
    }

    /// What a citizen, or what a case is known by, is called here.
    pub fn citizen(&mut self, about: &str) -> String {
        if self.head.salt.is_empty() {
            self.head.salt = Uuid::new_v4().simple().to_string();
        }
        let digest = Sha256::digest(format!("{}{about}", self.head.salt));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Notes that a case is about a citizen.
    pub fn link(&mut self, citizen: &str, case: &CaseId, link: &Link) -> Result<(), StoreError> {
        let former = self.book.citizens(case)?.remove(citizen);
        if former.is_none() {
            self.list(&format!("cases/{citizen}/{case}"), true);
        }
        if former.as_ref().is_none_or(|kept| kept.value != *link) {
            let raw = former.map(|kept| kept.raw);
            self.write(&format!("citizens/{case}/{citizen}"), raw, Some(bytes(link)?));
        }
        Ok(())
    }

    /// How many bytes the step has.
    pub fn size(&self) -> usize {
        let size = |posting: &Posting| posting.value.as_ref().map_or(0, Vec::len) + posting.key.len();
        self.postings.iter().map(size).sum()
    }

    /// Makes the changes; when it returns, they are on disk.
    pub async fn save(mut self) -> Result<Head, StoreError> {
        let head = bytes(&self.head)?;
        if self.former.as_ref() != Some(&head) {
            let former = self.former.take();
            self.write("head", former, Some(head));
        }
        if !self.postings.is_empty() {
            self.book.store.post(self.postings).await?;
        }
        Ok(self.head)
    }

    /// Enters a report in the lists that find it, or takes it out of them.
    fn note(&mut self, entry: &Entry, there: bool) {
        let status = entry.status.name();
        let place = place(entry.status.is_open(), entry.number);
        self.list(&format!("status/{status}/{place:016x}"), there);
        let count = self.head.counts.entry(status.to_owned()).or_default();
        *count = if there {
            *count + 1
        } else {
            count.saturating_sub(1)
        };
        // Which of the open ones it is stands in its entry, so that moving between them leaves this one alone.
        if entry.status.is_open() {
            let name = format!("open/{}/{}/{:016x}", entry.citizen, entry.day, entry.number);
            let key = format!("{}{name}", self.book.prefix);
            match self.postings.iter().position(|posting| posting.key == key) {
                Some(place) => {
                    self.postings.remove(place);
                }
                None => self.list(&name, there),
            }
        }
    }

    /// Enters a name that holds nothing, or takes it out.
    fn list(&mut self, name: &str, there: bool) {
        let (expected, value) = match there {
            true => (None, Some(Vec::new())),
            false => (Some(Vec::new()), None),
        };
        self.write(name, expected, value);
    }

    fn write(&mut self, name: &str, expected: Option<Vec<u8>>, value: Option<Vec<u8>>) {
        self.postings.push(Posting {
            key: format!("{}{name}", self.book.prefix),
            expected,
            value,
        });
    }
}

fn bytes(value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    Ok(serde_json::to_vec(value)?)
}
