//! The options of `metode serve` and `metode deliver`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use crate::delivery::Settings;

/// Where `serve` listens unless it is told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8330);

/// Options of `metode serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Directory that holds the cases.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value_t = LISTEN)]
    pub listen: SocketAddr,
    /// Directory that holds the definitions.
    #[arg(
        long,
        value_name = "DIR",
        env = "METODE_DEFINITIONS",
        default_value = "definitions"
    )]
    pub definitions: PathBuf,
    /// Fictive people and cases, on this machine only.
    #[arg(long)]
    pub demo: bool,
    /// Where reports and messages go.
    #[command(flatten)]
    pub deliver: Destinations,
}

/// Where reports and messages go.
#[derive(Debug, Clone, Default, Args)]
pub struct Destinations {
    /// File that says where reports and messages go.
    #[arg(long, value_name = "FILE", env = "METODE_DELIVERY")]
    pub delivery: Option<PathBuf>,
    /// Sends the reports of a template to an address or into a folder; can be repeated.
    #[arg(long = "deliver", value_name = "TEMPLATE@VERSION=TO")]
    pub routes: Vec<String>,
}

impl Destinations {
    /// The settings that these options and their file give.
    pub fn settings(&self) -> Result<Settings, String> {
        let mut settings = match &self.delivery {
            Some(path) => Settings::read(path)?,
            None => Settings::default(),
        };
        for words in &self.routes {
            settings.add(words)?;
        }
        Ok(settings)
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            data: None,
            listen: LISTEN,
            definitions: std::env::var_os("METODE_DEFINITIONS")
                .map_or_else(|| PathBuf::from("definitions"), PathBuf::from),
            demo: true,
            deliver: Destinations::default(),
        }
    }
}

/// How the web server runs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Directory that holds the cases.
    pub data: PathBuf,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Directory that holds the definitions.
    pub definitions: PathBuf,
    /// Whether fictive people work on fictive cases.
    pub demo: bool,
    /// Where reports and messages go.
    pub delivery: Settings,
}

impl TryFrom<Serve> for Config {
    type Error = String;

    fn try_from(serve: Serve) -> Result<Self, String> {
        if !serve.listen.ip().is_loopback() {
            return Err(format!(
                "there is no log-in yet, so cases cannot be shown on {}; use 127.0.0.1",
                serve.listen
            ));
        }
        let data = serve
            .data
            .unwrap_or_else(|| PathBuf::from(if serve.demo { "data/demo" } else { "data/cases" }));
        Ok(Self {
            data,
            listen: serve.listen,
            definitions: serve.definitions,
            demo: serve.demo,
            delivery: serve.deliver.settings()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_log_in_cases_stay_on_this_machine() {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80);
        for demo in [true, false] {
            let serve = Serve {
                listen,
                demo,
                ..Serve::default()
            };
            assert!(Config::try_from(serve).is_err());
        }
        assert!(Config::try_from(Serve::default()).is_ok());
    }
}
