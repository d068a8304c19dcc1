//! Why the store did not do what it was asked.

use std::fmt;
use std::io;

/// Why a read or an append failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody else saved the case since the writer read it.
    Conflict {
        /// The revision the case has now; 0 when there is no such case.
        current: u64,
    },
    /// Somebody else changed an entry of the ledger since the writer read it.
    Stale,
    /// Another process has the store open.
    Locked,
    /// The disk is full; the store takes no more writes until it is opened again.
    Full,
    /// The data or the disk under it is damaged, in the words given.
    Broken(String),
    /// The append is larger than the store takes.
    TooLarge {
        /// The most bytes one append may hold, all its parts together.
        limit: usize,
    },
    /// Writes would not survive a power cut here, for the reason given.
    NotDurable(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Conflict { current: 0 } => write!(f, "the case does not exist"),
            StoreError::Conflict { current } => {
                write!(
                    f,
                    "the case has been saved by another since it was read: it is now at revision {current}"
                )
            }
            StoreError::Stale => write!(f, "the ledger has been changed by another since it was read"),
            StoreError::Locked => write!(
                f,
                "the store is open in another process: stop the server, or wait for the command, that has it"
            ),
            StoreError::Full => {
                write!(
                    f,
                    "the disk is full: nothing more is saved until there is room and the server is restarted"
                )
            }
            StoreError::Broken(what) => write!(f, "the store is damaged: {what}"),
            StoreError::TooLarge { limit } => write!(f, "more than {limit} bytes cannot be saved at once"),
            StoreError::NotDurable(why) => write!(f, "the store would lose data in a power cut: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> StoreError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::Broken(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    /// Tells where a value is wrong and nothing of what stands there: values are personal, and errors are logged.
    fn from(error: serde_json::Error) -> StoreError {
        StoreError::Broken(format!(
            "a value is not as it was written, at column {}",
            error.column()
        ))
    }
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> StoreError {
        match error {
            sled::Error::Io(error) => error.into(),
            other => StoreError::Broken(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_value_holds_is_not_told() {
        let error = serde_json::from_str::<u32>("\"0101814321\"").unwrap_err();
        assert!(error.to_string().contains("0101814321"));
        let told = StoreError::from(error).to_string();
        assert!(told.contains("column 12") && !told.contains("0101"), "{told}");
    }
}
