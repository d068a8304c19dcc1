//! What moving a case to another version has left behind: answers, and decisions for people.

use serde_json::{Value as Json, json};

use crate::casework::{Moved, Opened, mask};

/// How many answers were kept, moved and left, in words.
pub(super) fn counts(moved: &Moved) -> String {
    format!(
        "{} svar står som før, {} er flyttet eller omsat, {} er udgået, {} skal afgøres.",
        moved.kept,
        moved.mapped.len(),
        moved.retired.len(),
        moved.to_decide.len()
    )
}

/// The answers that left the case.
pub(super) fn answers(moved: &Moved) -> Vec<Json> {
    moved
        .retired
        .iter()
        .map(|one| {
            let text = if one.confidential {
                mask(&one.text)
            } else {
                one.text.clone()
            };
            json!({"form": one.title, "label": one.label, "text": text, "reason": one.reason})
        })
        .collect()
}

/// What is still to be decided: the fields that nobody has answered since.
pub(super) fn open(opened: &Opened, moved: &Moved) -> Vec<Json> {
    let waiting = moved.to_decide.iter().filter_map(|decision| {
        let (form, path) = decision.field.split_once('.')?;
        let response = opened
            .case
            .responses
            .iter()
            .rfind(|response| response.form == form && response.completed.is_none());
        let inside = format!("{path}.");
        let answered = response.is_some_and(|response| {
            let mut here = response
                .answers
                .fields
                .iter()
                .filter(|(other, _)| *other == path || other.starts_with(&inside));
            here.any(|(_, answer)| !answer.value.is_null())
        });
        (!answered).then(|| {
            let title = opened.method.form(form).map(|form| form.title.clone());
            json!({
                "label": decision.label,
                "form": title,
                "response": response.map(|response| &response.id),
                "before": decision.before,
                "reason": decision.reason,
            })
        })
    });
    waiting.collect()
}
