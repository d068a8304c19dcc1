//! Answers in words, for those who read what left a case.

use serde_json::Value as Json;

use crate::definition::{Concept, Field, Form, Method, fill_in};
use crate::evaluation::answer;
use crate::value::Date;
use crate::version::place;

/// A place of a version, as people read it: the title of its form and the label of its field.
pub fn place_label<'a>(method: &'a Method, form: &str, path: &str) -> (&'a str, String) {
    let Some(form) = method.all.iter().find(|other| other.id == form) else {
        return ("", path.to_owned());
    };
    let parts: Vec<&str> = path.split('.').collect();
    (&form.title, label(form, &parts))
}

/// What people call a place.
pub(super) fn label(form: &Form, path: &[&str]) -> String {
    named(form, path).map_or_else(|| path.join("."), |(label, _)| label)
}

/// Label and answer of a place, as people read them, given on a day, and whether it is kept out of lists.
pub(super) fn words(
    method: &Method,
    form: &Form,
    path: &[&str],
    (value, given): (&Json, Date),
) -> (String, String, bool) {
    match named(form, path) {
        Some((label, field)) => (
            label,
            answer::words(&method.texts, field, value, given),
            field.confidential,
        ),
        None => (path.join("."), value.to_string(), false),
    }
}

fn named<'a>(form: &'a Form, path: &[&str]) -> Option<(String, &'a Field)> {
    let spot = place::find(form, path)?;
    let field = form.fields.get(spot.field)?;
    let groups = form
        .groups_around(field.block)
        .filter_map(|group| form.group(group));
    let rows: Vec<(&str, &Concept)> = groups
        .zip(&spot.keys)
        .filter_map(|(group, key)| {
            let (list, _) = group.for_each.as_ref()?;
            Some((group.row_name.as_deref()?, list.get(key)?))
        })
        .collect();
    let mut label = fill_in(&field.label, &rows);
    if let Some((_, row)) = rows.last().filter(|(_, row)| !label.contains(&row.label)) {
        label = format!("{}: {label}", row.label);
    }
    Some((label, field))
}
