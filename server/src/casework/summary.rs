//! The summary of a case for lists: nothing confidential.

use metode::evaluation::FormView;
use serde::{Deserialize, Serialize};

use super::{Opened, fields};

/// How many facts about the case a list shows.
const FACTS: usize = 3;

/// What lists know of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// Title, without anything confidential.
    pub title: String,
    /// A few facts about the case besides the title.
    pub facts: Vec<String>,
    /// Title of the furthest phase with a response.
    pub phase: Option<String>,
    /// How many responses are drafts.
    pub drafts: usize,
    /// When the case was last changed, in UTC.
    pub changed: String,
    /// Method and version.
    pub method: String,
}

/// The summary of a case as it is now.
pub fn summarise(opened: &Opened) -> Summary {
    let title = opened.title();
    let view = opened.session("case").ok().map(|session| session.view());
    let facts = view
        .iter()
        .flat_map(fields)
        .filter(|field| {
            field.relevant && !field.confidential && !field.text.is_empty() && field.text != title
        })
        .map(|field| field.text.clone())
        .take(FACTS)
        .collect();
    let begun = |form: &String| {
        opened
            .case
            .responses
            .iter()
            .any(|response| response.form == *form)
    };
    let phase = opened
        .method
        .phases
        .iter()
        .rev()
        .find(|phase| phase.forms.iter().any(begun));
    Summary {
        title,
        facts,
        phase: phase.map(|phase| phase.title.clone()),
        drafts: opened
            .case
            .responses
            .iter()
            .filter(|response| response.completed.is_none())
            .count(),
        changed: opened.changed.clone(),
        method: opened.case.method.clone(),
    }
}

/// Label and text of what is known about case or citizen; long numbers that are confidential are masked.
pub fn facts(view: &FormView) -> Vec<(String, String)> {
    fields(view)
        .into_iter()
        .filter(|field| field.relevant)
        .map(|field| {
            let text = if field.confidential {
                mask(&field.text)
            } else {
                field.text.clone()
            };
            (field.label.clone(), text)
        })
        .collect()
}

/// Hides the end of a person's number; other texts stay as they are.
pub fn mask(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let only = text
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == ' ');
    if digits >= 6 && only && text.len() >= 10 {
        let start: String = text.chars().filter(char::is_ascii_alphanumeric).take(6).collect();
        format!("{start}-••••")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn numbers_are_masked_and_names_are_not() {
        assert_eq!(mask("010181-4321"), "010181-••••");
        assert_eq!(mask("0101814321"), "010181-••••");
        assert_eq!(mask("Mads Hansen"), "Mads Hansen");
    }
}
