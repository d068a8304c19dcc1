//! Values as JSON: plain, as case files hold them, and tagged, as the conformance data holds them.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{Context, Date, DateTime, DaysDuration, MonthsDuration, Number, Time, Value};

/// Up to this size every whole number is exact in binary floating point.
const EXACT: i64 = 1 << 53;

impl Value {
    /// Reads plain JSON: text stays text, whatever it looks like.
    pub fn from_plain_json(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => Number::parse(&number.to_string()).map_or(Value::Null, Value::Number),
            Json::String(text) => Value::string(text),
            Json::Array(items) => Value::list(items.iter().map(Value::from_plain_json).collect()),
            Json::Object(entries) => Value::context(
                entries
                    .iter()
                    .map(|(name, value)| (Arc::from(name.as_str()), Value::from_plain_json(value))),
            ),
        }
    }

    /// Writes plain JSON: dates and durations as ISO text, a number as a JSON number when that is exact and
    /// as text otherwise.
    pub fn to_plain_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Boolean(value) => Json::Bool(*value),
            Value::Number(number) => plain_number(number),
            Value::String(text) => Json::String(text.to_string()),
            Value::Date(date) => Json::String(date.to_string()),
            Value::Time(time) => Json::String(time.to_string()),
            Value::DateTime(time) => Json::String(time.to_string()),
            Value::Days(duration) => Json::String(duration.to_string()),
            Value::Months(duration) => Json::String(duration.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Value::to_plain_json).collect()),
            Value::Context(context) => Json::Object(entries(context, Value::to_plain_json)),
            Value::Range(_) | Value::Function(_) => Json::String(self.to_string()),
        }
    }

    /// Reads the tagged encoding, in which `{"number": "1.50"}` is a number.
    pub fn from_tagged_json(json: &Json) -> Result<Value, String> {
        match json {
            Json::Array(items) => items
                .iter()
                .map(Value::from_tagged_json)
                .collect::<Result<_, _>>()
                .map(Value::list),
            Json::Object(tagged) => {
                let mut entries = tagged.iter();
                match (entries.next(), entries.next()) {
                    (Some((tag, content)), None) => from_tag(tag, content),
                    _ => Err(format!("`{json}` is not an object with exactly one key")),
                }
            }
            plain => Ok(Value::from_plain_json(plain)),
        }
    }

    /// Writes the tagged encoding; a range or a function becomes `{"other": …}`.
    pub fn to_tagged_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Boolean(value) => Json::Bool(*value),
            Value::Number(number) => json!({ "number": number.to_string() }),
            Value::String(text) => Json::String(text.to_string()),
            Value::Date(date) => json!({ "date": date.to_string() }),
            Value::Time(time) => json!({ "time": time.to_string() }),
            Value::DateTime(time) => json!({ "dateTime": time.to_string() }),
            Value::Days(duration) => json!({ "duration": duration.to_string() }),
            Value::Months(duration) => json!({ "duration": duration.to_string() }),
            Value::List(items) => Json::Array(items.iter().map(Value::to_tagged_json).collect()),
            Value::Context(context) => {
                json!({ "context": Json::Object(entries(context, Value::to_tagged_json)) })
            }
            Value::Range(_) => json!({ "range": self.to_string() }),
            Value::Function(_) => json!({ "other": "function" }),
        }
    }
}

fn entries(context: &Context, write: fn(&Value) -> Json) -> Map<String, Json> {
    context
        .iter()
        .map(|(name, value)| (name.to_string(), write(value)))
        .collect()
}

fn plain_number(number: &Number) -> Json {
    if let Some(whole) = number.to_i64().filter(|whole| whole.abs() <= EXACT) {
        return Json::from(whole);
    }
    let float = number.to_f64();
    let exact = serde_json::Number::from_f64(float)
        .filter(|written| Number::parse(&written.to_string()).as_ref() == Some(number));
    exact.map_or_else(|| Json::String(number.to_string()), Json::Number)
}

fn from_tag(tag: &str, content: &Json) -> Result<Value, String> {
    let wrong = || format!("`{content}` is not a {tag}");
    if tag == "context" {
        let Json::Object(entries) = content else {
            return Err(wrong());
        };
        let read =
            |(name, value): (&String, &Json)| Ok((Arc::from(name.as_str()), Value::from_tagged_json(value)?));
        return Ok(Value::context(
            entries.iter().map(read).collect::<Result<Vec<_>, String>>()?,
        ));
    }
    let text = content.as_str().ok_or_else(wrong)?;
    let value = match tag {
        "number" => Number::parse(text).map(Value::Number),
        "date" => Date::parse(text).map(Value::Date),
        "time" => Time::parse(text).map(Value::Time),
        "dateTime" => DateTime::parse(text).map(Value::DateTime),
        "duration" => MonthsDuration::parse(text)
            .map(Value::Months)
            .or_else(|| DaysDuration::parse(text).map(Value::Days)),
        _ => return Err(format!("`{tag}` is not a kind of value")),
    };
    value.ok_or_else(wrong)
}
