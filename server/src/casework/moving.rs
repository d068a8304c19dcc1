//! Moving a case to another version of its method, and back.

use std::sync::Arc;

use metode::version::Migration;

use super::event::Moved;
use super::{Event, Opened, What};
use crate::app::App;
use crate::casework::{events, method_of};
use crate::routes::WebError;

/// Moves a case on; the former state is kept as an event.
pub fn move_on(opened: &mut Opened, migration: &Migration) -> Arc<Moved> {
    let migrated = migration.migrate(&opened.case, &opened.now.local);
    let moved = Arc::new(Moved {
        from: opened.case.method.clone(),
        to: migrated.case.method.clone(),
        former: std::mem::replace(&mut opened.case, migrated.case),
        kept: migrated.kept,
        mapped: migrated.mapped,
        retired: migrated.retired,
        to_decide: migrated.to_decide,
    });
    opened.method = Arc::clone(&migration.to);
    opened.events.push(What::Migrated(Arc::clone(&moved)));
    moved
}

/// Moves a case back to a version, unless somebody has worked on it since it left that version. Whether it was moved.
pub fn move_back(app: &App, opened: &mut Opened, to: &str) -> Result<bool, WebError> {
    let last = events(app, &opened.id)?.pop();
    let Some(What::Migrated(moved)) = last.map(|event| event.what) else {
        return Ok(false);
    };
    if moved.from != to || moved.to != opened.case.method {
        return Ok(false);
    }
    opened.method = method_of(&app.library(), &moved.from)?;
    opened.case = moved.former.clone();
    opened.events.push(What::MovedBack {
        from: moved.to.clone(),
        to: moved.from.clone(),
    });
    Ok(true)
}

/// What moving the case has left behind, oldest first: what was moved back is as if it had not been.
pub fn left(events: &[Event]) -> Vec<&Moved> {
    let mut left: Vec<&Moved> = Vec::new();
    for event in events {
        match &event.what {
            What::Migrated(moved) => left.push(moved),
            What::MovedBack { .. } => drop(left.pop()),
            _ => {}
        }
    }
    left
}
