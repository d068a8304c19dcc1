//! The server: pages, command line and stores around the engine.

pub mod store;
pub mod view;
