//! `POST …/complete`: saves the page and completes the response, if nothing stands in the way.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use metode::case::Acknowledgement;

use super::WebError;
use super::actor::Who;
use super::posted::Posted;
use super::response::{Pressed, case_id, completion, form_context, render, save_all, unsaved};
use crate::app::Shared;
use crate::casework::{Opened, What, change, violations};

/// Completes a response.
pub(super) async fn complete(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = case_id(&id)?;
    let (opened, outcome) = save_all(&app, &id, &response, &who.actor, &posted, &Pressed::Save).await?;
    if !outcome.refused.is_empty() || !outcome.conflicts.is_empty() {
        return unsaved(&app, who.page, &opened, &response, &outcome, true);
    }
    let (opened, done) = change(&app, &id, &who.actor, |opened| {
        acknowledge(opened, &response, &posted)?;
        finish(opened, &response)
    })
    .await?;
    if done {
        return Ok(Redirect::to(&format!("/cases/{id}?completed={response}")).into_response());
    }
    let view = opened.session(&response)?.view();
    let mut context = form_context(&opened, &response)?;
    context.show_missing = true;
    let html = render(
        &app,
        who.page,
        &opened,
        &response,
        &view,
        context,
        completion(&violations(&view)),
    )?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
}

/// Notes the reasons that were given for warnings.
fn acknowledge(opened: &mut Opened, response: &str, posted: &Posted) -> Result<(), WebError> {
    let found = violations(&opened.session(response)?.view());
    let given = posted
        .texts("ack_path")
        .zip(posted.texts("ack_rule"))
        .zip(posted.texts("ack_reason"));
    for ((path, rule), reason) in given {
        let reason = reason.trim();
        let warning = found
            .iter()
            .find(|found| found.violation.path == path && found.violation.rule == rule);
        let (Some(warning), false) = (warning, reason.is_empty()) else {
            continue;
        };
        let Some(stored) = opened.case.response_mut(response) else {
            continue;
        };
        stored
            .acknowledged
            .retain(|other| other.path != path || other.rule != rule);
        stored.acknowledged.push(Acknowledgement {
            path: path.to_owned(),
            rule: rule.to_owned(),
            reason: reason.to_owned(),
        });
        opened.events.push(What::Acknowledged {
            place: response.to_owned(),
            path: path.to_owned(),
            message: warning.violation.message.clone(),
            reason: reason.to_owned(),
        });
    }
    Ok(())
}

/// Completes the response; whether nothing stood in the way.
fn finish(opened: &mut Opened, response: &str) -> Result<bool, WebError> {
    let stored = opened.case.response(response).ok_or(WebError::NotFound)?;
    if stored.completed.is_some() {
        return Err(WebError::Completed);
    }
    let form = stored.form.clone();
    let answers = opened.session(response)?.answers().clone();
    opened.keep(response, answers);
    let method = opened.method.clone();
    match metode::emission::complete(&method, &mut opened.case, response, opened.now.local.clone()) {
        Ok(points) => {
            opened.events.push(What::Completed {
                place: response.to_owned(),
                form,
                points: points.len(),
            });
            opened.points = points;
            Ok(true)
        }
        Err(_) => Ok(false),
    }
}
