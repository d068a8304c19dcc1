//! The binary `metode`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use metode_server::config::{Config, Serve};
use tracing_subscriber::EnvFilter;

/// Case work from method definitions.
#[derive(Debug, Parser)]
#[command(name = "metode", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the pages; without any command, `metode` does `serve --demo`.
    Serve(Serve),
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("METODE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match Arguments::parse().command.unwrap_or_else(|| Command::Serve(Serve::default())) {
        Command::Serve(serve) => Config::try_from(serve).and_then(run),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("metode: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(config: Config) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(metode_server::app::serve(config))
}
