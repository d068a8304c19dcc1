//! The one task that makes and sends the reports of a route. Nobody else writes its part of the ledger, except for another
//! process on the same store: then the ledger refuses, and the task begins anew with what stands there.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::book::{Book, Kept};
use super::channel::{Answer, Parcel, Verdict};
use super::collect::{self, Collected};
use super::entry::{Decision, Entry, Reply, Status};
use super::keep;
use super::queue::Queue;
use super::route::{Asked, Order, Route, Trouble};
use super::trace::{self, Issue};
use crate::app::App;
use crate::clock;
use crate::store::StoreError;

/// How often to look for data points that another process saved.
const POLL: Duration = Duration::from_secs(5);

/// How often to look whether something need no longer be kept.
const CLEARING: Duration = Duration::from_secs(6 * 3600);

/// How long a stopping server waits for answers that are under way.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How long to wait after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// The most of an answer that is kept.
const KEPT_ANSWER: usize = 16 << 10;

/// Makes and sends reports until it is told to stop.
pub async fn run(app: Arc<App>, route: Arc<Route>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let ended = match Sender::begin(&app, &route) {
            Ok(mut sender) => sender.work(&mut stop).await,
            Err(error) => Err(error),
        };
        let pause = match ended {
            Ok(()) => return,
            Err(StoreError::Stale) => {
                tracing::warn!(route = route.id, "another process delivers from this store");
                route.pace.wait(1)
            }
            Err(error) => {
                tracing::error!(route = route.id, %error, "delivery has to begin anew");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Makes all reports that are due and tries each that may be tried now, once.
pub async fn once(app: &Arc<App>, route: &Arc<Route>) -> Result<(), StoreError> {
    let mut sender = Sender::begin(app, route)?;
    sender.clear().await?;
    while sender.collect().await? {}
    loop {
        sender.dispatch().await?;
        match sender.away.join_next().await {
            Some(done) => sender.settle(done.ok()).await?,
            None => return Ok(()),
        }
    }
}

/// What comes back from an attempt.
struct Tried {
    number: u64,
    citizen: String,
    verdict: Verdict,
}

struct Sender {
    app: Arc<App>,
    route: Arc<Route>,
    book: Book,
    queue: Queue,
    away: JoinSet<Tried>,
    /// How often in a row the receiver as a whole has failed.
    failures: u32,
    /// Until when the receiver is left alone.
    pause: Timestamp,
    /// When to look again whether something need no longer be kept.
    clearing: Timestamp,
}

impl Sender {
    fn begin(app: &Arc<App>, route: &Arc<Route>) -> Result<Self, StoreError> {
        let book = route.book(app);
        let mut queue = Queue::default();
        for kept in book.open(None)? {
            queue.note(&kept.value);
        }
        Ok(Self {
            app: Arc::clone(app),
            route: Arc::clone(route),
            book,
            queue,
            away: JoinSet::new(),
            failures: 0,
            pause: Timestamp::UNIX_EPOCH,
            clearing: Timestamp::UNIX_EPOCH,
        })
    }

    async fn work(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), StoreError> {
        loop {
            for order in self.route.orders() {
                self.obey(order).await?;
            }
            let more = self.collect().await?;
            self.dispatch().await?;
            if !more && Timestamp::now() >= self.clearing {
                self.clear().await?;
            }
            if *stop.borrow() {
                break;
            }
            let nap = if more { Duration::ZERO } else { self.nap() };
            tokio::select! {
                Some(done) = self.away.join_next() => self.settle(done.ok()).await?,
                () = self.route.woken() => {}
                () = sleep(nap) => {}
                _ = stop.changed() => break,
            }
        }
        let answers = async {
            while let Some(done) = self.away.join_next().await {
                self.settle(done.ok()).await?;
            }
            Ok(())
        };
        // What is not answered by then is sent again after the next start.
        timeout(LAST_ANSWERS, answers).await.unwrap_or(Ok(()))
    }

    /// Takes away what has been kept for long enough.
    async fn clear(&mut self) -> Result<(), StoreError> {
        let now = Timestamp::now();
        self.clearing = now + CLEARING;
        let before = now.checked_sub(self.route.keep).unwrap_or(Timestamp::MIN);
        let forgotten = keep::forget(&self.book, before).await?;
        if forgotten > 0 {
            tracing::info!(
                route = self.route.id,
                forgotten,
                "what old reports held is taken away"
            );
        }
        Ok(())
    }

    fn nap(&self) -> Duration {
        let due = self.queue.due().filter(|_| self.room() > 0);
        let due = due.map(|due| due.max(self.pause));
        let wait = due.map(|due| {
            Timestamp::now()
                .duration_until(due)
                .try_into()
                .unwrap_or_default()
        });
        wait.map_or(POLL, |wait: Duration| wait.min(POLL))
    }

    /// How many more reports may be on their way: a receiver that failed is asked by one until it answers.
    fn room(&self) -> usize {
        let most = if self.failures > 0 { 1 } else { self.route.at_once };
        most.saturating_sub(self.away.len())
    }

    /// Makes reports of the next data points; whether there may be more of them.
    async fn collect(&mut self) -> Result<bool, StoreError> {
        let (app, route, book) = (Arc::clone(&self.app), Arc::clone(&self.route), self.book.clone());
        let collected = spawn_blocking(move || collect::next(&app, &route, &book)).await;
        match collected.map_err(|error| StoreError::Broken(error.to_string()))?? {
            Some(collected) => self.keep(collected).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn keep(&mut self, collected: Collected) -> Result<(), StoreError> {
        collected.step.save().await?;
        for entry in &collected.entries {
            self.queue.note(entry);
        }
        Ok(())
    }

    /// Sends what may be sent now. That it left is on disk before it leaves.
    async fn dispatch(&mut self) -> Result<(), StoreError> {
        let now = Timestamp::now();
        let mut step = self.book.step()?;
        let mut parcels = Vec::new();
        while now >= self.pause && parcels.len() < self.room() {
            let Some((number, citizen)) = self.queue.take(now) else {
                break;
            };
            let former = self.entry(number)?;
            parcels.push((self.parcel(&former.value)?, number, citizen));
            let mut entry = former.value.clone();
            entry.left |= entry.away;
            entry.away = true;
            step.change(&former, &entry)?;
        }
        step.save().await?;
        for (parcel, number, citizen) in parcels {
            let channel = self.route.channel.clone();
            self.away.spawn(async move {
                let sent = spawn_blocking(move || channel.send(&parcel)).await;
                let verdict = sent.unwrap_or_else(|error| Verdict::Later {
                    answer: Answer {
                        status: None,
                        text: error.to_string(),
                    },
                    after: None,
                    all: false,
                });
                Tried {
                    number,
                    citizen,
                    verdict,
                }
            });
        }
        Ok(())
    }

    fn entry(&self, number: u64) -> Result<Kept<Entry>, StoreError> {
        let missing = || StoreError::Broken(format!("report {number} is gone"));
        self.book.entry(number)?.ok_or_else(missing)
    }

    fn parcel(&self, entry: &Entry) -> Result<Parcel, StoreError> {
        let number = entry.number;
        let missing = || StoreError::Broken(format!("report {number} has no content"));
        let report = entry.report.ok_or_else(missing)?;
        let library = self.app.library();
        let template = self.route.makes.of(&library, &entry.template);
        Ok(Parcel {
            name: format!("{number:010}-{}-{report}.{}", entry.day, entry.format.extension()),
            report: report.to_string(),
            media_type: template.media_type(entry.format).to_owned(),
            bytes: self.book.body(number)?.ok_or_else(missing)?,
        })
    }

    /// Notes what came of an attempt.
    async fn settle(&mut self, tried: Option<Tried>) -> Result<(), StoreError> {
        // An attempt that was cut off is one of which nothing is known.
        let Some(tried) = tried else {
            return Err(StoreError::Broken("an attempt was cut off".to_owned()));
        };
        let former = self.entry(tried.number)?;
        let mut entry = former.value.clone();
        self.judge(&mut entry, &tried.verdict);
        let mut step = self.book.step()?;
        step.change(&former, &entry)?;
        step.save().await?;
        self.queue.note(&entry);
        self.queue.back(&tried.citizen);
        let status = entry.status.name();
        tracing::debug!(
            route = self.route.id,
            number = entry.number,
            status,
            "a report was tried"
        );
        Ok(())
    }

    fn judge(&mut self, entry: &mut Entry, verdict: &Verdict) {
        let at = clock::moment().stamp;
        let now = Timestamp::now();
        entry.attempts += 1;
        entry.away = false;
        let (Verdict::Accepted(answer) | Verdict::Refused(answer) | Verdict::Later { answer, .. }) = verdict;
        entry.answer = Some(Reply {
            at: at.clone(),
            status: answer.status,
            text: cut(&answer.text),
        });
        // One that was superseded while it was on its way stays so, unless the receiver has it.
        match verdict {
            Verdict::Accepted(_) => {
                entry.becomes(Status::Sent, &at);
                entry.left = true;
                entry.issues.clear();
                self.recovered();
            }
            Verdict::Refused(answer) => {
                entry.issues = self.issues(entry, &answer.text);
                entry.left = false;
                if entry.status == Status::Waiting {
                    entry.becomes(Status::Refused, &at);
                }
                self.recovered();
                let problems = entry.issues.len();
                tracing::warn!(
                    route = self.route.id,
                    number = entry.number,
                    problems,
                    "the receiver refuses a report"
                );
            }
            Verdict::Later { after, all, .. } => {
                entry.left |= answer.may_have_been_taken();
                let wait = if *all {
                    // Those that were under way together fail together: that is one failure.
                    if now >= self.pause {
                        self.failures = self.failures.saturating_add(1);
                    }
                    self.route.pace.wait(self.failures.max(1))
                } else {
                    self.route.pace.wait(entry.attempts)
                };
                let until = now + after.unwrap_or_default().max(wait);
                if *all {
                    self.pause = self.pause.max(until);
                    self.trouble(answer, until);
                }
                if entry.status == Status::Waiting {
                    entry.next = Some(format!("{until:.3}"));
                }
            }
        }
    }

    /// The problems that an answer of the receiver tells of.
    fn issues(&self, entry: &Entry, answer: &str) -> Vec<Issue> {
        let library = self.app.library();
        let template = self.route.makes.of(&library, &entry.template);
        let answers = template.delivery.answers.as_ref();
        answers
            .map(|answers| trace::issues(answers, answer))
            .unwrap_or_default()
    }

    fn recovered(&mut self) {
        self.failures = 0;
        self.pause = Timestamp::UNIX_EPOCH;
        if self.route.set_trouble(None).is_some() {
            tracing::info!(route = self.route.id, "the receiver answers again");
        }
    }

    fn trouble(&self, answer: &Answer, until: Timestamp) {
        let trouble = Trouble {
            status: answer.status,
            text: cut(&answer.text),
            until: format!("{until:.3}"),
        };
        if self.route.set_trouble(Some(trouble)).is_none() {
            let status = answer.status.unwrap_or_default();
            tracing::warn!(route = self.route.id, status, "the receiver cannot be reached");
        }
    }

    /// Does what a person asked for, unless somebody else was quicker.
    async fn obey(&mut self, order: Order) -> Result<(), StoreError> {
        let known = self.book.entry(order.number)?;
        if let Some(former) = known.filter(|kept| kept.value.status.is_open()) {
            match order.asked {
                Asked::Again => self.again(former).await?,
                Asked::Release { who, reason } => self.release(former, who, reason).await?,
            }
        }
        // Whoever asked may have gone.
        let _ = order.done.send(());
        Ok(())
    }

    async fn again(&mut self, former: Kept<Entry>) -> Result<(), StoreError> {
        self.failures = 0;
        self.pause = Timestamp::UNIX_EPOCH;
        let (app, route, book) = (Arc::clone(&self.app), Arc::clone(&self.route), self.book.clone());
        let again = spawn_blocking(move || collect::again(&app, &route, &book, &former)).await;
        let collected = again.map_err(|error| StoreError::Broken(error.to_string()))??;
        self.keep(collected).await
    }

    async fn release(&mut self, former: Kept<Entry>, who: String, reason: String) -> Result<(), StoreError> {
        let at = clock::moment().stamp;
        let mut entry = former.value.clone();
        entry.becomes(Status::Released, &at);
        entry.decision = Some(Decision { who, at, reason });
        let mut step = self.book.step()?;
        step.change(&former, &entry)?;
        let entries = vec![entry];
        self.keep(Collected { step, entries }).await
    }
}

fn cut(text: &str) -> String {
    text.chars().take(KEPT_ANSWER).collect()
}
