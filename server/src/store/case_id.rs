//! The name of a case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of a case: a UUID, written in lower case with hyphens and in no other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseId(Uuid);

impl CaseId {
    /// A name that no case has yet.
    pub fn random() -> CaseId {
        CaseId(Uuid::new_v4())
    }

    /// The name's 16 bytes, which sort like its text.
    pub(super) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The name with these 16 bytes.
    pub(super) fn from_bytes(bytes: [u8; 16]) -> CaseId {
        CaseId(Uuid::from_bytes(bytes))
    }
}

impl From<Uuid> for CaseId {
    fn from(uuid: Uuid) -> CaseId {
        CaseId(uuid)
    }
}

impl From<CaseId> for String {
    fn from(case: CaseId) -> String {
        case.to_string()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for CaseId {
    type Err = InvalidCaseId;

    fn from_str(text: &str) -> Result<CaseId, InvalidCaseId> {
        // Other spellings of a UUID are refused, so that a case has one address.
        match Uuid::parse_str(text) {
            Ok(uuid) if uuid.as_hyphenated().to_string() == text => Ok(CaseId(uuid)),
            _ => Err(InvalidCaseId(text.chars().take(40).collect())),
        }
    }
}

impl TryFrom<String> for CaseId {
    type Error = InvalidCaseId;

    fn try_from(text: String) -> Result<CaseId, InvalidCaseId> {
        text.parse()
    }
}

/// A text that is not the name of a case, cut after 40 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCaseId(String);

impl fmt::Display for InvalidCaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not the id of a case", self.0)
    }
}

impl std::error::Error for InvalidCaseId {}
