//! Where reports go: an address that they are posted to, or a folder.

mod folder;
mod post;

use std::path::PathBuf;
use std::time::Duration;

pub use post::{Address, Post, Secret};

/// A place that takes reports.
#[derive(Debug, Clone)]
pub enum Channel {
    /// An address on the network.
    Post(Post),
    /// A folder.
    Folder(PathBuf),
}

/// A report as it leaves the house; the same however often it is tried.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The report's id.
    pub report: String,
    /// A name for a file that sorts by the order of sending, and tells nothing of the citizen.
    pub name: String,
    /// What kind of content it is.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has the report.
    Accepted(Answer),
    /// The receiver does not want this report as it is.
    Refused(Answer),
    /// Nothing is known for certain; the same bytes must be sent again.
    Later {
        /// What the receiver said, or what went wrong on the way.
        answer: Answer,
        /// How long the receiver asked to be left alone.
        after: Option<Duration>,
        /// Whether other reports would fare no better.
        all: bool,
    },
}

/// What the receiver said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status of the answer over HTTP, if one came.
    pub status: Option<u16>,
    /// Its text, or what went wrong.
    pub text: String,
}

impl Answer {
    /// Whether a report that was answered like this, and neither accepted nor refused, may have been taken all the same.
    pub fn may_have_been_taken(&self) -> bool {
        !matches!(self.status, Some(300..500 | 503))
    }
}

impl Channel {
    /// Tries once. Takes its time: not for threads that must not wait.
    pub fn send(&self, parcel: &Parcel) -> Verdict {
        match self {
            Self::Post(post) => post.send(parcel),
            Self::Folder(folder) => folder::put(folder, parcel),
        }
    }

    /// The place as people may see it, without secrets.
    pub fn shown(&self) -> String {
        match self {
            Self::Post(post) => post.address.shown(),
            Self::Folder(folder) => folder.display().to_string(),
        }
    }
}
