//! The commands that work on definitions and case files, without a server.

mod catalogue;
mod check;
mod deliver;
mod describe;
mod diff;
mod evaluate;
mod explain;
mod feel;
mod install;
mod migrate;
mod next;
mod parallel;
mod progress;
mod publish;
mod report;
mod test;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use metode::definition::{Library, Loaded};
use metode::diagnostic;

use crate::bundle::{Installation, errors};
use crate::config::Destinations;

/// What a command prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Where definitions stand.
#[derive(Debug, Clone, Args)]
pub struct Definitions {
    /// The folder of definitions.
    #[arg(long, env = "METODE_DEFINITIONS", default_value = "definitions")]
    pub definitions: PathBuf,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks definitions: schemas, references, types, circles.
    Check {
        /// The folder of definitions.
        #[arg(default_value = "definitions")]
        directory: PathBuf,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Runs the cases written beside the definitions.
    Test {
        /// `id@version` or `id`; all methods when left out.
        method: Option<String>,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Lists also the constraints that no case violates.
        #[arg(long)]
        verbose: bool,
    },
    /// Everything a method holds, after unfolding.
    Describe {
        /// `id@version` or `id`.
        method: String,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Outcome and data points of a case file.
    Evaluate {
        /// The case file, YAML or JSON; `-` for standard input.
        case: PathBuf,
        /// The field to explain.
        #[command(flatten)]
        explain: explain::Question,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// What changed from one version of a method to another, what it means, and the number that must follow.
    Diff(diff::Options),
    /// Makes and sends the reports and messages that are due, once, from a store that no server has open.
    Deliver {
        /// Directory that holds the cases.
        #[arg(long, value_name = "DIR", default_value = "data/cases")]
        data: PathBuf,
        /// Where reports and messages go.
        #[command(flatten)]
        to: Destinations,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Moves running cases from one version of their method to another.
    Migrate(migrate::Migrate),
    /// Writes reports: of stored cases, or of a case file.
    Report {
        /// The template, `id@version` or `id`.
        template: String,
        /// A case file instead of stored cases; `-` for standard input.
        #[arg(long, conflicts_with_all = ["since", "data"])]
        case: Option<PathBuf>,
        /// Only what came about after this cursor. The command ends with the cursor to go on from.
        #[arg(long, default_value_t = 0)]
        since: u64,
        /// Where the cases are stored; no server runs on them.
        #[arg(long, default_value = "data/cases")]
        data: PathBuf,
        /// A folder with one file a report; without it, reports go to standard output, one a line.
        #[arg(long)]
        out: Option<PathBuf>,
        /// As a table (CSV), whatever the template's usual format; it must name columns.
        #[arg(long)]
        csv: bool,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
    },
    /// Evaluates FEEL.
    Feel {
        /// The expression; without one, each line of the input is one.
        #[arg(conflicts_with = "batch")]
        expression: Option<String>,
        /// The names it can use: a JSON object, or a file that holds one, as JSON or YAML.
        #[arg(long, conflicts_with = "batch")]
        context: Option<String>,
        /// A file with one JSON object a line (`id`, `expression`, `context`); `-` for standard input.
        #[arg(long)]
        batch: Option<PathBuf>,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Works on code lists.
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    /// Begins the next version of a method as a copy of the one before it.
    Next(next::Next),
    /// Makes a key to publish with.
    Key {
        /// The new file for the secret key; the public one comes beside it, with `.pub` behind its name.
        file: PathBuf,
        /// Whose key it is.
        #[arg(long, default_value = "")]
        owner: String,
    },
    /// Publishes a version of a method: one signed file, and an entry in the lock file.
    Publish {
        /// The folder of the version.
        folder: PathBuf,
        /// The file of the secret key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The folder that the bundle is written to; it can be a registry as it is.
        #[arg(long, value_name = "DIR", default_value = "bundles")]
        out: PathBuf,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Checks that a bundle is as it was signed.
    Verify {
        /// The bundle.
        bundle: PathBuf,
        /// A file with the public keys that are trusted, one a line.
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Installs a version of a method; a running server notices it.
    Install {
        /// A bundle; with `--registry` a method, `id` (its newest version) or `id@version`.
        what: String,
        /// Where it comes from.
        #[command(flatten)]
        from: install::Source,
        /// A file with public keys that are trusted from now on, one a line.
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// Where to install it.
        #[command(flatten)]
        data: Data,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Withdraws an installed version that no case follows.
    Uninstall {
        /// `id@version`.
        method: String,
        /// Where it is installed.
        #[command(flatten)]
        data: Data,
        /// Where definitions stand.
        #[command(flatten)]
        at: Definitions,
        /// What to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Where cases and bundles are kept.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// The directory of the server's data.
    #[arg(long, value_name = "DIR", default_value = "data/cases")]
    pub data: PathBuf,
}

/// Nothing to complain about.
pub const FINE: u8 = 0;
/// Problems were found.
pub const PROBLEMS: u8 = 1;
/// Used wrongly.
pub const WRONG_USAGE: u8 = 2;

/// Runs a command.
pub fn run(command: Command) -> ExitCode {
    // A reader that has seen enough (`| head`) ends the command quietly, as with other tools.
    #[cfg(unix)]
    // SAFETY: sets a signal's default action before any other thread runs.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
    let code = match command {
        Command::Check { directory, format } => check::run(&directory, format),
        Command::Test {
            method,
            at,
            format,
            verbose,
        } => test::run(method.as_deref(), &at, format, verbose),
        Command::Describe { method, at, format } => describe::run(&method, &at, format),
        Command::Evaluate {
            case,
            explain,
            at,
            format,
        } => evaluate::run(&case, explain.asked().as_ref(), &at, format),
        Command::Diff(options) => diff::run(options),
        Command::Migrate(options) => migrate::run(options),
        Command::Deliver { data, to, at, format } => deliver::run(&data, &at.definitions, &to, format),
        Command::Report {
            template,
            case,
            since,
            data,
            out,
            csv,
            at,
        } => report::run(&template, case.as_deref(), since, &data, out.as_deref(), csv, &at),
        Command::Feel {
            expression,
            context,
            batch,
            format,
        } => feel::run(
            expression.as_deref(),
            context.as_deref(),
            batch.as_deref(),
            format,
        ),
        Command::Catalogue(command) => catalogue::run(command),
        Command::Next(next) => next::run(next),
        Command::Key { file, owner } => publish::key(&file, &owner),
        Command::Publish {
            folder,
            key,
            out,
            at,
            format,
        } => publish::publish(&folder, &key, &out, &at, format),
        Command::Verify {
            bundle,
            trust,
            format,
        } => publish::verify(&bundle, trust.as_deref(), format),
        Command::Install {
            what,
            from,
            trust,
            data,
            at,
            format,
        } => install::install(&what, &from, trust.as_deref(), &data.data, &at, format),
        Command::Uninstall {
            method,
            data,
            at,
            format,
        } => install::uninstall(&method, &data.data, &at, format),
    };
    ExitCode::from(code)
}

/// Tells when there is no folder of definitions.
fn missing(at: &Definitions) -> Option<u8> {
    if at.definitions.is_dir() {
        return None;
    }
    eprintln!("error: there is no folder `{}`", at.definitions.display());
    eprintln!("  hint: name it with --definitions");
    Some(WRONG_USAGE)
}

/// Loads the definitions, telling errors on standard error.
fn load(at: &Definitions) -> Option<Library> {
    load_with(at, None)
}

/// Loads the definitions with what is installed in a data directory, telling errors on standard error.
fn load_with(at: &Definitions, data: Option<&Path>) -> Option<Library> {
    if missing(at).is_some() {
        return None;
    }
    let Loaded {
        library, diagnostics, ..
    } = match data {
        Some(data) => Installation::new(data, &at.definitions).load(),
        None => Library::load(&at.definitions),
    };
    tell(&errors(diagnostics));
    Some(library)
}

/// The method with a name; tells when there is none.
fn method<'a>(library: &'a Library, name: &str) -> Option<&'a std::sync::Arc<metode::definition::Method>> {
    let found = library.method(name);
    if found.is_none() {
        let known: Vec<String> = library.methods().iter().map(|method| method.name()).collect();
        eprintln!("error: there is no method `{name}` without errors");
        eprintln!("  hint: there are: {}", known.join(", "));
    }
    found
}

/// Tells problems on standard error.
fn tell(problems: &[diagnostic::Diagnostic]) {
    eprint!("{}", diagnostic::render_in(colours(&std::io::stderr()), problems));
}

/// Colours are for terminals, and for people who do not mind them (`NO_COLOR`).
fn colours(stream: &impl IsTerminal) -> diagnostic::Colours {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if stream.is_terminal() && !unwanted {
        diagnostic::Colours::On
    } else {
        diagnostic::Colours::Off
    }
}

/// Prints JSON for programs.
fn print_json(json: &serde_json::Value) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    // A reader that went away is not our problem.
    let _ = serde_json::to_writer_pretty(&mut out, json);
    let _ = writeln!(out);
}
