//! What a version consists of, in a form that does not depend on where its files stand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::source::Source;

/// The files of a version: those of its folder, its cases among them, the lists of the catalogue editions and the report
/// templates that it pins.
///
/// The engine's messages are no part of it: they follow the engine.
#[derive(Debug, Clone, Default)]
pub struct Content {
    files: BTreeMap<String, Arc<Source>>,
}

impl Content {
    /// The files by their canonical path: `methods/<id>/<version>/…`, `catalogues/<catalogue>/<edition>/<list>.yaml` and
    /// `reports/<report>/<version>/…`.
    pub fn files(&self) -> &BTreeMap<String, Arc<Source>> {
        &self.files
    }

    /// The hash of each file.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let hash = |source: &Source| digest(canonical(&source.text).as_bytes());
        let files = self.files.iter();
        files.map(|(path, source)| (path.clone(), hash(source))).collect()
    }
}

impl FromIterator<(String, Arc<Source>)> for Content {
    fn from_iter<I: IntoIterator<Item = (String, Arc<Source>)>>(files: I) -> Self {
        Self {
            files: files.into_iter().collect(),
        }
    }
}

/// Files that do not stand in a folder of their own, with the path of each.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Where they come from, as diagnostics name it.
    pub place: String,
    /// Texts by path.
    pub files: BTreeMap<String, String>,
}

/// A text as it is hashed and bundled: lines end as they do everywhere but in Windows.
pub fn canonical(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// SHA-256 in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(files: &[(&str, &str)]) -> Content {
        let source = |path: &str, text: &str| {
            let (path, text) = (format!("somewhere/{path}"), text.to_owned());
            Arc::new(Source { path, text })
        };
        let files = files.iter();
        files
            .map(|(path, text)| ((*path).to_owned(), source(path, text)))
            .collect()
    }

    #[test]
    fn hashes_do_not_depend_on_order_or_line_ends() {
        let a = content(&[("a", "1\n2\n"), ("b", "3")]);
        assert_eq!(a.hashes(), content(&[("b", "3"), ("a", "1\r\n2\r\n")]).hashes());
        assert_ne!(a.hashes(), content(&[("a", "1\n2"), ("b", "3")]).hashes());
        assert_ne!(a.hashes(), content(&[("a", "1\n2\n")]).hashes());
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(b"abc"), of_abc);
    }
}
