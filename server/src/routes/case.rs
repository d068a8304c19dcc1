//! `GET /cases/{id}`: the case, its phases and what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use metode::case::Response;
use metode::definition::Form;
use metode::diagnostic::Severity;
use metode::evaluation::FormView;
use metode::version::Migration;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::Who;
use super::facts::PARTS;
use super::left;
use super::needs;
use super::points;
use super::reports;
use super::response::case_id;
use crate::app::{App, Shared};
use crate::casework::{Opened, events, facts, offered, open, violations};

/// How many missing answers of a response are listed.
const LISTED: usize = 8;

/// What an address says besides where it is.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    /// The response that was just completed.
    completed: Option<String>,
}

/// The case.
pub(super) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(told): Query<Told>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let opened = open(&app, &case_id(&id)?)?;
    let drafts: BTreeMap<&str, FormView> = opened
        .case
        .responses
        .iter()
        .filter(|response| response.completed.is_none())
        .map(|response| Ok((response.id.as_str(), opened.session(&response.id)?.view())))
        .collect::<Result<_, WebError>>()?;
    let offered = offered(&app, &opened);
    // Only a case that can have been moved, or can move, has anything to read there.
    let came = |migration: &Arc<Migration>| migration.to.name() == opened.case.method;
    let events = if offered.is_some() || app.library().migrations().iter().any(came) {
        events(&app, &opened.id)?
    } else {
        Vec::new()
    };
    let context = json!({
        "page": who.page,
        "case": {"id": id, "title": opened.title()},
        "method_title": opened.method.title,
        "done": told.completed.map(|response| done(&app, &opened, &response)).transpose()?.flatten(),
        "refused": reports::refused(&app, &opened.id)?,
        "reported": !app.delivery.routes.is_empty(),
        "drafts": drafts.len(),
        "phases": phases(&opened, &drafts),
        "needed": opened.method.needs.is_some(),
        "missing": missing(&opened, &drafts),
        "facts": known(&opened)?,
        "left": left::panel(&opened, &app.library(), &events),
        "offer": offered.map(|migration| left::offer(&opened, &migration, &events)),
    });
    Ok(Html(app.pages.render("case.html", context)?))
}

/// What is known about citizen and case.
fn known(opened: &Opened) -> Result<Vec<Json>, WebError> {
    let part = |(place, _, title): (&str, &str, &str)| {
        let facts: Vec<_> = facts(&opened.session(place)?.view())
            .into_iter()
            .map(|(label, text)| json!({"label": label, "text": text}))
            .collect();
        Ok(json!({"title": title, "facts": facts}))
    };
    PARTS.into_iter().map(part).collect()
}

/// The phases in order, with their forms and the responses of each.
fn phases(opened: &Opened, drafts: &BTreeMap<&str, FormView>) -> Vec<Json> {
    let mut next = true;
    let mut phases = Vec::new();
    let needed = needs::of_case(opened);
    for phase in &opened.method.phases {
        let mut forms = Vec::new();
        let (mut completed, mut open) = (false, false);
        let own = opened.method.needs.as_ref();
        let of_needs = |form: &Form| own.is_some_and(|needs| needs.has_form(&form.id));
        let all = phase.forms.iter().filter_map(|id| opened.method.form(id));
        for form in all.filter(|form| !of_needs(form)) {
            let responses: Vec<&Response> = opened
                .case
                .responses
                .iter()
                .filter(|response| response.form == form.id)
                .collect();
            let draft = responses.iter().any(|response| response.completed.is_none());
            open |= draft;
            completed |= responses.iter().any(|response| response.completed.is_some());
            let can_start = responses.is_empty() || (form.repeats && !draft);
            // The first form that nobody has begun is the one to go on with.
            let is_next = responses.is_empty() && std::mem::take(&mut next);
            forms.push(json!({
                "id": form.id,
                "title": form.title,
                "can_start": can_start,
                "next": is_next,
                "responses": responses.iter().rev().map(|response| brief(opened, form, response, drafts)).collect::<Vec<_>>(),
            }));
        }
        let state = if open {
            "open"
        } else if completed {
            "done"
        } else {
            "ahead"
        };
        let needs = needed
            .iter()
            .find(|needs| needs.get("id").and_then(Json::as_str) == Some(&phase.id));
        phases.push(json!({"title": phase.title, "state": state, "forms": forms, "needs": needs}));
    }
    phases
}

fn brief(opened: &Opened, form: &Form, response: &Response, drafts: &BTreeMap<&str, FormView>) -> Json {
    let view = drafts.get(response.id.as_str());
    let corrected = opened
        .case
        .correction_of(&response.id)
        .is_some_and(|correction| correction.completed.is_some());
    let state = match response.completed {
        None => "draft",
        Some(_) if corrected => "corrected",
        Some(_) => "completed",
    };
    let title = match view {
        Some(view) => view.response_title.clone(),
        None if form.repeats => opened
            .session(&response.id)
            .ok()
            .and_then(|session| session.view().response_title),
        None => None,
    };
    json!({
        "id": response.id,
        "title": title,
        "state": state,
        "started": response.started.to_string(),
        "completed": response.completed.map(|day| day.to_string()),
        "corrects": response.corrects,
        "progress": view.map(|view| view.progress),
    })
}

/// What keeps the drafts from being completed.
fn missing(opened: &Opened, drafts: &BTreeMap<&str, FormView>) -> Vec<Json> {
    let drafts = opened
        .case
        .responses
        .iter()
        .filter_map(|response| Some((response, drafts.get(response.id.as_str())?)));
    drafts
        .filter_map(|(response, view)| {
            let mut found = violations(view);
            found.retain(|found| found.violation.severity == Severity::Error);
            let listed: Vec<_> = found
                .iter()
                .take(LISTED)
                .map(|found| {
                    let message = (found.violation.rule != "required").then_some(&found.violation.message);
                    let label = if found.label.is_empty() {
                        view.title.as_str()
                    } else {
                        &found.label
                    };
                    json!({"label": label, "anchor": found.anchor, "message": message})
                })
                .collect();
            let more = found.len().saturating_sub(LISTED);
            (!listed.is_empty())
                .then(|| json!({"id": response.id, "title": view.title, "violations": listed, "more": more}))
        })
        .collect()
}

/// What a response that was just completed gave rise to.
fn done(app: &App, opened: &Opened, response: &str) -> Result<Option<Json>, WebError> {
    let Some(stored) = opened
        .case
        .response(response)
        .filter(|response| response.completed.is_some())
    else {
        return Ok(None);
    };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let arisen = points::stored(app, &opened.id)?;
    for point in arisen
        .iter()
        .filter(|point| point.is_active() && point.response == response)
    {
        *kinds.entry(point.title.clone()).or_default() += 1;
    }
    let title = opened
        .method
        .form(&stored.form)
        .map_or(stored.form.as_str(), |form| form.title.as_str());
    let count: usize = kinds.values().sum();
    let kinds: Vec<_> = kinds
        .into_iter()
        .map(|(title, count)| json!({"title": title, "count": count}))
        .collect();
    Ok(Some(json!({"title": title, "points": count, "kinds": kinds})))
}
