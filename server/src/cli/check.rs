//! `metode check`.

use std::path::Path;
use std::time::Instant;

use metode::definition::Library;
use metode::diagnostic::{self, Severity};

use super::{FINE, Format, PROBLEMS, WRONG_USAGE};

/// Checks a folder.
pub fn run(directory: &Path, format: Format) -> u8 {
    if !directory.is_dir() {
        eprintln!("error: there is no folder `{}`", directory.display());
        return WRONG_USAGE;
    }
    let begun = Instant::now();
    let loaded = Library::load(directory);
    let count = |severity| {
        loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match format {
        Format::Json => super::print_json(&serde_json::json!({
            "files": loaded.files,
            "methods": loaded.library.methods().iter().map(|method| method.name()).collect::<Vec<_>>(),
            "errors": errors,
            "warnings": warnings,
            "diagnostics": diagnostic::to_json(&loaded.diagnostics),
        })),
        Format::Text => {
            super::tell(&loaded.diagnostics);
            for method in loaded.library.methods() {
                let fields: usize = method.forms().iter().map(|form| form.fields.len()).sum();
                let rules = method.written().len();
                println!(
                    "{}: {} forms, {fields} fields, {rules} rules",
                    method.name(),
                    method.forms().len()
                );
            }
            let seconds = begun.elapsed().as_secs_f64();
            println!(
                "{} files, {errors} errors, {warnings} warnings in {seconds:.2} s",
                loaded.files
            );
        }
    }
    if errors == 0 { FINE } else { PROBLEMS }
}
