//! What can go wrong with a request, and the page that tells it. Details are logged, not shown.

use std::fmt::{self, Display};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::actor;
use crate::app::Shared;
use crate::store::StoreError;

/// Why a request was not done.
#[derive(Debug, Clone)]
pub enum WebError {
    /// There is nothing at the address.
    NotFound,
    /// The request comes from another site.
    Foreign,
    /// The response is completed; it can only be corrected.
    Completed,
    /// Too many others saved the case at the same time.
    Busy,
    /// The request is too large.
    TooLarge,
    /// The request makes no sense, for the reason given.
    Invalid(String),
    /// The server cannot do it, for a reason that is logged.
    Internal(String),
}

impl WebError {
    /// Something that should not have happened.
    pub fn internal(error: impl Display) -> Self {
        Self::Internal(error.to_string())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Completed | Self::Busy => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn heading(&self) -> &'static str {
        match self {
            Self::NotFound => "Siden findes ikke",
            Self::Foreign => "Afvist",
            Self::Completed => "Skemaet er afsluttet",
            Self::Busy => "Sagen er optaget",
            Self::TooLarge => "Det er for meget på én gang",
            Self::Invalid(_) => "Det kunne ikke gennemføres",
            Self::Internal(_) => "Der er sket en fejl",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::NotFound => {
                "Adressen findes ikke, eller sagen er ikke her. Gå til sagerne, og find den derfra."
            }
            Self::Foreign => {
                "Anmodningen kom fra et andet websted og er ikke udført. Gå tilbage, og prøv igen her fra siden."
            }
            Self::Completed => {
                "Det er afsluttet og kan ikke ændres. Vælg “Ret skemaet” for at lave en rettelse."
            }
            Self::Busy => "Flere gemmer i sagen på samme tid. Prøv igen om lidt.",
            Self::TooLarge => "Der er sendt mere, end siden kan tage imod. Del teksten op, og prøv igen.",
            Self::Invalid(text) => text,
            Self::Internal(_) => {
                "Det er ikke din skyld. Prøv igen om lidt; sker det igen, så giv henvisningsnummeret til den, der driver systemet."
            }
        }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(details) => f.write_str(details),
            other => f.write_str(other.text()),
        }
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Busy,
            StoreError::TooLarge { .. } => Self::TooLarge,
            other => Self::internal(other),
        }
    }
}

impl From<serde_json::Error> for WebError {
    fn from(error: serde_json::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl From<minijinja::Error> for WebError {
    fn from(error: minijinja::Error) -> Self {
        // The alternate form names the template and line, and the chain of causes; never the values.
        Self::internal(format!("{error:#}"))
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing is at the address.
pub(super) async fn missing() -> WebError {
    WebError::NotFound
}

/// Turns errors into pages, or into JSON for the script.
pub(super) async fn render(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let reads = request.method().is_safe();
    let mut response = next.run(request).await;
    let told = response.extensions_mut().remove::<WebError>();
    let Some(error) = told.clone().or_else(|| not_understood(&response, reads)) else {
        return response;
    };
    let status = told.map_or_else(|| response.status(), |told| told.status());
    let reference = if let WebError::Internal(details) = &error {
        let reference = Uuid::new_v4().simple().to_string()[..8].to_owned();
        tracing::error!(reference, path, details, "request failed");
        Some(reference)
    } else {
        None
    };
    if wants_json(&headers) {
        let body = json!({"message": error.text(), "reference": reference});
        return (status, Json(body)).into_response();
    }
    let context = json!({
        "page": actor::page(&app, &headers, "/"),
        "heading": error.heading(),
        "text": error.text(),
        "reference": reference,
    });
    match app.pages.render("error.html", context) {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(_) => (status, error.heading()).into_response(),
    }
}

/// What is wrong when a part of the address, or what was posted, is not what a page takes: the framework refuses it in words
/// for programmers.
fn not_understood(response: &Response, reads: bool) -> Option<WebError> {
    let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !response.status().is_client_error() || !kind.starts_with("text/plain") {
        return None;
    }
    Some(match reads {
        true => WebError::NotFound,
        false => {
            WebError::Invalid("Det, der blev sendt, kunne ikke læses. Gå tilbage, og prøv igen.".to_owned())
        }
    })
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("application/json"))
}
