//! A certificate authority of one's own, and servers on this machine that it vouches for.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "part of tests, each of which uses a part of it"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// A connection that can be read and written.
pub trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// How a server speaks to those who connect.
pub type Greeting = Arc<dyn Fn(TcpStream) -> Box<dyn Stream> + Send + Sync>;

/// A server that speaks plainly.
pub fn plain() -> Greeting {
    Arc::new(|stream| Box::new(stream))
}

/// The authority, with its files in a folder.
pub struct Authority {
    folder: TempDir,
    root: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut wanted = CertificateParams::new(Vec::new()).unwrap();
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = wanted.self_signed(&key).unwrap();
        fs::write(folder.path().join("ca.pem"), root.pem()).unwrap();
        let issuer = Issuer::new(wanted, key);
        Self { folder, root, issuer }
    }

    /// The file of its own certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The files of a certificate for a name, and of its key.
    pub fn certificate(&self, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.issue(name);
        let path = |ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        fs::write(path("pem"), certificate.pem()).unwrap();
        fs::write(path("key"), key.serialize_pem()).unwrap();
        (path("pem"), path("key"))
    }

    /// A server on this machine that it vouches for; `asks`: only those that it vouches for may speak.
    pub fn greeting(&self, asks: bool) -> Greeting {
        let (certificate, key) = self.issue("127.0.0.1");
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if asks {
            let mut roots = RootCertStore::empty();
            roots.add(self.root.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = config.with_single_cert(vec![certificate.der().clone()], secret);
        let config = Arc::new(config.unwrap());
        Arc::new(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(connection, stream))
        })
    }

    fn issue(&self, name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let wanted = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (wanted.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// A path as settings hold it.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
