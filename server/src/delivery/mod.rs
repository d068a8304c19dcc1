//! Reports leave the house: made of saved data points by a template, and sent until the receiver has them.
//!
//! # Promise
//!
//! Every data point that a completion saved gets into a report of its citizen and day, and every report reaches its
//! receiver or is shown to people as refused. A report is sent at least once, always with the same id and the same bytes, so
//! that a receiver that knows ids takes it once. This holds when the process is killed at any moment, when the receiver
//! is away, fails, is silent, or takes a report and its answer is lost.
//!
//! # Vocabulary
//!
//! A [`Route`] is a template with a [`Channel`]: an address or a folder. Its one task reads the store's outbox and its notices (`collect`),
//! has the engine build the report of each citizen and day that changed, and saves these [`Entry`]s in its [`Book`] in one
//! step with how far it has read. It sends what is due (`sender`), one report of a citizen at a time and in the order of
//! days, and notes each answer. An entry is [`Status::Waiting`] until the receiver took it (`Sent`), refused it (`Refused`),
//! a newer report of the same day was made (`Superseded`) or a person decided not to send it (`Released`).
//!
//! # What people must do
//!
//! A refused report holds back its citizen's later ones, and nobody else's: they build on it. Its problems are traced to
//! form and field. When the case is corrected, the day is reported anew; a correction of what never left stands in the place
//! of what it corrects (`fold`), so that the faulty part is never heard of. Where a fact of the case was at fault, which gives
//! no data points, what is still open is made anew as soon as it is mended; what was told of somebody else is told anew (`whom`).
//! A report that cannot be mended is released, with a reason.
//!
//! # Limits
//!
//! A report covers the whole day as far as it has come, so that a second one on the same day repeats the first; one process
//! at a time should deliver from a store (two do no harm: each finds that the other was quicker and begins anew).

mod book;
mod channel;
mod collect;
mod entry;
mod fold;
mod keep;
mod making;
mod pace;
mod queue;
mod route;
mod sender;
mod settings;
mod trace;
mod whom;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

pub use book::{Book, Head};
pub use channel::{Address, Answer, Channel, Post, Secret, Verdict};
pub use entry::{Decision, Entry, Reply, Status};
pub use keep::forget;
pub use making::Making;
pub use pace::Pace;
pub use route::{Asked, Route, Trouble};
pub use settings::Settings;
pub use trace::{Issue, about};

use crate::app::App;
use crate::events::{self, Subscription};
use crate::store::StoreError;

/// Where reports and messages go.
#[derive(Default)]
pub struct Delivery {
    /// Where reports go.
    pub routes: Vec<Arc<Route>>,
    /// Who gets messages.
    pub subscriptions: Vec<Arc<Subscription>>,
}

impl Delivery {
    /// The route of this name.
    pub fn route(&self, id: &str) -> Option<&Arc<Route>> {
        self.routes.iter().find(|route| route.id == id)
    }

    /// The subscription of this name.
    pub fn subscription(&self, id: &str) -> Option<&Arc<Subscription>> {
        self.subscriptions
            .iter()
            .find(|subscription| subscription.id == id)
    }

    /// Tells all tasks that something was saved.
    pub fn wake(&self) {
        self.routes.iter().for_each(|route| route.wake());
        self.subscriptions
            .iter()
            .for_each(|subscription| subscription.wake());
    }

    /// Starts all tasks; they end when they are told to stop.
    pub fn start(app: &Arc<App>, stop: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for route in &app.delivery.routes {
            tasks.spawn(sender::run(Arc::clone(app), Arc::clone(route), stop.clone()));
        }
        for subscription in &app.delivery.subscriptions {
            tasks.spawn(events::run(
                Arc::clone(app),
                Arc::clone(subscription),
                stop.clone(),
            ));
        }
        tasks
    }

    /// Makes all reports that are due, and tries all reports and messages that may be tried now, once.
    pub async fn once(app: &Arc<App>) -> Result<(), StoreError> {
        for route in &app.delivery.routes {
            sender::once(app, route).await?;
        }
        for subscription in &app.delivery.subscriptions {
            events::once(app, subscription).await?;
        }
        Ok(())
    }
}
