//! `GET …/explain?path=`: why a field is as it is. `GET …/hidden`: the fields that are not shown, and why.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use metode::evaluation::{Effect, FormView, ItemView, Prose, Session};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::Who;
use super::response::{address, case_id, known};
use crate::app::Shared;
use crate::casework::{Opened, open};

/// The field.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    path: String,
}

/// The rules behind a field with the values they saw; only the explanation itself for the script.
pub(super) async fn page(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    who: Who,
    headers: HeaderMap,
) -> Result<Html<String>, WebError> {
    let opened = open(&app, &case_id(&id)?)?;
    known(&opened, &response)?;
    let session = opened.session(&response)?;
    let mut explanation = session.explain(&asked.path).ok_or(WebError::NotFound)?;
    for rule in explanation
        .reasons
        .iter_mut()
        .filter_map(|reason| reason.rule.as_mut())
    {
        // Where the server's folders stand is nobody's business.
        rule.file = app.library().inside(&rule.file).display().to_string();
    }
    if headers.contains_key("x-page") {
        // The script shows it in the form, where an anchor is enough.
        let at = json!({"case": format!("/cases/{id}"), "here": ""});
        let context = json!({"explanation": explanation, "at": at});
        return Ok(Html(app.pages.render("form/explanation.html", context)?));
    }
    let mut context = around(&opened, &response, &session);
    if let Some(context) = context.as_object_mut() {
        context.insert("page".to_owned(), json!(who.page));
        context.insert("explanation".to_owned(), json!(explanation));
    }
    Ok(Html(app.pages.render("explain.html", context)?))
}

/// The fields and rows that are not shown, each with its reason.
pub(super) async fn hidden(
    State(app): State<Shared>,
    Path((id, response)): Path<(String, String)>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let opened = open(&app, &case_id(&id)?)?;
    known(&opened, &response)?;
    let session = opened.session(&response)?;
    let mut context = around(&opened, &response, &session);
    if let Some(context) = context.as_object_mut() {
        context.insert("page".to_owned(), json!(who.page));
        context.insert("sections".to_owned(), sections(&session, &session.view()));
    }
    Ok(Html(app.pages.render("hidden.html", context)?))
}

fn around(opened: &Opened, response: &str, session: &Session) -> Json {
    json!({
        "case": {"title": opened.title()},
        "form_title": session.form().title,
        "at": {"case": format!("/cases/{}", opened.id), "here": address(&opened.id, response)},
    })
}

/// What is hidden in each section: fields, and rows as one.
fn sections(session: &Session, view: &FormView) -> Json {
    let sections = view.sections.iter().filter_map(|section| {
        let mut entries = Vec::new();
        for item in &section.items {
            gather(session, item, &mut entries);
        }
        (!entries.is_empty()).then(|| json!({"id": section.id, "title": section.title, "entries": entries}))
    });
    Json::Array(sections.collect())
}

fn gather(session: &Session, item: &ItemView, entries: &mut Vec<Json>) {
    match item {
        ItemView::Field(field) if !field.relevant => {
            entries.extend(entry(session, &field.path, &field.label));
        }
        ItemView::Field(_) => {}
        ItemView::Group(group) => {
            for row in &group.rows {
                if row.relevant {
                    row.items.iter().for_each(|item| gather(session, item, entries));
                } else {
                    let label = format!("{}: {}", group.label, row.title);
                    entries.extend(entry(session, &row.path, &label));
                }
            }
        }
    }
}

fn entry(session: &Session, path: &str, label: &str) -> Option<Json> {
    let explanation = session.explain(path)?;
    let reason = explanation
        .reasons
        .into_iter()
        .find(|reason| reason.effect == Effect::Hidden)?;
    let sentence: Prose = reason.sentence;
    Some(json!({"path": path, "label": label, "sentence": sentence}))
}
