//! The task that posts messages to one subscription, one after the other.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Signature;
use super::message;
use super::subscription::{Dead, Progress, Subscription, posting};
use crate::app::App;
use crate::clock;
use crate::delivery::{Answer, Verdict};
use crate::store::StoreError;

/// How often to look for messages that another process saved.
const POLL: Duration = Duration::from_secs(5);

/// How long to wait after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// How many messages are read at a time.
const CHUNK: usize = 100;

/// Posts messages until it is told to stop.
pub async fn run(app: Arc<App>, subscription: Arc<Subscription>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let nap = match turn(&app, &subscription, &stop).await {
            Ok(nap) => nap,
            Err(error) => {
                tracing::error!(subscription = subscription.id, %error, "messages are held up");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = subscription.woken() => {}
            () = sleep(nap) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Posts what may be posted now, once.
pub async fn once(app: &Arc<App>, subscription: &Arc<Subscription>) -> Result<(), StoreError> {
    let (_sender, stop) = watch::channel(false);
    turn(app, subscription, &stop).await.map(drop)
}

/// Posts messages until there are no more, or one has to wait: how long.
async fn turn(
    app: &Arc<App>,
    subscription: &Arc<Subscription>,
    stop: &watch::Receiver<bool>,
) -> Result<Duration, StoreError> {
    enrol(app, subscription).await?;
    raise(app, subscription).await?;
    loop {
        let (progress, _) = subscription.progress(&app.store)?;
        let wait = progress
            .next
            .as_deref()
            .and_then(|next| next.parse::<Timestamp>().ok());
        let wait = wait.map(|next| Timestamp::now().duration_until(next));
        if let Some(wait) = wait.filter(|wait| wait.is_positive()) {
            return Ok(wait.try_into().unwrap_or(POLL));
        }
        let messages = app.store.notices(progress.cursor, CHUNK)?;
        if messages.is_empty() {
            return Ok(POLL);
        }
        for (cursor, _, body) in messages {
            if *stop.borrow() || !pass(app, subscription, cursor, body).await? {
                break;
            }
        }
        if *stop.borrow() {
            return Ok(Duration::ZERO);
        }
    }
}

/// A new subscription begins with what happens from now on; what was before can be fetched.
async fn enrol(app: &Arc<App>, subscription: &Arc<Subscription>) -> Result<(), StoreError> {
    if subscription.progress(&app.store)?.1.is_some() {
        return Ok(());
    }
    let progress = Progress {
        cursor: app.store.last().1,
        ..Progress::default()
    };
    let posting = posting(subscription.key("progress"), None, Some(&progress))?;
    app.store.post(vec![posting]).await
}

/// Posts the message that is next; whether it is done with.
async fn pass(
    app: &Arc<App>,
    subscription: &Arc<Subscription>,
    cursor: u64,
    body: Vec<u8>,
) -> Result<bool, StoreError> {
    let (former, raw) = subscription.progress(&app.store)?;
    let mut progress = Progress {
        cursor,
        attempts: 0,
        refused: 0,
        next: None,
        trouble: None,
        ..former.clone()
    };
    let mut postings = Vec::new();
    if message::kind(&body).is_some_and(|kind| subscription.wants(&kind)) {
        match post(subscription, body).await {
            Ok(()) => progress.delivered += 1,
            Err(Failure {
                trouble, all: false, ..
            }) if former.refused + 1 >= subscription.attempts => {
                tracing::warn!(subscription = subscription.id, cursor, "a message is given up");
                progress.dead += 1;
                let dead = Dead {
                    cursor,
                    at: clock::moment().stamp,
                    trouble,
                    again: false,
                };
                postings.push(posting(subscription.dead_key(cursor), None, Some(&dead))?);
            }
            // Whoever is away gets it, and all that follows, when it is back.
            Err(Failure { trouble, all, after }) => {
                let attempts = former.attempts.saturating_add(1);
                let wait = subscription.pace.wait(attempts).max(after.unwrap_or_default());
                progress = Progress {
                    attempts,
                    refused: former.refused + u32::from(!all),
                    next: Some(format!("{:.3}", Timestamp::now() + wait)),
                    trouble: Some(trouble),
                    ..former.clone()
                };
            }
        }
    }
    let done = progress.cursor != former.cursor;
    postings.push(posting(subscription.key("progress"), raw, Some(&progress))?);
    app.store.post(postings).await?;
    Ok(done)
}

/// Tries once more what was given up and a person wants to be tried.
async fn raise(app: &Arc<App>, subscription: &Arc<Subscription>) -> Result<(), StoreError> {
    let (former, _) = subscription.progress(&app.store)?;
    if former.dead == 0 {
        return Ok(());
    }
    for dead in subscription.dead(&app.store, usize::MAX)? {
        if !dead.again {
            continue;
        }
        let message = app.store.notices(dead.cursor.saturating_sub(1), 1)?;
        let Some((_, _, body)) = message.into_iter().next() else {
            continue;
        };
        let posted = post(subscription, body).await;
        let (former, raw) = subscription.progress(&app.store)?;
        let mut progress = former;
        let key = subscription.dead_key(dead.cursor);
        let expected = posting(String::new(), None, Some(&dead))?.value;
        let change = match posted {
            Ok(()) => {
                progress.dead = progress.dead.saturating_sub(1);
                progress.delivered += 1;
                posting(key, expected, None::<&Dead>)?
            }
            Err(Failure { trouble, .. }) => {
                let at = clock::moment().stamp;
                let dead = Dead {
                    at,
                    trouble,
                    again: false,
                    ..dead
                };
                posting(key, expected, Some(&dead))?
            }
        };
        let progress = posting(subscription.key("progress"), raw, Some(&progress))?;
        app.store.post(vec![change, progress]).await?;
    }
    Ok(())
}

/// Why a message was not taken.
struct Failure {
    trouble: String,
    /// Whether other messages would fare no better.
    all: bool,
    /// How long the receiver asked to be left alone.
    after: Option<Duration>,
}

async fn post(subscription: &Arc<Subscription>, body: Vec<u8>) -> Result<(), Failure> {
    let subscription = Arc::clone(subscription);
    let posted = spawn_blocking(move || {
        let signature = Signature::new(&subscription.secrets, Timestamp::now().as_second(), &body).header();
        let id = message::id(&body).unwrap_or_default();
        let headers = [
            ("content-type", "application/cloudevents+json; charset=utf-8"),
            ("idempotency-key", id.as_str()),
            (Signature::HEADER, signature.as_str()),
        ];
        let told = |answer: Answer| {
            answer
                .status
                .map_or(answer.text, |status| format!("HTTP {status}"))
        };
        match subscription.post.post(&headers, &body) {
            Verdict::Accepted(_) => Ok(()),
            Verdict::Refused(answer) => Err(Failure {
                trouble: told(answer),
                all: false,
                after: None,
            }),
            Verdict::Later { answer, after, all } => Err(Failure {
                trouble: told(answer),
                all,
                after,
            }),
        }
    });
    posted.await.unwrap_or_else(|error| {
        Err(Failure {
            trouble: error.to_string(),
            all: false,
            after: None,
        })
    })
}
