//! `GET/POST /cases/{id}/facts`: what is known about the case and the citizen.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use metode::diagnostic::Severity;
use metode::evaluation::FormView;
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::{Page, Who};
use super::posted::Posted;
use super::response::{Pressed, case_id, others};
use crate::app::{App, Shared};
use crate::casework::{self, Conflict, Edit, Opened, Refused, Removed, change, edit, events, open};
use crate::view::FormContext;

/// The two parts: where the answers stand, what stands before their paths, and the heading.
pub(super) const PARTS: [(&str, &str, &str); 2] =
    [("citizen", "citizen.", "Borger"), ("case", "case.", "Sag")];

/// What came of the two parts.
#[derive(Default)]
pub(super) struct Told {
    refused: BTreeMap<String, Refused>,
    conflicts: BTreeMap<String, Conflict>,
    removed: BTreeMap<String, Removed>,
    summary: Option<Json>,
    missing: bool,
}

impl Told {
    /// Whether there is nothing to tell.
    pub(super) fn is_clean(&self) -> bool {
        self.summary.is_none()
    }
}

/// The facts, to change them.
pub(super) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let opened = open(&app, &case_id(&id)?)?;
    Ok(Html(render_existing(&app, who.page, &opened, Told::default())?))
}

/// Saves the facts.
pub(super) async fn save(
    State(app): State<Shared>,
    Path(id): Path<String>,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = case_id(&id)?;
    let pressed = Pressed::read(posted.text("do").unwrap_or("save"))?;
    let rows = rows(&pressed);
    let (opened, (mut told, row)) = change(&app, &id, &who.actor, |opened| {
        let others = others(&app, opened, posted.revision(), &who.actor)?;
        let told = enter(opened, &posted, &others)?;
        let row = match &rows {
            Some((place, prefix, what)) if told.is_clean() => {
                let outcome = edit(opened, place, what, &events(&app, &id)?)?;
                Some((
                    outcome.added.map(|row| format!("r-{prefix}{row}")),
                    outcome.removed,
                    *prefix,
                ))
            }
            _ => None,
        };
        Ok((told, row))
    })
    .await?;
    if told.is_clean() && row.is_none() {
        complain(&opened, &mut told, "Oplysningerne er gemt, men noget skal rettes")?;
    }
    if told.is_clean() {
        match row {
            None => return Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
            Some((added, removed, prefix)) if removed.is_empty() => {
                let anchor = added.unwrap_or_else(|| format!("s-{prefix}"));
                return Ok(Redirect::to(&format!("/cases/{id}/facts#{anchor}")).into_response());
            }
            Some((_, removed, prefix)) => {
                told.removed = removed
                    .into_iter()
                    .map(|(path, row)| (format!("{prefix}{path}"), row))
                    .collect();
                return Ok(Html(render_existing(&app, who.page, &opened, told)?).into_response());
            }
        }
    }
    let html = render_existing(&app, who.page, &opened, told)?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
}

/// What a pressed button does to the rows of one of the parts.
fn rows(pressed: &Pressed) -> Option<(&'static str, &'static str, Edit)> {
    PARTS.into_iter().find_map(|(place, prefix, _)| {
        let inside = |path: &String| path.strip_prefix(prefix).map(str::to_owned);
        let what = match pressed {
            Pressed::AddRow(group) => Edit::AddRow(inside(group)?),
            Pressed::RemoveRow(group, key) => Edit::RemoveRow(inside(group)?, key.clone()),
            Pressed::RestoreRow(group, key) => Edit::RestoreRow(inside(group)?, key.clone()),
            _ => return None,
        };
        Some((place, prefix, what))
    })
}

/// Enters the posted facts; tells what could not be.
pub(super) fn enter(
    opened: &mut Opened,
    posted: &Posted,
    others: &[casework::Event],
) -> Result<Told, WebError> {
    let mut told = Told::default();
    let mut entries = Vec::new();
    for (place, prefix, _) in PARTS {
        let outcome = edit(opened, place, &Edit::EnterAll(posted.entries(prefix)), others)?;
        let label = |path: &str| {
            casework::field(&outcome.after, path).map_or_else(String::new, |field| field.label.clone())
        };
        let anchor = |path: &str| format!("f-{prefix}{path}");
        for (path, refused) in outcome.refused {
            entries.push(json!({"label": label(&path), "anchor": anchor(&path), "message": refused.message}));
            told.refused.insert(format!("{prefix}{path}"), refused);
        }
        for (path, conflict) in outcome.conflicts {
            let message = format!(
                "{} har ændret feltet i mellemtiden. Gem igen for at bruge dit svar.",
                conflict.who
            );
            entries.push(json!({"label": label(&path), "anchor": anchor(&path), "message": message}));
            told.conflicts.insert(format!("{prefix}{path}"), conflict);
        }
    }
    if !entries.is_empty() {
        told.summary = Some(json!({"title": "Noget er ikke gemt", "entries": entries}));
    }
    Ok(told)
}

/// Adds what is wrong with the facts as they stand, under a title.
pub(super) fn complain(opened: &Opened, told: &mut Told, title: &str) -> Result<(), WebError> {
    let mut entries = Vec::new();
    for (place, prefix, _) in PARTS {
        let view = opened.session(place)?.view();
        for found in casework::violations(&view) {
            let path = format!("{prefix}{}", found.violation.path);
            if found.violation.severity == Severity::Error && !told.refused.contains_key(&path) {
                let anchor = format!("f-{path}");
                entries.push(
                    json!({"label": found.label, "anchor": anchor, "message": found.violation.message}),
                );
            }
        }
    }
    if !entries.is_empty() || told.summary.is_some() {
        let former = told.summary.take();
        let former = former
            .as_ref()
            .and_then(|summary| summary.get("entries"))
            .and_then(Json::as_array);
        let mut all = former.cloned().unwrap_or_default();
        all.extend(entries);
        told.missing = true;
        told.summary = Some(json!({"title": title, "entries": all}));
    }
    Ok(())
}

fn render_existing(app: &App, page: Page, opened: &Opened, told: Told) -> Result<String, WebError> {
    let mut context = json!({
        "page": page,
        "heading": "Oplysninger om sag og borger",
        "submit": "Gem",
        "action": format!("/cases/{}/facts", opened.id),
        "back": format!("/cases/{}", opened.id),
        "case": {"id": opened.id.to_string(), "title": opened.title()},
        "revision": opened.revision,
    });
    add_parts(&mut context, opened, told)?;
    Ok(app.pages.render("facts.html", context)?)
}

/// Adds the fields of case and citizen to what the template gets.
pub(super) fn add_parts(context: &mut Json, opened: &Opened, told: Told) -> Result<(), WebError> {
    let part = |(place, prefix, title): (&str, &'static str, &str)| {
        let view: FormView = opened.session(place)?.view();
        let form = FormContext {
            prefix,
            example_date: opened.now.local.date().to_string(),
            refused: told.refused.clone(),
            conflicts: told.conflicts.clone(),
            removed: told.removed.clone(),
            show_missing: told.missing,
            ..FormContext::default()
        };
        Ok(json!({"title": title, "view": view, "ctx": form}))
    };
    if let Some(context) = context.as_object_mut() {
        context.insert(
            "parts".to_owned(),
            PARTS
                .into_iter()
                .map(part)
                .collect::<Result<Vec<Json>, WebError>>()?
                .into(),
        );
        context.insert("summary".to_owned(), told.summary.into());
    }
    Ok(())
}
