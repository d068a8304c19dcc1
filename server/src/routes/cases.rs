//! `GET /`: the cases; `POST /`: those that are looked for. What is typed is posted, for it may be a number that must not stand
//! in an address.

use axum::Form;
use axum::extract::State;
use axum::response::Html;
use serde::Deserialize;
use serde_json::json;

use super::WebError;
use super::actor::Who;
use crate::app::{App, Shared};
use crate::casework::each_summary;

/// How many cases stand on a page.
const PAGE: usize = 50;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
    after: Option<usize>,
}

/// The cases, the last changed first.
pub(super) async fn list(State(app): State<Shared>, who: Who) -> Result<Html<String>, WebError> {
    page(&app, &who, &Search::default())
}

/// The cases that are looked for.
pub(super) async fn search(
    State(app): State<Shared>,
    who: Who,
    Form(search): Form<Search>,
) -> Result<Html<String>, WebError> {
    page(&app, &who, &search)
}

fn page(app: &App, who: &Who, search: &Search) -> Result<Html<String>, WebError> {
    let query = search.q.as_deref().unwrap_or_default().trim().to_owned();
    let mut cases = Vec::new();
    each_summary(&*app.store, &mut |id, summary| cases.push((id, summary)))?;
    let total = cases.len();
    let sought = query.to_lowercase();
    cases.retain(|(_, case)| {
        sought.is_empty()
            || case.title.to_lowercase().contains(&sought)
            || case
                .facts
                .iter()
                .any(|fact| fact.to_lowercase().contains(&sought))
    });
    cases.sort_by(|(_, a), (_, b)| b.changed.cmp(&a.changed));
    let found = cases.len();
    let after = search.after.unwrap_or_default();
    let library = app.library();
    let shown: Vec<_> = cases
        .into_iter()
        .skip(after)
        .take(PAGE)
        .map(|(id, case)| {
            let method = library.method(&case.method).map(|method| &method.title);
            json!({"id": id.to_string(), "title": case.title, "facts": case.facts, "phase": case.phase, "drafts": case.drafts, "changed": case.changed, "method": method})
        })
        .collect();
    let next = (after + PAGE < found).then(|| (after + PAGE).to_string());
    let context = json!({"page": who.page, "query": query, "total": total, "found": found, "cases": shown, "next": next});
    Ok(Html(app.pages.render("cases.html", context)?))
}
