//! JSON text as a report is written, and what its schema can see of it.

use crate::definition::{Class, Memory, Schema, Shape};
use crate::value::Value;

/// JSON text that grows.
pub(super) struct Text<'a> {
    pub json: String,
    pub shape: Shape,
    schema: Option<(&'a Schema, Memory)>,
}

/// JSON text with its shape.
#[derive(Default)]
pub(super) struct Written {
    pub json: String,
    pub shape: Shape,
}

impl<'a> Text<'a> {
    /// Text that will come to about so many bytes.
    pub fn new(schema: Option<&'a Schema>, bytes: usize) -> Self {
        Self {
            json: String::with_capacity(bytes),
            shape: Shape::new(),
            schema: schema.and_then(|schema| Some((schema, schema.memory()?))),
        }
    }

    /// Takes what is written so far, and begins anew with as much room.
    pub fn take(&mut self) -> Written {
        let (json, shape) = (String::with_capacity(self.json.capacity()), Shape::new());
        Written {
            json: std::mem::replace(&mut self.json, json),
            shape: std::mem::replace(&mut self.shape, shape),
        }
    }

    /// Notes which way was taken, where there are several.
    pub fn way(&mut self, number: u32) {
        if self.schema.is_some() {
            self.shape.push(number);
        }
    }

    /// Writes what a rule gave; nothing of what says nothing.
    pub fn value(&mut self, rule: usize, value: &Value) -> bool {
        match value {
            Value::Null => return false,
            Value::List(items) if items.is_empty() => return false,
            Value::Context(context) if context.is_empty() => return false,
            Value::String(text) => self.text(rule, text, &mut Class::Unknown),
            other => {
                let plain = other.to_plain_json();
                match plain.as_str() {
                    Some(text) => self.text(rule, text, &mut Class::Unknown),
                    None => {
                        let before = self.json.len();
                        self.json.push_str(&plain.to_string());
                        if let (Some((schema, _)), Some(json)) = (&self.schema, self.json.get(before..)) {
                            schema.exact(json, &mut self.shape);
                        }
                    }
                }
            }
        }
        true
    }

    /// Writes a text that a rule gave, whose class is found out if it is not known.
    pub fn text(&mut self, rule: usize, text: &str, class: &mut Class) {
        quoted(text, &mut self.json);
        if let Some((schema, memory)) = &mut self.schema {
            if let Class::Unknown = class {
                *class = schema.class(rule, text, memory);
            }
            schema.text(text, *class, &mut self.shape);
        }
    }
}

impl Drop for Text<'_> {
    fn drop(&mut self) {
        if let Some((schema, memory)) = self.schema.take() {
            schema.keep(memory);
        }
    }
}

fn quoted(text: &str, to: &mut String) {
    let plain = |all: bool, byte: u8| all & (byte >= b' ') & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, plain) {
        to.reserve(text.len() + 2);
        to.push('"');
        to.push_str(text);
        to.push('"');
    } else {
        to.push_str(&serde_json::Value::from(text).to_string());
    }
}
