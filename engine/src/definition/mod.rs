//! Definitions.
pub mod yaml;
