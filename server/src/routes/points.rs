//! `GET /cases/{id}/points`: the data points of a case.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Html;
use metode::definition::{Concept, List, Method};
use metode::value::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

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

/// The labels of codes and external identifiers that a method's lists hold.
pub(super) struct Labels<'a>(HashMap<&'a str, Option<(&'a List, &'a Concept)>>);

impl<'a> Labels<'a> {
    pub(super) fn of(method: &'a Method) -> Self {
        let mut labels: HashMap<&str, Option<(&List, &Concept)>> = HashMap::new();
        let lists = method.lists.values().map(|list| &**list);
        let stages = lists.flat_map(|list| list.stages().map(move |stage| (list, stage)));
        for (list, concept) in stages.flat_map(|(list, stage)| stage.all().iter().map(move |one| (list, one)))
        {
            // A code that means different things in different lists is shown as it is.
            let same = |(other, known): &(&List, &Concept)| {
                known.label == concept.label || (std::ptr::eq(*other, list) && known.code == concept.code)
            };
            for name in concept.id.as_deref().into_iter().chain([&*concept.code]) {
                labels
                    .entry(name)
                    .and_modify(|known| *known = known.filter(same))
                    .or_insert(Some((list, concept)));
            }
        }
        Self(labels)
    }

    /// Names and values of the attributes, for people.
    fn attributes(&self, point: &Point) -> Vec<Json> {
        let day = point.dated.as_deref().and_then(Date::parse);
        let text = |value: &Json| {
            let found = value
                .as_str()
                .and_then(|text| self.0.get(text).copied().flatten());
            // The wording of the day that it is about.
            let label = found.map(|(list, concept)| {
                let then = day.and_then(|day| list.known_on(day, &concept.code));
                then.unwrap_or(concept).label.as_str()
            });
            label.map_or_else(|| value.clone(), Json::from)
        };
        let shown: Vec<(&String, &Json, Json)> = point
            .attributes
            .iter()
            .map(|(name, value)| {
                let shown = match value {
                    Json::Array(values) => values.iter().map(text).collect(),
                    value => text(value),
                };
                (name, value, shown)
            })
            .collect();
        // A concept often stands there twice, as code and as external identifier: people need it once.
        let twice = |value: &Json, text: &Json| {
            let size = |value: &Json| value.as_str().map_or(0, str::len);
            value != text
                && shown
                    .iter()
                    .any(|(_, other, same)| same == text && size(other) > size(value))
        };
        let once = shown.iter().filter(|(_, value, text)| !twice(value, text));
        once.map(|(name, value, text)| {
            let raw = (text != *value).then_some(value);
            json!({"name": name.replace('_', " "), "value": text, "raw": raw})
        })
        .collect()
    }

    /// A data point, for people.
    pub(super) fn shown(&self, point: &Point) -> Json {
        json!({
            "attributes": self.attributes(point),
            "dated": point.dated,
            "status": point.status,
            "response": point.response,
        })
    }
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
    let labels = Labels::of(&opened.method);
    let mut groups: Vec<(String, String, Vec<Json>)> = Vec::new();
    for line in lines {
        let form = opened
            .method
            .form(&line.now.form)
            .map_or(line.now.form.clone(), |form| form.title.clone());
        let (kind, title) = (line.now.kind.clone(), line.now.title.clone());
        let earlier: Vec<Json> = line.earlier.iter().map(|point| labels.shown(point)).collect();
        let entry = json!({"point": labels.shown(&line.now), "form": form, "earlier": earlier});
        match groups.iter_mut().find(|(other, _, _)| *other == kind) {
            Some((_, _, points)) => points.push(entry),
            None => groups.push((kind, title, vec![entry])),
        }
    }
    let groups: Vec<_> = groups
        .into_iter()
        .map(|(kind, title, points)| json!({"type": kind, "title": if title.is_empty() { &kind } else { &title }, "points": points}))
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
