//! A route: the reports of one template on their way to one receiver.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::book::Book;
use super::channel::Channel;
use super::making::Making;
use super::pace::Pace;
use crate::app::App;

/// How long to wait for the route's task to do what was asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What makes reports, and where they go.
pub struct Route {
    /// Its name, for ever: the ledger knows it by it.
    pub id: String,
    /// What makes its reports.
    pub makes: Making,
    /// Where to.
    pub channel: Channel,
    /// How long to wait after failures.
    pub pace: Pace,
    /// How many reports may be on their way at once.
    pub at_once: usize,
    /// For how long what reports held is kept once they are settled.
    pub keep: Duration,
    live: Mutex<Live>,
    wake: Notify,
}

/// What is known of a route while the server runs.
#[derive(Default)]
struct Live {
    trouble: Option<Trouble>,
    orders: Vec<Order>,
}

/// What keeps all reports of a route waiting.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// The status over HTTP, if an answer came.
    pub status: Option<u16>,
    /// What the receiver said, or what went wrong on the way.
    pub text: String,
    /// When it is tried again, in UTC.
    pub until: String,
}

/// What a person asks of a route's task.
pub(super) struct Order {
    pub(super) number: u64,
    pub(super) asked: Asked,
    pub(super) done: oneshot::Sender<()>,
}

/// What can be asked for one report.
#[derive(Debug, Clone)]
pub enum Asked {
    /// To make it anew of what the cases say now, and to send it at once.
    Again,
    /// Not to send it.
    Release {
        /// Who decided.
        who: String,
        /// Why.
        reason: String,
    },
}

impl Route {
    /// A route on which nothing has happened yet.
    pub fn new(
        id: String,
        makes: Making,
        channel: Channel,
        pace: Pace,
        at_once: usize,
        keep: Duration,
    ) -> Self {
        Self {
            id,
            makes,
            channel,
            pace,
            at_once,
            keep,
            live: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Its part of the ledger.
    pub fn book(&self, app: &App) -> Book {
        Book::new(Arc::clone(&app.store), &self.id)
    }

    /// What keeps all its reports waiting, if anything does.
    pub fn trouble(&self) -> Option<Trouble> {
        self.live().trouble.clone()
    }

    /// Asks the route's task for something; whether it was done.
    pub async fn ask(&self, number: u64, asked: Asked) -> bool {
        let (done, answered) = oneshot::channel();
        self.live().orders.push(Order { number, asked, done });
        self.wake();
        matches!(tokio::time::timeout(PATIENCE, answered).await, Ok(Ok(())))
    }

    /// Tells the task that there is something new.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) fn orders(&self) -> Vec<Order> {
        std::mem::take(&mut self.live().orders)
    }

    /// Sets what keeps the reports waiting; what it was before.
    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) -> Option<Trouble> {
        std::mem::replace(&mut self.live().trouble, trouble)
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
