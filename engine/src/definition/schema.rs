//! The JSON Schemas of the file kinds, and what they find in a file.

use std::sync::LazyLock;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

use super::yaml::Document;
use crate::diagnostic::{Diagnostic, nearest};

/// The kinds of files that a definition directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A code list.
    Catalogue,
    /// A version of a method.
    Method,
    /// A form.
    Form,
    /// Data needs.
    Needs,
    /// Data points.
    Emission,
    /// A case with what must come out.
    Case,
    /// The engine's messages in one language.
    Texts,
    /// What is published.
    Lock,
    /// How cases of an earlier version become cases of this one.
    Migration,
    /// A report template.
    Report,
}

struct Schema {
    json: Json,
    validator: Validator,
}

static SCHEMAS: LazyLock<Vec<(FileKind, Schema)>> = LazyLock::new(|| {
    [
        (
            FileKind::Catalogue,
            include_str!("../../../definitions/schema/catalogue.schema.json"),
        ),
        (
            FileKind::Method,
            include_str!("../../../definitions/schema/method.schema.json"),
        ),
        (
            FileKind::Form,
            include_str!("../../../definitions/schema/form.schema.json"),
        ),
        (
            FileKind::Needs,
            include_str!("../../../definitions/schema/needs.schema.json"),
        ),
        (
            FileKind::Emission,
            include_str!("../../../definitions/schema/emission.schema.json"),
        ),
        (
            FileKind::Case,
            include_str!("../../../definitions/schema/case.schema.json"),
        ),
        (
            FileKind::Texts,
            include_str!("../../../definitions/schema/texts.schema.json"),
        ),
        (
            FileKind::Lock,
            include_str!("../../../definitions/schema/lock.schema.json"),
        ),
        (
            FileKind::Migration,
            include_str!("../../../definitions/schema/migration.schema.json"),
        ),
        (
            FileKind::Report,
            include_str!("../../../definitions/schema/report.schema.json"),
        ),
    ]
    .into_iter()
    .filter_map(|(kind, text)| {
        let json: Json = serde_json::from_str(text).ok()?;
        let validator = jsonschema::validator_for(&json).ok()?;
        Some((kind, Schema { json, validator }))
    })
    .collect()
});

/// Everything in which a file departs from the schema of its kind.
pub fn validate(document: &Document, json: &Json, kind: FileKind) -> Vec<Diagnostic> {
    let Some((_, schema)) = SCHEMAS.iter().find(|(other, _)| *other == kind) else {
        return vec![Diagnostic::without_source("a schema of the engine is broken")];
    };
    let mut diagnostics = Vec::new();
    for error in schema.validator.iter_errors(json) {
        let pointer = error.instance_path().to_string();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = properties(&schema.json, &error.schema_path().to_string());
                for key in unexpected {
                    let span = document.key_span(&format!("{pointer}/{key}"));
                    let hint = nearest(key, known.iter().map(String::as_str)).map_or_else(
                        || format!("known here: {}", known.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    diagnostics.push(
                        Diagnostic::error(&document.source, span, format!("unknown key `{key}`"))
                            .with_hint(hint),
                    );
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let span = first_line(document, &pointer);
                diagnostics.push(Diagnostic::error(
                    &document.source,
                    span,
                    format!("the key `{name}` is missing"),
                ));
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default().to_owned();
                let span = document.key_span(&format!("{pointer}/{key}"));
                diagnostics.push(
                    Diagnostic::error(&document.source, span, format!("`{key}` cannot be a name here"))
                        .with_hint("names are lower-case ASCII with single underscores"),
                );
            }
            kind => {
                let value = error.instance();
                let (message, hint) = describe(kind, value);
                let diagnostic = Diagnostic::error(&document.source, document.span(&pointer), message);
                diagnostics.push(diagnostic.with_hint_of(hint));
            }
        }
    }
    diagnostics
}

/// Takes away the keys that the schema of the file's kind does not know.
pub fn drop_unknown_keys(json: &mut Json, kind: FileKind) {
    let Some((_, schema)) = SCHEMAS.iter().find(|(other, _)| *other == kind) else {
        return;
    };
    let unknown: Vec<(String, Vec<String>)> = schema
        .validator
        .iter_errors(json)
        .filter_map(|error| match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                Some((error.instance_path().to_string(), unexpected.clone()))
            }
            _ => None,
        })
        .collect();
    for (pointer, keys) in unknown {
        if let Some(Json::Object(members)) = json.pointer_mut(&pointer) {
            members.retain(|key, _| !keys.contains(key));
        }
    }
}

/// The keys that the schema allows where a property was refused.
fn properties(schema: &Json, path: &str) -> Vec<String> {
    let parent = path.strip_suffix("/additionalProperties").unwrap_or(path);
    // The path leads through `$ref`; definitions all stand under the root's `$defs`.
    let mut at = schema;
    for part in parent.split('/').skip(1) {
        while let Some(reference) = at.get("$ref").and_then(Json::as_str) {
            at = schema
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or(&Json::Null);
        }
        if part == "$ref" {
            continue;
        }
        at = match at {
            Json::Array(items) => part
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .unwrap_or(&Json::Null),
            other => other.get(part.replace("~1", "/")).unwrap_or(&Json::Null),
        };
    }
    while let Some(reference) = at.get("$ref").and_then(Json::as_str) {
        at = schema
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Json::Null);
    }
    at.get("properties")
        .and_then(Json::as_object)
        .map(|keys| keys.keys().cloned().collect())
        .unwrap_or_default()
}

/// The first line of a mapping: where a missing key is best told.
fn first_line(document: &Document, pointer: &str) -> crate::source::Span {
    let span = document.span(pointer);
    let (start, line) = document.source.line_at(span.start);
    span.start..(start + line.len()).clamp(span.start, span.end.max(span.start))
}

fn describe(kind: &ValidationErrorKind, value: &Json) -> (String, Option<String>) {
    let shown = match value {
        Json::String(text) if text.chars().count() > 40 => {
            format!("`{}…`", text.chars().take(40).collect::<String>())
        }
        Json::String(text) => format!("`{text}`"),
        Json::Object(_) => "a mapping".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        other => format!("`{other}`"),
    };
    match kind {
        ValidationErrorKind::Enum { options } => {
            let words: Vec<&str> = options
                .as_array()
                .map(|all| all.iter().filter_map(Json::as_str).collect())
                .unwrap_or_default();
            let hint = value
                .as_str()
                .and_then(|text| nearest(text, words.iter().copied()))
                .map_or_else(
                    || format!("one of: {}", words.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
            (format!("{shown} is not one of the possible values"), Some(hint))
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = format!("{kind:?}").to_lowercase();
            let wanted = if wanted.contains("object") {
                "a mapping"
            } else if wanted.contains("array") {
                "a list"
            } else if wanted.contains("boolean") && !wanted.contains("string") {
                "`true` or `false`"
            } else if wanted.contains("string") {
                "a text"
            } else if wanted.contains("integer") {
                "a whole number"
            } else {
                "a number"
            };
            let quotes = wanted == "a text" && value.is_number();
            let hint = quotes.then(|| "put it in quotes to make it a text".to_owned());
            (format!("{shown} stands where {wanted} is needed"), hint)
        }
        ValidationErrorKind::Pattern { pattern } if pattern == "\\S" => {
            ("an empty text says nothing here".to_owned(), None)
        }
        ValidationErrorKind::Pattern { pattern } => {
            let hint = match pattern.as_str() {
                pattern if pattern.starts_with("^\\d{4}-") => {
                    "a date is written 2025-06-01, in quotes".to_owned()
                }
                pattern if pattern.starts_with("^[a-z][a-z0-9]*(_") => {
                    "ids are lower-case ASCII with single underscores: å→aa, æ→ae, ø→oe".to_owned()
                }
                pattern if pattern.ends_with("{64}$") => "a hash has 64 hexadecimal digits".to_owned(),
                pattern if pattern.contains("a-f") => {
                    "a UUID is written 6f9619ff-8b86-d011-b42d-00cf4fc964ff".to_owned()
                }
                pattern if pattern.starts_with("^(0|") => {
                    "a version is written 1.0.0, without zeros in front of a number".to_owned()
                }
                pattern => format!("it must match {pattern}"),
            };
            (format!("{shown} is not written as it must be here"), Some(hint))
        }
        ValidationErrorKind::MaxLength { limit } => (
            format!(
                "a text of {} characters is too long",
                value.as_str().map_or(0, |text| text.chars().count())
            ),
            Some(format!("at most {limit}")),
        ),
        ValidationErrorKind::Minimum { limit } => (
            format!("{shown} is too little"),
            Some(format!("at least {limit}")),
        ),
        ValidationErrorKind::Maximum { limit } => {
            (format!("{shown} is too much"), Some(format!("at most {limit}")))
        }
        ValidationErrorKind::MinLength { .. } => ("an empty text says nothing here".to_owned(), None),
        ValidationErrorKind::MinItems { .. } => ("the list is empty".to_owned(), None),
        ValidationErrorKind::UniqueItems => ("the list names something twice".to_owned(), None),
        _ => (format!("{shown} cannot stand here"), None),
    }
}
