//! A folder, or an address on the web, where bundles lie: more a registry need not be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use metode::definition::numbers;

use super::{BUNDLE_LIMIT, ENDING};

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
    Web(String),
}

impl Registry {
    /// The registry that a user named.
    pub fn named(name: &str) -> Self {
        match name.starts_with("http://") || name.starts_with("https://") {
            true => Self::Web(name.trim_end_matches('/').to_owned()),
            false => Self::Folder(PathBuf::from(name)),
        }
    }

    /// The names of the bundles of a method (`id`, or one version as `id@version`), the newest version first.
    ///
    /// Names are only where to look: what a bundle is, its signature says.
    pub fn bundles(&self, wanted: &str) -> Result<Vec<String>, String> {
        let all = match self {
            Self::Folder(folder) => {
                list(folder).map_err(|error| format!("`{}`: {error}", folder.display()))?
            }
            Self::Web(address) => {
                let index = get(&format!("{address}/{INDEX}"))?;
                String::from_utf8_lossy(&index)
                    .lines()
                    .map(|line| line.trim().to_owned())
                    .collect()
            }
        };
        let (id, only) = wanted
            .split_once('@')
            .map_or((wanted, None), |(id, version)| (id, Some(version)));
        let version = |name: &str| -> Option<String> {
            let version = name.strip_suffix(ENDING)?.strip_prefix(id)?.strip_prefix('-')?;
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            let fits = version.split('.').all(digits) && only.is_none_or(|only| only == version);
            fits.then(|| version.to_owned())
        };
        let mut found: Vec<(Vec<u64>, String)> = all
            .into_iter()
            .filter_map(|name| Some((numbers(&version(&name)?), name)))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }

    /// A bundle's place, and its bytes.
    pub fn get(&self, name: &str) -> Result<(String, Vec<u8>), String> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                Ok((path.display().to_string(), read_file(&path)?))
            }
            Self::Web(address) => {
                let address = format!("{address}/{name}");
                let bytes = get(&address)?;
                Ok((address, bytes))
            }
        }
    }
}

/// The bytes of a bundle's file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let length = fs::metadata(path)
        .map_err(|error| format!("`{shown}`: {error}"))?
        .len();
    if length > BUNDLE_LIMIT {
        return Err(format!(
            "`{shown}` has {} MB, at most {} MB are read",
            length >> 20,
            BUNDLE_LIMIT >> 20
        ));
    }
    fs::read(path).map_err(|error| format!("`{shown}`: {error}"))
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

fn get(address: &str) -> Result<Vec<u8>, String> {
    let failed = |error: ureq::Error| format!("`{address}`: {error}");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut answer = agent.get(address).call().map_err(failed)?;
    answer
        .body_mut()
        .with_config()
        .limit(BUNDLE_LIMIT)
        .read_to_vec()
        .map_err(failed)
}
