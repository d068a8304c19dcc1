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
    let events = events(app, &opened.id)?;
    let Some(moved) = way_back(&events, opened).filter(|moved| moved.from == to) else {
        return Ok(false);
    };
    opened.method = method_of(&app.library(), &moved.from)?;
    opened.case = moved.former.clone();
    opened.events.push(What::MovedBack {
        from: moved.to.clone(),
        to: moved.from.clone(),
    });
    Ok(true)
}

/// The move that can be taken back: nobody has worked on the case since.
pub fn way_back<'a>(events: &'a [Event], opened: &Opened) -> Option<&'a Moved> {
    match &events.last()?.what {
        What::Migrated(moved) if moved.to == opened.case.method => Some(moved),
        _ => None,
    }
}

/// The migration that people are asked about now: the one to the newest version.
pub fn offered(app: &App, opened: &Opened) -> Option<Arc<Migration>> {
    let today = opened.now.local.date();
    let library = app.library();
    let asking = library.migrations().iter();
    let asking = asking.filter(|migration| migration.asks(&opened.case, today).is_some());
    asking.max_by_key(|migration| migration.to.valid_from).cloned()
}

/// Whether somebody has answered no, or has moved the case back, and no form was completed since.
pub fn put_off(events: &[Event], to: &str) -> bool {
    let since = events.iter().rev().map(|event| &event.what);
    let mut since = since.take_while(|what| !matches!(what, What::Completed { .. }));
    since.any(|what| match what {
        What::PutOff { to: version } | What::MovedBack { from: version, .. } => version == to,
        _ => false,
    })
}

/// The moves that hold, oldest first, each with the place of the event behind it: what was moved back is as if it had not been.
pub fn left(events: &[Event]) -> Vec<(usize, &Moved)> {
    let mut left: Vec<(usize, &Moved)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match &event.what {
            What::Migrated(moved) => left.push((at + 1, moved)),
            What::MovedBack { .. } => drop(left.pop()),
            _ => {}
        }
    }
    left
}
