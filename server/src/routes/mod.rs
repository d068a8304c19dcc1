//! The addresses of the pages. One file a page.

mod actor;
mod answers;
mod assets;
mod case;
mod cases;
mod complete;
mod error;
mod events;
mod explain;
mod facts;
mod guard;
mod history;
mod left;
mod methods;
mod moving;
mod needs;
mod new_case;
mod points;
mod posted;
mod reports;
mod response;
mod start;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

pub use error::WebError;

use crate::app::Shared;

/// The most bytes that a page may post.
const FORM_LIMIT: usize = 2 << 20;

/// All pages.
pub fn router(app: Shared) -> Router {
    Router::new()
        .route("/", get(cases::list).post(cases::search))
        .route("/actor", post(actor::choose))
        .route("/assets/{name}", get(assets::file))
        .route("/cases/new", get(new_case::page).post(new_case::create))
        .route("/cases/{id}", get(case::page))
        .route("/cases/{id}/facts", get(facts::page).post(facts::save))
        .route("/cases/{id}/needs", get(needs::page))
        .route("/cases/{id}/points", get(points::page))
        .route("/cases/{id}/history", get(history::page))
        .route("/cases/{id}/version", post(moving::choose))
        .route("/cases/{id}/responses", post(start::begin))
        .route(
            "/cases/{id}/responses/{response}",
            get(response::page).post(response::save),
        )
        .route("/cases/{id}/responses/{response}/answers", post(answers::answer))
        .route("/cases/{id}/responses/{response}/rows", post(answers::add_row))
        .route(
            "/cases/{id}/responses/{response}/rows/remove",
            post(answers::remove_row),
        )
        .route(
            "/cases/{id}/responses/{response}/rows/restore",
            post(answers::restore_row),
        )
        .route(
            "/cases/{id}/responses/{response}/source",
            post(answers::use_source),
        )
        .route("/cases/{id}/responses/{response}/explain", get(explain::page))
        .route("/cases/{id}/responses/{response}/hidden", get(explain::hidden))
        .route(
            "/cases/{id}/responses/{response}/complete",
            post(complete::complete),
        )
        .route("/cases/{id}/responses/{response}/correct", post(start::correct))
        .route("/methods", get(methods::list))
        .route("/methods/{id}/compare", get(methods::compare))
        .route("/reports", get(reports::list))
        .route("/reports/{route}/{number}", get(reports::page))
        .route("/reports/{route}/{number}/again", post(reports::again))
        .route("/reports/{route}/{number}/release", post(reports::release))
        .route("/messages/{subscription}/again", post(reports::message_again))
        .route("/events", get(events::feed))
        .fallback(error::missing)
        .method_not_allowed_fallback(error::missing)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(from_fn(guard::same_origin))
        .layer(from_fn_with_state(app.clone(), error::render))
        .layer(from_fn(guard::headers))
        .with_state(app)
}
