//! Values as a person would write them in a rule.

use std::fmt::{self, Write};

use super::{Range, Value};

/// How many parts of a large value are written out before the rest becomes `…`; a long text is many parts.
const SHOWN: usize = 2_000_000;
/// How deep a value is written out.
const DEPTH: usize = 250;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(self, f, &mut { SHOWN }, DEPTH)
    }
}

fn write_value(value: &Value, f: &mut fmt::Formatter<'_>, left: &mut usize, depth: usize) -> fmt::Result {
    if *left == 0 || depth == 0 {
        return f.write_char('…');
    }
    *left -= 1;
    match value {
        Value::Null => f.write_str("null"),
        Value::Boolean(value) => write!(f, "{value}"),
        Value::Number(number) => write!(f, "{number}"),
        Value::String(text) => {
            *left = left.saturating_sub(text.len() / 32);
            write_quoted(text, f)
        }
        Value::Date(date) => write!(f, "@\"{date}\""),
        Value::Time(time) => write!(f, "@\"{time}\""),
        Value::DateTime(time) => write!(f, "@\"{time}\""),
        Value::Days(duration) => write!(f, "@\"{duration}\""),
        Value::Months(duration) => write!(f, "@\"{duration}\""),
        Value::Function(function) => f.write_str(&function.signature),
        Value::Range(range) => write_range(range, f, left, depth - 1),
        Value::List(items) => {
            f.write_char('[')?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                if *left == 0 {
                    f.write_char('…')?;
                    break;
                }
                write_value(item, f, left, depth - 1)?;
            }
            f.write_char(']')
        }
        Value::Context(context) => {
            f.write_char('{')?;
            for (at, (name, value)) in context.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                if *left == 0 {
                    f.write_char('…')?;
                    break;
                }
                if name_needs_quotes(name) {
                    write_quoted(name, f)?;
                } else {
                    f.write_str(name)?;
                }
                f.write_str(": ")?;
                write_value(value, f, left, depth - 1)?;
            }
            f.write_char('}')
        }
    }
}

fn write_range(range: &Range, f: &mut fmt::Formatter<'_>, left: &mut usize, depth: usize) -> fmt::Result {
    match (&range.low, &range.high) {
        (None, Some(high)) => {
            f.write_str(if range.high_included { "(<= " } else { "(< " })?;
            write_value(high, f, left, depth)?;
            f.write_char(')')
        }
        (Some(low), None) => {
            f.write_str(if range.low_included { "(>= " } else { "(> " })?;
            write_value(low, f, left, depth)?;
            f.write_char(')')
        }
        (low, high) => {
            f.write_char(if range.low_included { '[' } else { '(' })?;
            write_value(low.as_ref().unwrap_or(&Value::Null), f, left, depth)?;
            f.write_str("..")?;
            write_value(high.as_ref().unwrap_or(&Value::Null), f, left, depth)?;
            f.write_char(if range.high_included { ']' } else { ')' })
        }
    }
}

/// Writes a text as a literal.
pub(crate) fn write_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{:04X}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

/// Whether a name can only be written between quotes as the key of a context.
pub fn name_needs_quotes(name: &str) -> bool {
    let word = |word: &str| {
        word.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    name.is_empty() || !name.split(' ').all(word)
}
