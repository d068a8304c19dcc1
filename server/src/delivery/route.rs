//! A route: the reports of one template on their way to one receiver.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metode::report::Template;
use tokio::sync::{Notify, oneshot};

use super::book::Book;
use super::channel::Channel;
use super::pace::Pace;
use super::trace::{self, Issue};
use crate::app::App;

/// How long to wait for the route's task to do what was asked for.
const PATIENCE: Duration = Duration::from_secs(10);

/// A template and where its reports go.
pub struct Route {
    /// Its name, for ever: the ledger knows it by it.
    pub id: String,
    /// The template.
    pub template: Arc<Template>,
    /// Where to.
    pub channel: Channel,
    /// How long to wait after failures.
    pub pace: Pace,
    /// How many reports may be on their way at once.
    pub at_once: usize,
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
    pub fn new(id: String, template: Arc<Template>, channel: Channel, pace: Pace, at_once: usize) -> Self {
        Self {
            id,
            template,
            channel,
            pace,
            at_once,
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

    /// The problems that an answer of the receiver tells of.
    pub(super) fn issues(&self, answer: &str) -> Vec<Issue> {
        let answers = self.template.delivery.answers.as_ref();
        answers
            .map(|answers| trace::issues(answers, answer))
            .unwrap_or_default()
    }

    /// What kind of content its reports are.
    pub(super) fn media_type(&self) -> &str {
        self.template.media_type()
    }

    /// How the names of files with its reports end.
    pub(super) fn extension(&self) -> &'static str {
        self.template.format.extension()
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
