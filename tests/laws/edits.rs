//! Random edits of a form, good and bad, and comparing what comes of them.

use std::collections::BTreeMap;

use metode::evaluation::{FieldView, FormView, Session};
use serde_json::{Value as Json, json};

/// The groups to which rows can be added, with the keys of their rows.
fn open_groups(view: &FormView) -> Vec<(String, Vec<String>)> {
    let open = view.groups().into_iter().filter(|group| group.can_add);
    open.map(|group| {
        (
            group.path.clone(),
            group.rows.iter().map(|row| row.key.clone()).collect(),
        )
    })
    .collect()
}

/// The fields that somebody can answer.
pub fn open_fields(view: &FormView) -> Vec<FieldView> {
    view.fields()
        .into_iter()
        .filter(|field| field.relevant && !field.read_only)
        .cloned()
        .collect()
}

/// Some answer for a field, good or bad.
pub fn answer(field: &FieldView, pick: usize) -> Json {
    let codes: Vec<&str> = field
        .options
        .iter()
        .filter(|option| !option.heading)
        .map(|option| option.code.as_str())
        .collect();
    let code = |pick: usize| codes.get(pick % codes.len().max(1)).copied().unwrap_or("nothing");
    match (field.kind, pick % 7) {
        (_, 0) => Json::Null,
        (_, 1) => json!("something that fits no field but a text"),
        ("yes_no", _) => json!(pick.is_multiple_of(2)),
        ("choice" | "score", _) => json!(code(pick / 7)),
        ("choices", _) => json!([code(pick / 7), code(pick / 14)]),
        ("date", _) => json!(format!("2025-{:02}-{:02}", pick % 12 + 1, pick % 28 + 1)),
        ("number" | "money", _) => json!(pick % 1000),
        ("contact", _) => json!({"name": "A", "phone": pick.to_string()}),
        _ => json!(format!("text {pick}")),
    }
}

/// Changes something: an answer, or the rows of a group.
pub fn edit(session: &mut Session, what: usize, pick: usize) {
    let view = session.view();
    let groups = open_groups(&view);
    match (what % 8, groups.is_empty()) {
        (0, false) => drop(session.add_row(&groups[pick % groups.len()].0)),
        (1, false) => {
            let (path, rows) = &groups[pick % groups.len()];
            if let Some(key) = rows.get(pick % rows.len().max(1)) {
                drop(session.remove_row(path, key));
            }
        }
        _ => {
            let open = open_fields(&view);
            if !open.is_empty() {
                let field = &open[pick % open.len()];
                drop(session.set(&field.path, answer(field, what / 8)));
            }
        }
    }
}

/// What each field looks like.
pub fn by_path(view: &FormView) -> BTreeMap<String, Json> {
    view.fields()
        .into_iter()
        .map(|field| (field.path.clone(), json!(field)))
        .collect()
}

/// The first place where two views differ.
pub fn difference(a: &Json, b: &Json, at: &str) -> Option<String> {
    match (a, b) {
        (Json::Object(x), Json::Object(y)) if x.len() == y.len() => x.iter().find_map(|(key, value)| {
            difference(value, y.get(key).unwrap_or(&Json::Null), &format!("{at}/{key}"))
        }),
        (Json::Array(x), Json::Array(y)) if x.len() == y.len() => x
            .iter()
            .zip(y)
            .enumerate()
            .find_map(|(index, (x, y))| difference(x, y, &format!("{at}/{index}"))),
        _ if a == b => None,
        _ => Some(format!("{at}: {a} instead of {b}")),
    }
}
