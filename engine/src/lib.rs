//! The engine: interprets the definition of a case-work method.
#![forbid(unsafe_code)]

pub mod case;
pub mod definition;
pub mod diagnostic;
pub mod emission;
pub mod evaluation;
pub mod feel;
pub mod source;
pub mod value;
