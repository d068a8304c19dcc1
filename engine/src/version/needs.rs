//! Compares what two versions need to obtain.

use super::change::{Change, Class, Part, What};
use super::pair::Pair;
use crate::definition::{Method, Need, Place};

/// Notes what differs between the data needs.
pub fn compare(from: &Method, to: &Method, changes: &mut Vec<Change>) {
    let (old, new) = (all(from), all(to));
    for (need, place) in &old {
        let Some((other, other_place)) = new.iter().find(|(other, _)| other.id == need.id) else {
            changes.push(
                Change::new(&Part::Needs, &need.id, What::Removed, Class::Breaking)
                    .texts(Some(&need.title), None)
                    .places(Some(place), None),
            );
            continue;
        };
        let mut pair = Pair {
            part: &Part::Needs,
            at: &need.id,
            old: place,
            new: other_place,
            changes,
        };
        one(&mut pair, (from, need), (to, other));
    }
    for (need, place) in new
        .iter()
        .filter(|(need, _)| old.iter().all(|(other, _)| other.id != need.id))
    {
        changes.push(
            Change::new(&Part::Needs, &need.id, What::Added, Class::Addition)
                .texts(None, Some(&need.title))
                .places(None, Some(place)),
        );
    }
    if let (Some(before), Some(after)) = (&from.needs, &to.needs)
        && let (Some(old), Some(new)) = (before.places.first(), after.places.first())
    {
        let mut pair = Pair {
            part: &Part::Needs,
            at: "",
            old,
            new,
            changes,
        };
        let mut codes = |key, before: &Vec<String>, after: &Vec<String>| {
            let (before, after) = (before.join(", "), after.join(", "));
            pair.text(key, Some(&before), Some(&after), Class::Tightening);
        };
        codes("received", &before.received, &after.received);
        codes("closed", &before.closed, &after.closed);
    }
}

fn all(method: &Method) -> Vec<(&Need, &Place)> {
    let needs = method.needs.iter();
    needs
        .flat_map(|needs| needs.all.iter().zip(&needs.places))
        .collect()
}

/// What rules see of a need decides as tags do; where it arises and when, as what shows a field does.
fn one(pair: &mut Pair, (from, old): (&Method, &Need), (to, new): (&Method, &Need)) {
    pair.text("title", Some(&old.title), Some(&new.title), Class::Wording);
    let lost = old.phases.iter().any(|phase| !new.phases.contains(phase));
    let condition = |need: &Need| need.condition.as_ref().map(|rule| rule.0.clone());
    let (before, after) = (condition(old), condition(new));
    let class = if after.is_none() {
        Class::Addition
    } else {
        Class::Breaking
    };
    pair.text("if", before.as_deref(), after.as_deref(), class);
    let (before, after) = (words(from, old), words(to, new));
    let mut keys: Vec<&'static str> = before.iter().map(|(key, _)| *key).collect();
    keys.extend(
        after
            .iter()
            .map(|(key, _)| *key)
            .filter(|key| before.iter().all(|(other, _)| other != key)),
    );
    for key in keys {
        let text = |all: &[(&'static str, String)]| {
            all.iter()
                .find(|(other, _)| *other == key)
                .map(|(_, text)| text.clone())
        };
        let class = match key {
            "purpose" | "volume" | "history" | "note" | "used_in" | "source" => Class::Wording,
            "phases" if lost => Class::Breaking,
            "phases" => Class::Addition,
            _ => Class::Tightening,
        };
        pair.text(key, text(&before).as_deref(), text(&after).as_deref(), class);
    }
}

fn words(method: &Method, need: &Need) -> Vec<(&'static str, String)> {
    let columns = method.needs.iter().flat_map(|needs| needs.columns(method, need));
    columns.map(|column| (column.key, column.text)).collect()
}
