//! What changed rules do: the same answers under both versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, Diff, Example, Part};
use super::place;
use crate::case::Case;
use crate::definition::{Form, Method};
use crate::evaluation::{FieldView, FormView, ItemView, Part as Where, Session};
use crate::value::DateTime;

/// A case as it stands under each of two versions.
#[derive(Debug)]
pub struct Trial {
    /// What the case is called.
    pub name: String,
    /// Under the first version.
    pub old: Case,
    /// Under the second version.
    pub new: Case,
    /// The present.
    pub now: DateTime,
}

/// How many differences of a rule are shown.
const EXAMPLES: usize = 3;

/// Asks every changed rule of a form in every case, and notes in how many places it comes out differently.
pub fn behaviour(diff: &mut Diff, from: &Arc<Method>, to: &Arc<Method>, trials: &[Trial]) {
    let mut rules: BTreeMap<String, Vec<&mut Change>> = BTreeMap::new();
    for change in &mut diff.changes {
        let asked = matches!(
            change.key,
            Some("show_if" | "require_if" | "read_only_if" | "value" | "options_where" | "constraint")
        );
        if let Part::Form(form) = &change.part
            && asked
        {
            rules.entry(form.clone()).or_default().push(change);
        }
    }
    for trial in trials {
        for (id, changes) in &mut rules {
            let parts: Vec<Where> = match id.as_str() {
                "case" => vec![Where::Record],
                "citizen" => vec![Where::Citizen],
                _ => {
                    let of_form = trial.old.responses.iter().filter(|response| response.form == *id);
                    of_form.map(|response| Where::Response(&response.id)).collect()
                }
            };
            for part in parts {
                let open = |method, case| Session::open(method, case, part, trial.now.clone());
                let (Some(old), Some(new)) = (open(from, &trial.old), open(to, &trial.new)) else {
                    continue;
                };
                let views = (old.view(), new.view());
                let response = match part {
                    Where::Response(id) => id,
                    _ => id.as_str(),
                };
                for change in changes.iter_mut() {
                    compare(change, (old.form(), &views.0), &views.1, &trial.name, response);
                }
            }
        }
    }
}

fn compare(change: &mut Change, (form, old): (&Form, &FormView), new: &FormView, case: &str, response: &str) {
    let (before, after) = (
        outcomes(change, form, old, true),
        outcomes(change, form, new, false),
    );
    let behaviour = change.behaviour.get_or_insert_default();
    for (path, before) in before {
        let Some(after) = after.get(&path) else { continue };
        behaviour.asked += 1;
        if before == *after {
            continue;
        }
        behaviour.different += 1;
        if behaviour.examples.len() < EXAMPLES {
            behaviour.examples.push(Example {
                case: case.to_owned(),
                at: if path.is_empty() {
                    response.to_owned()
                } else {
                    format!("{response}.{path}")
                },
                before,
                after: after.clone(),
            });
        }
    }
}

/// What the changed rule gives, by path.
fn outcomes(change: &Change, form: &Form, view: &FormView, old: bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let word = |is: bool, yes: &str, no: &str| if is { yes } else { no }.to_owned();
    let key = change.key.unwrap_or_default();
    if let Some(id) = change.at.strip_prefix("section ") {
        let section = view.sections.iter().find(|section| section.id == id);
        found.extend(section.map(|section| (String::new(), word(section.relevant, "shown", "hidden"))));
        return found;
    }
    let rule = if old { &change.before } else { &change.after };
    let violated = |violations: &[crate::evaluation::Violation]| {
        let is = violations
            .iter()
            .any(|violation| Some(&violation.rule) == rule.as_ref());
        word(is, "violated", "not violated")
    };
    if change.at.is_empty() {
        let all: Vec<_> = view.all_violations().into_iter().cloned().collect();
        found.insert(String::new(), violated(&all));
        return found;
    }
    let here = |path: &str| {
        let parts: Vec<&str> = path.split('.').collect();
        place::find(form, &parts)
            .and_then(|spot| form.fields.get(spot.field))
            .is_some_and(|field| field.path == change.at)
    };
    view.walk(&mut |item, _| match item {
        ItemView::Field(field) if here(&field.path) => {
            let outcome = match key {
                "show_if" => word(field.relevant, "shown", "hidden"),
                "require_if" => word(field.required, "required", "optional"),
                "read_only_if" => word(field.read_only, "closed", "open"),
                "options_where" => codes(field),
                "value" => field.value.to_string(),
                _ => violated(&field.violations),
            };
            found.insert(field.path.clone(), outcome);
        }
        ItemView::Group(group) if here(&group.path) => match key {
            "show_if" => found.extend(
                group
                    .rows
                    .iter()
                    .map(|row| (row.path.clone(), word(row.relevant, "shown", "hidden"))),
            ),
            "constraint" => drop(found.insert(group.path.clone(), violated(&group.violations))),
            _ => {}
        },
        _ => {}
    });
    found
}

fn codes(field: &FieldView) -> String {
    let offered = field.options.iter().filter(|option| !option.heading);
    offered
        .map(|option| option.code.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
