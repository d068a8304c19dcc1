//! Compares the fields of a form in two versions.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Class, Part, What};
use super::diff::{Declared, SHOWN};
use super::pair::{Meaning, Pair, same};
use crate::definition::{Branch, Constraint, Field, Form, Kind, Method, Options};
use crate::diagnostic::Severity;

type Side<'a> = (&'a Method, &'a Form);

/// Notes what differs between the fields of a form.
pub fn compare(part: &Part, old: Side, new: Side, declared: &Declared, changes: &mut Vec<Change>) {
    let pairs = paired(old, new, declared);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for field in &old.1.fields {
        let found = pairs.get(field.path.as_str());
        let Some((other, note)) = found else {
            // What an option opens goes with its option, what stands in a group with its group.
            if field.companion_of.is_none() && !within(field, old.1, |path| !pairs.contains_key(path)) {
                let moved = elsewhere(old.1, field, new.0, declared);
                let what = if moved.is_some() {
                    What::Moved
                } else {
                    What::Removed
                };
                let mut change = Change::new(part, &field.path, what, Class::Breaking)
                    .texts(Some(&field.label), moved.as_deref())
                    .places(Some(&field.place), None);
                let said = declared.notes.get(&format!("{}.{}", old.1.id, field.path));
                change.note = said.cloned().or_else(|| group_note(field, old.1));
                changes.push(change);
            }
            continue;
        };
        seen.insert(&other.path);
        if field.path != other.path && !within_renamed(field, other) {
            let mut change = Change::new(part, &field.path, What::Renamed, Class::Breaking)
                .texts(Some(&field.path), Some(&other.path))
                .places(Some(&field.place), Some(&other.place));
            change.note = note.map(str::to_owned);
            changes.push(change);
        }
        let section =
            |side: Side, field: &Field| side.1.sections.get(field.section).map(|one| one.id.clone());
        let sections = (section(old, field), section(new, other));
        if field.block == 0 && sections.0 != sections.1 {
            changes.push(
                Change::new(part, &field.path, What::Moved, Class::Wording)
                    .key("section")
                    .texts(sections.0.as_deref(), sections.1.as_deref())
                    .places(Some(&field.place), Some(&other.place)),
            );
        }
        one(part, (old, field), (new, other), changes);
    }
    for field in &new.1.fields {
        let fresh = |path: &str| !seen.contains(path);
        if fresh(&field.path) && field.companion_of.is_none() && !within(field, new.1, fresh) {
            let class = if field.require_if.is_some() {
                Class::Tightening
            } else {
                Class::Addition
            };
            let mut change = Change::new(part, &field.path, What::Added, class)
                .texts(None, Some(&field.label))
                .places(None, Some(&field.place));
            change.note = group_note(field, new.1);
            changes.push(change);
        }
    }
}

fn group_note(group: &Field, form: &Form) -> Option<String> {
    let inside = format!("{}.", group.path);
    let count = form
        .fields
        .iter()
        .filter(|field| field.path.starts_with(&inside))
        .count();
    (count > 0).then(|| format!("with {count} fields in it"))
}

/// Whether a group around a field answers to something itself.
fn within(field: &Field, form: &Form, told: impl Fn(&str) -> bool) -> bool {
    form.groups_around(field.block)
        .filter_map(|group| form.fields.get(group))
        .any(|group| told(&group.path))
}

/// Whether only a group around the field has another id.
fn within_renamed(old: &Field, new: &Field) -> bool {
    old.id == new.id && old.path.contains('.') && new.path.contains('.')
}

/// In which other form of the second version a migration puts the field.
fn elsewhere(form: &Form, field: &Field, to: &Method, declared: &Declared) -> Option<String> {
    let from = format!("{}.{}", form.id, field.path);
    let (_, target) = declared.renamed.iter().find(|(old, _)| *old == from)?;
    let (other, path) = target.split_once('.')?;
    to.all.iter().find(|form| form.id == other)?.field_at(path)?;
    Some(target.clone())
}

/// For each field that is in both versions: the field there, and what is to be said of the pairing.
fn paired<'a>(
    old: Side<'a>,
    new: Side<'a>,
    declared: &Declared,
) -> BTreeMap<&'a str, (&'a Field, Option<&'static str>)> {
    let mut pairs: BTreeMap<&str, (&Field, Option<&'static str>)> = BTreeMap::new();
    let at = |path: &str| new.1.field_at(path).and_then(|index| new.1.fields.get(index));
    let declared: BTreeMap<&str, &str> = declared
        .renamed
        .iter()
        .filter_map(|(from, to)| {
            Some((
                from.strip_prefix(&old.1.id)?.strip_prefix('.')?,
                to.strip_prefix(&new.1.id)?.strip_prefix('.')?,
            ))
        })
        .collect();
    for field in &old.1.fields {
        // The path with the nearest renamed group around it, or the field itself, in its new words.
        let renamed = declared
            .iter()
            .filter(|(from, _)| field.path == **from || field.path.starts_with(&format!("{from}.")))
            .max_by_key(|(from, _)| from.len())
            .map(|(from, to)| format!("{to}{}", field.path.get(from.len()..).unwrap_or_default()));
        let note = renamed.as_ref().map(|_| "the migration says so");
        if let Some(other) = at(renamed.as_deref().unwrap_or(&field.path)) {
            pairs.insert(&field.path, (other, note));
        }
    }
    let taken: BTreeSet<&str> = pairs.values().map(|(field, _)| field.path.as_str()).collect();
    let free: Vec<&Field> = new
        .1
        .fields
        .iter()
        .filter(|field| !taken.contains(field.path.as_str()))
        .collect();
    let mut guesses = Vec::new();
    for field in old
        .1
        .fields
        .iter()
        .filter(|field| !pairs.contains_key(field.path.as_str()))
    {
        let alike = |other: &&&Field| {
            other.kind.name() == field.kind.name()
                && parent(&other.path) == parent(&field.path)
                && (other.label == field.label
                    || (field.question.is_some() && other.question == field.question))
        };
        let mut found = free.iter().filter(alike);
        if let (Some(other), None) = (found.next(), found.next()) {
            guesses.push((field, *other));
        }
    }
    for (field, other) in guesses {
        pairs.insert(&field.path, (other, Some("guessed: type and label are the same")));
    }
    pairs
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Where a carried field takes its words from.
fn source<'a>((method, _): Side<'a>, field: &Field) -> Option<&'a Field> {
    let carry = field.carry.as_ref()?;
    method.form(&carry.form)?.fields.get(carry.field)
}

fn one(part: &Part, (old, field): (Side, &Field), (new, other): (Side, &Field), changes: &mut Vec<Change>) {
    // What both take over from where they are carried from is told there.
    let sources = (source(old, field), source(new, other));
    let inherited = |text: &dyn Fn(&Field) -> Option<String>| match sources {
        (Some(before), Some(after)) => text(before) == text(field) && text(after) == text(other),
        _ => false,
    };
    // The text that an option opens says nothing of its own.
    if field.companion_of.is_some() {
        return;
    }
    let mut pair = Pair {
        part,
        at: &field.path,
        old: &field.place,
        new: &other.place,
        changes,
    };
    type Text = fn(&Field) -> Option<String>;
    let texts: [(&str, Text); 4] = [
        ("label", |field| Some(field.label.clone())),
        ("question", |field| field.question.clone()),
        ("help", |field| field.help.clone()),
        ("placeholder", |field| field.placeholder.clone()),
    ];
    for (key, text) in texts {
        if !inherited(&text) {
            pair.text(
                key,
                text(field).as_deref(),
                text(other).as_deref(),
                Class::Wording,
            );
        }
    }
    pair.text(
        "source",
        field.source.as_deref(),
        other.source.as_deref(),
        Class::Wording,
    );
    let marks = (field.marks.join(", "), other.marks.join(", "));
    pair.text("marks", Some(&marks.0), Some(&marks.1), Class::Wording);
    pair.text(
        "structured_data",
        field.structured_data.as_deref(),
        other.structured_data.as_deref(),
        Class::Wording,
    );
    pair.flag(
        "confidential",
        field.confidential,
        other.confidential,
        Class::Tightening,
        Class::Wording,
    );
    if !inherited(&|field| Some(field.kind.name().to_owned())) {
        kind(&mut pair, field, other);
    }
    if field.kind.name() == other.kind.name() && !inherited(&|field| Some(options(field))) {
        codes(&mut pair, field, other);
    }
    let asked = |added, removed, changed| Meaning {
        added,
        removed,
        changed,
    };
    let demanded = asked(Class::Tightening, Class::Addition, Class::Tightening);
    pair.rule("show_if", field.show_if.as_ref(), other.show_if.as_ref(), SHOWN);
    pair.rule(
        "require_if",
        field.require_if.as_ref(),
        other.require_if.as_ref(),
        demanded,
    );
    pair.rule(
        "read_only_if",
        field.read_only_if.as_ref(),
        other.read_only_if.as_ref(),
        demanded,
    );
    let begins = asked(Class::Addition, Class::Addition, Class::Addition);
    pair.rule("initial", field.initial.as_ref(), other.initial.as_ref(), begins);
    let computed = asked(Class::Breaking, Class::Breaking, Class::Breaking);
    pair.rule("value", field.value.as_ref(), other.value.as_ref(), computed);
    let offered = asked(Class::Breaking, Class::Addition, Class::Breaking);
    pair.rule(
        "options_where",
        field.options_where.as_ref(),
        other.options_where.as_ref(),
        offered,
    );
    pair.rule(
        "choices_from",
        field.choices_from.as_ref(),
        other.choices_from.as_ref(),
        computed,
    );
    let carried = |field: &Field| {
        let carry = field.carry.as_ref()?;
        let mode = match carry.mode {
            crate::definition::CarryMode::Copy => "copied from",
            crate::definition::CarryMode::View => "viewed from",
        };
        Some(format!("{mode} {}.{}", carry.form, carry.path))
    };
    let class = match (&field.carry, &other.carry) {
        (None, Some(_)) if !other.closed() => Class::Addition,
        _ => Class::Breaking,
    };
    pair.text(
        "carry",
        carried(field).as_deref(),
        carried(other).as_deref(),
        class,
    );
    let rows = |field: &Field| {
        field
            .carry
            .as_ref()
            .and_then(|carry| carry.condition.as_ref())
            .map(|rule| rule.program.text().to_owned())
    };
    if field.carry.is_some() && other.carry.is_some() {
        pair.text(
            "where",
            rows(field).as_deref(),
            rows(other).as_deref(),
            Class::Breaking,
        );
    }
    if let (Some(before), Some(after)) = (field.group(), other.group()) {
        pair.text(
            "row_label",
            before.row_label.as_deref(),
            after.row_label.as_deref(),
            Class::Wording,
        );
        let wording = asked(Class::Wording, Class::Wording, Class::Wording);
        pair.rule(
            "row_title",
            before.row_title.as_ref(),
            after.row_title.as_ref(),
            wording,
        );
        let branch = |each: &Option<(std::sync::Arc<crate::definition::List>, Branch)>| {
            each.as_ref().map(|(list, branch)| named(&list.name(), branch))
        };
        let each = (branch(&before.for_each), branch(&after.for_each));
        pair.text("for_each", each.0.as_deref(), each.1.as_deref(), Class::Breaking);
    }
    constraints(&mut pair, &field.constraints, &other.constraints);
}

fn kind(pair: &mut Pair, old: &Field, new: &Field) {
    let names = (old.kind.name(), new.kind.name());
    if names.0 == names.1 {
        return;
    }
    // An answer of the first kind is an answer of the second as it stands.
    let class = match names {
        ("text", "longtext") | ("number", "money") | ("money", "number") => Class::Addition,
        _ => Class::Breaking,
    };
    let change = Change::new(pair.part, pair.at, What::Retyped, class);
    pair.changes.push(
        change
            .texts(Some(names.0), Some(names.1))
            .places(Some(pair.old), Some(pair.new)),
    );
}

fn named(list: &str, branch: &Branch) -> String {
    match branch {
        Branch::Whole => list.to_owned(),
        Branch::Below(code) => format!("{list}/{code}"),
        Branch::BelowRow(depth) => format!("{list}/{{row {depth}}}"),
    }
}

/// What a field chooses from, in words.
fn options(field: &Field) -> String {
    match &field.kind {
        Kind::Choice(options) | Kind::Choices(options) | Kind::Score(options) => match options {
            Options::List(list, branch) => named(&list.name(), branch),
            Options::Texts => "texts".to_owned(),
        },
        _ => String::new(),
    }
}

/// Notes that a field chooses from something else; what changed within the same list is told there.
fn codes(pair: &mut Pair, old: &Field, new: &Field) {
    let names = (options(old), options(new));
    if names.0 == names.1 {
        return;
    }
    let selectable = |field: &Field| -> BTreeSet<String> {
        match field.options() {
            Some(Options::List(list, branch)) => list
                .below(branch.code(&[]))
                .iter()
                .filter(|concept| concept.selectable)
                .map(|concept| concept.code.to_string())
                .collect(),
            _ => BTreeSet::new(),
        }
    };
    let class = if selectable(old).is_subset(&selectable(new)) {
        Class::Addition
    } else {
        Class::Breaking
    };
    pair.text("options", Some(&names.0), Some(&names.1), class);
}

/// Notes what differs between the conditions on a field or a form: the same message is the same condition.
pub fn constraints(pair: &mut Pair, old: &[Constraint], new: &[Constraint]) {
    let demands = |one: &Constraint| match one.severity {
        Severity::Note => Class::Wording,
        _ => Class::Tightening,
    };
    let loosened = |one: &Constraint| match one.severity {
        Severity::Note => Class::Wording,
        _ => Class::Addition,
    };
    let mut left: Vec<&Constraint> = new.iter().collect();
    let mut without = Vec::new();
    for before in old {
        let same_rule = |after: &&Constraint| same(&before.rule, &after.rule);
        let place = left
            .iter()
            .position(|after| same_rule(after) && before.message == after.message)
            .or_else(|| left.iter().position(same_rule))
            .or_else(|| left.iter().position(|after| after.message == before.message));
        let Some(after) = place.map(|place| left.remove(place)) else {
            without.push(before);
            continue;
        };
        if !same(&before.rule, &after.rule) {
            let meaning = Meaning {
                added: demands(after),
                removed: loosened(before),
                changed: demands(after),
            };
            pair.rule("constraint", Some(&before.rule), Some(&after.rule), meaning);
        }
        let class = match before.severity.cmp(&after.severity) {
            std::cmp::Ordering::Less => loosened(before),
            _ => demands(after),
        };
        pair.text(
            "severity",
            Some(before.severity.word()),
            Some(after.severity.word()),
            class,
        );
        pair.text(
            "message",
            Some(&before.message),
            Some(&after.message),
            Class::Wording,
        );
    }
    for (before, after) in without
        .into_iter()
        .map(|one| (Some(one), None))
        .chain(left.into_iter().map(|one| (None, Some(one))))
    {
        let class = before.map_or_else(|| after.map_or(Class::Wording, demands), loosened);
        let meaning = Meaning {
            added: class,
            removed: class,
            changed: class,
        };
        pair.rule(
            "constraint",
            before.map(|one| &one.rule),
            after.map(|one| &one.rule),
            meaning,
        );
    }
}
