//! What moving a case to another version leaves behind, or would: answers, and decisions for people.

use metode::case::{Case, Response};
use metode::definition::{Form, Library, Method};
use metode::version::{Decision, Mapped, Migrated, Migration, Retired, place_label};
use serde_json::{Value as Json, json};

use crate::casework::{Event, Moved, Opened, What, left, mask, put_off, way_back};

/// How many answers were kept, moved and left.
pub(super) fn counts(moved: &Moved) -> Json {
    count(moved.kept, &moved.mapped, &moved.retired, &moved.to_decide)
}

fn count(kept: usize, mapped: &[Mapped], retired: &[Retired], to_decide: &[Decision]) -> Json {
    json!({"kept": kept, "mapped": mapped.len(), "retired": retired.len(), "to_decide": to_decide.len()})
}

/// The answers that left the case, by the reason for which they did.
pub(super) fn answers(retired: &[Retired]) -> Vec<Json> {
    by_reason(retired.iter().map(|one| {
        let text = if one.confidential {
            mask(&one.text)
        } else {
            one.text.clone()
        };
        let answer = json!({"form": one.title, "label": one.label, "text": text});
        (one.reason.as_str(), answer)
    }))
}

/// What people decide, by the reason for which they do; each field once.
fn decisions<'a>(
    method: &Method,
    decisions: impl Iterator<Item = &'a Decision>,
    case: Option<&Case>,
) -> Vec<Json> {
    let mut fields: Vec<(&str, &str, Json)> = Vec::new();
    for decision in decisions {
        let Some((id, path)) = decision.field.split_once('.') else {
            continue;
        };
        let told = fields
            .iter_mut()
            .find(|(reason, field, _)| *reason == decision.reason && *field == decision.field);
        match told.and_then(|(.., field)| field["before"].as_array_mut()) {
            Some(before) => before.push(json!(decision.before)),
            None => {
                let form = method.form(id);
                let response = case
                    .and_then(|case| current(case, id))
                    .map(|response| &response.id);
                let field = json!({
                    "form": form.map(|form| &form.title),
                    "label": decision.label,
                    "before": [decision.before],
                    "response": response,
                    "anchor": form.map(|form| anchor(form, path)),
                });
                fields.push((&decision.reason, &decision.field, field));
            }
        }
    }
    by_reason(fields.into_iter().map(|(reason, _, field)| (reason, field)))
}

fn by_reason<'a>(all: impl Iterator<Item = (&'a str, Json)>) -> Vec<Json> {
    let mut reasons: Vec<(&str, Vec<Json>)> = Vec::new();
    for (reason, one) in all {
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, list)) => list.push(one),
            None => reasons.push((reason, vec![one])),
        }
    }
    let told = reasons.into_iter();
    told.map(|(reason, list)| json!({"reason": reason, "list": list}))
        .collect()
}

/// The response of a form that people work on, or look at.
fn current<'a>(case: &'a Case, form: &str) -> Option<&'a Response> {
    case.responses.iter().rfind(|response| response.form == form)
}

/// Where a field or a group stands on the page of its form.
fn anchor(form: &Form, path: &str) -> String {
    let ids: Vec<&str> = path.split('.').step_by(2).collect();
    let field = form.field_at(&ids.join("."));
    let kind = if field.is_some_and(|field| form.group(field).is_some()) {
        "g"
    } else {
        "f"
    };
    format!("{kind}-{path}")
}

/// Whether somebody has answered what a decision is about, or something in it.
fn answers_to(event: &Event, case: &Case, decision: &Decision) -> bool {
    let (place, path) = match &event.what {
        What::Answered(answered) => (&answered.place, &answered.path),
        What::RowAdded(row) => (&row.place, &row.group),
        _ => return false,
    };
    let Some((form, field)) = decision.field.split_once('.') else {
        return false;
    };
    let inside = |path: &str| {
        path.strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let ids: Vec<&str> = path.split('.').step_by(2).collect();
    form_of(case, place) == form && (inside(path) || inside(&ids.join(".")))
}

/// What moves have left behind; `None` when that is nothing.
pub(super) fn panel(opened: &Opened, library: &Library, events: &[Event]) -> Option<Json> {
    let moves = left(events);
    let (_, moved) = moves.last()?;
    let retired: Vec<Retired> = moves
        .iter()
        .flat_map(|(_, moved)| moved.retired.iter().cloned())
        .collect();
    let waiting = moves.iter().flat_map(|(at, moved)| {
        let since = events.get(*at..).unwrap_or_default();
        let answered = |decision: &&Decision| {
            since
                .iter()
                .any(|event| answers_to(event, &opened.case, decision))
        };
        moved.to_decide.iter().filter(move |decision| !answered(decision))
    });
    Some(json!({
        "from": moved.from,
        "from_title": library.method(&moved.from).map(|method| &method.title),
        "back": way_back(events, opened).is_some_and(|moved| library.method(&moved.from).is_some()),
        "open": decisions(&opened.method, waiting, Some(&opened.case)),
        "retired": retired.len(),
        "answers": answers(&retired),
    }))
}

/// What moving the case would do, for the caseworker who is asked.
pub(super) fn offer(opened: &Opened, migration: &Migration, events: &[Event]) -> Json {
    let migrated = migration.migrate(&opened.case, &opened.now.local);
    let Migrated {
        case,
        kept,
        mapped,
        retired,
        to_decide,
    } = &migrated;
    let name = migration.to.name();
    json!({
        "to": name,
        "title": migration.to.title,
        "text": migration.asks(&opened.case, opened.now.local.date()),
        "later": put_off(events, &name),
        "counts": count(*kept, mapped, retired, to_decide),
        "open": decisions(&migration.to, to_decide.iter(), None),
        "answers": answers(retired),
        "mapped": moves(opened, migration, case, mapped),
    })
}

/// From where to where answers go, in words; each pair of fields once.
fn moves(opened: &Opened, migration: &Migration, case: &Case, mapped: &[Mapped]) -> Vec<Json> {
    let mut told: Vec<Json> = Vec::new();
    for one in mapped {
        let (form, from) = place_label(&migration.from, form_of(&opened.case, &one.place), &one.path);
        let (to_form, to) = place_label(&migration.to, form_of(case, &one.to_place), &one.to_path);
        let elsewhere = (form != to_form).then_some(to_form);
        let line = json!({"form": form, "from": from, "to_form": elsewhere, "to": to});
        if (elsewhere.is_some() || from != to) && !told.contains(&line) {
            told.push(line);
        }
    }
    told
}

/// The form of a response; case and citizen are forms of their own.
fn form_of<'a>(case: &'a Case, place: &'a str) -> &'a str {
    case.response(place).map_or(place, |response| &response.form)
}
