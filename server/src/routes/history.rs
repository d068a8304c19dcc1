//! `GET /cases/{id}/history`: who changed what, and when.

use axum::extract::{Path, Query, State};
use axum::response::Html;
use jiff::Timestamp;
use metode::definition::Library;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::WebError;
use super::actor::Who;
use super::left;
use super::response::case_id;
use crate::app::Shared;
use crate::casework::{Event, Opened, What, events, mask, open};
use crate::clock;

/// How many entries stand on a page.
const PAGE: usize = 200;

/// Changes of one field by one person that lie this close together, in seconds, are told as one.
const ONE_GO: i64 = 600;

/// Where the page begins.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    before: Option<usize>,
}

/// The history, the newest first.
pub(super) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(from): Query<From>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let id = case_id(&id)?;
    let opened = open(&app, &id)?;
    let library = app.library();
    let told = gather(events(&app, &id)?);
    let before = from.before.unwrap_or(told.len()).min(told.len());
    let after = before.saturating_sub(PAGE);
    let mut days: Vec<(String, Vec<Json>)> = Vec::new();
    for event in told.get(after..before).unwrap_or_default().iter().rev() {
        let day = clock::local(&event.at).map_or_else(String::new, |(day, _, _)| day.to_string());
        let entry = entry(&library, &opened, event);
        match days.last_mut() {
            Some((last, entries)) if *last == day => entries.push(entry),
            _ => days.push((day, vec![entry])),
        }
    }
    let days: Vec<_> = days
        .into_iter()
        .map(|(date, entries)| json!({"date": date, "entries": entries}))
        .collect();
    let context = json!({
        "page": who.page,
        "case": {"id": id.to_string(), "title": opened.title()},
        "days": days,
        "older": (after > 0).then_some(after),
    });
    Ok(Html(app.pages.render("history.html", context)?))
}

/// The events with what somebody typed in one go told as one change.
fn gather(events: Vec<Event>) -> Vec<Event> {
    let mut told: Vec<Event> = Vec::new();
    for event in events {
        if let (Some(last), What::Answered(answer)) = (told.last_mut(), &event.what)
            && let What::Answered(former) = &mut last.what
            && former.place == answer.place
            && former.path == answer.path
            && last.who == event.who
            && seconds_between(&last.at, &event.at).is_some_and(|seconds| seconds < ONE_GO)
        {
            former.to = answer.to.clone();
            former.to_text = answer.to_text.clone();
            last.at = event.at;
            continue;
        }
        told.push(event);
    }
    told
}

fn seconds_between(from: &str, to: &str) -> Option<i64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    Some(to.as_second() - from.as_second())
}

fn entry(library: &Library, opened: &Opened, event: &Event) -> Json {
    let title = |version: &str| {
        library
            .method(version)
            .map_or_else(|| version.to_owned(), |method| method.title.clone())
    };
    let response = event.what.place().and_then(|place| opened.case.response(place));
    let form = response.map(|response| {
        opened
            .method
            .form(&response.form)
            .map_or(response.form.clone(), |form| form.title.clone())
    });
    let mut entry = json!({"at": event.at, "who": event.who, "response": response.map(|response| &response.id), "form": form});
    let told = match &event.what {
        What::Opened { .. } => json!({"what": "Oprettede sagen"}),
        What::Started {
            corrects: Some(_), ..
        } => json!({"what": "Begyndte at rette skemaet"}),
        What::Started { .. } => json!({"what": "Begyndte skemaet"}),
        What::Answered(answer) => {
            let words = |text: &str| {
                if answer.confidential {
                    mask(text)
                } else {
                    text.to_owned()
                }
            };
            json!({"what": "Ændrede", "label": answer.label, "changed": true, "from": words(answer.from_words()), "to": words(answer.to_words())})
        }
        What::RowAdded(row) => json!({"what": "Tilføjede", "label": row.title}),
        What::RowRemoved { row, .. } => json!({"what": "Fjernede", "label": row.title}),
        What::RowRestored(row) => json!({"what": "Satte tilbage", "label": row.title}),
        What::Acknowledged { message, reason, .. } => {
            json!({"what": "Bekræftede advarslen", "label": message, "note": format!("Begrundelse: {reason}")})
        }
        What::Migrated(moved) => json!({
            "what": "Flyttede sagen til",
            "label": title(&moved.to),
            "moved": left::counts(moved),
            "left": left::answers(&moved.retired),
        }),
        What::PutOff { to } => json!({"what": "Udskød at flytte sagen til", "label": title(to)}),
        What::MovedBack { to, .. } => json!({"what": "Flyttede sagen tilbage til", "label": title(to)}),
        What::Completed { points: 0, .. } => json!({"what": "Afsluttede skemaet"}),
        What::Completed { points: 1, .. } => json!({"what": "Afsluttede skemaet", "note": "1 datapunkt"}),
        What::Completed { points, .. } => {
            json!({"what": "Afsluttede skemaet", "note": format!("{points} datapunkter")})
        }
    };
    if let (Some(entry), Json::Object(told)) = (entry.as_object_mut(), told) {
        entry.extend(told);
    }
    entry
}
