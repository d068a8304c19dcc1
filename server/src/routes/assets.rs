//! `GET /assets/{name}`: style sheet, script and icon.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::WebError;
use crate::view::asset;

/// An embedded file; its address changes with its contents, so that it may be cached for ever.
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, WebError> {
    let asset = asset(&name).ok_or(WebError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, asset.media),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.text).into_response())
}
