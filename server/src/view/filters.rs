//! Filters of the templates.

use jiff::Timestamp;
use jiff::civil::Date;
use minijinja::{Environment, Value};
use serde_json::Value as Json;

use super::{asset, control_text};
use crate::clock::local;

const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
];

pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("shown", shown);
    environment.add_filter("control", control);
    environment.add_filter("date", |text: Value| {
        text.as_str().map(long_date).unwrap_or_default()
    });
    environment.add_filter("date_input", |text: Value| {
        text.as_str()
            .map(|text| control_text("date", &Json::String(text.to_owned())))
            .unwrap_or_default()
    });
    environment.add_filter("time", |text: Value| text.as_str().map(time).unwrap_or_default());
    environment.add_filter("when", |text: Value| {
        text.as_str().map(moment).unwrap_or_default()
    });
    environment.add_filter("ago", |text: Value| text.as_str().map(ago).unwrap_or_default());
    environment.add_filter("plain", |value: Value| {
        json_of(&value).map(|value| plain(&value)).unwrap_or_default()
    });
    environment.add_filter("grouped", grouped);
    environment.add_filter("lower_first", |text: &str| lower_first(text));
    environment.add_function("asset", |name: &str| {
        asset(name).map(|asset| asset.address()).unwrap_or_default()
    });
}

/// The violations that are shown: missing answers only once somebody has tried to complete the form.
fn shown(violations: Value, missing: Value) -> Vec<Value> {
    let Ok(violations) = violations.try_iter() else {
        return Vec::new();
    };
    let missing = missing.is_true();
    violations
        .filter(|violation| {
            missing
                || violation
                    .get_attr("rule")
                    .ok()
                    .is_none_or(|rule| rule.as_str() != Some("required"))
        })
        .collect()
}

/// The text in the control of a field.
fn control(item: Value) -> String {
    let kind = item.get_attr("type").unwrap_or_default();
    let value = item
        .get_attr("value")
        .ok()
        .and_then(|value| json_of(&value))
        .unwrap_or_default();
    control_text(kind.as_str().unwrap_or_default(), &value)
}

fn json_of(value: &Value) -> Option<Json> {
    serde_json::to_value(value).ok()
}

/// `1. maj 2025` for an ISO date, or for the day of a point in time.
fn long_date(text: &str) -> String {
    match text
        .parse::<Date>()
        .ok()
        .or_else(|| local(text).map(|(date, _, _)| date))
    {
        Some(date) => {
            let month = usize::try_from(date.month() - 1)
                .ok()
                .and_then(|month| MONTHS.get(month));
            format!("{}. {} {}", date.day(), month.unwrap_or(&""), date.year())
        }
        None => text.to_owned(),
    }
}

/// `14:03` in Danish time.
fn time(text: &str) -> String {
    local(text)
        .map(|(_, hour, minute)| format!("{hour:02}:{minute:02}"))
        .unwrap_or_default()
}

fn moment(text: &str) -> String {
    format!("{} kl. {}", long_date(text), time(text))
}

/// `40.000`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// How long ago a moment was.
fn ago(stamp: &str) -> String {
    let Ok(then) = stamp.parse::<Timestamp>() else {
        return String::new();
    };
    let minutes = Timestamp::now().duration_since(then).as_secs().max(0) / 60;
    match (minutes, minutes / 60, minutes / 60 / 24) {
        (0, _, _) => "under 1 minut".to_owned(),
        (1, _, _) => "1 minut".to_owned(),
        (minutes, 0, _) => format!("{minutes} minutter"),
        (_, 1, _) => "1 time".to_owned(),
        (_, hours, 0) => format!("{hours} timer"),
        (_, _, 1) => "1 dag".to_owned(),
        (_, _, days) => format!("{days} dage"),
    }
}

/// A JSON value as text: Danish dates and yes or no, lists with commas.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => "–".to_owned(),
        Json::Bool(true) => "ja".to_owned(),
        Json::Bool(false) => "nej".to_owned(),
        Json::Number(number) => number.to_string().replace('.', ","),
        Json::String(text) if text.parse::<Date>().is_ok() => long_date(text),
        Json::String(text) => text.clone(),
        Json::Array(values) if values.is_empty() => "–".to_owned(),
        Json::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Json::Object(entries) => entries
            .iter()
            .map(|(name, value)| format!("{name}: {}", plain(value)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// The text with a small first letter, unless it begins with an abbreviation.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(_), Some(second)) if second.is_uppercase() || second.is_numeric() => text.to_owned(),
        (Some(first), _) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_danish() {
        assert_eq!(long_date("2025-05-01"), "1. maj 2025");
        assert_eq!(moment("2025-06-30T22:05:00Z"), "1. juli 2025 kl. 00:05");
    }

    #[test]
    fn large_numbers_are_grouped() {
        let shown = [0, 999, 1_000, 40_000, 1_530_000].map(grouped);
        assert_eq!(shown, ["0", "999", "1.000", "40.000", "1.530.000"]);
    }

    #[test]
    fn abbreviations_keep_their_letters() {
        assert_eq!(lower_first("Mål"), "mål");
        assert_eq!(lower_first("VISO-rådgivning"), "VISO-rådgivning");
    }
}
