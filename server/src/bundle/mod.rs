//! A version of a method as one signed file, which can be published, checked and installed.
//!
//! A bundle is a text. Three lines say what it is, whose key signed it and the signature; behind them stand the files of
//! the version as JSON, in the order of their paths. The same files and key give the same bytes. The signature covers
//! everything but itself.

mod install;
mod key;
mod publish;
mod ready;
mod registry;

use std::collections::BTreeMap;

use metode::definition::{Content, Packed, canonical};
use metode::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

pub use install::{Installation, State, errors, failures, install, replace, trusted, uninstall};
pub use key::{Key, KeyError, PublicKey, Trust};
pub use publish::{Published, publish};
pub use registry::{INDEX, Registry, read_file, write_index};

pub use ready::unfit;

use key::{from_hex, to_hex};

/// The first line: what the file is, and in which form.
const HEAD: &str = "metode-bundle 1\n";
/// The largest bundle that is read, in bytes.
pub const BUNDLE_LIMIT: u64 = 64 << 20;
/// How the names of bundles end.
pub const ENDING: &str = ".bundle";

/// A version with all its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// `id@version`.
    pub name: String,
    /// Texts by canonical path.
    pub files: BTreeMap<String, String>,
}

/// A bundle that is as its signer made it.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What was signed.
    pub bundle: Bundle,
    /// Who signed it.
    pub key: PublicKey,
}

impl Bundle {
    /// The bundle of a version.
    pub fn of(name: String, content: &Content) -> Self {
        let files = content.files().iter();
        let files = files.map(|(path, source)| (path.clone(), canonical(&source.text).into_owned()));
        Self {
            name,
            files: files.collect(),
        }
    }

    /// The bytes of the signed bundle.
    pub fn sign(&self, key: &Key) -> Result<Vec<u8>, serde_json::Error> {
        let payload = serde_json::to_string(self)?;
        let signer = to_hex(key.public().bytes());
        let signature = to_hex(&key.sign(&signed(&signer, payload.as_bytes())));
        Ok(format!("{HEAD}key {signer}\nsignature {signature}\n{payload}").into_bytes())
    }

    /// The files as the engine reads them, named by where the bundle stands.
    pub fn packed(self, place: &str) -> Packed {
        Packed {
            place: place.to_owned(),
            files: self.files,
        }
    }

    /// What a bundle of a version is called.
    pub fn file_name(name: &str) -> String {
        format!("{}{ENDING}", name.replace('@', "-"))
    }

    /// What is wrong with its files: it holds its method, and nothing but that, catalogues and report templates.
    fn fault(&self) -> Option<String> {
        let own = format!("methods/{}/", self.name.replace('@', "/"));
        let stray = |path: &&String| {
            let plain = path
                .split('/')
                .all(|part| !part.is_empty() && !part.starts_with('.'));
            let known = [own.as_str(), "catalogues/", "reports/"];
            !plain || path.contains('\\') || !known.iter().any(|folder| path.starts_with(folder))
        };
        if let Some(path) = self.files.keys().find(stray) {
            return Some(format!("holds `{path}`, which is no part of `{}`", self.name));
        }
        let whole = self.files.contains_key(&format!("{own}method.yaml"));
        (!whole).then(|| format!("does not hold the `{}` that it names", self.name))
    }
}

/// What a signature is about.
fn signed(signer: &str, payload: &[u8]) -> Vec<u8> {
    [HEAD.as_bytes(), b"key ", signer.as_bytes(), b"\n", payload].concat()
}

/// Reads a bundle and checks that nobody changed it; `place` is its name in what is told.
pub fn read(place: &str, bytes: &[u8]) -> Result<Signed, Diagnostic> {
    let refused = |what: &str| Diagnostic::without_source(format!("`{place}` {what}"));
    let broken = |what: &str| {
        refused(what)
            .with_hint("it was damaged or changed on its way; get it again from whoever published it")
    };
    let Some(rest) = bytes.strip_prefix(HEAD.as_bytes()) else {
        let what = match bytes.starts_with(b"metode-bundle ") {
            true => "is a bundle of a form that is not known here",
            false => "is no bundle",
        };
        return Err(refused(what).with_hint("a bundle is a file that `metode publish` wrote"));
    };
    let no_head = || broken("is a bundle without key or signature");
    let (signer, rest) = line(rest, "key ").ok_or_else(no_head)?;
    let (signature, payload) = line(rest, "signature ").ok_or_else(no_head)?;
    let key = from_hex::<32>(signer).and_then(|bytes| PublicKey::from_bytes(&bytes));
    let key = key.ok_or_else(|| broken("names a key that is none"))?;
    let signature = from_hex::<64>(signature).ok_or_else(|| broken("has a signature that is none"))?;
    if !key.verifies(&signed(signer, payload), &signature) {
        return Err(broken("is not as it was signed"));
    }
    let bundle: Bundle = serde_json::from_slice(payload)
        .map_err(|error| refused(&format!("is signed but cannot be read: {error}")))?;
    match bundle.fault() {
        Some(fault) => Err(refused(&fault)),
        None => Ok(Signed { bundle, key }),
    }
}

/// The rest of a line that begins with a word, and what stands behind the line.
fn line<'a>(bytes: &'a [u8], word: &str) -> Option<(&'a str, &'a [u8])> {
    let rest = bytes.strip_prefix(word.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let text = std::str::from_utf8(rest.get(..end)?).ok()?;
    Some((text, rest.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever somebody trusted signed.
    fn read_signed(payload: &str) -> String {
        let key = Key::generate().unwrap();
        let signer = to_hex(key.public().bytes());
        let signature = to_hex(&key.sign(&signed(&signer, payload.as_bytes())));
        let text = format!("{HEAD}key {signer}\nsignature {signature}\n{payload}");
        read("b", text.as_bytes())
            .map(|signed| signed.bundle.name)
            .unwrap_or_else(|problem| problem.message)
    }

    #[test]
    fn what_is_signed_must_be_a_bundle_and_nothing_else() {
        let whole = r#"{"name":"a@1","files":{"methods/a/1/method.yaml":""}}"#;
        assert_eq!(read_signed(whole), "a@1");
        let nested = format!("{{\"name\":\"a@1\",\"files\":{}", "[".repeat(1 << 20));
        for payload in [
            &nested,
            &whole.replace("}}", "}, \"more\": 1}"),
            &format!("{whole}{{}}"),
            "",
        ] {
            let told = read_signed(payload);
            assert!(told.starts_with("`b` is signed but cannot be read: "), "{told}");
        }
    }
}
