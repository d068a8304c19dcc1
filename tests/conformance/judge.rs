//! The kit's rules for comparing a result with its expectation.

use metode::value::{DateTime, Number, Time, Value, Zone};
use serde_json::Value as Json;

/// Whether a result, made to fit the declared type, is the expected one; if not, what is wrong.
pub fn judge(
    expected: &Value,
    declared: &Json,
    error: bool,
    result: Result<Value, String>,
) -> Result<(), String> {
    let value = match result {
        Ok(value) => coerce(&value, declared),
        Err(_) if error => return Ok(()),
        Err(message) => return Err(format!("refused: {message}")),
    };
    if same(expected, &value) {
        Ok(())
    } else {
        Err(format!("{value} instead of {expected}"))
    }
}

fn conforms(value: &Value, declared: &Json) -> bool {
    if value.is_null() {
        return true;
    }
    match declared {
        Json::String(name) => name == "Any" || name == value.kind(),
        Json::Object(kind) => {
            if let Some(item) = kind.get("list") {
                value
                    .as_list()
                    .is_some_and(|items| items.iter().all(|value| conforms(value, item)))
            } else if let Some(members) = kind.get("context").and_then(Json::as_object) {
                value.as_context().is_some_and(|context| {
                    members.iter().all(|(name, declared)| {
                        context.get(name).is_some_and(|value| conforms(value, declared))
                    })
                })
            } else {
                kind.contains_key("function") && matches!(value, Value::Function(_))
            }
        }
        _ => false,
    }
}

/// The value as the declared type has it: a list of one item is that item and the other way round, a date
/// is its midnight in universal time; anything else that does not conform is null.
fn coerce(value: &Value, declared: &Json) -> Value {
    if conforms(value, declared) {
        return value.clone();
    }
    match (value, declared) {
        (Value::List(items), _) if items.len() == 1 => {
            let only = coerce(&items[0], declared);
            if !only.is_null() && only.as_list().is_none() {
                return only;
            }
        }
        (single, Json::Object(kind))
            if single.as_list().is_none() && kind.get("list").is_some_and(|item| conforms(single, item)) =>
        {
            return Value::list(vec![single.clone()]);
        }
        (Value::Date(date), Json::String(name)) if name == "date and time" => {
            if let Some(zone) = Zone::offset(0) {
                return Value::DateTime(DateTime::new(*date, Time::MIDNIGHT.with_zone(zone)));
            }
        }
        _ => {}
    }
    Value::Null
}

fn same(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::Number(a), Value::Number(b)) => near(a, b),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Context(a), Value::Context(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        (Value::Time(a), Value::Time(b)) => clock(a) == clock(b) && zone(a) == zone(b),
        (Value::DateTime(a), Value::DateTime(b)) => {
            let (x, y) = (zone(a.time()), zone(b.time()));
            let then = matches!(x, Zone::Named(_)) != matches!(y, Zone::Named(_)) && a.offset() == b.offset();
            a.date() == b.date() && clock(a.time()) == clock(b.time()) && (x == y || then)
        }
        _ => expected == value,
    }
}

/// Equal up to 1e-8, the tolerance of the kit's own runners.
fn near(a: &Number, b: &Number) -> bool {
    let tolerance = Number::from_parts(false, 1, -8).unwrap_or(Number::ZERO);
    a == b
        || a.checked_sub(b)
            .is_some_and(|difference| difference.abs() < tolerance)
}

fn clock(time: &Time) -> Time {
    time.with_zone(Zone::Local)
}

/// The zone, with universal time as an offset however it was written.
fn zone(time: &Time) -> Zone {
    match time.zone_name() {
        Some("Etc/UTC" | "UTC" | "Z") => Zone::Offset(0),
        _ => time.zone().clone(),
    }
}
