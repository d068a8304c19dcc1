//! Keys: with one a publisher signs, by the other an installation knows whom it trusts.

use std::fmt::{self, Write};
use std::fs;
use std::io;
use std::path::Path;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// The first word of a secret key's file.
const SECRET: &str = "metode-secret-key";
/// The first word of a public key's line.
const PUBLIC: &str = "metode-public-key";

/// A publisher's secret key (ed25519).
pub struct Key(SigningKey);

/// The key by which a publisher is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A key that is trusted, with the name of its owner.
#[derive(Debug, Clone)]
struct Trusted {
    key: PublicKey,
    owner: String,
}

/// The keys that an installation trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    keys: Vec<Trusted>,
}

/// Why a key cannot be used.
#[derive(Debug)]
pub enum KeyError {
    /// The file cannot be read or written.
    File(String, io::Error),
    /// The file holds no such key.
    NoKey(String, &'static str),
    /// The system gives no randomness.
    NoRandomness,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "`{path}`: {error}"),
            Self::NoKey(path, kind) => write!(f, "`{path}` holds no {kind} key"),
            Self::NoRandomness => write!(f, "the system gives no randomness to make a key of"),
        }
    }
}

impl std::error::Error for KeyError {}

impl Key {
    /// A new key.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The key that a file holds.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let shown = || path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| KeyError::File(shown(), error))?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let seed = match words.as_slice() {
            [SECRET, hex] => from_hex::<32>(hex),
            _ => None,
        };
        seed.map(|seed| Self(SigningKey::from_bytes(&seed)))
            .ok_or_else(|| KeyError::NoKey(shown(), "secret"))
    }

    /// Writes the key into a new file that nobody else may read.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = |mut file: fs::File| {
            io::Write::write_all(
                &mut file,
                format!("{SECRET} {}\n", to_hex(self.0.as_bytes())).as_bytes(),
            )?;
            file.sync_all()
        };
        let written = options.open(path).and_then(|file| {
            write(file).inspect_err(|_| {
                // Half a key is of no use to anybody.
                let _ = fs::remove_file(path);
            })
        });
        written.map_err(|error| KeyError::File(path.display().to_string(), error))
    }

    /// The key by which this one's signatures are known.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The signature of a text; the same text always has the same.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// The key of 32 bytes; not every 32 bytes are one.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes).ok().map(Self)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether this key signed a message. Strict: a message has one signature, and weak keys have none.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }

    /// The line by which others get to know it.
    pub fn line(&self, owner: &str) -> String {
        format!("{PUBLIC} {self} {owner}\n")
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(self.bytes()))
    }
}

impl Trust {
    /// The keys of a file, one a line.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let shown = || path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| KeyError::File(shown(), error))?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let keys: Option<Vec<Trusted>> = lines.map(trusted).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self { keys }),
            _ => Err(KeyError::NoKey(shown(), "public")),
        }
    }

    /// The owner of a key, when the key is trusted.
    pub fn owner(&self, key: &PublicKey) -> Option<&str> {
        let known = self.keys.iter().find(|known| known.key == *key)?;
        Some(&known.owner)
    }

    /// Adds the keys of another.
    pub fn extend(&mut self, other: &Self) {
        for known in &other.keys {
            if self.owner(&known.key).is_none() {
                self.keys.push(known.clone());
            }
        }
    }

    /// The text of a file that holds these keys.
    pub fn to_text(&self) -> String {
        self.keys
            .iter()
            .map(|known| known.key.line(&known.owner))
            .collect()
    }
}

fn trusted(line: &str) -> Option<Trusted> {
    let rest = line.trim().strip_prefix(PUBLIC)?.trim_start();
    let (hex, owner) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Trusted {
        key: PublicKey::from_bytes(&from_hex(hex)?)?,
        owner: owner.trim().to_owned(),
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of lower-case hexadecimal digits: each value has one spelling.
pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 2 * N || !text.bytes().all(lower) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}
