//! `POST …/answers`, `…/rows`, `…/source`: what the script saves while somebody works on a form.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::WebError;
use super::actor::Who;
use super::posted::Posted;
use super::response::{case_id, form_context, known, others};
use crate::app::{App, Shared};
use crate::casework::{Edit, Entry, change, edit, events};
use crate::view::fragments;

type Place = Path<(String, String)>;

/// Saves one answer.
pub(super) async fn answer(
    State(app): State<Shared>,
    place: Place,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let entry = Entry {
        path: posted.needed("path")?.to_owned(),
        typed: posted.values(),
    };
    save(&app, place, who, &posted, Edit::Enter(entry)).await
}

/// Adds a row.
pub(super) async fn add_row(
    State(app): State<Shared>,
    place: Place,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let add = Edit::AddRow(posted.needed("group")?.to_owned());
    save(&app, place, who, &posted, add).await
}

/// Removes a row.
pub(super) async fn remove_row(
    State(app): State<Shared>,
    place: Place,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let remove = Edit::RemoveRow(
        posted.needed("group")?.to_owned(),
        posted.needed("key")?.to_owned(),
    );
    save(&app, place, who, &posted, remove).await
}

/// Puts a removed row back.
pub(super) async fn restore_row(
    State(app): State<Shared>,
    place: Place,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let restore = Edit::RestoreRow(
        posted.needed("group")?.to_owned(),
        posted.needed("key")?.to_owned(),
    );
    save(&app, place, who, &posted, restore).await
}

/// Takes the value that the source of a copied field has now.
pub(super) async fn use_source(
    State(app): State<Shared>,
    place: Place,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let take = Edit::UseSource(posted.needed("path")?.to_owned());
    save(&app, place, who, &posted, take).await
}

/// Saves an edit and answers, once it is on disk, with the parts of the page that it touches.
async fn save(
    app: &App,
    Path((id, response)): Place,
    who: Who,
    posted: &Posted,
    what: Edit,
) -> Result<Response, WebError> {
    let id = case_id(&id)?;
    let base = posted.revision();
    let (opened, (outcome, behind)) = change(app, &id, &who.actor, |opened| {
        known(opened, &response)?;
        let seen = match what {
            Edit::RestoreRow(..) => events(app, &opened.id)?,
            _ => others(app, opened, base, &who.actor)?,
        };
        let behind = base.is_some_and(|base| base < opened.revision);
        Ok((edit(opened, &response, &what, &seen)?, behind))
    })
    .await?;
    let mut context = form_context(&opened, &response)?.with(&outcome);
    context.show_missing = posted.text("show_missing").is_some();
    let parts = fragments(&app.pages, &outcome.before, &outcome.after, &context)?;
    let status = if !outcome.conflicts.is_empty() {
        StatusCode::CONFLICT
    } else if !outcome.refused.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let body = json!({
        "revision": opened.revision,
        "saved": opened.changed,
        "fragments": parts,
        "progress": outcome.after.progress,
        "added": outcome.added,
        "refused": outcome.refused.keys().collect::<Vec<_>>(),
        "conflicts": outcome.conflicts.keys().collect::<Vec<_>>(),
        // Somebody else has changed the case since the page heard of it: the page reads itself anew.
        "behind": behind,
    });
    Ok((status, Json(body)).into_response())
}
