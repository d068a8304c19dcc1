//! How others are reached over the network: whom to believe that they are who they say, and as whom to appear.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rustls::RootCertStore;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::Deserialize;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

/// Certificates besides those that everybody knows, as files (PEM).
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    /// The certificates of the authorities whose word counts, instead of the public ones.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The certificate to appear with, followed by those between it and its authority.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The secret key of that certificate, without a password.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
}

impl Certificates {
    /// What they say, ready for use: nothing of it can fail later.
    fn tls(&self) -> Result<TlsConfig, String> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &self.ca {
            let authorities = certificates(path)?;
            let mut store = RootCertStore::empty();
            for authority in &authorities {
                store
                    .add(CertificateDer::from(authority.der()))
                    .map_err(|error| format!("`{}`: {error}", path.display()))?;
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&authorities));
        }
        match (&self.certificate, &self.key) {
            (None, None) => {}
            (Some(certificate), Some(key)) => tls = tls.client_cert(Some(identity(certificate, key)?)),
            _ => return Err("a certificate to appear with takes `certificate` and `key`".to_owned()),
        }
        Ok(tls.build())
    }

    /// What reaches an address; `set` says the rest.
    pub fn agent(
        &self,
        address: &Uri,
        patience: Duration,
        set: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
    ) -> Result<Agent, String> {
        let mut config = Agent::config_builder()
            .timeout_global(Some(patience))
            .tls_config(self.tls()?)
            .user_agent(concat!("metode/", env!("CARGO_PKG_VERSION")));
        if is_loopback(address) {
            config = config.proxy(None);
        }
        Ok(set(config).build().new_agent())
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(address: &Uri) -> bool {
    let host = address.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn items(path: &Path) -> Result<Vec<PemItem<'static>>, String> {
    let wrong = |error: String| format!("`{}`: {error}", path.display());
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let items = parse_pem(&bytes).collect::<Result<_, _>>();
    items.map_err(|error| wrong(error.to_string()))
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let found = items(path)?.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    let found: Vec<_> = found.collect();
    match found.is_empty() {
        true => Err(format!("`{}` holds no certificate (PEM)", path.display())),
        false => Ok(found),
    }
}

/// A certificate with the key that belongs to it.
fn identity(certificate: &Path, key: &Path) -> Result<ClientCert, String> {
    let chain = certificates(certificate)?;
    let secret = items(key)?.into_iter().find_map(|item| match item {
        PemItem::PrivateKey(secret) => Some(secret),
        _ => None,
    });
    let Some(secret) = secret else {
        return Err(format!(
            "`{}` holds no secret key (PEM, without a password)",
            key.display()
        ));
    };
    let ders = chain
        .iter()
        .map(|one| CertificateDer::from(one.der()).into_owned());
    let pair = PrivateKeyDer::try_from(secret.der().to_vec())
        .map_err(str::to_owned)
        .and_then(|secret| {
            CertifiedKey::from_der(ders.collect(), secret, &default_provider())
                .map_err(|error| error.to_string())
        });
    pair.map_err(|error| {
        format!(
            "the key in `{}` does not fit the certificate in `{}`: {error}",
            key.display(),
            certificate.display()
        )
    })?;
    Ok(ClientCert::new_with_certs(&chain, secret))
}
