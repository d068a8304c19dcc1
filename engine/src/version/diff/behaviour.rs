//! What changed rules do: the same answers under both versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, Diff, Example, Part, Thing};
use crate::case::Case;
use crate::definition::{Form, Method};
use crate::evaluation::{FieldView, FormView, ItemView, Part as Where, Session, Violation};
use crate::value::DateTime;
use crate::version::place;

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
            Some(
                "show_if"
                    | "require_if"
                    | "read_only_if"
                    | "value"
                    | "options_where"
                    | "choices_from"
                    | "constraint"
            )
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
                    let sides = ((old.form(), &views.0), (new.form(), &views.1));
                    compare(change, sides.0, sides.1, &trial.name, response);
                }
            }
        }
    }
}

/// A form with the answers of a response.
type Side<'a> = (&'a Form, &'a FormView);

fn compare(change: &mut Change, old: Side, new: Side, case: &str, response: &str) {
    let there = match &change.there {
        None => Some(change.at.as_str()),
        Some(there) => there
            .strip_prefix(&new.0.id)
            .and_then(|path| path.strip_prefix('.')),
    };
    // What stands in another form now is asked with other answers.
    let Some(there) = there else { return };
    let after = outcomes(change, there, change.after.as_ref(), new);
    let before = outcomes(change, &change.at, change.before.as_ref(), old);
    let behaviour = change.behaviour.get_or_insert_default();
    for (row, (path, before)) in before {
        let Some((_, after)) = after.get(&row) else {
            continue;
        };
        behaviour.asked += 1;
        if before == *after {
            continue;
        }
        behaviour.different += 1;
        if behaviour.examples.len() < EXAMPLES {
            let inside = (!path.is_empty()).then(|| format!(".{path}"));
            behaviour.examples.push(Example {
                case: case.to_owned(),
                at: format!("{response}{}", inside.unwrap_or_default()),
                before,
                after: after.clone(),
            });
        }
    }
}

/// What the changed rule of a thing gives: by the keys of the rows around it, where and what.
fn outcomes(
    change: &Change,
    at: &str,
    rule: Option<&String>,
    (form, view): Side,
) -> BTreeMap<Vec<String>, (String, String)> {
    let mut found = BTreeMap::new();
    let word = |is: bool, yes: &str, no: &str| if is { yes } else { no }.to_owned();
    let violated = |violations: &[Violation]| {
        let is = violations.iter().any(|violation| Some(&violation.rule) == rule);
        word(is, "violated", "not violated")
    };
    match change.thing {
        Thing::Section => {
            let section = view.sections.iter().find(|section| section.id == at);
            let shown = section.map(|section| word(section.relevant, "shown", "hidden"));
            found.extend(shown.map(|shown| (Vec::new(), (String::new(), shown))));
            return found;
        }
        Thing::Whole => {
            let all: Vec<Violation> = view.all_violations().into_iter().cloned().collect();
            found.insert(Vec::new(), (String::new(), violated(&all)));
            return found;
        }
        _ => {}
    }
    let mut put = |path: &str, outcome: &dyn Fn() -> String| {
        let parts: Vec<&str> = path.split('.').collect();
        let spot = place::find(form, &parts);
        let spot = spot.filter(|spot| form.fields.get(spot.field).is_some_and(|field| field.path == at));
        if let Some(spot) = spot {
            let keys = spot.keys.into_iter().map(str::to_owned).collect();
            found.insert(keys, (path.to_owned(), outcome()));
        }
    };
    let key = change.key.unwrap_or_default();
    view.walk(&mut |item, _| match item {
        ItemView::Field(field) => put(&field.path, &|| match key {
            "show_if" => word(field.relevant, "shown", "hidden"),
            "require_if" => word(field.required, "required", "optional"),
            "read_only_if" => word(field.read_only, "closed", "open"),
            "options_where" | "choices_from" => codes(field),
            "value" => field.value.to_string(),
            _ => violated(&field.violations),
        }),
        ItemView::Group(group) => match key {
            "show_if" => {
                for row in &group.rows {
                    put(&row.path, &|| word(row.relevant, "shown", "hidden"));
                }
            }
            "constraint" => put(&group.path, &|| violated(&group.violations)),
            _ => {}
        },
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
