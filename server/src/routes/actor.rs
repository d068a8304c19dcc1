//! Who works: in the demonstration one of a few fictive people, chosen at the top of the page.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Serialize;

use super::WebError;
use super::posted::Posted;
use crate::app::{App, Shared};
use crate::casework::Actor;

const COOKIE: &str = "metode_actor";

/// What the frame of every page needs.
#[derive(Debug, Serialize)]
pub struct Page {
    actor: &'static str,
    actors: &'static [&'static str],
    path: String,
    demo: bool,
}

/// The frame of a page at this path.
pub(super) fn page(app: &App, headers: &HeaderMap, path: &str) -> Page {
    Page {
        actor: name(app, headers),
        actors: app.users(),
        path: path.to_owned(),
        demo: app.demo,
    }
}

/// Who sends a request, with the frame of the page that answers it.
pub struct Who {
    /// Who.
    pub actor: Actor,
    /// The frame.
    pub page: Page,
}

impl FromRequestParts<Shared> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let token = parts.headers.get("x-page").and_then(|value| value.to_str().ok());
        let token =
            token.filter(|token| token.len() <= 40 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        Ok(Self {
            actor: Actor {
                name: name(app, &parts.headers).to_owned(),
                page: token.map(str::to_owned),
            },
            page: page(app, &parts.headers, parts.uri.path()),
        })
    }
}

fn name(app: &App, headers: &HeaderMap) -> &'static str {
    let users = app.users();
    let chosen = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| value.parse::<usize>().ok());
    chosen
        .and_then(|index| users.get(index))
        .or(users.first())
        .copied()
        .unwrap_or("")
}

/// Works on as another of the fictive people.
pub(super) async fn choose(State(app): State<Shared>, posted: Posted) -> Result<Response, WebError> {
    let index = app
        .users()
        .iter()
        .position(|user| posted.text("name") == Some(user))
        .unwrap_or_default();
    let cookie = format!("{COOKIE}={index}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800");
    // Only an address on this site: one slash, and no second one (or backslash) that would make it a host.
    let back = posted.text("back").filter(|back| {
        let mut letters = back.chars();
        letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'))
    });
    let mut response = Redirect::to(back.unwrap_or("/")).into_response();
    response.headers_mut().insert(
        header::SET_COOKIE,
        HeaderValue::from_str(&cookie).map_err(WebError::internal)?,
    );
    Ok(response)
}
