//! Compares what two versions report: their data points.

use std::collections::BTreeMap;

use super::change::{Change, Class, Part, What};
use super::diff::matched;
use super::pair::{Meaning, Pair};
use crate::definition::{Emission, Method, Rule};

/// Everything about a rule of a data point changes what is reported.
const REPORTED: Meaning = Meaning {
    added: Class::Reported,
    removed: Class::Reported,
    changed: Class::Reported,
};

/// Notes what differs between the data points.
pub fn compare(from: &Method, to: &Method, changes: &mut Vec<Change>) {
    let part = Part::DataPoints;
    let name = |one: &Emission| format!("{} on {}", one.kind, one.form);
    let (old, new) = (numbered(from, name), numbered(to, name));
    let (pairs, gone, come) = matched(&old, &new, |(key, _)| key.clone());
    for ((_, old), (_, new)) in pairs {
        let at = name(old);
        let mut pair = Pair {
            part: &part,
            at: &at,
            old: &old.identity.place,
            new: &new.identity.place,
            changes,
        };
        pair.text("title", Some(&old.title), Some(&new.title), Class::Wording);
        pair.text("help", old.help.as_deref(), new.help.as_deref(), Class::Wording);
        pair.rule("for", old.each.as_ref(), new.each.as_ref(), REPORTED);
        pair.rule("when", old.when.as_ref(), new.when.as_ref(), REPORTED);
        pair.rule("identity", Some(&old.identity), Some(&new.identity), REPORTED);
        pair.rule("dated", Some(&old.dated), Some(&new.dated), REPORTED);
        attributes(&part, &at, old, new, changes);
    }
    for (_, emission) in gone {
        let change = Change::new(&part, name(emission), What::Removed, Class::Reported);
        changes.push(
            change
                .texts(Some(&emission.title), None)
                .places(Some(&emission.identity.place), None),
        );
    }
    // A new kind of fact leaves those that are known as they are.
    for (_, emission) in come {
        let known = from.emissions.iter().any(|other| other.kind == emission.kind);
        let class = if known { Class::Reported } else { Class::Addition };
        let change = Change::new(&part, name(emission), What::Added, class);
        changes.push(
            change
                .texts(None, Some(&emission.title))
                .places(None, Some(&emission.identity.place)),
        );
    }
}

/// What gives rise to data points, by name: several may give the same points on the same form, and are told apart by their order.
fn numbered(method: &Method, name: impl Fn(&Emission) -> String) -> Vec<(String, &Emission)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let key = |emission| {
        let name = name(emission);
        let nth = seen.entry(name.clone()).or_default();
        *nth += 1;
        (format!("{name} {nth}"), emission)
    };
    method.emissions.iter().map(key).collect()
}

fn attributes(part: &Part, at: &str, old: &Emission, new: &Emission, changes: &mut Vec<Change>) {
    let (pairs, gone, come) = matched(&old.attributes, &new.attributes, |(name, _)| name.clone());
    for ((name, before), (_, after)) in pairs {
        let at = format!("{at}: {name}");
        let mut pair = Pair {
            part,
            at: &at,
            old: &before.place,
            new: &after.place,
            changes,
        };
        pair.rule("attribute", Some(before), Some(after), REPORTED);
    }
    let text = |rule: &Rule| rule.program.text().to_owned();
    for (name, rule) in gone {
        let change =
            Change::new(part, format!("{at}: {name}"), What::Removed, Class::Reported).key("attribute");
        changes.push(
            change
                .texts(Some(&text(rule)), None)
                .places(Some(&rule.place), None),
        );
    }
    for (name, rule) in come {
        let change =
            Change::new(part, format!("{at}: {name}"), What::Added, Class::Addition).key("attribute");
        changes.push(
            change
                .texts(None, Some(&text(rule)))
                .places(None, Some(&rule.place)),
        );
    }
}
