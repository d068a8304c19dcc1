//! The binary `metode`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use metode_server::config::Serve;
use metode_server::{app, cli};

/// Rules make and drop many small values: an allocator that is good at them saves a fifth of the time.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "metode", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the pages; without any command, `metode` does `serve --demo`.
    Serve(Serve),
    #[command(flatten)]
    Definitions(cli::Command),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Some(Command::Definitions(command)) => cli::run(command),
        Some(Command::Serve(serve)) => app::run(serve),
        None => app::run(Serve::default()),
    }
}
