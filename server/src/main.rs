//! The binary `metode`.

use clap::Parser;
use metode_server::cli;

#[derive(Parser)]
#[command(name = "metode", version)]
struct Arguments {
    #[command(subcommand)]
    command: cli::Command,
}

fn main() -> std::process::ExitCode {
    cli::run(Arguments::parse().command)
}
