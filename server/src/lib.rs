//! The server: pages, command line and stores around the engine.

pub mod app;
pub mod bundle;
pub mod casework;
pub mod cli;
pub mod clock;
pub mod comparison;
pub mod config;
pub mod connection;
pub mod delivery;
pub mod demo;
pub mod events;
pub mod routes;
pub mod store;
pub mod view;
