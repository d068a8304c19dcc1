//! YAML with positions: a tree whose every node knows where it stands in its file.
//!
//! Only what definitions need: no anchors, aliases or tags (so nothing can blow up), no repeated keys, one document,
//! `true` and `false` as the only booleans.

mod place;
mod write;

use std::sync::Arc;

pub use write::write;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value as Json};

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: usize = 4 << 20;
/// The deepest nesting of lists and mappings.
const DEPTH_LIMIT: usize = 64;
/// The most nodes of one file.
const NODE_LIMIT: usize = 400_000;

/// One value of a file, with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Scalar { text: String, style: ScalarStyle },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Debug, Clone)]
struct Key {
    text: String,
    span: Span,
}

/// A file that was read, with its tree.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file.
    pub source: Arc<Source>,
    /// Its content.
    pub root: Node,
}

impl Document {
    /// Reads a file's text.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostic> {
        if source.text.len() > FILE_LIMIT {
            return Err(Diagnostic::error(
                source,
                0..0,
                format!("the file is larger than {} MB", FILE_LIMIT >> 20),
            )
            .with_hint("split it; long texts do not belong in definitions"));
        }
        let mut reader = Reader {
            source,
            parser: Parser::new_from_str(&source.text),
            nodes: 0,
        };
        let root = reader.document()?;
        Ok(Self {
            source: Arc::clone(source),
            root,
        })
    }

    /// The content as JSON, for schemas and serde.
    pub fn to_json(&self) -> Json {
        self.root.to_json()
    }

    /// The place of what a JSON pointer names; of the nearest thing around it when it is not there.
    pub fn span(&self, pointer: &str) -> Span {
        self.find(pointer).span.clone()
    }

    /// The place of the key under which a pointer's value stands.
    pub fn key_span(&self, pointer: &str) -> Span {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        if let Kind::Map(entries) = &self.find(parent).kind
            && let Some((key, _)) = entries.iter().find(|(key, _)| key.text == unescape(name))
        {
            return key.span.clone();
        }
        self.span(pointer)
    }

    /// The place, in the file, of a range of the text that a pointer's scalar holds: also inside quotes and folded blocks.
    pub fn span_within(&self, pointer: &str, range: &Span) -> Span {
        let node = self.find(pointer);
        match &node.kind {
            Kind::Scalar { text, style } => {
                let raw = self.source.text.get(node.span.clone()).unwrap_or_default();
                let places = place::align(text, raw, *style);
                let at = |offset: usize| {
                    let place = places.get(offset).cloned().unwrap_or(raw.len()..raw.len());
                    place.start + node.span.start..place.end + node.span.start
                };
                let start = at(range.start).start;
                let last = text
                    .get(range.clone())
                    .and_then(|part| part.char_indices().rfind(|(_, letter)| !letter.is_whitespace()));
                let end = last.map_or(start, |(index, _)| at(range.start + index).end);
                start..end.max(start)
            }
            _ => node.span.clone(),
        }
    }

    fn find(&self, pointer: &str) -> &Node {
        let mut node = &self.root;
        for part in pointer.split('/').skip(1) {
            let next = match &node.kind {
                Kind::Map(entries) => {
                    let name = unescape(part);
                    entries
                        .iter()
                        .find(|(key, _)| key.text == name)
                        .map(|(_, value)| value)
                }
                Kind::List(items) => part.parse().ok().and_then(|index: usize| items.get(index)),
                Kind::Scalar { .. } => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

impl Node {
    fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Scalar {
                text,
                style: ScalarStyle::Plain,
            } => plain(text),
            Kind::Scalar { text, .. } => Json::String(text.clone()),
            Kind::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(key, value)| (key.text.clone(), value.to_json()));
                Json::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }
}

/// What an unquoted scalar means. A number is one only when it reads back as written: `0123` and `2025-06-01` are texts.
fn plain(text: &str) -> Json {
    match text {
        "" | "null" | "~" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
            let number = digits.starts_with(|letter: char| letter.is_ascii_digit()) && !padded;
            let parsed = number.then(|| text.parse::<Number>().ok()).flatten();
            parsed.map_or_else(|| Json::String(text.to_owned()), Json::Number)
        }
    }
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Diagnostic> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => return Ok((event, span.byte_range().unwrap_or(0..0))),
                Some(Err(error)) => {
                    let at = error
                        .marker()
                        .byte_offset()
                        .unwrap_or(0)
                        .min(self.source.text.len());
                    return Err(Diagnostic::error(
                        self.source,
                        at..at,
                        format!("not valid YAML: {}", error.info()),
                    )
                    .with_hint("check indentation, quotes and colons near here"));
                }
                None => {
                    let end = self.source.text.len();
                    return Err(Diagnostic::error(
                        self.source,
                        end..end,
                        "the file ends too early",
                    ));
                }
            }
        }
    }

    fn document(&mut self) -> Result<Node, Diagnostic> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd, _) => {
                    return Err(Diagnostic::error(self.source, 0..0, "the file is empty"));
                }
                (event, span) => {
                    let root = self.node(event, span, 0)?;
                    return match (self.next()?, self.next()?) {
                        ((Event::DocumentEnd, _), (Event::StreamEnd, _)) => Ok(root),
                        (_, (_, span)) => Err(Diagnostic::error(
                            self.source,
                            span,
                            "the file holds more than one document",
                        )),
                    };
                }
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODE_LIMIT || depth > DEPTH_LIMIT {
            let what = if depth > DEPTH_LIMIT {
                "is nested too deeply"
            } else {
                "holds too many values"
            };
            return Err(Diagnostic::error(self.source, span, format!("the file {what}")));
        }
        let refuse = |span, what: &str| {
            Err(
                Diagnostic::error(self.source, span, format!("{what} are not used in definitions"))
                    .with_hint("write the value out where it is needed"),
            )
        };
        match event {
            Event::Alias(_) | Event::UnresolvedAlias(_) => refuse(span, "aliases (`*name`)"),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor != 0 =>
            {
                refuse(span, "anchors (`&name`)")
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => refuse(span, "tags (`!name`)"),
            Event::Scalar(text, style, ..) => Ok(Node {
                span,
                kind: Kind::Scalar {
                    text: text.into_owned(),
                    style,
                },
            }),
            Event::SequenceStart(..) => self.list(span.start, depth),
            Event::MappingStart(..) => self.map(span.start, depth),
            _ => Err(Diagnostic::error(self.source, span, "not valid YAML")),
        }
    }

    fn list(&mut self, start: usize, depth: usize) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => {
                    let end = items.last().map_or(span.end, |last: &Node| last.span.end);
                    return Ok(Node {
                        span: start..end,
                        kind: Kind::List(items),
                    });
                }
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, start: usize, depth: usize) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, span) => {
                    let start = entries.first().map_or(start, |(key, _)| key.span.start);
                    let end = entries.last().map_or(span.end, |(_, last)| last.span.end);
                    return Ok(Node {
                        span: start..end,
                        kind: Kind::Map(entries),
                    });
                }
                (Event::Scalar(text, ..), span) => Key {
                    text: text.into_owned(),
                    span,
                },
                (Event::Alias(_) | Event::UnresolvedAlias(_), span) => {
                    return Err(Diagnostic::error(
                        self.source,
                        span,
                        "aliases (`*name`) are not used in definitions",
                    ));
                }
                (_, span) => return Err(Diagnostic::error(self.source, span, "a key must be a plain text")),
            };
            if let Some((first, _)) = entries.iter().find(|(other, _)| other.text == key.text) {
                let line = self.source.position(first.span.start).line;
                return Err(Diagnostic::error(
                    self.source,
                    key.span,
                    format!("the key `{}` stands twice", key.text),
                )
                .with_hint(format!("it stands first in line {line}")));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push((key, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Result<Document, Diagnostic> {
        Document::parse(&Arc::new(Source {
            path: "t.yaml".into(),
            text: text.into(),
        }))
    }

    #[test]
    fn scalars_mean_what_they_look_like() {
        let json = document("a: 0791\nb: 10\nc: NO\nd: 2025-06-01\ne: \"2\"\nf: true\ng: 1.50\nn:\n")
            .unwrap()
            .to_json();
        assert_eq!(
            json,
            serde_json::json!({"a": "0791", "b": 10, "c": "NO", "d": "2025-06-01", "e": "2", "f": true, "g": 1.5, "n": null})
        );
    }

    #[test]
    fn places_are_found_through_quotes_and_folds() {
        let text = "æ: 1\nrule: 'x = \"det''s\" and fejl'\nfold: >-\n  a = 1\n  and fejl = 2\nlit: |\n  if x\n  then fejl\ndouble: \"x = \\\"f\\n\\u00e6\\\" and fejl\"\nwide: \"x\\n  and\n  fejl\"\n";
        let read = document(text).unwrap();
        for pointer in ["/rule", "/fold", "/lit", "/double", "/wide"] {
            let Kind::Scalar { text: value, .. } = &read.find(pointer).kind else {
                panic!()
            };
            let at = value.find("fejl").unwrap();
            let span = read.span_within(pointer, &(at..at + 4));
            assert_eq!(&read.source.text[span], "fejl", "{pointer}");
        }
        let quoted = read.span_within("/double", &(4..10));
        assert_eq!(&read.source.text[quoted], "\\\"f\\n\\u00e6\\\"");
    }

    #[test]
    fn bombs_and_repeated_keys_are_refused_with_their_place() {
        let bomb = document("a: &a [x, x]\nb: [*a, *a]\n").unwrap_err();
        assert!(bomb.message.contains("anchors"), "{}", bomb.message);
        let twice = document("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(twice.source.unwrap().position(twice.span.start).line, 3);
        assert!(document(&"[".repeat(5000)).is_err());
        assert!(document("").is_err());
        assert!(document("a: [1, 2\nb: 3").is_err());
    }
}
