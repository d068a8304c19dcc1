//! `GET /events?after=CURSOR&limit=N`: the messages of all cases, for those who fetch them: a CloudEvents batch. Each has its
//! cursor in the extension attribute `sequence`; the header `Link` holds the address of what follows.

use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value as Json;

use super::WebError;
use crate::app::Shared;

/// How many messages are given unless another number is asked for, and at most.
const LIMIT: usize = 100;
const MOST: usize = 1000;

/// Where to begin, and how many.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

/// The messages after a cursor, the oldest first.
pub(super) async fn feed(
    State(app): State<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let limit = wanted.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let found = app.store.notices(wanted.after, limit)?;
    let last = found.last().map_or(wanted.after, |(cursor, _, _)| *cursor);
    let mut batch = Vec::with_capacity(found.len());
    for (cursor, _, body) in found {
        let mut message: Json = serde_json::from_slice(&body)?;
        if let Some(message) = message.as_object_mut() {
            // Of one length, so that texts sort like the numbers.
            message.insert("sequence".to_owned(), format!("{cursor:020}").into());
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
            format!("</events?after={last}&limit={limit}>; rel=\"next\""),
        ),
    ];
    let body = serde_json::to_vec(&batch)?;
    Ok((headers, body).into_response())
}
