//! Why an operation gave null.

use std::borrow::Cow;

use super::program::Cause;
use crate::value::Value;

/// Why an operation gave null. The walker adds the position.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub message: Cow<'static, str>,
    pub cause: Cause,
}

pub(crate) type Outcome = Result<Value, Fault>;

impl Fault {
    /// Something that cannot be done with these values.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            message: message.into(),
            cause: Cause::Failure,
        }
    }

    /// A value that is not there.
    pub fn missing(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            message: message.into(),
            cause: Cause::Null,
        }
    }

    /// A limit that was reached.
    pub fn limit(message: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            message: message.into(),
            cause: Cause::Limit,
        }
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Fault {
    fn from(message: T) -> Self {
        Fault::new(message)
    }
}
