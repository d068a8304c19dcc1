//! `metode catalogue import`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use metode::definition::{Edition, import};
use metode::diagnostic::{Diagnostic, has_errors, to_json};
use metode::source::Source;
use serde_json::json;

use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};

/// What to do with catalogues.
#[derive(Debug, Subcommand)]
pub enum Catalogue {
    /// Makes an edition of a published code system (a FHIR `CodeSystem` as JSON).
    Import(Import),
}

/// What to import, and as what.
#[derive(Debug, Args)]
pub struct Import {
    /// The file of the code system.
    file: PathBuf,
    /// The catalogue.
    #[arg(long)]
    catalogue: String,
    /// The new edition of it.
    #[arg(long)]
    edition: String,
    /// The edition whose lists, codes and tags it takes over; without one, each concept at the top becomes a list.
    #[arg(long, value_name = "EDITION")]
    like: Option<String>,
    /// What the lists say of where they come from; otherwise the code system's name and version.
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Where definitions stand.
    #[command(flatten)]
    at: Definitions,
    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Works on catalogues.
pub fn run(command: Catalogue) -> u8 {
    let Catalogue::Import(import) = command;
    match files(&import) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            WRONG_USAGE
        }
    }
}

fn files(asked: &Import) -> Result<u8, String> {
    if let Some(code) = super::missing(&asked.at) {
        return Ok(code);
    }
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| format!("`{path}`: {error}")
    };
    let folder = |edition: &str| {
        asked
            .at
            .definitions
            .join("catalogues")
            .join(&asked.catalogue)
            .join(edition)
    };
    let target = folder(&asked.edition);
    if target.exists() {
        return Err(format!("`{}` is there already", target.display()));
    }
    let mut like = Vec::new();
    if let Some(edition) = &asked.like {
        let folder = folder(edition);
        let entries = fs::read_dir(&folder).map_err(failed(&folder))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            let path = path.display().to_string();
            like.push(Arc::new(Source { path, text }));
        }
    }
    let bytes = fs::read(&asked.file).map_err(failed(&asked.file))?;
    let edition = Edition {
        catalogue: asked.catalogue.clone(),
        edition: asked.edition.clone(),
        source: asked.source.clone(),
    };
    let mut imported = import(&asked.file.display().to_string(), &bytes, &edition, &like);
    if imported.lists.is_empty() && !has_errors(&imported.diagnostics) {
        let message = "no list can be made of the code system";
        imported.diagnostics.push(Diagnostic::without_source(message));
    }
    let refused = has_errors(&imported.diagnostics);
    if !refused {
        let lists = imported.lists.iter();
        let files: Vec<(String, String)> = lists
            .map(|(list, text)| (format!("{list}.yaml"), text.clone()))
            .collect();
        super::next::new_folder(&target, &files).map_err(failed(&target))?;
    }
    let lists: Vec<&String> = imported.lists.keys().collect();
    match asked.format {
        Format::Json => super::print_json(&json!({
            "folder": target, "lists": lists, "diagnostics": to_json(&imported.diagnostics),
        })),
        Format::Text => {
            super::tell(&imported.diagnostics);
            if !refused {
                println!("{} lists in {}", lists.len(), target.display());
            }
        }
    }
    Ok(if refused { PROBLEMS } else { FINE })
}
