//! What other systems are told: that a response was completed, or what is known of case or citizen changed, as a CloudEvents 1.0
//! message of metadata alone.
//!
//! A message is made with the completion and saved in the same append, so that none is lost and each is the same bytes
//! for ever. Whoever wants can fetch them (`GET /events`), or subscribe and get each posted, signed (see [`Signature`]).

mod message;
mod signature;
mod subscriber;
mod subscription;

pub use message::{CHANGED, changed, completed, id, kind};
pub use signature::Signature;
pub use subscriber::{once, run};
pub use subscription::{Dead, Progress, Subscription};
