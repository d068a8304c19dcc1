//! Between answers as case files write them and the values that rules compute with.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::definition::{CONTACT_PARTS, Concept, Field, Kind, List, Method, Options, Texts};
use crate::value::{Date, Number, Value};

/// The longest answer of type text, in characters.
pub const TEXT_LIMIT: usize = 2_000;
/// The longest answer of type longtext, in characters.
pub const LONGTEXT_LIMIT: usize = 100_000;
/// The most rows of one group.
pub const ROW_LIMIT: usize = 500;

/// What rules see of an answer given on a day, or the message that tells the caseworker why it cannot be.
pub fn read(
    method: &Method,
    field: &Field,
    answer: &Json,
    row_keys: &[&str],
    day: Date,
) -> Result<Value, String> {
    let say = |key: &str, parameters: &[(&str, &str)]| method.text(key, parameters);
    if empty(answer) {
        return Ok(Value::Null);
    }
    match &field.kind {
        Kind::Text | Kind::Reference(_) => text(method, answer, TEXT_LIMIT),
        Kind::LongText => text(method, answer, LONGTEXT_LIMIT),
        Kind::YesNo => answer
            .as_bool()
            .map(Value::Boolean)
            .ok_or_else(|| say("not_a_boolean", &[])),
        Kind::Date => {
            let date = answer
                .as_str()
                .and_then(Date::parse)
                .filter(|date| (1800..=2200).contains(&date.year()));
            date.map(Value::Date).ok_or_else(|| say("not_a_date", &[]))
        }
        Kind::Number | Kind::Money => {
            let number = match answer {
                Json::Number(number) => Number::parse(&number.to_string()),
                Json::String(text) => Number::parse(text.trim()),
                _ => None,
            };
            number.map(Value::Number).ok_or_else(|| say("not_a_number", &[]))
        }
        Kind::Choice(options) => match answer {
            Json::String(code) => {
                choose(method, options, code, row_keys).map(|code| Value::String(Arc::from(code)))
            }
            _ => Err(say("unknown_code", &[("code", &shown(answer))])),
        },
        Kind::Score(options) => {
            let code = match answer {
                Json::String(code) => Cow::Borrowed(code.as_str()),
                Json::Number(number) => Cow::Owned(number.to_string()),
                _ => return Err(say("unknown_code", &[("code", &shown(answer))])),
            };
            choose(method, options, &code, row_keys)?;
            let concept = concept(options, &code, day);
            Ok(concept
                .and_then(|concept| concept.level)
                .map_or(Value::Null, Value::Number))
        }
        Kind::Choices(options) => {
            let Some(codes) = answer.as_array() else {
                return Err(say("unknown_code", &[("code", &shown(answer))]));
            };
            let mut seen = HashSet::new();
            let mut values = Vec::with_capacity(codes.len());
            for code in codes {
                let Some(code) = code.as_str() else {
                    return Err(say("unknown_code", &[("code", &shown(code))]));
                };
                choose(method, options, code, row_keys)?;
                if seen.insert(code) {
                    values.push(Value::string(code));
                }
            }
            Ok(Value::list(values))
        }
        Kind::Contact => {
            let Some(parts) = answer.as_object() else {
                return Err(say("not_a_contact", &[]));
            };
            let mut members = Vec::with_capacity(CONTACT_PARTS.len());
            if let Some(unknown) = parts.keys().find(|key| !CONTACT_PARTS.contains(&key.as_str())) {
                return Err(say("unknown_field", &[("field", unknown)]));
            }
            for part in CONTACT_PARTS {
                let value = match parts.get(part) {
                    None => Value::Null,
                    Some(value) if empty(value) => Value::Null,
                    Some(value) => text(method, value, TEXT_LIMIT)?,
                };
                members.push((Arc::from(part), value));
            }
            Ok(Value::context(members))
        }
        Kind::Group(_) => Err(say("not_rows", &[])),
    }
}

/// Whether an answer says nothing.
pub fn empty(answer: &Json) -> bool {
    match answer {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(parts) => parts.values().all(empty),
        _ => false,
    }
}

fn text(method: &Method, answer: &Json, limit: usize) -> Result<Value, String> {
    match answer {
        Json::String(text) if text.len() > limit && text.chars().count() > limit => {
            Err(method.text("too_long", &[("limit", &limit.to_string())]))
        }
        Json::String(text) => Ok(Value::string(text)),
        _ => Err(method.text("not_text", &[])),
    }
}

fn shown(answer: &Json) -> String {
    let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
    text.chars().take(60).collect()
}

/// The concept behind a code, in the wording of a day.
pub fn concept<'a>(options: &'a Options, code: &str, day: Date) -> Option<&'a Concept> {
    match options {
        Options::List(list, _) => list.known_on(day, code),
        Options::Texts => None,
    }
}

fn choose<'a>(
    method: &Method,
    options: &Options,
    code: &'a str,
    row_keys: &[&str],
) -> Result<&'a str, String> {
    let unknown = || {
        method.text(
            "unknown_code",
            &[("code", &shown(&Json::String(code.to_owned())))],
        )
    };
    match options {
        Options::Texts if code.chars().count() <= TEXT_LIMIT => Ok(code),
        Options::Texts => Err(unknown()),
        Options::List(list, branch) => {
            let branch = branch.code(row_keys);
            match list.within(branch, code) {
                Some(concept) if concept.selectable => Ok(code),
                Some(concept) => Err(method.text("not_selectable", &[("code", &concept.label)])),
                None => Err(unknown()),
            }
        }
    }
}

/// The answer that a value computed on a day amounts to.
pub fn write(field: &Field, value: &Value, day: Date) -> Json {
    match (&field.kind, value) {
        (Kind::Score(Options::List(list, _)), Value::Number(level)) => {
            level_code(list.on(day), level).map_or(Json::Null, |code| Json::String(code.to_owned()))
        }
        _ => value.to_plain_json(),
    }
}

fn level_code<'a>(list: &'a List, level: &Number) -> Option<&'a str> {
    list.all()
        .iter()
        .find(|concept| concept.level.as_ref() == Some(level))
        .map(|concept| &*concept.code)
}

/// An answer given on a day in words: labels instead of codes, dates and numbers as the language writes them.
pub fn words(texts: &Texts, field: &Field, answer: &Json, given: Date) -> String {
    if empty(answer) {
        return String::new();
    }
    let label = |options: &Options, code: &Json| {
        let code = shown(code);
        concept(options, &code, given).map_or(code, Concept::full_label)
    };
    match (&field.kind, answer) {
        (Kind::Choice(options) | Kind::Score(options), code) => label(options, code),
        (Kind::Choices(options), Json::Array(codes)) => codes
            .iter()
            .map(|code| label(options, code))
            .collect::<Vec<_>>()
            .join(", "),
        (Kind::YesNo, Json::Bool(value)) => texts.get(if *value { "yes" } else { "no" }, &[]),
        (Kind::Date, Json::String(text)) => {
            Date::parse(text).map_or_else(|| text.clone(), |date| day(texts, date))
        }
        (Kind::Money, answer) => grouped(texts, &plain(answer), true),
        (Kind::Number, answer) => grouped(texts, &plain(answer), false),
        (Kind::Contact, Json::Object(parts)) => {
            let parts = CONTACT_PARTS.iter().filter_map(|part| parts.get(*part)?.as_str());
            parts
                .filter(|text| !text.trim().is_empty())
                .collect::<Vec<_>>()
                .join(", ")
        }
        (_, Json::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn plain(answer: &Json) -> String {
    answer.as_str().map_or_else(|| answer.to_string(), str::to_owned)
}

/// A day as the method's language writes it.
pub fn day(texts: &Texts, date: Date) -> String {
    let (day, month) = (format!("{:02}", date.day()), format!("{:02}", date.month()));
    texts.get(
        "date_pattern",
        &[
            ("day", &day),
            ("month", &month),
            ("year", &date.year().to_string()),
        ],
    )
}

/// A number as the method's language writes it; amounts with two decimals or none.
pub fn grouped(texts: &Texts, number: &str, money: bool) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    if !whole.bytes().all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let (thousands, mark) = (texts.get("thousands_mark", &[]), texts.get("decimal_mark", &[]));
    let mut out = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push_str(&thousands);
        }
        out.push(digit);
    }
    let decimals = decimals.trim_end_matches('0');
    if !decimals.is_empty() {
        out.push_str(&mark);
        out.push_str(decimals);
        if money && decimals.len() == 1 {
            out.push('0');
        }
    }
    if money {
        texts.get("amount_pattern", &[("number", &out)])
    } else {
        out
    }
}

/// What a form's control posts, as an answer: several texts for several choices, days and numbers as people write them.
pub fn posted(method: &Method, field: &Field, values: &[String]) -> Json {
    let first = values.first().map(|text| text.trim()).unwrap_or_default();
    match &field.kind {
        Kind::Choices(_) => {
            let codes = values.iter().filter(|code| !code.is_empty());
            Json::Array(codes.map(|code| Json::String(code.clone())).collect())
        }
        _ if first.is_empty() => Json::Null,
        Kind::YesNo => match first {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            other => Json::String(other.to_owned()),
        },
        Kind::Date => Json::String(read_day(first).map_or_else(|| first.to_owned(), |day| day.to_string())),
        Kind::Number | Kind::Money => Json::String(read_number(method, first)),
        Kind::Text | Kind::LongText => Json::String(
            values
                .first()
                .map(|text| text.replace("\r\n", "\n"))
                .unwrap_or_default(),
        ),
        _ => Json::String(first.to_owned()),
    }
}

/// The day that people write as `1.9.2025`, `01-09-2025` or `01/09 2025`.
pub fn read_day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text
        .split(['.', '-', '/', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    let [day, month, year] = parts.as_slice() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A number as people of the method's language write it, with or without the word for the currency, as rules read it.
fn read_number(method: &Method, text: &str) -> String {
    let around = method.text("amount_pattern", &[("number", "\n")]);
    let (before, behind) = around.split_once('\n').unwrap_or_default();
    let text = text.trim();
    let text = text.strip_prefix(before.trim()).unwrap_or(text);
    let text = text.strip_suffix(behind.trim()).unwrap_or(text);
    let (thousands, mark) = (
        method.text("thousands_mark", &[]),
        method.text("decimal_mark", &[]),
    );
    plain_number(text, &thousands, &mark)
}

fn plain_number(text: &str, thousands: &str, mark: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    if text.contains(mark) {
        return text.replace(thousands, "").replace(mark, ".");
    }
    // The mark before exactly three last digits groups thousands.
    let mut parts = text.split(thousands);
    let first = parts.next().unwrap_or_default();
    let grouped = text.contains(thousands) && first != "0" && parts.all(|part| part.len() == 3);
    if grouped {
        text.replace(thousands, "")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_amounts_are_read_as_people_write_them() {
        assert_eq!(read_day("1.9.2025"), Date::parse("2025-09-01"));
        assert_eq!(read_day("2025-09-01"), None);
        assert_eq!(read_day("31.2.2025"), None);
        assert_eq!(plain_number("1.250,50", ".", ","), "1250.50");
        assert_eq!(plain_number("26.000", ".", ","), "26000");
        assert_eq!(plain_number("12.5", ".", ","), "12.5");
        assert_eq!(plain_number("1,250.50", ",", "."), "1250.50");
    }
}
