//! What is wrong with a response, in words: made when somebody asks, from what evaluation found.

use super::answer;
use super::cell::Cell;
use super::state::{At, Row, State, path};
use super::view::Violation;
use crate::case::Origin;
use crate::definition::{Field, Form, Method};
use crate::diagnostic::Severity;
use crate::value::Date;

/// Every violation, in document order, those of the form as a whole last.
pub fn all(method: &Method, state: &State) -> Vec<Violation> {
    let form = state.form(method);
    let mut found = Vec::new();
    gather((method, state), form, 0, &state.root, "", &mut found);
    let own = form.constraints.iter().enumerate();
    for (_, constraint) in own.filter(|(index, _)| state.violated.contains(index)) {
        let at = constraint
            .at
            .filter(|field| form.fields.get(*field).is_some_and(|field| field.block == 0));
        let path = at.map(|field| path(form, &state.root, field, &At::default()).into_owned());
        found.push(Violation {
            path: path.unwrap_or_default(),
            severity: constraint.severity,
            message: constraint.message.clone(),
            rule: constraint.id.clone(),
            acknowledged: None,
        });
    }
    found
}

fn gather(
    (method, state): (&Method, &State),
    form: &Form,
    block: usize,
    row: &Row,
    prefix: &str,
    found: &mut Vec<Violation>,
) {
    for (field, cell) in row.fields(form, block).filter(|(_, cell)| cell.relevant) {
        let Some(definition) = form.fields.get(field) else {
            continue;
        };
        of_field((method, form), definition, cell, prefix, state.now.date(), found);
        if let Some(group) = definition.group() {
            for row in cell.rows().iter().filter(|row| row.relevant) {
                let prefix = format!("{prefix}{}.{}.", definition.id, row.key);
                gather((method, state), form, group.block, row, &prefix, found);
            }
        }
    }
}

/// The rows in which something stands though their code has ended.
fn rows_ended(form: &Form, definition: &Field, cell: Cell, day: Date) -> Vec<(String, Date)> {
    let Some((group, (list, _))) = definition.group().and_then(|group| {
        Some((
            group,
            group.for_each.as_ref().filter(|(list, _)| list.is_dated())?,
        ))
    }) else {
        return Vec::new();
    };
    let rows = cell.rows().iter();
    let rows = rows.filter(|row| row.relevant && row.is_answered(form, group.block));
    let ended = rows.filter_map(|row| {
        let end = list.ended(day, &row.key)?;
        Some((list.known_on(day, &row.key)?.full_label(), end))
    });
    ended.collect()
}

fn of_field(
    (method, form): (&Method, &Form),
    definition: &Field,
    cell: Cell,
    prefix: &str,
    day: Date,
    found: &mut Vec<Violation>,
) {
    let mut add = |severity, rule: &str, message: String| {
        found.push(Violation {
            path: format!("{prefix}{}", definition.id),
            severity,
            message,
            rule: rule.to_owned(),
            acknowledged: None,
        });
    };
    let unanswered = match definition.group() {
        Some(_) => !cell.rows().iter().any(|row| row.relevant),
        None => cell.origin().is_none(),
    };
    if cell.required && unanswered {
        add(Severity::Error, "required", method.text("required", &[]));
    }
    if let Some(fault) = cell.fault() {
        add(Severity::Error, "type", fault.to_owned());
    }
    for (label, end) in rows_ended(form, definition, cell, day) {
        let end = answer::day(&method.texts, end);
        let parameters = [("label", label.as_str()), ("day", end.as_str())];
        add(Severity::Error, "options", method.text("row_ended", &parameters));
    }
    let Some(wrong) = cell.wrong() else { return };
    for (label, end) in &wrong.ended {
        let key = match cell.origin() {
            Some(Origin::Carried) => "option_ended_carried",
            _ => "option_ended",
        };
        let end = answer::day(&method.texts, *end);
        let message = method.text(key, &[("label", label), ("day", &end)]);
        add(Severity::Error, "options", message);
    }
    for label in &wrong.not_offered {
        let message = method.text("option_not_offered", &[("label", label)]);
        add(Severity::Error, "options", message);
    }
    for constraint in wrong
        .violated
        .iter()
        .filter_map(|place| definition.constraints.get(*place))
    {
        add(constraint.severity, &constraint.id, constraint.message.clone());
    }
}
