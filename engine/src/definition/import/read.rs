//! Reads a code system, also one that was typed or encoded carelessly.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use super::super::yaml::Document;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Source;

/// A code system.
#[derive(Debug)]
pub struct CodeSystem {
    /// Whose identifiers the codes are.
    pub url: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// The concepts at the top.
    pub concepts: Vec<Coded>,
}

/// A concept of a code system.
#[derive(Debug)]
pub struct Coded {
    /// Identifier.
    pub code: String,
    /// Wording.
    pub display: String,
    /// Definition.
    pub definition: Option<String>,
    /// The concepts below.
    pub concepts: Vec<Coded>,
    /// Where it stands in the file.
    pub place: (Arc<Source>, crate::source::Span),
}

/// Reads a file; `None` when it holds no code system.
pub fn code_system(path: &str, bytes: &[u8], told: &mut Vec<Diagnostic>) -> Option<CodeSystem> {
    let source = text(path, bytes, told);
    let document = match Document::parse(&source) {
        Ok(document) => document,
        Err(problem) => {
            told.push(problem);
            return None;
        }
    };
    let json = document.to_json();
    if json.get("resourceType").and_then(Json::as_str) != Some("CodeSystem") {
        let first_line = 0..source.line_at(0).1.len();
        let message = "this is no code system";
        let hint = "a code system is JSON with `\"resourceType\": \"CodeSystem\"`";
        told.push(Diagnostic::error(&source, first_line, message).with_hint(hint));
        return None;
    }
    let mut reader = Reader {
        document: &document,
        told,
        seen: BTreeSet::new(),
    };
    let url = reader.text(&json, "", "url")?;
    Some(CodeSystem {
        name: reader.text(&json, "", "name").unwrap_or_else(|| url.clone()),
        version: reader.text(&json, "", "version").unwrap_or_default(),
        concepts: reader.concepts(&json, ""),
        url,
    })
}

/// The text of bytes; what is no UTF-8 is told where it stands, and replaced.
fn text(path: &str, bytes: &[u8], told: &mut Vec<Diagnostic>) -> Arc<Source> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            let start = text.len();
            text.push(char::REPLACEMENT_CHARACTER);
            broken.push((start..text.len(), chunk.invalid().to_vec()));
        }
    }
    let path = path.to_owned();
    let source = Arc::new(Source { path, text });
    for (span, bytes) in broken {
        let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let message = format!("the bytes `{}` are no UTF-8", bytes.join(" "));
        told.push(
            Diagnostic::new(Severity::Warning, &source, span, message)
                .with_hint("correct the wording in the list that was made"),
        );
    }
    source
}

struct Reader<'a> {
    document: &'a Document,
    told: &'a mut Vec<Diagnostic>,
    seen: BTreeSet<String>,
}

impl Reader<'_> {
    fn warn(&mut self, pointer: &str, message: String, hint: &str) {
        let span = self.document.span(pointer);
        let problem = Diagnostic::new(Severity::Warning, &self.document.source, span, message);
        self.told.push(problem.with_hint(hint));
    }

    /// The text of a member, without stray blanks.
    fn text(&mut self, json: &Json, pointer: &str, key: &str) -> Option<String> {
        let raw = json.get(key)?.as_str()?;
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let clean = raw.lines().map(words).collect::<Vec<_>>().join("\n");
        let clean = clean.trim().to_owned();
        if clean != raw {
            let message = format!("`{clean}` has stray blanks");
            self.warn(&format!("{pointer}/{key}"), message, "they are left out");
        }
        (!clean.is_empty()).then_some(clean)
    }

    fn concepts(&mut self, json: &Json, pointer: &str) -> Vec<Coded> {
        let all = json.get("concept").and_then(Json::as_array);
        let mut concepts = Vec::new();
        for (index, concept) in all.into_iter().flatten().enumerate() {
            let pointer = format!("{pointer}/concept/{index}");
            let Some(code) = self.text(concept, &pointer, "code") else {
                self.warn(&pointer, "a concept has no code".to_owned(), "it is left out");
                continue;
            };
            if !self.seen.insert(code.clone()) {
                self.warn(
                    &pointer,
                    format!("the code `{code}` stands twice"),
                    "the first one counts",
                );
                continue;
            }
            let display = self.text(concept, &pointer, "display").unwrap_or_else(|| {
                self.warn(
                    &pointer,
                    format!("`{code}` has no wording"),
                    "its code stands for it",
                );
                code.clone()
            });
            // A definition that only repeats the wording is none.
            let definition = self.text(concept, &pointer, "definition");
            concepts.push(Coded {
                definition: definition.filter(|definition| *definition != display),
                concepts: self.concepts(concept, &pointer),
                place: (Arc::clone(&self.document.source), self.document.span(&pointer)),
                code,
                display,
            });
        }
        concepts
    }
}
