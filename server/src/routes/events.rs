//! `GET /events?after=CURSOR&limit=N`: the messages of all cases, for those who fetch them: a CloudEvents batch. Each has its
//! cursor in the extension attribute `sequence`; the header `Link` holds the address of what follows.
//!
//! A cursor is the message's number among all, and the beginning of its id: one that comes from another store, or from before
//! this one was put back to an earlier state, is told as such (410), so that nobody waits for what never comes or skips what they do not have.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value as Json;

use super::WebError;
use crate::app::Shared;
use crate::events;

/// How many messages are given unless another number is asked for, and at most.
const LIMIT: usize = 100;
const MOST: usize = 1000;

/// Where to begin, and how many.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    after: Option<String>,
    limit: Option<usize>,
}

/// The messages after a cursor, the oldest first.
pub(super) async fn feed(
    State(app): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let limit = wanted.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let mut last = wanted.after.unwrap_or_default();
    let after = match last.split_once('-').map(|(number, _)| number.parse::<u64>()) {
        None if last.is_empty() => 0,
        Some(Ok(number)) if number > 0 => number,
        _ => return Ok((StatusCode::BAD_REQUEST, "this is no cursor").into_response()),
    };
    if after > 0 {
        let known = app.store.notices(after - 1, 1)?.into_iter().next();
        let known = known.filter(|(number, _, _)| *number == after);
        if known.is_none_or(|(number, _, body)| cursor(number, &body) != last) {
            let told = "this store gave no such cursor: begin anew, without one";
            return Ok((StatusCode::GONE, told).into_response());
        }
    }
    let found = app.store.notices(after, limit)?;
    let mut batch = Vec::with_capacity(found.len());
    for (number, _, body) in found {
        last = cursor(number, &body);
        let mut message: Json = serde_json::from_slice(&body)?;
        if let Some(message) = message.as_object_mut() {
            message.insert("sequence".to_owned(), last.as_str().into());
        }
        batch.push(message);
    }
    let headers = [
        (
            CONTENT_TYPE,
            "application/cloudevents-batch+json; charset=utf-8".to_owned(),
        ),
        (
            LINK,
            match last.is_empty() {
                true => format!("</events?limit={limit}>; rel=\"next\""),
                false => format!("</events?after={last}&limit={limit}>; rel=\"next\""),
            },
        ),
    ];
    let body = serde_json::to_vec(&batch)?;
    Ok((headers, body).into_response())
}

/// The cursor of a message. The number is of one length, so that texts sort like the numbers.
fn cursor(number: u64, message: &[u8]) -> String {
    let id = events::id(message).unwrap_or_default();
    format!("{number:020}-{}", id.get(..8).unwrap_or_default())
}
