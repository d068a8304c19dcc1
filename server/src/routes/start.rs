//! `POST /cases/{id}/responses` and `POST …/correct`: begin a response, or the correction of one.

use axum::extract::{Path, State};
use axum::response::Redirect;
use metode::emission::start;
use uuid::Uuid;

use super::WebError;
use super::actor::Who;
use super::posted::Posted;
use super::response::{address, case_id, known};
use crate::app::{App, Shared};
use crate::casework::{Actor, What, change};
use crate::store::CaseId;

/// Begins a response of a form.
pub(super) async fn begin(
    State(app): State<Shared>,
    Path(id): Path<String>,
    who: Who,
    posted: Posted,
) -> Result<Redirect, WebError> {
    let id = case_id(&id)?;
    let form = posted.needed("form")?.to_owned();
    begin_response(&app, &id, &who.actor, &form, None).await
}

/// Begins the correction of a completed response, or goes on with the one that is begun.
pub(super) async fn correct(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    who: Who,
) -> Result<Redirect, WebError> {
    let id = case_id(&id)?;
    let opened = crate::casework::open(&app, &id)?;
    let stored = known(&opened, &response)?;
    if let Some(correction) = opened.case.correction_of(&response) {
        return Ok(Redirect::to(&address(&id, &correction.id)));
    }
    if stored.completed.is_none() {
        return Err(WebError::Invalid(
            "Skemaet er en kladde og kan rettes, som det er.".to_owned(),
        ));
    }
    begin_response(&app, &id, &who.actor, &stored.form, Some(&response)).await
}

async fn begin_response(
    app: &App,
    id: &CaseId,
    actor: &Actor,
    form: &str,
    corrects: Option<&str>,
) -> Result<Redirect, WebError> {
    let new = Uuid::new_v4().to_string();
    let (_, response) = change(app, id, actor, |opened| {
        let known = opened.method.form(form).ok_or(WebError::NotFound)?;
        // Two clicks, or two people, begin one response and not two.
        let twin = opened.case.responses.iter().find(|response| {
            response.form == form
                && response.corrects.as_deref() == corrects
                && (corrects.is_some() || response.completed.is_none() || !known.repeats)
        });
        if let Some(twin) = twin {
            return Ok(twin.id.clone());
        }
        let method = opened.method.clone();
        start(
            &method,
            &mut opened.case,
            form,
            corrects,
            new.clone(),
            opened.now.local.clone(),
        )
        .map_err(|error| WebError::Invalid(error.message))?;
        opened.events.push(What::Started {
            place: new.clone(),
            form: form.to_owned(),
            corrects: corrects.map(str::to_owned),
        });
        Ok(new.clone())
    })
    .await?;
    Ok(Redirect::to(&address(id, &response)))
}
