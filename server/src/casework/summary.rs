//! The summary of a case for lists: nothing confidential.

use metode::evaluation::{FormView, Session};
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
    let session = opened.session("case").ok();
    let title = session.as_ref().and_then(Session::title).unwrap_or_default();
    let view = session.map(|session| session.view());
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

/// Hides what may be a person's number, wherever it stands in a text: all but the first six of ten digits in a row, with or
/// without a hyphen after the sixth.
pub fn mask_within(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let digits = |from: usize| {
        letters
            .iter()
            .skip(from)
            .take_while(|letter| letter.is_ascii_digit())
            .count()
    };
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let run = digits(at);
        let rest = match (run, letters.get(at + run)) {
            (10, _) => Some(4),
            (6, Some('-')) if digits(at + 7) == 4 => Some(5),
            _ => None,
        };
        match rest {
            Some(rest) => {
                masked.extend(letters.iter().skip(at).take(6));
                masked.push_str("-••••");
                at += 6 + rest;
            }
            None if run > 0 => {
                masked.extend(letters.iter().skip(at).take(run));
                at += run;
            }
            None => {
                masked.push(*letter);
                at += 1;
            }
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::{mask, mask_within};

    #[test]
    fn numbers_in_texts_are_masked() {
        assert_eq!(
            mask_within("cpr \"0101814321\" og 010181-4321, ikke 12345678901, 2025-05-01 eller 010181-43210"),
            "cpr \"010181-••••\" og 010181-••••, ikke 12345678901, 2025-05-01 eller 010181-43210"
        );
    }

    #[test]
    fn numbers_are_masked_and_names_are_not() {
        assert_eq!(mask("010181-4321"), "010181-••••");
        assert_eq!(mask("0101814321"), "010181-••••");
        assert_eq!(mask("Mads Hansen"), "Mads Hansen");
    }
}
