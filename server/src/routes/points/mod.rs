//! `GET /cases/{id}/points`: the data points of a case.

mod words;

use axum::extract::{Path, State};
use axum::response::Html;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

pub(super) use words::Words;

use super::WebError;
use super::actor::Who;
use super::response::case_id;
use crate::app::{App, Shared};
use crate::casework::open;
use crate::store::CaseId;

/// A data point as it was stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Point {
    pub id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    pub response: String,
    #[serde(default)]
    dated: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    attributes: Map<String, Json>,
}

impl Point {
    /// Whether it holds.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }
}

/// The data points of a case as they were appended.
pub(super) fn stored(app: &App, id: &CaseId) -> Result<Vec<Point>, WebError> {
    app.store
        .points(id)?
        .iter()
        .map(|stored| Ok(serde_json::from_slice(&stored.body)?))
        .collect()
}

/// One data point with what it was before.
#[derive(Debug)]
struct Line {
    now: Point,
    earlier: Vec<Point>,
}

/// The data points, one for each identity, with the former states behind it.
pub(super) async fn page(
    State(app): State<Shared>,
    Path(id): Path<String>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let id = case_id(&id)?;
    let opened = open(&app, &id)?;
    let all = stored(&app, &id)?;
    let count = all.len();
    let mut lines: Vec<Line> = Vec::new();
    for point in all {
        match lines.iter_mut().find(|line| line.now.id == point.id) {
            Some(line) => line.earlier.insert(0, std::mem::replace(&mut line.now, point)),
            None => lines.push(Line {
                now: point,
                earlier: Vec::new(),
            }),
        }
    }
    let current = lines.iter().filter(|line| line.now.is_active()).count();
    let library = app.library();
    let words = Words::of(&opened, &library);
    let mut groups: Vec<(String, String, Vec<Json>)> = Vec::new();
    for line in lines {
        let form = opened
            .method
            .form(&line.now.form)
            .map_or(line.now.form.clone(), |form| form.title.clone());
        let (kind, title) = (line.now.kind.clone(), line.now.title.clone());
        let earlier: Vec<Json> = line.earlier.iter().map(|point| words.shown(point)).collect();
        let entry = json!({"point": words.shown(&line.now), "form": form, "earlier": earlier});
        match groups.iter_mut().find(|(other, _, _)| *other == kind) {
            Some((_, _, points)) => points.push(entry),
            None => groups.push((kind, title, vec![entry])),
        }
    }
    let groups: Vec<_> = groups
        .into_iter()
        .map(|(kind, title, points)| {
            let title = if title.is_empty() { &kind } else { &title };
            json!({"type": kind, "title": title, "columns": columns(&points), "points": points})
        })
        .collect();
    let context = json!({
        "page": who.page,
        "case": {"id": id.to_string(), "title": opened.title()},
        "current": current,
        "superseded": count - current,
        "groups": groups,
    });
    Ok(Html(app.pages.render("points.html", context)?))
}

/// The most columns of a table that is read without scrolling it.
const COLUMNS: usize = 5;

/// What the points of a type are said to have, when there are enough of them for a table and it is not too wide.
fn columns(points: &[Json]) -> Vec<&str> {
    let mut columns = Vec::new();
    let attributes = points
        .iter()
        .filter_map(|entry| entry.pointer("/point/attributes")?.as_array());
    for name in attributes.flatten().filter_map(|one| one.get("name")?.as_str()) {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns.retain(|_| points.len() > 2);
    if columns.len() > COLUMNS {
        Vec::new()
    } else {
        columns
    }
}
