//! Compares fields and groups, and the conditions on them.

use std::collections::BTreeSet;

use super::both::{About, Both, Compared, Meaning};
use super::change::{Alike, Note, Part, Thing, What};
use super::class::Class;
use super::constraint::constraints;
use super::declared::Declared;
use super::form::{SHOWN, holds};
use crate::definition::{Branch, CarryMode, Field, Form, Kind, List, Method, Options, Rule};

/// A field of a version.
#[derive(Clone, Copy)]
pub struct FieldOf<'a> {
    /// The version.
    pub method: &'a Method,
    /// The form.
    pub form: &'a Form,
    /// The field.
    pub field: &'a Field,
    /// What the form was called in the first version.
    pub home: &'a str,
    /// Of the first version: what the migration says.
    pub said: Option<&'a Declared>,
}

/// What it means when more or less is demanded.
const DEMANDED: Meaning = Meaning::of(Class::Tightening, Class::Addition, Class::Tightening);
/// What it means when fewer or more options are offered.
const OFFERED: Meaning = Meaning::of(Class::Breaking, Class::Addition, Class::Breaking);

impl Compared for FieldOf<'_> {
    fn key(self) -> String {
        format!("{}.{}", self.form.id, self.field.path)
    }

    fn about(self) -> About {
        About {
            part: Part::Form(self.home.to_owned()),
            thing: Thing::Field,
            at: self.field.path.clone(),
            label: self.field.label.clone(),
            place: Some(self.field.place.clone()),
        }
    }

    fn come(self) -> Class {
        match self.field.require_if {
            Some(_) => Class::Tightening,
            None => Class::Addition,
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        let (old, new) = (self.field, other.field);
        // What is carried looks like where it comes from.
        if old.kind.name() != new.kind.name() || old.carry.is_none() && new.carry.is_some() {
            return None;
        }
        let beside = self.home == other.home && parent(&old.path) == parent(&new.path);
        if old.label == new.label {
            Some(Alike::Label)
        } else if beside && old.question.is_some() && old.question == new.question {
            Some(Alike::Question)
        } else {
            (beside && old.options().is_some() && selectable(old) == selectable(new)).then_some(Alike::Codes)
        }
    }

    fn notes(self) -> Vec<Note> {
        let said = self.said.and_then(|said| said.notes.get(&self.key()));
        let inside = format!("{}.", self.field.path);
        let holds = holds(self.form, |field| field.path.starts_with(&inside));
        said.cloned().into_iter().chain(holds).collect()
    }

    fn elsewhere(self, other: Self) -> Option<(What, Class)> {
        let (own, there) = (self.key(), other.key());
        // Where only what is around it goes elsewhere, that is told.
        let said = self.said.filter(|said| said.places.contains_key(&own))?;
        let what = match said.place(parent(&own)) == parent(&there) {
            true => What::Renamed,
            false => What::Moved,
        };
        Some((what, Class::Breaking))
    }

    fn compare(both: &mut Both<'_, Self>) {
        section(both);
        words(both);
        holds_what(both);
        rules(both);
        carried(both);
        group(both);
        let (old, new) = (both.old.field, both.new.field);
        constraints(both, &old.constraints, &new.constraints);
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

fn section(both: &mut Both<'_, FieldOf>) {
    let section = |one: FieldOf| one.form.sections.get(one.field.section).map(|one| one.id.clone());
    let (before, after) = (section(both.old), section(both.new));
    let same_form = both.old.home == both.new.home;
    if same_form && both.old.field.block == 0 && both.new.field.block == 0 && before != after {
        let change = both.change(What::Moved, Class::Wording, Some("section"), before, after);
        both.changes.push(change);
    }
}

/// Whether both take something over from where they are carried from: then it is told there.
fn inherited(both: &Both<'_, FieldOf>, get: impl Fn(&Form, &Field) -> Option<String>) -> bool {
    let as_source = |one: FieldOf| {
        let carry = one.field.carry.as_ref()?;
        let form = one.method.form(&carry.form)?;
        let source = form.fields.get(carry.field)?;
        Some(get(form, source) == get(one.form, one.field))
    };
    as_source(both.old) == Some(true) && as_source(both.new) == Some(true)
}

fn words(both: &mut Both<'_, FieldOf>) {
    type Text = fn(&Field) -> Option<String>;
    let texts: [(&str, Text); 4] = [
        ("label", |field| Some(field.label.clone())),
        ("question", |field| field.question.clone()),
        ("help", |field| field.help.clone()),
        ("placeholder", |field| field.placeholder.clone()),
    ];
    for (key, text) in texts {
        if !inherited(both, |_, field| text(field)) {
            both.text(key, Class::Wording, |one| text(one.field));
        }
    }
    both.text("source", Class::Wording, |one| one.field.source.clone());
    both.text("marks", Class::Wording, |one| Some(one.field.marks.join(", ")));
    both.text("structured_data", Class::Wording, |one| {
        one.field.structured_data.clone()
    });
    both.flag("confidential", Class::Tightening, Class::Wording, |one| {
        one.field.confidential
    });
}

/// Notes that a field holds another kind of answer, or chooses from something else.
fn holds_what(both: &mut Both<'_, FieldOf>) {
    let (old, new) = (both.old.field, both.new.field);
    let names = (old.kind.name(), new.kind.name());
    if names.0 != names.1 {
        if !inherited(both, |_, field| Some(field.kind.name().to_owned())) {
            // An answer of the first kind is an answer of the second as it stands.
            let class = match names {
                ("text", "longtext") | ("number", "money") | ("money", "number") => Class::Addition,
                _ => Class::Breaking,
            };
            let (before, after) = (names.0.to_owned(), names.1.to_owned());
            let change = both.change(What::Retyped, class, None, Some(before), Some(after));
            both.changes.push(change);
        }
        return;
    }
    let options = |form: &Form, field: &Field| match field.options() {
        Some(Options::List(list, branch)) => Some(branch_name(form, field, list, branch)),
        Some(Options::Texts) => Some("texts".to_owned()),
        None => None,
    };
    if inherited(both, options) {
        return;
    }
    // What changed within the same list is told there.
    let class = match selectable(old).is_subset(&selectable(new)) {
        true => Class::Addition,
        false => Class::Breaking,
    };
    both.text("options", class, |one| options(one.form, one.field));
    let target = |one: FieldOf| match &one.field.kind {
        Kind::Reference(target) => {
            let form = target.form.as_deref().unwrap_or(&one.form.id);
            let form = one.method.all.iter().find(|other| other.id == form)?;
            Some(format!("{}.{}", form.id, form.fields.get(target.group)?.path))
        }
        _ => None,
    };
    both.text("to", Class::Breaking, target);
}

/// Where a field chooses from, or has a row for each of, as it is written.
fn branch_name(form: &Form, field: &Field, list: &List, branch: &Branch) -> String {
    let row = |depth: &usize| {
        let block = form.blocks.get(field.block)?.chain.get(*depth)?;
        let names = &form.blocks.get(*block)?.key_names;
        names.get(1).or(names.first())
    };
    match branch {
        Branch::Whole => list.name(),
        Branch::Below(code) => format!("{}/{code}", list.name()),
        Branch::BelowRow(depth) => format!("{}/{{{}}}", list.name(), row(depth).map_or("row", |name| name)),
    }
}

/// The codes that can be chosen.
fn selectable(field: &Field) -> BTreeSet<String> {
    match field.options() {
        Some(Options::List(list, branch)) => {
            let below = list.below(branch.code(&[])).iter();
            let below = below.filter(|concept| concept.selectable);
            below.map(|concept| concept.code.to_string()).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn rules(both: &mut Both<'_, FieldOf>) {
    let (old, new) = (both.old.field, both.new.field);
    let mut rule = |key, meaning: Meaning, before: &Option<Rule>, after: &Option<Rule>| {
        both.rule(key, meaning, before.as_ref(), after.as_ref());
    };
    rule("show_if", SHOWN, &old.show_if, &new.show_if);
    rule(
        "require_if",
        demanded(&old.require_if),
        &old.require_if,
        &new.require_if,
    );
    rule(
        "read_only_if",
        demanded(&old.read_only_if),
        &old.read_only_if,
        &new.read_only_if,
    );
    rule("initial", Class::Addition.into(), &old.initial, &new.initial);
    rule("value", Class::Breaking.into(), &old.value, &new.value);
    rule("options_where", OFFERED, &old.options_where, &new.options_where);
    rule(
        "choices_from",
        Class::Breaking.into(),
        &old.choices_from,
        &new.choices_from,
    );
}

/// What was always demanded can only be demanded less.
fn demanded(before: &Option<Rule>) -> Meaning {
    match before {
        Some(rule) if rule.program.text().trim() == "true" => Class::Addition.into(),
        _ => DEMANDED,
    }
}

fn carried(both: &mut Both<'_, FieldOf>) {
    let source = |field: &Field| {
        let carry = field.carry.as_ref()?;
        let mode = match carry.mode {
            CarryMode::Copy => "copied from",
            CarryMode::View => "viewed from",
        };
        Some(format!("{mode} {}.{}", carry.form, carry.path))
    };
    let (old, new) = (both.old.field, both.new.field);
    let class = match (&old.carry, &new.carry) {
        (None, Some(_)) if !new.closed() => Class::Addition,
        _ => Class::Breaking,
    };
    both.text("carry", class, |one| source(one.field));
    if let (Some(before), Some(after)) = (&old.carry, &new.carry) {
        both.rule(
            "where",
            Class::Breaking,
            before.condition.as_ref(),
            after.condition.as_ref(),
        );
    }
}

fn group(both: &mut Both<'_, FieldOf>) {
    let (Some(before), Some(after)) = (both.old.field.group(), both.new.field.group()) else {
        return;
    };
    both.text("row_label", Class::Wording, |one| {
        one.field.group()?.row_label.clone()
    });
    both.rule(
        "row_title",
        Class::Wording,
        before.row_title.as_ref(),
        after.row_title.as_ref(),
    );
    both.text("for_each", Class::Breaking, |one| {
        let (list, branch) = one.field.group()?.for_each.as_ref()?;
        Some(branch_name(one.form, one.field, list, branch))
    });
    both.order("order of fields", |one| {
        let block = one
            .field
            .group()
            .and_then(|group| one.form.blocks.get(group.block));
        let fields = block.into_iter().flat_map(|block| &block.fields);
        let fields = fields.filter_map(|index| one.form.fields.get(*index));
        let own = fields.filter(|field| field.companion_of.is_none());
        own.map(|field| field.id.clone()).collect()
    });
}
