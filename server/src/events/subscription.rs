//! Who gets messages, and how far each has come.
//!
//! In the ledger, behind `events/<subscription>/`: `progress`, and `dead/<cursor>` for each message that was given up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::app::App;
use crate::delivery::{Pace, Post, Secret};
use crate::store::{Posting, Store, StoreError};

/// Somebody who gets messages.
pub struct Subscription {
    /// Its name, for ever: the ledger knows it by it.
    pub id: String,
    /// Where to.
    pub post: Post,
    /// What messages are signed with: the present secret, and the former one while the receiver changes over.
    pub secrets: Vec<Secret>,
    /// The types of messages that it gets; empty: all.
    pub types: Vec<String>,
    /// How often a message can be refused for itself before it is given up.
    pub attempts: u32,
    /// How long to wait after failures.
    pub pace: Pace,
    wake: Notify,
}

/// How far a subscription has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The last message that is done with.
    pub cursor: u64,
    /// How many were delivered.
    pub delivered: u64,
    /// How many were given up and not delivered since.
    pub dead: u64,
    /// How often the next message has been tried.
    pub attempts: u32,
    /// How often of these it was refused for itself, and not because the receiver was away.
    pub refused: u32,
    /// When it is tried again, in UTC.
    pub next: Option<String>,
    /// What went wrong the last time.
    pub trouble: Option<String>,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dead {
    /// Its place among all messages.
    pub cursor: u64,
    /// When it was given up, in UTC.
    pub at: String,
    /// What went wrong.
    pub trouble: String,
    /// Whether a person wants it to be tried once more.
    pub again: bool,
}

impl Subscription {
    /// A subscription that has got nothing yet.
    pub fn new(
        id: String,
        post: Post,
        secrets: Vec<Secret>,
        types: Vec<String>,
        attempts: u32,
        pace: Pace,
    ) -> Self {
        Self {
            id,
            post,
            secrets,
            types,
            attempts,
            pace,
            wake: Notify::new(),
        }
    }

    /// Whether it wants messages of a type.
    pub fn wants(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| wanted == kind)
    }

    /// How far it has come, with what stands in the ledger.
    pub fn progress(&self, store: &Arc<dyn Store>) -> Result<(Progress, Option<Vec<u8>>), StoreError> {
        let key = self.key("progress");
        let found = store.ledger(&key, None, 1)?.into_iter().next();
        match found {
            Some((name, raw)) if name == key => Ok((read(&raw)?, Some(raw))),
            _ => Ok((Progress::default(), None)),
        }
    }

    /// The messages that were given up, the oldest first.
    pub fn dead(&self, store: &Arc<dyn Store>, limit: usize) -> Result<Vec<Dead>, StoreError> {
        let found = store.ledger(&self.key("dead/"), None, limit)?;
        found.iter().map(|(_, raw)| read(raw)).collect()
    }

    /// Has a message that was given up tried once more; all of them when none is named.
    pub async fn again(&self, app: &App, cursor: Option<u64>) -> Result<(), StoreError> {
        let prefix = cursor.map_or_else(|| self.key("dead/"), |cursor| self.dead_key(cursor));
        let mut postings = Vec::new();
        for (key, raw) in app.store.ledger(&prefix, None, usize::MAX)? {
            let dead = Dead {
                again: true,
                ..read(&raw)?
            };
            postings.push(posting(key, Some(raw), Some(&dead))?);
        }
        app.store.post(postings).await?;
        self.wake();
        Ok(())
    }

    /// Tells its task that there is something new.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) fn dead_key(&self, cursor: u64) -> String {
        self.key(&format!("dead/{cursor:016x}"))
    }

    pub(super) fn key(&self, name: &str) -> String {
        format!("events/{}/{name}", self.id)
    }
}

/// A change of the ledger.
pub(super) fn posting(
    key: String,
    expected: Option<Vec<u8>>,
    value: Option<&impl Serialize>,
) -> Result<Posting, StoreError> {
    Ok(Posting {
        key,
        expected,
        value: value.map(serde_json::to_vec).transpose()?,
    })
}

fn read<T: for<'a> Deserialize<'a>>(raw: &[u8]) -> Result<T, StoreError> {
    Ok(serde_json::from_slice(raw)?)
}
