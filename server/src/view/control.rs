//! Values as form controls hold them.

use serde_json::Value as Json;

/// The parts of a contact in the order in which they are asked.
const CONTACT_PARTS: [&str; 6] = ["name", "relation", "organisation", "address", "phone", "email"];

/// The text that a text control holds for a value: Danish dates, decimal comma, codes.
pub fn control_text(kind: &str, value: &Json) -> String {
    match (kind, value) {
        (_, Json::Null) => String::new(),
        ("date", Json::String(text)) => danish_date(text).unwrap_or_else(|| text.clone()),
        ("number" | "money", Json::String(text)) => text.replace('.', ","),
        ("number" | "money", Json::Number(number)) => number.to_string().replace('.', ","),
        (_, Json::String(text)) => text.clone(),
        (_, Json::Bool(value)) => value.to_string(),
        (_, other) => other.to_string(),
    }
}

/// What a form posts for a value that nobody touched: one text, or one for each choice.
pub fn as_typed(kind: &str, value: &Json) -> Vec<String> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(values) => values.iter().map(|value| control_text("choice", value)).collect(),
        value => vec![control_text(kind, value)],
    }
}

/// The names under which a field is posted, with the value behind each: a contact is posted part by part.
pub fn parts(path: &str, kind: &str, value: &Json) -> Vec<(String, Json)> {
    if kind == "contact" {
        CONTACT_PARTS
            .iter()
            .map(|part| {
                (
                    format!("{path}.{part}"),
                    value.get(part).cloned().unwrap_or(Json::Null),
                )
            })
            .collect()
    } else {
        vec![(path.to_owned(), value.clone())]
    }
}

fn danish_date(text: &str) -> Option<String> {
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(format!(
        "{:02}.{:02}.{:04}",
        date.day(),
        date.month(),
        date.year()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn controls_hold_danish_text() {
        assert_eq!(control_text("date", &json!("2025-05-01")), "01.05.2025");
        assert_eq!(control_text("money", &json!("52000.50")), "52000,50");
        assert_eq!(control_text("number", &json!(2.5)), "2,5");
        assert_eq!(control_text("text", &json!("a.b")), "a.b");
        assert_eq!(as_typed("choices", &json!(["a", "b"])), ["a", "b"]);
        assert!(as_typed("text", &json!(null)).is_empty());
    }

    #[test]
    fn a_contact_is_posted_part_by_part() {
        let posted = parts("laege", "contact", &json!({"name": "Bo"}));
        assert_eq!(posted.len(), 6);
        assert_eq!(posted[0], ("laege.name".to_owned(), json!("Bo")));
    }
}
