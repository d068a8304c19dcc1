//! `GET /reports/{route}/{number}`: one report: what became of it, what is wrong with it and where, and what it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Html;
use metode::evaluation::FormView;
use metode::report::Origin;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::super::WebError;
use super::super::actor::Who;
use super::super::points::{Point, Words, stored};
use super::line;
use crate::app::{App, Shared};
use crate::casework::{Opened, field, mask_within, open, rows_around};
use crate::delivery::{Issue, about};
use crate::store::CaseId;

/// The most places that one problem is traced to: a problem of the whole report is about everything in it.
const PLACES: usize = 6;

/// What an address says besides where it is.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Told {
    /// What has just been asked for.
    asked: Option<String>,
}

/// The report.
pub(in super::super) async fn page(
    State(app): State<Shared>,
    Path((route, number)): Path<(String, u64)>,
    Query(told): Query<Told>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let route = app.delivery.route(&route).ok_or(WebError::NotFound)?;
    let book = route.book(&app);
    let entry = book.entry(number)?.ok_or(WebError::NotFound)?.value;
    let origins: Vec<Origin> = book.origins(number)?;
    let library = app.library();
    let template = route.makes.of(&library, &entry.template);
    let mut cases = Cases::new(&app);
    let issues: Vec<Json> = entry
        .issues
        .iter()
        .map(|issue| problem(&mut cases, issue, &origins))
        .collect();
    let content = content(&mut cases, &origins)?;
    let newer = book.about(&entry.citizen, Some(&entry.day))?;
    let newer = newer
        .iter()
        .filter(|kept| kept.value.key == entry.key)
        .map(|kept| kept.value.number)
        .filter(|other| *other > number)
        .max();
    let held = book.open(Some(&entry.citizen))?;
    let held = held
        .iter()
        .filter(|kept| (&kept.value.day, kept.value.number) > (&entry.day, number))
        .count();
    let behind = book.behind(&entry)?.map(|refused| refused.number);
    let context = json!({
        "page": who.page,
        "route": {"id": route.id, "title": template.title, "to": route.channel.shown()},
        "template": entry.template,
        "forgotten": entry.report.is_some() && book.body(number)?.is_none(),
        "entry": line(&entry),
        "open": entry.status.is_open(),
        "issues": issues,
        "answer": entry.answer.as_ref().map(|reply| json!({
            "at": reply.at,
            "status": reply.status,
            "text": mask_within(&reply.text),
        })),
        "decision": entry.decision,
        "newer": newer,
        "held": held,
        "behind": behind,
        "asked": told.asked.filter(|asked| matches!(asked.as_str(), "again" | "later")),
        "content": content,
    });
    Ok(Html(app.pages.render("report.html", context)?))
}

/// The cases of a report, read when they are needed.
struct Cases<'a> {
    app: &'a App,
    opened: BTreeMap<String, Option<Arc<Opened>>>,
    views: BTreeMap<(String, String), Option<Arc<FormView>>>,
    points: BTreeMap<String, Arc<Vec<Point>>>,
}

impl<'a> Cases<'a> {
    fn new(app: &'a App) -> Self {
        Self {
            app,
            opened: BTreeMap::new(),
            views: BTreeMap::new(),
            points: BTreeMap::new(),
        }
    }

    fn case(&mut self, id: &str) -> Option<Arc<Opened>> {
        let read = || Some(Arc::new(open(self.app, &id.parse().ok()?).ok()?));
        self.opened.entry(id.to_owned()).or_insert_with(read).clone()
    }

    fn view(&mut self, case: &str, response: &str) -> Option<Arc<FormView>> {
        let key = (case.to_owned(), response.to_owned());
        if let Some(view) = self.views.get(&key) {
            return view.clone();
        }
        let view = self
            .case(case)
            .and_then(|opened| Some(Arc::new(opened.session(response).ok()?.view())));
        self.views.insert(key, view.clone());
        view
    }

    fn points(&mut self, case: &str) -> Result<Arc<Vec<Point>>, WebError> {
        if let Some(points) = self.points.get(case) {
            return Ok(Arc::clone(points));
        }
        let points = match case.parse::<CaseId>() {
            Ok(id) => Arc::new(stored(self.app, &id)?),
            Err(_) => Arc::default(),
        };
        self.points.insert(case.to_owned(), Arc::clone(&points));
        Ok(points)
    }

    /// A place in a case: what it is called and its address.
    fn place(&mut self, origin: &Origin) -> Json {
        let view = self.view(&origin.case, &origin.response);
        let opened = self.case(&origin.case);
        let form = opened
            .as_ref()
            .and_then(|opened| opened.method.form(&origin.form));
        let found = view
            .as_ref()
            .and_then(|view| field(view, origin.field.as_deref()?))
            .map(|field| (field.label.clone(), field.path.clone()));
        let rows = match (&view, &found) {
            (Some(view), Some((_, path))) => rows_around(view, path),
            _ => Vec::new(),
        };
        let anchor = found.as_ref().map(|(_, path)| path.as_str());
        let title = self.points(&origin.case).ok().and_then(|points| {
            Some(
                points
                    .iter()
                    .find(|point| point.id == origin.point.to_string())?
                    .title
                    .clone(),
            )
        });
        json!({
            "case": opened.as_ref().map(|opened| opened.title()),
            "form": form.map_or(&*origin.form, |form| form.title.as_str()),
            "rows": rows,
            "field": found.as_ref().map(|(label, _)| label),
            "point": title,
            "case_id": origin.case,
            "response": origin.response,
            "anchor": anchor.map(|path| format!("f-{path}")),
        })
    }
}

/// A problem with the places that it is about.
fn problem(cases: &mut Cases, issue: &Issue, origins: &[Origin]) -> Json {
    let traced: Vec<&Origin> = match &issue.pointer {
        Some(pointer) => about(pointer, origins, |origin| &origin.pointer),
        None => issue.origins.iter().collect(),
    };
    let mut places: Vec<Json> = Vec::new();
    for origin in &traced {
        let place = cases.place(origin);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let more = places.len().saturating_sub(PLACES);
    places.truncate(PLACES);
    json!({
        "code": issue.code,
        "message": mask_within(&issue.message),
        "path": issue.path,
        "places": places,
        "more": more,
    })
}

/// What a report holds: each data point once, with where it came from, under the title of its type.
fn content(cases: &mut Cases, origins: &[Origin]) -> Result<Vec<Json>, WebError> {
    let mut groups: Vec<(String, Vec<Json>)> = Vec::new();
    let mut of_cases: Vec<(&str, Vec<&Origin>)> = Vec::new();
    for origin in origins {
        let known = of_cases.iter_mut().find(|(case, _)| *case == &*origin.case);
        match known {
            Some((_, told)) if told.iter().any(|other| other.point == origin.point) => {}
            Some((_, told)) => told.push(origin),
            None => of_cases.push((&origin.case, vec![origin])),
        }
    }
    let library = cases.app.library();
    for (case, told) in of_cases {
        let Some(opened) = cases.case(case) else { continue };
        let points = cases.points(case)?;
        let words = Words::of(&opened, &library);
        for origin in told {
            let id = origin.point.to_string();
            let versions = || points.iter().rev().filter(|point| point.id == id);
            let told = versions()
                .find(|point| *point.response == *origin.response)
                .or_else(|| versions().next());
            let Some(point) = told else { continue };
            let entry = json!({"point": words.shown(point), "place": cases.place(origin)});
            match groups.iter_mut().find(|(title, _)| *title == point.title) {
                Some((_, entries)) => entries.push(entry),
                None => groups.push((point.title.clone(), vec![entry])),
            }
        }
    }
    let groups = groups.into_iter();
    Ok(groups
        .map(|(title, entries)| json!({"title": title, "entries": entries}))
        .collect())
}
