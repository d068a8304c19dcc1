//! The server: pages, command line and stores around the engine.

pub mod cli;
pub mod clock;
pub mod store;
