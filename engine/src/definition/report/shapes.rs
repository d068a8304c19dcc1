//! Whether a report fits its JSON Schema, asked as rarely as can be.
//!
//! The parts of reports are alike: of the same kind, with the same members, and their texts are of the same form. A schema tells
//! texts apart by its patterns, by how long they are and by the texts that it names, and by nothing else. So two parts whose
//! texts are alike in that, with everything else equal, both fit or both do not. The schema is asked once of each such shape.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, RwLock};

use foldhash::fast::RandomState;
use jsonschema::Validator;
use serde_json::Value as Json;

use super::patterns::{Class, Memory, Patterns, Seen};

/// Everything that a schema can see of a part, as numbers: which members it has, what its texts are like, every other value.
pub(crate) type Shape = Vec<u32>;

/// A schema, and which shapes fit it.
pub(crate) struct Schema {
    /// The schema as it stands.
    pub validator: Validator,
    /// None when it can see more of a report than its shape.
    shapes: Option<Shapes>,
}

struct Shapes {
    /// The patterns that texts are held against.
    patterns: Patterns,
    /// The lengths that texts are held against.
    lengths: Vec<usize>,
    /// The texts that it names.
    named: HashMap<Box<str>, u32, RandomState>,
    /// Parts that fit, by the shape of what is around them.
    fit: RwLock<HashMap<Shape, HashSet<Shape, RandomState>, RandomState>>,
    /// Memories that nobody uses at the moment.
    memories: Mutex<Vec<Memory>>,
}

/// What the first number of a value that is neither text nor left out says: how many bytes follow.
const EXACT: u32 = 1 << 31;

/// What the number of a text says that is one of those that the schema names.
const NAMED: u32 = 1 << 30;

/// So many shapes are remembered for a template at most.
const MOST: usize = 20_000;

/// Longer texts are taken as they are, in bytes.
const SHORT: usize = 256;

/// More patterns and lengths than this do not go into a number.
const BITS: usize = 30;

/// The keywords that see no more of a text than its form, and nothing of how values in different places compare.
const PLAIN: [&str; 31] = [
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$comment",
    "title",
    "description",
    "examples",
    "default",
    "type",
    "const",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "items",
    "minItems",
    "maxItems",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "pattern",
    "minLength",
    "maxLength",
    "dependentRequired",
];

/// Of these, the keywords that may stand around the list of parts: they say the same of a list of one part as of one of many.
const AROUND: [&str; 11] = [
    "$schema",
    "$id",
    "$defs",
    "$comment",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
];

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").finish_non_exhaustive()
    }
}

impl Schema {
    /// A schema of reports whose parts stand in the list at a pointer.
    pub fn new(json: &Json, validator: Validator, parts_at: Option<&str>) -> Self {
        let shapes = parts_at
            .filter(|pointer| alike(json, pointer))
            .and_then(|_| Shapes::new(json));
        Self { validator, shapes }
    }

    /// What was seen of the texts before, to be given back; none when the shapes do not tell.
    pub fn memory(&self) -> Option<Memory> {
        let mut spare = self.shapes.as_ref()?.memories.lock().ok()?;
        Some(spare.pop().unwrap_or_default())
    }

    /// Takes a memory back, for the next report.
    pub fn keep(&self, memory: Memory) {
        if let Some(mut spare) = self
            .shapes
            .as_ref()
            .and_then(|shapes| shapes.memories.lock().ok())
        {
            spare.push(memory);
        }
    }

    /// What the schema can tell of a text that a rule gave.
    pub fn class(&self, rule: usize, text: &str, memory: &mut Memory) -> Class {
        match (&self.shapes, memory.of(rule)) {
            (Some(shapes), Some(seen)) => shapes.class(text, seen),
            _ => Class::Itself,
        }
    }

    /// Adds a text of a class.
    pub fn text(&self, text: &str, class: Class, to: &mut Shape) {
        match class {
            Class::Alike(class) => to.push(class),
            Class::Itself | Class::Unknown => self.exact(text, to),
        }
    }

    /// Adds a value as it is.
    pub fn exact(&self, json: &str, to: &mut Shape) {
        if self.shapes.is_none() {
            return;
        }
        to.push(EXACT | json.len() as u32);
        to.extend(json.bytes().map(u32::from));
    }

    /// The places of those parts of whose shapes it is not known that they fit; none when the shapes do not tell.
    pub fn unknown(&self, around: &Shape, parts: &[Shape]) -> Option<Vec<usize>> {
        let fit = self.shapes.as_ref()?.fit.read().ok()?;
        let known = fit.get(around);
        let places = parts.iter().enumerate();
        let unknown = places.filter(|(_, part)| !known.is_some_and(|known| known.contains(*part)));
        Some(unknown.map(|(place, _)| place).collect())
    }

    /// Remembers that parts of this shape fit.
    pub fn fits(&self, around: &Shape, part: &Shape) {
        if let Some(mut fit) = self.shapes.as_ref().and_then(|shapes| shapes.fit.write().ok()) {
            if fit.values().map(|parts| parts.len()).sum::<usize>() >= MOST {
                fit.clear();
            }
            fit.entry(around.clone()).or_default().insert(part.clone());
        }
    }
}

impl Shapes {
    fn new(json: &Json) -> Option<Self> {
        let mut held = Held::default();
        held.schema(json).then_some(())?;
        let patterns: Vec<&str> = held.patterns.iter().map(|text| &**text).collect();
        // What the two kinds of patterns read differently.
        let odd = ["&&", "--", "~~", "[["];
        if patterns.len() + held.lengths.len() > BITS
            || patterns
                .iter()
                .any(|pattern| odd.iter().any(|odd| pattern.contains(odd)))
        {
            return None;
        }
        Some(Self {
            patterns: Patterns::new(&patterns)?,
            lengths: held.lengths.into_iter().collect(),
            named: (0u32..)
                .zip(held.named)
                .map(|(number, text)| (text, NAMED | number))
                .collect(),
            fit: RwLock::default(),
            memories: Mutex::default(),
        })
    }

    /// What the schema can tell of a text, if that is less than the text itself.
    fn class(&self, text: &str, seen: &mut Seen) -> Class {
        if text.len() > SHORT {
            return Class::Itself;
        }
        if seen.text == text && seen.class != Class::Unknown {
            return seen.class;
        }
        if let Some(class) = self.named.get(text) {
            return Class::Alike(*class);
        }
        let found = self.patterns.found(text, &mut seen.way);
        let lengths = self.lengths.iter().map(|length| text.len() >= *length);
        let lengths = lengths.fold(0, |class, holds| class << 1 | u32::from(holds));
        let class = found.map(|found| lengths << self.patterns.count | found);
        seen.class = class.map_or(Class::Itself, Class::Alike);
        seen.text.clear();
        seen.text.push_str(text);
        seen.class
    }
}

/// What a schema holds texts against.
#[derive(Default)]
struct Held {
    patterns: std::collections::BTreeSet<Box<str>>,
    lengths: std::collections::BTreeSet<usize>,
    named: std::collections::BTreeSet<Box<str>>,
}

impl Held {
    /// Reads a schema; whether it says nothing that it could see more by.
    fn schema(&mut self, schema: &Json) -> bool {
        let Json::Object(keywords) = schema else {
            return schema.is_boolean();
        };
        keywords
            .iter()
            .all(|(keyword, value)| match (keyword.as_str(), value) {
                ("pattern", Json::String(pattern)) => {
                    self.patterns.insert(pattern.as_str().into());
                    true
                }
                ("minLength" | "maxLength", length) => {
                    let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
                    // A text is shorter than the least length, or longer than the greatest.
                    self.lengths.extend(
                        length
                            .into_iter()
                            .flat_map(|length| [length, length.saturating_add(1)]),
                    );
                    length.is_some()
                }
                ("const" | "enum", value) => {
                    self.names(value);
                    true
                }
                ("properties" | "$defs", Json::Object(schemas)) => {
                    schemas.values().all(|schema| self.schema(schema))
                }
                ("allOf" | "anyOf" | "oneOf", Json::Array(schemas)) => {
                    schemas.iter().all(|schema| self.schema(schema))
                }
                ("items" | "not" | "if" | "then" | "else" | "additionalProperties", schema) => {
                    self.schema(schema)
                }
                (keyword, _) => PLAIN.contains(&keyword),
            })
    }

    fn names(&mut self, value: &Json) {
        match value {
            Json::String(text) => {
                self.named.insert(text.as_str().into());
            }
            Json::Array(items) => items.iter().for_each(|item| self.names(item)),
            Json::Object(members) => members.values().for_each(|member| self.names(member)),
            _ => {}
        }
    }
}

/// Whether what a schema says on the way to a list, and of the list, holds of one part exactly when it holds of each of many.
fn alike(schema: &Json, pointer: &str) -> bool {
    let Some(keywords) = schema.as_object() else {
        return false;
    };
    let plain = |keyword: &String| AROUND.contains(&keyword.as_str());
    let Some((name, below)) = pointer
        .strip_prefix('/')
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        let few = keywords
            .get("minItems")
            .is_none_or(|least| least.as_u64().is_some_and(|least| least <= 1));
        return few
            && keywords
                .keys()
                .all(|keyword| plain(keyword) || keyword == "minItems");
    };
    let below = if below.is_empty() {
        String::new()
    } else {
        format!("/{below}")
    };
    let name = name.replace("~1", "/").replace("~0", "~");
    let member = keywords.get("properties").and_then(|members| members.get(&name));
    keywords.keys().all(plain) && member.is_some_and(|member| alike(member, &below))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A schema that holds texts against every kind of thing that it can.
    fn schema(text: &Json) -> Json {
        json!({"type": "object", "properties": {"entry": {"type": "array", "minItems": 1, "items": {
            "type": "object", "properties": {"a": text}}}}})
    }

    fn shapes(json: &Json) -> Schema {
        Schema::new(json, jsonschema::validator_for(json).unwrap(), Some("/entry"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn texts_that_look_alike_to_a_schema_are_judged_alike(
            left in "[a-c1-3 -]{0,6}|named|2025-0[1-3]-1[0-9]|\\PC{0,4}",
            right in "[a-c1-3 -]{0,6}|named|2025-0[1-3]-1[0-9]|\\PC{0,4}",
        ) {
            let rules = [
                json!({"pattern": "^[a-c]+$"}), json!({"pattern": "\\d-?\\d"}), json!({"minLength": 3}), json!({"maxLength": 4}),
                json!({"enum": ["named", "ab"]}), json!({"const": "1"}), json!({"pattern": "^(?:\\d{4}-\\d{2}-\\d{2})?$"}),
            ];
            let whole = schema(&json!({"anyOf": rules}));
            let schema = shapes(&whole);
            prop_assert!(schema.shapes.is_some());
            let mut memory = Memory::default();
            let mut shape = |text: &str| {
                let mut shape = Shape::new();
                schema.text(text, schema.class(0, text, &mut memory), &mut shape);
                shape
            };
            if shape(&left) == shape(&right) {
                for rule in &rules {
                    let rule = jsonschema::validator_for(rule).unwrap();
                    prop_assert_eq!(rule.is_valid(&json!(left)), rule.is_valid(&json!(right)), "{} {} {:?}", left, right, rule);
                }
            }
        }
    }

    #[test]
    fn a_schema_that_compares_places_or_counts_parts_is_asked_of_every_report() {
        let plain = schema(&json!({"pattern": "^a"}));
        assert!(shapes(&plain).shapes.is_some());
        let text = |text: Json| schema(&text);
        let list = |keyword: &str, value: Json| {
            let mut json = plain.clone();
            json["properties"]["entry"][keyword] = value;
            json
        };
        for json in [
            text(json!({"uniqueItems": true})),
            text(json!({"format": "date"})),
            text(json!({"pattern": "^(?=a)"})),
            text(json!({"pattern": "[a&&b]"})),
            list("maxItems", json!(3)),
            list("minItems", json!(2)),
            list("contains", json!({})),
            list("enum", json!([[]])),
        ] {
            assert!(shapes(&json).shapes.is_none(), "{json}");
        }
        let elsewhere = Schema::new(&plain, jsonschema::validator_for(&plain).unwrap(), Some("/other"));
        assert!(elsewhere.shapes.is_none());
    }

    #[test]
    fn a_shape_is_known_where_it_was_found_to_fit_and_nowhere_else() {
        let schema = shapes(&schema(&json!({})));
        let (around, elsewhere, part) = (vec![1], vec![2], vec![3]);
        assert_eq!(
            schema.unknown(&around, std::slice::from_ref(&part)),
            Some(vec![0])
        );
        schema.fits(&around, &part);
        assert_eq!(schema.unknown(&around, &[part.clone(), vec![4]]), Some(vec![1]));
        assert_eq!(schema.unknown(&elsewhere, &[part]), Some(vec![0]));
    }
}
