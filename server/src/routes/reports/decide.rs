//! What people decide: `POST /reports/{route}/{number}/again` and `…/release`, `POST /messages/{subscription}/again`.

use axum::extract::{Path, State};
use axum::response::Redirect;

use super::super::WebError;
use super::super::actor::Who;
use super::super::posted::Posted;
use crate::app::{App, Shared};
use crate::delivery::Asked;

/// The longest reason, in letters.
const REASON: usize = 1000;

/// Has a report made again of what the cases say now, and sent.
pub(in super::super) async fn again(
    State(app): State<Shared>,
    Path((route, number)): Path<(String, u64)>,
) -> Result<Redirect, WebError> {
    ask(&app, &route, number, Asked::Again).await
}

/// Decides that a report is not sent.
pub(in super::super) async fn release(
    State(app): State<Shared>,
    Path((route, number)): Path<(String, u64)>,
    who: Who,
    posted: Posted,
) -> Result<Redirect, WebError> {
    let reason = posted.needed("reason")?.trim();
    if reason.is_empty() || reason.chars().count() > REASON {
        return Err(WebError::Invalid("Skriv en kort begrundelse.".to_owned()));
    }
    let asked = Asked::Release {
        who: who.actor.name,
        reason: reason.to_owned(),
    };
    ask(&app, &route, number, asked).await
}

/// Has a message that was given up tried once more, or all of them.
pub(in super::super) async fn message_again(
    State(app): State<Shared>,
    Path(subscription): Path<String>,
    posted: Posted,
) -> Result<Redirect, WebError> {
    let subscription = app
        .delivery
        .subscription(&subscription)
        .ok_or(WebError::NotFound)?;
    let cursor = posted.text("cursor").map(str::parse).transpose();
    let cursor = cursor.map_err(|_| WebError::NotFound)?;
    subscription.again(&app, cursor).await?;
    Ok(Redirect::to("/reports#messages"))
}

async fn ask(app: &App, route: &str, number: u64, asked: Asked) -> Result<Redirect, WebError> {
    let route = app.delivery.route(route).ok_or(WebError::NotFound)?;
    let book = route.book(app);
    let former = book.entry(number)?.ok_or(WebError::NotFound)?.value;
    let done = route.ask(number, asked).await;
    // Made again, it may be another one.
    let made = book.about(&former.citizen, Some(&former.day))?;
    let made = made
        .iter()
        .map(|kept| &kept.value)
        .filter(|entry| entry.key == former.key);
    let number = made.map(|entry| entry.number).max().unwrap_or(number);
    let told = if done { "again" } else { "later" };
    Ok(Redirect::to(&format!(
        "/reports/{}/{number}?asked={told}",
        route.id
    )))
}
