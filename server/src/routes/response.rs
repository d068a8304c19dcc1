//! `GET/POST /cases/{id}/responses/{response}`: the form, and saving it as a whole without a script.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use metode::diagnostic::Severity;
use metode::evaluation::FormView;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::{Page, Who};
use super::posted::Posted;
use crate::app::{App, Shared};
use crate::casework::{
    self, Actor, Edit, Event, Found, Opened, Outcome, Removed, What, change, edit, events, open,
};
use crate::store::CaseId;
use crate::view::FormContext;

/// What an address says besides where it is.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    /// The form was just saved.
    saved: Option<String>,
    /// A row was just removed: group and key.
    removed: Option<String>,
}

/// What a page tells beyond the answers.
#[derive(Default)]
pub(super) struct Telling {
    /// The page was just saved.
    pub saved: bool,
    /// What must be mended before it can be completed.
    pub summary: Option<Json>,
    /// Warnings that need a reason.
    pub warnings: Vec<Json>,
}

/// The form, or the completed response to read.
pub(super) async fn page(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    Query(told): Query<Told>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let id = case_id(&id)?;
    let opened = open(&app, &id)?;
    let mut context = form_context(&opened, &response)?;
    if let Some((group, key)) = told
        .removed
        .as_deref()
        .and_then(|removed| removed.split_once(' '))
    {
        let found = last_removed(&events(&app, &id)?, &response, group, key);
        context
            .removed
            .extend(found.map(|removed| (group.to_owned(), removed)));
    }
    let view = opened.session(&response)?.view();
    let telling = Telling {
        saved: told.saved.is_some(),
        ..Telling::default()
    };
    Ok(Html(render(
        &app, who.page, &opened, &response, &view, context, telling,
    )?))
}

/// The form again, with what could not be saved and why.
pub(super) fn unsaved(
    app: &App,
    page: Page,
    opened: &Opened,
    response: &str,
    outcome: &Outcome,
    show_missing: bool,
) -> Result<Response, WebError> {
    let mut context = form_context(opened, response)?.with(outcome);
    context.show_missing = show_missing;
    let telling = Telling {
        summary: Some(unsaved_summary(outcome)),
        ..Telling::default()
    };
    let html = render(app, page, opened, response, &outcome.after, context, telling)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
}

/// Saves a page that was posted as a whole, with the button that was pressed.
pub(super) async fn save(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = case_id(&id)?;
    let pressed = Pressed::read(posted.text("do").unwrap_or("save"))?;
    let (opened, outcome) = save_all(&app, &id, &response, &who.actor, &posted, &pressed).await?;
    if !outcome.refused.is_empty() || !outcome.conflicts.is_empty() {
        return unsaved(&app, who.page, &opened, &response, &outcome, false);
    }
    let base = address(&id, &response);
    let place = match &pressed {
        Pressed::AddRow(_) => match &outcome.added {
            Some(row) => format!("{base}?saved=1#r-{row}"),
            None => base,
        },
        Pressed::RemoveRow(group, key) => format!("{base}?saved=1&removed={group}%20{key}#removed-{group}"),
        Pressed::RestoreRow(group, key) => format!("{base}?saved=1#r-{group}.{key}"),
        Pressed::Clear(path) | Pressed::UseSource(path) | Pressed::Theirs(path) => {
            format!("{base}?saved=1#f-{path}")
        }
        Pressed::Save => format!("{base}?saved=1"),
    };
    Ok(Redirect::to(&place).into_response())
}

/// The button that sent a page.
pub(super) enum Pressed {
    Save,
    Clear(String),
    UseSource(String),
    Theirs(String),
    AddRow(String),
    RemoveRow(String, String),
    RestoreRow(String, String),
}

impl Pressed {
    /// Reads the button's value: what to do, and to what.
    pub(super) fn read(text: &str) -> Result<Self, WebError> {
        let mut words = text.split(' ').map(str::to_owned);
        let pressed = match (words.next().as_deref(), words.next(), words.next()) {
            (Some("save" | "mine" | "complete"), _, None) => Self::Save,
            (Some("clear"), Some(path), None) => Self::Clear(path),
            (Some("use_source"), Some(path), None) => Self::UseSource(path),
            (Some("theirs"), Some(path), None) => Self::Theirs(path),
            (Some("add_row"), Some(group), None) => Self::AddRow(group),
            (Some("remove_row"), Some(group), Some(key)) => Self::RemoveRow(group, key),
            (Some("restore_row"), Some(group), Some(key)) => Self::RestoreRow(group, key),
            _ => return Err(WebError::Invalid("Knappen kendes ikke.".to_owned())),
        };
        Ok(pressed)
    }
}

/// Saves all answers of a posted page; the button's own work is done when all of them could be saved.
pub(super) async fn save_all(
    app: &App,
    id: &CaseId,
    response: &str,
    actor: &Actor,
    posted: &Posted,
    pressed: &Pressed,
) -> Result<(Opened, Outcome), WebError> {
    let mut entries = posted.entries("");
    match pressed {
        Pressed::Clear(path) => {
            entries
                .iter_mut()
                .filter(|entry| entry.path == *path)
                .for_each(|entry| entry.typed.clear());
        }
        Pressed::Theirs(path) | Pressed::UseSource(path) => entries.retain(|entry| entry.path != *path),
        _ => {}
    }
    let enter = Edit::EnterAll(entries);
    let then = match pressed {
        Pressed::UseSource(path) => Some(Edit::UseSource(path.clone())),
        Pressed::AddRow(group) => Some(Edit::AddRow(group.clone())),
        Pressed::RemoveRow(group, key) => Some(Edit::RemoveRow(group.clone(), key.clone())),
        Pressed::RestoreRow(group, key) => Some(Edit::RestoreRow(group.clone(), key.clone())),
        Pressed::Save | Pressed::Clear(_) | Pressed::Theirs(_) => None,
    };
    change(app, id, actor, |opened| {
        known(opened, response)?;
        let others = others(app, opened, posted.revision(), actor)?;
        let outcome = edit(opened, response, &enter, &others)?;
        match &then {
            Some(then) if outcome.refused.is_empty() && outcome.conflicts.is_empty() => {
                let all = if matches!(then, Edit::RestoreRow(..)) {
                    events(app, &opened.id)?
                } else {
                    Vec::new()
                };
                edit(opened, response, then, &all)
            }
            _ => Ok(outcome),
        }
    })
    .await
}

/// The page of a form or of a completed response.
pub(super) fn render(
    app: &App,
    page: Page,
    opened: &Opened,
    response: &str,
    view: &FormView,
    mut context: FormContext,
    telling: Telling,
) -> Result<String, WebError> {
    let stored = known(opened, response)?;
    let corrects = stored.corrects.as_deref().and_then(|id| opened.case.response(id));
    let corrected_by = opened.case.correction_of(response);
    let brief = |response: &metode::case::Response| json!({"id": response.id, "completed": response.completed.map(|day| day.to_string())});
    let template = if stored.completed.is_some() {
        context.readonly = true;
        "completed.html"
    } else {
        "response.html"
    };
    let context = json!({
        "page": page,
        "case": {"id": opened.id.to_string(), "title": opened.title()},
        "view": view,
        "ctx": context,
        "revision": opened.revision,
        "started": stored.started.to_string(),
        "completed": stored.completed.map(|day| day.to_string()),
        "corrects": corrects.map(brief),
        "corrected_by": corrected_by.map(brief),
        "saved": telling.saved.then_some(&opened.changed),
        "summary": telling.summary,
        "warnings": telling.warnings,
    });
    Ok(app.pages.render(template, context)?)
}

/// What the templates of a response need.
pub(super) fn form_context(opened: &Opened, response: &str) -> Result<FormContext, WebError> {
    known(opened, response)?;
    Ok(FormContext {
        base: address(&opened.id, response),
        explain: true,
        example_date: opened.now.local.date().to_string(),
        ..FormContext::default()
    })
}

/// What other pages did to the case after the revision that a page knew.
pub(super) fn others(
    app: &App,
    opened: &Opened,
    known: Option<u64>,
    actor: &Actor,
) -> Result<Vec<Event>, WebError> {
    let Some(known) = known.filter(|known| *known < opened.revision) else {
        return Ok(Vec::new());
    };
    let mut events = events(app, &opened.id)?;
    events.retain(|event| event.revision > known && (actor.page.is_none() || event.page != actor.page));
    Ok(events)
}

/// The row that was last removed under this key.
pub(super) fn last_removed(events: &[Event], response: &str, group: &str, key: &str) -> Option<Removed> {
    events.iter().rev().find_map(|event| match &event.what {
        What::RowRemoved { row, .. } if row.place == response && row.group == group && row.key == key => {
            Some(Removed {
                title: row.title.clone(),
                key: key.to_owned(),
            })
        }
        _ => None,
    })
}

/// The summary of what could not be saved.
fn unsaved_summary(outcome: &Outcome) -> Json {
    let label = |path: &String| {
        let field = casework::field(&outcome.after, path);
        let label = field.map_or(path.as_str(), |field| field.label.as_str());
        let anchor = field.map_or(path.as_str(), |field| field.path.as_str());
        json!({"label": label, "anchor": format!("f-{anchor}")})
    };
    let with = |path: &String, message: String| {
        let mut entry = label(path);
        if let Some(entry) = entry.as_object_mut() {
            entry.insert("message".to_owned(), message.into());
        }
        entry
    };
    let refused = outcome
        .refused
        .iter()
        .map(|(path, refused)| with(path, refused.message.clone()));
    let conflicts = outcome.conflicts.iter().map(|(path, conflict)| {
        with(
            path,
            format!(
                "{} har ændret feltet i mellemtiden. Vælg, hvilket svar der gælder.",
                conflict.who
            ),
        )
    });
    json!({
        "title": "Noget er ikke gemt",
        "text": "Resten af skemaet er gemt.",
        "entries": refused.chain(conflicts).collect::<Vec<_>>(),
    })
}

/// The summary of what keeps a response from being completed, and the warnings that need a reason.
pub(super) fn completion(found: &[Found]) -> Telling {
    let entry = |found: &Found| {
        let violation = &found.violation;
        json!({"label": found.label, "anchor": found.anchor, "message": violation.message, "path": violation.path, "rule": violation.rule})
    };
    let errors: Vec<Json> = found
        .iter()
        .filter(|found| found.violation.severity == Severity::Error)
        .map(entry)
        .collect();
    let warnings = found
        .iter()
        .filter(|found| {
            found.violation.severity == Severity::Warning && found.violation.acknowledged.is_none()
        })
        .map(entry)
        .collect::<Vec<_>>();
    let summary = if errors.is_empty() {
        json!({
            "title": "Skemaet mangler en begrundelse",
            "text": "Der er advarsler, som skal bekræftes, før skemaet kan afsluttes.",
            "entries": [{"label": "Gå til advarslerne", "anchor": "warnings"}],
        })
    } else {
        json!({"title": "Skemaet kan ikke afsluttes endnu", "text": "Det, der er skrevet, er gemt. Ret dette, og afslut igen.", "entries": errors})
    };
    Telling {
        saved: true,
        summary: Some(summary),
        warnings,
    }
}

/// The response, which must be there.
pub(super) fn known<'a>(opened: &'a Opened, response: &str) -> Result<&'a metode::case::Response, WebError> {
    opened.case.response(response).ok_or(WebError::NotFound)
}

/// The case that an address names.
pub(super) fn case_id(text: &str) -> Result<CaseId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// Address of a response.
pub(super) fn address(id: &CaseId, response: &str) -> String {
    format!("/cases/{id}/responses/{response}")
}
