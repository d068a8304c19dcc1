//! `GET/POST /cases/new`: open a case.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::WebError;
use super::actor::{Page, Who};
use super::facts::{self, Told};
use super::posted::Posted;
use crate::app::{App, Shared};
use crate::casework::{Opened, What, fresh, save};

/// Which method the case follows.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    method: Option<String>,
}

/// An empty case.
pub(super) async fn page(
    State(app): State<Shared>,
    Query(chosen): Query<Chosen>,
    who: Who,
) -> Result<Html<String>, WebError> {
    let methods = current(&app);
    let method = match (chosen.method, methods.as_slice()) {
        (None, [_, _, ..]) => return Ok(Html(choose(&app, who.page, &methods)?)),
        (None, methods) => methods.first().map(|(name, _)| name.clone()),
        (chosen, _) => chosen,
    };
    let method = method.filter(|name| methods.iter().any(|(other, _)| other == name));
    let opened = fresh(&app, &method.ok_or(WebError::NotFound)?)?;
    Ok(Html(render(&app, who.page, &opened, Told::default())?))
}

/// Opens a case.
pub(super) async fn create(
    State(app): State<Shared>,
    who: Who,
    posted: Posted,
) -> Result<Response, WebError> {
    let name = posted.needed("method")?;
    if !current(&app).iter().any(|(other, _)| other == name) {
        return Err(WebError::Invalid(
            "Metoden kan ikke bruges til nye sager.".to_owned(),
        ));
    }
    let mut opened = fresh(&app, name)?;
    opened.events.push(What::Opened {
        method: name.to_owned(),
    });
    for (place, _, _) in facts::PARTS {
        let answers = opened.session(place)?.answers().clone();
        opened.keep(place, answers);
    }
    let mut told = facts::enter(&mut opened, &posted, &[])?;
    facts::complain(&opened, &mut told, "Sagen kan ikke oprettes endnu")?;
    if told.is_clean() {
        save(&app, &mut opened, &who.actor).await?;
        return Ok(Redirect::to(&format!("/cases/{}", opened.id)).into_response());
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        Html(render(&app, who.page, &opened, told)?),
    )
        .into_response())
}

/// The methods to choose between: each asks for something else.
fn choose(app: &App, page: Page, methods: &[(String, String)]) -> Result<String, WebError> {
    let methods = methods
        .iter()
        .map(|(name, title)| json!({"name": name, "title": title}));
    let context = json!({"page": page, "methods": methods.collect::<Vec<_>>()});
    Ok(app.pages.render("choose_method.html", context)?)
}

fn render(app: &App, page: Page, opened: &Opened, told: Told) -> Result<String, WebError> {
    let mut context = json!({
        "page": page,
        "heading": "Opret sag",
        "submit": "Opret sag",
        "action": "/cases/new",
        "back": "/",
        "chosen": opened.method.name(),
        "method_title": opened.method.title,
    });
    facts::add_parts(&mut context, opened, told)?;
    Ok(app.pages.render("facts.html", context)?)
}

/// Name and title of the method versions that new cases follow today.
fn current(app: &App) -> Vec<(String, String)> {
    let today = crate::clock::now().date();
    let library = app.library();
    let methods = library.methods_on(today).into_iter();
    methods
        .map(|method| (method.name(), method.title.clone()))
        .collect()
}
