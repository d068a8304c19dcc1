//! `GET /methods`: the methods with their versions, what is new in each, and how many cases follow it.

mod compare;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Html;
use metode::definition::{Library, Method};
use metode::value::Date;
use serde_json::{Value as Json, json};

pub(super) use compare::page as compare;

use super::WebError;
use super::actor::Who;
use crate::app::{App, Shared};
use crate::casework::each_summary;

/// The methods.
pub(super) async fn list(State(app): State<Shared>, who: Who) -> Result<Html<String>, WebError> {
    let library = app.library();
    let following = following(&app)?;
    let today = crate::clock::now().date();
    let mut methods: Vec<(&str, Vec<Json>)> = Vec::new();
    for (index, method) in library.methods().iter().enumerate() {
        let former = index
            .checked_sub(1)
            .and_then(|index| library.methods().get(index));
        let former = former.filter(|former| former.id == method.id);
        let version = json!({
            "version": method.version,
            "title": method.title,
            "owner": method.owner,
            "source": method.source,
            "valid_from": method.valid_from.to_string(),
            "state": state(&library, method, today),
            "changes": method.changes,
            "cases": following.get(&method.name()).copied().unwrap_or_default(),
            "former": former.map(|former| &former.version),
        });
        match methods.last_mut().filter(|(id, _)| *id == method.id) {
            Some((_, versions)) => versions.insert(0, version),
            None => methods.push((&method.id, vec![version])),
        }
    }
    let methods = methods.into_iter();
    let context = json!({
        "page": who.page,
        "methods": methods.map(|(id, versions)| json!({"id": id, "versions": versions})).collect::<Vec<_>>(),
    });
    Ok(Html(app.pages.render("methods.html", context)?))
}

/// Whether new cases follow a version: now, later or no more.
fn state(library: &Library, method: &Method, today: Date) -> &'static str {
    let now = library.method_on(&method.id, today);
    if now.is_some_and(|now| now.version == method.version) {
        "now"
    } else if method.valid_from > today {
        "later"
    } else {
        "before"
    }
}

/// How many cases follow each version.
fn following(app: &App) -> Result<BTreeMap<String, usize>, WebError> {
    let mut following = BTreeMap::new();
    each_summary(&*app.store, &mut |_, summary| {
        *following.entry(summary.method).or_default() += 1;
    })?;
    Ok(following)
}
