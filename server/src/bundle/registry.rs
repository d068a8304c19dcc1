//! A folder, or an address on the web, where bundles lie: more a registry need not be.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use metode::definition::numbers;
use ureq::Agent;

use super::{BUNDLE_LIMIT, ENDING};
use crate::connection::Certificates;

/// The list of a registry's bundles, one name a line: a plain web server does not tell what a folder holds.
pub const INDEX: &str = "index.txt";
/// How long to wait for a web server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where bundles lie.
#[derive(Debug, Clone)]
pub enum Registry {
    /// In a folder.
    Folder(PathBuf),
    /// Below an address, beside their index.
    Web(String, Agent),
}

impl Registry {
    /// The registry that a user named, and how it is known.
    pub fn named(name: &str, certificates: &Certificates) -> Result<Self, String> {
        if !name.starts_with("http://") && !name.starts_with("https://") {
            return Ok(Self::Folder(PathBuf::from(name)));
        }
        let address = name.parse().map_err(|error| format!("`{name}`: {error}"))?;
        let agent = certificates.agent(&address, PATIENCE, |config| config)?;
        Ok(Self::Web(name.trim_end_matches('/').to_owned(), agent))
    }

    /// The names of its bundles.
    ///
    /// Names are only where to look: what a bundle is, its signature says.
    pub fn names(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Folder(folder) => list(folder).map_err(|error| format!("`{}`: {error}", folder.display())),
            Self::Web(address, agent) => {
                let index = get(agent, &format!("{address}/{INDEX}"))?;
                let index = String::from_utf8_lossy(&index);
                let lines = index.lines().map(str::trim);
                Ok(lines
                    .filter(|line| line.ends_with(ENDING))
                    .map(str::to_owned)
                    .collect())
            }
        }
    }

    /// Of names of bundles those of a method (`id`, or one version as `id@version`), the newest version first.
    pub fn of(names: &[String], wanted: &str) -> Vec<String> {
        let (id, only) = wanted
            .split_once('@')
            .map_or((wanted, None), |(id, version)| (id, Some(version)));
        let version = |name: &str| -> Option<String> {
            let version = name.strip_suffix(ENDING)?.strip_prefix(id)?.strip_prefix('-')?;
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let fits = version.split('.').all(digits) && only.is_none_or(|only| only == version);
            fits.then(|| version.to_owned())
        };
        let mut found: Vec<(Vec<u64>, String)> = names
            .iter()
            .filter_map(|name| Some((numbers(&version(name)?), name.clone())))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found.dedup();
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// A bundle's place, and its bytes.
    pub fn get(&self, name: &str) -> Result<(String, Vec<u8>), String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                Ok((path.display().to_string(), read_file(&path)?))
            }
            Self::Web(address, agent) => {
                let address = format!("{address}/{name}");
                let bytes = get(agent, &address)?;
                Ok((address, bytes))
            }
        }
    }
}

/// The bytes of a bundle's file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let failed = |error: io::Error| format!("`{shown}`: {error}");
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("`{shown}` is no file"));
    }
    let bytes = bounded(File::open(path).map_err(failed)?).map_err(failed)?;
    bytes.ok_or_else(|| too_large(&shown))
}

/// All bytes, unless they are more than a bundle may have.
fn bounded(from: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(BUNDLE_LIMIT + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= BUNDLE_LIMIT).then_some(bytes))
}

fn too_large(shown: &dyn Display) -> String {
    format!(
        "`{shown}` has more than {} MB, which is more than is read",
        BUNDLE_LIMIT >> 20
    )
}

/// The bundles that lie in a folder.
pub(super) fn list(folder: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(ENDING) && !name.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

/// Writes the index of a folder, so that it can be a registry on the web as it is.
pub fn write_index(folder: &Path) -> io::Result<()> {
    let lines = list(folder)?.into_iter().map(|name| name + "\n");
    super::replace(&folder.join(INDEX), lines.collect::<String>().as_bytes())
}

fn get(agent: &Agent, address: &str) -> Result<Vec<u8>, String> {
    let failed = |error: ureq::Error| match error {
        ureq::Error::Timeout(_) => format!("`{address}`: no whole answer within {} s", PATIENCE.as_secs()),
        error => format!("`{address}`: {error}"),
    };
    let answer = agent.get(address).call().map_err(failed)?;
    let bytes = bounded(answer.into_body().into_reader()).map_err(|error| failed(error.into()))?;
    bytes.ok_or_else(|| too_large(&address))
}
