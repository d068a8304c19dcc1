//! All values between two endpoints.

use super::Value;

/// All values between two endpoints, either of which may be missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The lower endpoint; nothing for a range like `(< 10)`.
    pub low: Option<Value>,
    /// Whether the lower endpoint belongs to the range.
    pub low_included: bool,
    /// The upper endpoint; nothing for a range like `(> 10)`.
    pub high: Option<Value>,
    /// Whether the upper endpoint belongs to the range.
    pub high_included: bool,
}
