//! Moving many cases: several at a time, each saved by itself, told in their order.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use metode::version::Migration;
use tokio::task::JoinHandle;

use super::{Actor, Moved, move_back, move_on, open, save};
use crate::app::App;
use crate::store::CaseId;

/// How many cases are on their way at a time: some that the store takes to the disk together, and others that are worked on
/// meanwhile.
const AT_ONCE: usize = 256;

/// Which way cases go.
pub enum Way {
    /// To the later version.
    On(Arc<Migration>),
    /// To the later version, as it would be: nothing is saved.
    Try(Arc<Migration>),
    /// Back to the version that they had.
    Back(String),
}

/// What happened to a case.
pub enum Fate {
    /// It was moved, or would be.
    Moved(Arc<Moved>),
    /// It was moved back.
    Back,
    /// It stays: somebody has worked on it since it was moved.
    Stays,
}

type Told = Result<Option<Fate>, String>;

/// Moves cases, and tells of each in the order in which they are given, until whoever is told breaks off: then those that are on their
/// way are the last. What was told of is on disk; a case that somebody moved meanwhile is not told of.
pub async fn move_many(
    app: &Arc<App>,
    ids: &[CaseId],
    way: Way,
    actor: &Actor,
    tell: &mut dyn FnMut(CaseId, Fate) -> Result<ControlFlow<()>, String>,
) -> Result<(), String> {
    let shared = Arc::new((Arc::clone(app), way, actor.clone()));
    let mut waiting: VecDeque<(CaseId, JoinHandle<Told>)> = VecDeque::with_capacity(AT_ONCE);
    let mut ids = ids.iter();
    loop {
        let next = ids.next();
        if let Some(id) = next.copied() {
            let shared = Arc::clone(&shared);
            waiting.push_back((
                id,
                tokio::spawn(async move { one(&shared.0, &id, &shared.1, &shared.2).await }),
            ));
        }
        if next.is_some() && waiting.len() < AT_ONCE {
            continue;
        }
        let Some((id, task)) = waiting.pop_front() else {
            return Ok(());
        };
        let told = task.await.map_err(|error| error.to_string())?;
        if let Some(fate) = told.map_err(|message| format!("case {id}: {message}"))?
            && tell(id, fate)?.is_break()
        {
            ids = [].iter();
        }
    }
}

async fn one(app: &App, id: &CaseId, way: &Way, actor: &Actor) -> Told {
    let mut opened = open(app, id).map_err(|error| format!("{error:?}"))?;
    let fate = match way {
        Way::Back(to) => {
            let back = move_back(app, &mut opened, to).map_err(|error| format!("{error:?}"))?;
            if !back {
                return Ok(Some(Fate::Stays));
            }
            Fate::Back
        }
        Way::On(migration) | Way::Try(migration) if opened.case.method == migration.from.name() => {
            Fate::Moved(move_on(&mut opened, migration))
        }
        Way::On(_) | Way::Try(_) => return Ok(None),
    };
    if !matches!(way, Way::Try(_)) {
        save(app, &mut opened, actor)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(Some(fate))
}
