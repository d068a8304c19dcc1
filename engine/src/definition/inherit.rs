//! What a carried field takes over from its source: it is written once, where it first stands.

use std::collections::HashMap;
use std::sync::Arc;

use super::mirror::{self, Carry};
use super::unreadable::Unreadable;
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, nearest};

/// The forms of a method as they were read.
#[derive(Debug)]
pub struct Files<'a> {
    /// Those that could be read, by id.
    pub forms: HashMap<&'a str, &'a FormFile>,
    /// What could not be read.
    pub unreadable: &'a Unreadable,
}

/// A form's file.
#[derive(Debug)]
pub struct FormFile {
    /// The file.
    pub document: Arc<Document>,
    /// Its content.
    pub form: mirror::Form,
}

/// Carrying on and on ends here: a chain longer than the forms of any method is a circle.
const CHAIN_LIMIT: usize = 32;

/// The field with everything that it does not say itself taken from where it is carried from. What is carried from the response
/// before is itself, so that it says all of itself.
pub fn complete(
    field: &mirror::Field,
    form: &str,
    pointer: &str,
    document: &Document,
    files: &Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> mirror::Field {
    let mut own = field.clone();
    let mut from = field.carry.as_ref().map(|carry| place(carry, form));
    let mut steps = 0;
    while let Some(path) = from.take() {
        let written = field.carry.as_ref().map_or(0, |carry| carry.from.len());
        let span = || document.span_within(&format!("{pointer}/carry/from"), &(0..written));
        let form = path.split('.').next().unwrap_or_default();
        steps += 1;
        if steps > CHAIN_LIMIT {
            diagnostics.push(Diagnostic::error(
                &document.source,
                span(),
                format!("`{path}` is carried in a circle"),
            ));
            own.guessed = true;
            own.kind.get_or_insert_with(|| "text".to_owned());
            break;
        }
        match find(&path, files, CHAIN_LIMIT) {
            Ok(source) => {
                take(&mut own, source, field.carry.as_ref());
                let further = source.carry.as_ref().map(|carry| place(carry, form));
                from = further.filter(|further| *further != path);
            }
            Err((message, hint)) => {
                if steps == 1 && !files.unreadable.has_form(form) {
                    diagnostics.push(Diagnostic::error(&document.source, span(), message).with_hint_of(hint));
                }
                // The field is still there for others to name; its type is a guess, which the error excuses.
                own.guessed |= own.kind.is_none();
                own.kind.get_or_insert_with(|| "text".to_owned());
                own.label.get_or_insert_with(|| own.id.clone());
            }
        }
    }
    own
}

/// The place that a field of a form is carried from, `form.group.field`.
fn place(carry: &Carry, form: &str) -> String {
    carry
        .place(form)
        .map_or_else(|| carry.from.clone(), |(form, path)| format!("{form}.{path}"))
}

fn take(own: &mut mirror::Field, source: &mirror::Field, carry: Option<&Carry>) {
    let from = |value: &mut Option<String>, other: &Option<String>| {
        if value.is_none() {
            value.clone_from(other);
        }
    };
    from(&mut own.kind, &source.kind);
    from(&mut own.label, &source.label);
    from(&mut own.question, &source.question);
    from(&mut own.help, &source.help);
    from(&mut own.placeholder, &source.placeholder);
    from(&mut own.options, &source.options);
    from(&mut own.to, &source.to);
    from(&mut own.row_label, &source.row_label);
    from(&mut own.for_each, &source.for_each);
    from(&mut own.row_name, &source.row_name);
    own.confidential |= source.confidential;
    if own.marks.is_empty() {
        own.marks.clone_from(&source.marks);
    }
    if own.fields.is_none()
        && let (Some(carry), Some(fields)) = (carry, &source.fields)
    {
        own.fields = Some(
            fields
                .iter()
                .map(|field| carried(field, &carry.from, carry.mode))
                .collect(),
        );
        if own.row_title.is_none() {
            own.row_title.clone_from(&source.row_title);
        }
    }
}

/// A field of a carried group that lists no fields of its own: all are carried.
fn carried(source: &mirror::Field, from: &str, mode: mirror::CarryMode) -> mirror::Field {
    mirror::Field {
        id: source.id.clone(),
        carry: Some(Carry {
            from: format!("{from}.{}", source.id),
            mode,
            condition: None,
        }),
        ..mirror::Field::default()
    }
}

/// The field that `form.group.field` names.
fn find<'a>(
    path: &str,
    files: &Files<'a>,
    steps: usize,
) -> Result<&'a mirror::Field, (String, Option<String>)> {
    let (form, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(file) = files.forms.get(form) else {
        let near = nearest(form, files.forms.keys().copied()).map(|near| format!("did you mean `{near}`?"));
        return Err((format!("there is no form `{form}`"), near));
    };
    let mut fields: Vec<&mirror::Field> = file
        .form
        .sections
        .iter()
        .flat_map(|section| &section.fields)
        .collect();
    let mut found = None;
    for id in rest.split('.') {
        let Some(next) = fields.iter().find(|field| field.id == id).copied() else {
            let near = nearest(id, fields.iter().map(|field| field.id.as_str()));
            return Err((
                format!("there is no field `{id}` in `{form}`"),
                near.map(|near| format!("did you mean `{near}`?")),
            ));
        };
        found = Some(next);
        fields = next.fields.iter().flatten().collect();
        // A carried group that lists no fields has those of its source.
        if fields.is_empty()
            && let Some(carry) = &next.carry
            && let Some(left) = steps.checked_sub(1)
            && let Ok(source) = find(&place(carry, form), files, left)
        {
            fields = source.fields.iter().flatten().collect();
        }
    }
    found.ok_or_else(|| {
        (
            format!("`{path}` names no field"),
            Some("write form.field".to_owned()),
        )
    })
}
