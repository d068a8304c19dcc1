//! The engine: interprets the definition of a case-work method.
#![forbid(unsafe_code)]

pub mod feel;
pub mod value;
