//! Compares the conditions on fields and forms.

use std::cmp::Ordering;

use super::both::{Both, same};
use super::change::{Note, What};
use super::class::Class;
use crate::definition::Constraint;
use crate::diagnostic::Severity;

/// Notes what differs between the conditions on a field or a form: the same message is the same condition.
pub fn constraints<T: Copy>(both: &mut Both<'_, T>, old: &[Constraint], new: &[Constraint]) {
    let mut left: Vec<&Constraint> = new.iter().collect();
    let mut without = Vec::new();
    for before in old {
        let same_rule = |after: &&Constraint| same(&before.rule, &after.rule);
        let place = left
            .iter()
            .position(|after| same_rule(after) && before.message == after.message)
            .or_else(|| left.iter().position(same_rule))
            .or_else(|| left.iter().position(|after| after.message == before.message));
        match place.map(|place| left.remove(place)) {
            Some(after) => one(both, before, after),
            None => without.push(before),
        }
    }
    for before in without {
        rule(both, loosened(before), Some(before), None);
    }
    for after in left {
        rule(both, tightened(after), None, Some(after));
    }
}

fn one<T: Copy>(both: &mut Both<'_, T>, before: &Constraint, after: &Constraint) {
    rule(both, tightened(after), Some(before), Some(after));
    let class = match before.severity.cmp(&after.severity) {
        Ordering::Less => loosened(before),
        _ => tightened(after),
    };
    let mut text = |key, class, before: &str, after: &str| {
        if before != after {
            let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
            let change = both.change(What::Changed, class, Some(key), before, after);
            both.changes.push(change);
        }
    };
    text("severity", class, before.severity.word(), after.severity.word());
    text("message", Class::Wording, &before.message, &after.message);
}

/// Notes that a condition is another, with what the caseworker reads.
fn rule<T: Copy>(
    both: &mut Both<'_, T>,
    class: Class,
    before: Option<&Constraint>,
    after: Option<&Constraint>,
) {
    let of = |one: Option<&'_ Constraint>| one.map(|one| one.message.clone());
    let message = of(after).or(of(before));
    let (before, after) = (before.map(|one| &one.rule), after.map(|one| &one.rule));
    if let Some(change) = both.rule("constraint", class, before, after) {
        change.notes.extend(message.map(|message| Note::Says { message }));
    }
}

/// A note demands nothing.
fn tightened(one: &Constraint) -> Class {
    match one.severity {
        Severity::Note => Class::Wording,
        _ => Class::Tightening,
    }
}

fn loosened(one: &Constraint) -> Class {
    match one.severity {
        Severity::Note => Class::Wording,
        _ => Class::Addition,
    }
}
