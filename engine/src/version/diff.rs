//! Compares two versions of a method.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Class, Diff, Part, What};
use super::fields;
use super::pair::{Meaning, Pair};
use super::reported;
use crate::definition::{Concept, Form, List, Method, Named, Place, Section};

/// What a migration says of the fields and codes of the first version.
#[derive(Debug, Default)]
pub struct Declared {
    /// What stands elsewhere: `form.path` in the first version, and in the second.
    pub renamed: Vec<(String, String)>,
    /// Lists that take the place of others.
    pub lists: Vec<(String, String)>,
    /// Codes that are others: list and code in the first version, and the code in the second.
    pub codes: BTreeMap<(String, String), String>,
    /// What else becomes of a field (`form.path`) or a code (`list code`), in words.
    pub notes: BTreeMap<String, String>,
}

/// What changed from one version to another.
pub fn diff(from: &Method, to: &Method, declared: &Declared) -> Diff {
    let mut changes = Vec::new();
    method(from, to, &mut changes);
    for form in &from.all {
        let part = Part::Form(form.id.clone());
        match to.all.iter().find(|other| other.id == form.id) {
            Some(other) => {
                form_itself(&part, form, other, &mut changes);
                fields::compare(&part, (from, form), (to, other), declared, &mut changes);
            }
            None => changes.push(
                Change::new(&part, "", What::Removed, Class::Breaking)
                    .texts(Some(&form.title), None)
                    .places(Some(&form.place), None),
            ),
        }
    }
    for form in to
        .all
        .iter()
        .filter(|form| from.all.iter().all(|other| other.id != form.id))
    {
        let part = Part::Form(form.id.clone());
        let change = Change::new(&part, "", What::Added, Class::Addition);
        changes.push(
            change
                .texts(None, Some(&form.title))
                .places(None, Some(&form.place)),
        );
    }
    lists(from, to, declared, &mut changes);
    reported::compare(from, to, &mut changes);
    Diff {
        from: from.name(),
        to: to.name(),
        changes,
    }
}

/// Things with ids, in two versions: pairs of the same id, those that are gone, those that are new.
pub(super) fn matched<'a, T>(
    old: &'a [T],
    new: &'a [T],
    id: impl Fn(&T) -> String,
) -> (Vec<(&'a T, &'a T)>, Vec<&'a T>, Vec<&'a T>) {
    let find = |all: &'a [T], wanted: &T| all.iter().find(|one| id(one) == id(wanted));
    let pairs = old
        .iter()
        .filter_map(|one| Some((one, find(new, one)?)))
        .collect();
    let gone = old.iter().filter(|one| find(new, one).is_none()).collect();
    let come = new.iter().filter(|one| find(old, one).is_none()).collect();
    (pairs, gone, come)
}

/// What stands in either of two mappings, with both values.
fn union<'a>(
    old: &'a BTreeMap<String, String>,
    new: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, Option<&'a str>, Option<&'a str>)> {
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).map(String::as_str).collect();
    let value = |all: &'a BTreeMap<String, String>, id: &str| all.get(id).map(String::as_str);
    ids.into_iter()
        .map(move |id| (id, value(old, id), value(new, id)))
}

fn method(from: &Method, to: &Method, changes: &mut Vec<Change>) {
    let part = Part::Method;
    let mut put = |at: &str, key: &'static str, before: Option<&str>, after: Option<&str>, class| {
        if before != after {
            changes.push(
                Change::new(&part, at, What::Changed, class)
                    .key(key)
                    .texts(before, after),
            );
        }
    };
    put("", "title", Some(&from.title), Some(&to.title), Class::Wording);
    put(
        "",
        "owner",
        from.owner.as_deref(),
        to.owner.as_deref(),
        Class::Wording,
    );
    put(
        "",
        "source",
        from.source.as_deref(),
        to.source.as_deref(),
        Class::Wording,
    );
    put(
        "",
        "language",
        Some(&from.language),
        Some(&to.language),
        Class::Wording,
    );
    let ids = (from.namespace.to_string(), to.namespace.to_string());
    put("", "namespace", Some(&ids.0), Some(&ids.1), Class::Reported);
    for (id, old, new) in union(&from.reports, &to.reports) {
        let first = |version: &str| version.split('.').next().map(str::to_owned);
        let class = match (old, new) {
            (None, _) => Class::Addition,
            (Some(old), Some(new)) if first(old) == first(new) => Class::Addition,
            _ => Class::Reported,
        };
        put(&format!("report {id}"), "version", old, new, class);
    }
    let (pairs, gone, come) = matched(&from.parameters, &to.parameters, |one| one.id.clone());
    for (old, new) in pairs {
        let at = format!("parameter {}", old.id);
        put(&at, "type", Some(&old.kind), Some(&new.kind), Class::Breaking);
        let values = (old.value.to_string(), new.value.to_string());
        put(&at, "value", Some(&values.0), Some(&values.1), Class::Tightening);
        put(&at, "title", Some(&old.title), Some(&new.title), Class::Wording);
        put(
            &at,
            "help",
            old.help.as_deref(),
            new.help.as_deref(),
            Class::Wording,
        );
    }
    let mut come_and_gone = |gone: Vec<(String, &str)>, come: Vec<(String, &str)>| {
        for (at, title) in gone {
            changes.push(Change::new(&part, at, What::Removed, Class::Wording).texts(Some(title), None));
        }
        for (at, title) in come {
            changes.push(Change::new(&part, at, What::Added, Class::Addition).texts(None, Some(title)));
        }
    };
    let parameter = |one: &crate::definition::Parameter| format!("parameter {}", one.id);
    come_and_gone(
        gone.into_iter()
            .map(|one| (parameter(one), one.title.as_str()))
            .collect(),
        come.into_iter()
            .map(|one| (parameter(one), one.title.as_str()))
            .collect(),
    );
    let (_, gone, come) = matched(&from.phases, &to.phases, |one| one.id.clone());
    let phase = |one: &crate::definition::Phase| format!("phase {}", one.id);
    come_and_gone(
        gone.into_iter()
            .map(|one| (phase(one), one.title.as_str()))
            .collect(),
        come.into_iter()
            .map(|one| (phase(one), one.title.as_str()))
            .collect(),
    );
    for (noun, old, new) in [("role", &from.roles, &to.roles), ("mark", &from.marks, &to.marks)] {
        let (_, gone, come) = matched(old, new, |one| one.id.clone());
        let named = |one: &Named| format!("{noun} {}", one.id);
        come_and_gone(
            gone.into_iter()
                .map(|one| (named(one), one.title.as_str()))
                .collect(),
            come.into_iter()
                .map(|one| (named(one), one.title.as_str()))
                .collect(),
        );
    }
}

/// What showing or hiding something by a rule means: an answer that is hidden is null to rules and data points.
pub(super) const SHOWN: Meaning = Meaning {
    added: Class::Breaking,
    removed: Class::Addition,
    changed: Class::Breaking,
};

fn form_itself(part: &Part, old: &Form, new: &Form, changes: &mut Vec<Change>) {
    let mut pair = Pair {
        part,
        at: "",
        old: &old.place,
        new: &new.place,
        changes,
    };
    pair.text("title", Some(&old.title), Some(&new.title), Class::Wording);
    pair.text("help", old.help.as_deref(), new.help.as_deref(), Class::Wording);
    pair.text(
        "source",
        old.source.as_deref(),
        new.source.as_deref(),
        Class::Wording,
    );
    pair.text("phase", Some(&old.phase), Some(&new.phase), Class::Wording);
    let roles = (old.filled_by.join(", "), new.filled_by.join(", "));
    pair.text("filled_by", Some(&roles.0), Some(&roles.1), Class::Wording);
    pair.flag(
        "repeats",
        old.repeats,
        new.repeats,
        Class::Addition,
        Class::Tightening,
    );
    let wording = Meaning {
        added: Class::Wording,
        removed: Class::Wording,
        changed: Class::Wording,
    };
    pair.rule(
        "title",
        old.response_title.as_ref(),
        new.response_title.as_ref(),
        wording,
    );
    fields::constraints(&mut pair, &old.constraints, &new.constraints);
    let order = |own: &Form, other: &Form| {
        let both = |one: &&Section| other.sections.iter().any(|section| section.id == one.id);
        let ids: Vec<&str> = own
            .sections
            .iter()
            .filter(both)
            .map(|one| one.id.as_str())
            .collect();
        ids.join(", ")
    };
    let orders = (order(old, new), order(new, old));
    pair.text(
        "order of sections",
        Some(&orders.0),
        Some(&orders.1),
        Class::Wording,
    );
    let (pairs, gone, come) = matched(&old.sections, &new.sections, |one| one.id.clone());
    for (before, after) in pairs {
        let at = format!("section {}", before.id);
        let (old, new) = (section_place(old, before), section_place(new, after));
        let mut pair = Pair {
            part,
            at: &at,
            old,
            new,
            changes,
        };
        pair.text("title", Some(&before.title), Some(&after.title), Class::Wording);
        pair.text(
            "help",
            before.help.as_deref(),
            after.help.as_deref(),
            Class::Wording,
        );
        pair.text(
            "source",
            before.source.as_deref(),
            after.source.as_deref(),
            Class::Wording,
        );
        pair.rule("show_if", before.show_if.as_ref(), after.show_if.as_ref(), SHOWN);
    }
    for section in gone {
        let change = Change::new(
            part,
            format!("section {}", section.id),
            What::Removed,
            Class::Wording,
        );
        changes.push(
            change
                .texts(Some(&section.title), None)
                .places(Some(section_place(old, section)), None),
        );
    }
    for section in come {
        let change = Change::new(
            part,
            format!("section {}", section.id),
            What::Added,
            Class::Wording,
        );
        changes.push(
            change
                .texts(None, Some(&section.title))
                .places(None, Some(section_place(new, section))),
        );
    }
}

/// A section stands where its first field does.
fn section_place<'a>(form: &'a Form, section: &Section) -> &'a Place {
    let index = form
        .sections
        .iter()
        .position(|other| std::ptr::eq(other, section));
    let first = form.fields.iter().find(|field| Some(field.section) == index);
    first.map_or(&form.place, |field| &field.place)
}

fn lists(from: &Method, to: &Method, declared: &Declared, changes: &mut Vec<Change>) {
    let place = |list: &List| list.all().first().map(|concept| concept.place.clone());
    let mut seen = BTreeSet::new();
    for (name, list) in &from.lists {
        let part = Part::List(name.clone());
        let becomes = declared
            .lists
            .iter()
            .find(|(old, _)| old == name)
            .map(|(_, new)| new);
        let Some(other) = to.lists.get(becomes.unwrap_or(name)) else {
            changes.push(
                Change::new(&part, "", What::Removed, Class::Breaking)
                    .texts(Some(&list.title), None)
                    .places(place(list).as_ref(), None),
            );
            continue;
        };
        seen.insert(other.name());
        if let Some(becomes) = becomes.filter(|becomes| *becomes != name) {
            changes.push(
                Change::new(&part, "", What::Renamed, Class::Breaking)
                    .texts(Some(name), Some(becomes))
                    .places(place(list).as_ref(), place(other).as_ref()),
            );
        }
        concepts(&part, (list, other), declared, changes);
    }
    for (name, list) in &to.lists {
        if from.lists.contains_key(name) || seen.contains(name) {
            continue;
        }
        let change = Change::new(&Part::List(name.clone()), "", What::Added, Class::Addition);
        changes.push(
            change
                .texts(None, Some(&list.title))
                .places(None, place(list).as_ref()),
        );
    }
}

fn concepts(part: &Part, (old, new): (&List, &List), declared: &Declared, changes: &mut Vec<Change>) {
    let above = |list: &List, concept: &Concept| {
        let parent = concept.parent.and_then(|parent| list.all().get(parent));
        parent.map(|parent| parent.code.to_string())
    };
    let name = |code: &str| {
        let renamed = declared.codes.get(&(old.name(), code.to_owned()));
        // A code that was there before is not the old one under a new name.
        renamed
            .filter(|code| old.get(code).is_none())
            .cloned()
            .unwrap_or_else(|| code.to_owned())
    };
    let mut taken = BTreeSet::new();
    let (mut pairs, mut gone) = (Vec::new(), Vec::new());
    for concept in old.all() {
        match new
            .get(&name(&concept.code))
            .filter(|other| taken.insert(&*other.code))
        {
            Some(other) => pairs.push((concept, other)),
            None => gone.push(concept),
        }
    }
    let come = new.all().iter().filter(|concept| !taken.contains(&*concept.code));
    for (before, after) in pairs {
        if before.code != after.code {
            changes.push(
                Change::new(part, &*before.code, What::Renamed, Class::Breaking)
                    .texts(Some(&before.code), Some(&after.code))
                    .places(Some(&before.place), Some(&after.place)),
            );
        }
        let parents = (above(old, before), above(new, after));
        if parents.0.as_deref().map(name) != parents.1 {
            let change = Change::new(part, &*before.code, What::Moved, Class::Breaking);
            changes.push(
                change
                    .texts(parents.0.as_deref(), parents.1.as_deref())
                    .places(Some(&before.place), Some(&after.place)),
            );
        }
        let mut pair = Pair {
            part,
            at: &before.code,
            old: &before.place,
            new: &after.place,
            changes,
        };
        let display = |one: &Concept| one.display.as_ref().unwrap_or(&one.label).clone();
        let level = |one: &Concept| one.level.as_ref().map(ToString::to_string);
        let day = |day: &Option<crate::value::Date>| day.map(|day| day.to_string());
        pair.text("label", Some(&before.label), Some(&after.label), Class::Wording);
        pair.text(
            "help",
            before.help.as_deref(),
            after.help.as_deref(),
            Class::Wording,
        );
        pair.text(
            "definition",
            before.definition.as_deref(),
            after.definition.as_deref(),
            Class::Wording,
        );
        pair.text(
            "criteria",
            before.criteria.as_deref(),
            after.criteria.as_deref(),
            Class::Wording,
        );
        pair.text(
            "free_text",
            before.free_text.as_deref(),
            after.free_text.as_deref(),
            Class::Wording,
        );
        pair.text("id", before.id.as_deref(), after.id.as_deref(), Class::Reported);
        if before.label == after.label {
            pair.text(
                "display",
                Some(&display(before)),
                Some(&display(after)),
                Class::Wording,
            );
        }
        pair.text(
            "provision",
            before.provision.as_deref(),
            after.provision.as_deref(),
            Class::Reported,
        );
        pair.text(
            "level",
            level(before).as_deref(),
            level(after).as_deref(),
            Class::Reported,
        );
        pair.flag(
            "selectable",
            before.selectable,
            after.selectable,
            Class::Addition,
            Class::Breaking,
        );
        let tags = (before.tags.join(", "), after.tags.join(", "));
        pair.text("tags", Some(&tags.0), Some(&tags.1), Class::Tightening);
        pair.text(
            "valid_from",
            day(&before.valid_from).as_deref(),
            day(&after.valid_from).as_deref(),
            Class::Tightening,
        );
        pair.text(
            "valid_to",
            day(&before.valid_to).as_deref(),
            day(&after.valid_to).as_deref(),
            Class::Tightening,
        );
    }
    for concept in gone {
        let mut change = Change::new(part, &*concept.code, What::Removed, Class::Breaking)
            .texts(Some(&concept.label), None)
            .places(Some(&concept.place), None);
        change.note = declared
            .notes
            .get(&format!("{} {}", old.name(), concept.code))
            .cloned();
        changes.push(change);
    }
    for concept in come {
        let change = Change::new(part, &*concept.code, What::Added, Class::Addition);
        changes.push(
            change
                .texts(None, Some(&concept.label))
                .places(None, Some(&concept.place)),
        );
    }
}
