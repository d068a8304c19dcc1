//! `GET …/explain?path=`: why a field is as it is.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use serde::Deserialize;
use serde_json::json;

use super::WebError;
use super::actor::Who;
use super::response::{address, case_id, known};
use crate::app::Shared;
use crate::casework::{field, open};

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
    let explanation = session.explain(&asked.path).ok_or(WebError::NotFound)?;
    if headers.contains_key("x-page") {
        return Ok(Html(
            app.pages
                .render("form/explanation.html", json!({"explanation": explanation}))?,
        ));
    }
    let view = session.view();
    let label = field(&view, &asked.path).map_or("", |field| field.label.as_str());
    let context = json!({
        "page": who.page,
        "case": {"id": id, "title": opened.title()},
        "form_title": view.title,
        "label": label,
        "back": address(&opened.id, &response),
        "explanation": explanation,
    });
    Ok(Html(app.pages.render("explain.html", context)?))
}
