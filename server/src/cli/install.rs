//! `metode install` and `metode uninstall`.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;
use metode::diagnostic::Diagnostic;
use serde_json::json;

use super::publish::{Told, refused, tell};
use super::{Definitions, Format, WRONG_USAGE};
use crate::bundle::{self, Installation, Registry, Trust};
use crate::clock;
use crate::connection::Certificates;

/// How many bundles of a registry are passed over before it is given up.
const PASSED_OVER: usize = 20;
/// How many methods of a registry are told.
const OFFERED: usize = 10;

/// Where a version comes from.
#[derive(Debug, Clone, Args)]
pub struct Source {
    /// The folder or the address where bundles lie.
    #[arg(long, value_name = "FOLDER-OR-ADDRESS")]
    registry: Option<String>,
    /// How an address is known.
    #[command(flatten)]
    certificates: Certificates,
}

/// Installs a bundle's file, or the newest trusted version of a method in a registry.
pub fn install(
    what: &str,
    from: &Source,
    trust: Option<&Path>,
    data: &Path,
    at: &Definitions,
    format: Format,
) -> u8 {
    if let Some(code) = super::missing(at) {
        return code;
    }
    let installation = Installation::new(data, &at.definitions);
    let trusted = installation.trust().and_then(|mut trusted| {
        if let Some(path) = trust {
            trusted.extend(&Trust::read(path)?);
        }
        Ok(trusted)
    });
    let trust = match trusted {
        Ok(trust) => trust,
        Err(error) => {
            eprintln!("error: {error}");
            return WRONG_USAGE;
        }
    };
    let registry = from.registry.as_deref();
    let registry = registry.map(|name| Registry::named(name, &from.certificates));
    let told = match registry.transpose() {
        Err(message) => {
            eprintln!("error: {message}");
            return WRONG_USAGE;
        }
        Ok(None) => file(&installation, Path::new(what), &trust),
        Ok(Some(registry)) => newest(&installation, what, &registry, &trust),
    };
    tell(told, format)
}

fn file(at: &Installation, path: &Path, trust: &Trust) -> Told {
    let bytes = bundle::read_file(path).map_err(|message| {
        vec![
            Diagnostic::without_source(message)
                .with_hint("a method is taken from a registry with `--registry FOLDER-OR-ADDRESS`"),
        ]
    })?;
    put_in(at, &path.display().to_string(), &bytes, trust)
}

/// Goes through the versions from the newest on to the first that is whole and of somebody trusted.
fn newest(at: &Installation, what: &str, registry: &Registry, trust: &Trust) -> Told {
    let all = registry.names().map_err(refused)?;
    let names = Registry::of(&all, what);
    if names.is_empty() {
        let message = format!("the registry has no bundle of `{what}`");
        return Err(vec![Diagnostic::without_source(message).with_hint(offer(&all))]);
    }
    let mut problems = Vec::new();
    let left = names.len().saturating_sub(PASSED_OVER);
    for name in names.into_iter().take(PASSED_OVER) {
        let (place, bytes) = match registry.get(&name) {
            Ok(found) => found,
            Err(message) => {
                problems.extend(refused(message));
                continue;
            }
        };
        match bundle::trusted(&place, &bytes, trust) {
            Err(problem) => problems.push(problem),
            Ok(signed) if bundle::Bundle::file_name(&signed.bundle.name) != name => {
                problems.extend(refused(format!("`{place}` holds `{}`", signed.bundle.name)));
            }
            Ok(_) => {
                super::tell(&problems);
                return put_in(at, &place, &bytes, trust);
            }
        }
    }
    if left > 0 {
        let message = format!(
            "none of the {PASSED_OVER} newest bundles of `{what}` can be used; {left} older ones were not tried"
        );
        let hint = format!("name the version that is wanted: `{what}@1.0.0`");
        problems.push(Diagnostic::without_source(message).with_hint(hint));
    }
    Err(problems)
}

/// What a registry has instead.
fn offer(names: &[String]) -> String {
    let methods: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| Some(name.rsplit_once('-')?.0))
        .collect();
    match methods.is_empty() {
        true => "it lists no bundle at all".to_owned(),
        false => {
            let methods: Vec<&str> = methods.into_iter().take(OFFERED).collect();
            format!("it has bundles of: {}", methods.join(", "))
        }
    }
}

fn put_in(at: &Installation, place: &str, bytes: &[u8], trust: &Trust) -> Told {
    let (method, library) = bundle::install(at, place, bytes, trust)?;
    let changes: String = method
        .changes
        .iter()
        .map(|change| format!("\n  - {change}"))
        .collect();
    let name = method.name();
    let today = clock::now().date();
    let until = match library.method_on(&method.id, today) {
        Some(holding) if holding.name() != name && method.valid_from > today => {
            format!(", until then {}", holding.name())
        }
        None => format!("; no version of `{}` that is here holds today", method.id),
        _ => String::new(),
    };
    let sentence = format!(
        "{name} is installed; new cases follow it from {}{until}{changes}",
        method.valid_from
    );
    let facts = json!({ "method": name, "title": method.title, "valid_from": method.valid_from, "changes": method.changes });
    Ok((facts, sentence))
}

/// Withdraws an installed version.
pub fn uninstall(name: &str, data: &Path, at: &Definitions, format: Format) -> u8 {
    let told = bundle::uninstall(&Installation::new(data, &at.definitions), name);
    let told = told.map_err(|problem| vec![problem]);
    tell(
        told.map(|()| {
            (
                json!({ "method": name }),
                format!("{name} is no longer installed"),
            )
        }),
        format,
    )
}
