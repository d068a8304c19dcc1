//! What is wrong with a response, in words: made when somebody asks, from what evaluation found.

use super::cell::Cell;
use super::state::{At, Row, State, path};
use super::view::Violation;
use crate::definition::{Field, Form, Method};
use crate::diagnostic::Severity;

/// Every violation, in document order, those of the form as a whole last.
pub fn all(method: &Method, state: &State) -> Vec<Violation> {
    let form = state.form(method);
    let mut found = Vec::new();
    gather(method, form, 0, &state.root, "", &mut found);
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

fn gather(method: &Method, form: &Form, block: usize, row: &Row, prefix: &str, found: &mut Vec<Violation>) {
    for (field, cell) in row.fields(form, block).filter(|(_, cell)| cell.relevant) {
        let Some(definition) = form.fields.get(field) else {
            continue;
        };
        of_field(method, definition, cell, prefix, found);
        if let Some(group) = definition.group() {
            for row in cell.rows().iter().filter(|row| row.relevant) {
                let prefix = format!("{prefix}{}.{}.", definition.id, row.key);
                gather(method, form, group.block, row, &prefix, found);
            }
        }
    }
}

fn of_field(method: &Method, definition: &Field, cell: Cell, prefix: &str, found: &mut Vec<Violation>) {
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
    let Some(wrong) = cell.wrong() else { return };
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
