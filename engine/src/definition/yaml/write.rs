//! Writes YAML that reads back as what was written.

use std::fmt::Write;

use serde_json::Value as Json;

use super::plain;

/// The text of a file that holds a value.
pub fn write(value: &Json) -> String {
    let mut text = String::new();
    match value {
        Json::Object(members) if !members.is_empty() => mapping(members, 0, &mut text),
        value => {
            text.push_str(&inline(value, false));
            text.push('\n');
        }
    }
    text
}

fn mapping(members: &serde_json::Map<String, Json>, depth: usize, text: &mut String) {
    for (index, (key, value)) in members.iter().enumerate() {
        // The first key of a list's item stands behind its dash.
        let indent = if index == 0 && text.ends_with("- ") {
            0
        } else {
            depth
        };
        let _ = write!(text, "{:indent$}{}:", "", scalar(key, true));
        match value {
            Json::Object(members) if !members.is_empty() => {
                text.push('\n');
                mapping(members, depth + 2, text);
            }
            Json::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                text.push('\n');
                for item in items {
                    let _ = write!(text, "{:indent$}- ", "", indent = depth + 2);
                    match item {
                        Json::Object(members) if !members.is_empty() => mapping(members, depth + 4, text),
                        item => {
                            let _ = writeln!(text, "{}", inline(item, false));
                        }
                    }
                }
            }
            value => {
                let _ = writeln!(text, " {}", inline(value, false));
            }
        }
    }
}

/// A value in one line.
fn inline(value: &Json, brackets: bool) -> String {
    match value {
        Json::String(text) => scalar(text, brackets),
        Json::Array(items) => format!(
            "[{}]",
            items
                .iter()
                .map(|item| inline(item, true))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key, true), inline(value, true)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// A text, in quotes unless it is one without them; inside brackets commas part.
fn scalar(text: &str, brackets: bool) -> String {
    let harmless = |letter: char| {
        letter.is_alphanumeric() || " _-/.()§".contains(letter) || (letter == ',' && !brackets)
    };
    let bare = text.starts_with(char::is_alphabetic)
        && text.chars().all(harmless)
        && !text.ends_with(' ')
        && plain(text).is_string();
    if bare {
        text.to_owned()
    } else {
        Json::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::Document;
    use super::*;
    use crate::source::Source;

    fn read(text: String) -> Json {
        let path = "written.yaml".to_owned();
        Document::parse(&Arc::new(Source { path, text }))
            .unwrap()
            .to_json()
    }

    fn values() -> impl Strategy<Value = Json> {
        let texts = prop_oneof![
            "[ -~éß§\n\t\u{a0}\u{fffd}]{0,12}",
            "(true|null|~|- a|a: b|#|'|\"|[0-9]{1,4}|1e5|2025-06-01)"
        ];
        let leaf = prop_oneof![
            texts.prop_map(Json::String),
            any::<bool>().prop_map(Json::Bool),
            any::<i32>().prop_map(Json::from),
            Just(Json::Null)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                prop::collection::btree_map("[a-zé0-9:_ ]{1,6}", inner, 0..4)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in values()) {
            let value = serde_json::json!({ "value": value });
            let text = write(&value);
            prop_assert_eq!(&read(text.clone()), &value, "{}", text);
        }
    }
}
