//! What a page posted: names and texts, in order.

use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::WebError;
use crate::casework::Entry;

/// The controls of a posted form, in order; a name can stand there several times.
pub struct Posted(Vec<(String, String)>);

/// What the names of answers begin with, so that no field can be mistaken for something else.
const ANSWER: &str = "a:";

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(pairs) = form.map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                WebError::Invalid("Siden kan kun tage imod en formular.".to_owned())
            }
            _ => WebError::Invalid("Formularen kan ikke læses.".to_owned()),
        })?;
        Ok(Self(pairs))
    }
}

impl Posted {
    /// The first text of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, text)| text.as_str())
    }

    /// The first text of this name, which must be there.
    pub fn needed(&self, name: &str) -> Result<&str, WebError> {
        self.text(name)
            .ok_or_else(|| WebError::Invalid(format!("Der mangler “{name}” i formularen.")))
    }

    /// All texts of this name.
    pub fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(other, _)| other == name)
            .map(|(_, text)| text.as_str())
    }

    /// The revision that the page knew.
    pub fn revision(&self) -> Option<u64> {
        self.text("revision")?.parse().ok()
    }

    /// The answers by field, in the order of the page. `prefix` stands before the paths.
    pub fn entries(&self, prefix: &str) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for (name, text) in &self.0 {
            let Some(path) = name
                .strip_prefix(ANSWER)
                .and_then(|name| name.strip_prefix(prefix))
            else {
                continue;
            };
            let index = match entries.iter().position(|entry| entry.path == path) {
                Some(index) => index,
                None => {
                    entries.push(Entry {
                        path: path.to_owned(),
                        typed: Vec::new(),
                    });
                    entries.len() - 1
                }
            };
            if let Some(entry) = entries.get_mut(index) {
                entry.typed.extend(typed(text));
            }
        }
        entries
    }

    /// The texts named `value`, without empty ones.
    pub fn values(&self) -> Vec<String> {
        self.texts("value").filter_map(typed).collect()
    }
}

/// A posted text with the line ends that are stored; nothing for an empty one.
fn typed(text: &str) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_of_one_name_are_one_answer() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let posted = Posted(vec![
            pair("revision", "7"),
            pair("a:x", ""),
            pair("a:x", "b"),
            pair("a:y", "1\r\n2"),
            pair("a:x", "c"),
        ]);
        let entries = posted.entries("");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].typed, ["b", "c"]);
        assert_eq!(entries[1].typed, ["1\n2"]);
        assert_eq!(posted.revision(), Some(7));
    }
}
