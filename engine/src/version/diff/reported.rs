//! Compares what two versions report: their data points.

use std::collections::BTreeSet;

use super::both::{About, Both, Compared, tell};
use super::change::{Alike, Change, Part, Thing, What};
use super::class::Class;
use super::declared::Declared;
use super::pair::pair;
use crate::definition::{Emission, Field, Form, Method, Rule, read_fields};

/// Notes what differs between the data points.
pub fn compare(from: &Method, to: &Method, declared: &Declared, changes: &mut Vec<Change>) {
    let known = |emission: &Emission| from.emissions.iter().any(|other| other.kind == emission.kind);
    let of = |emission| EmissionOf {
        emission,
        known: known(emission),
    };
    let becomes = |name: String| match name.rsplit_once(" on ") {
        Some((kind, form)) => format!("{kind} on {}", declared.place(form)),
        None => name,
    };
    let paired = pair(
        from.emissions.iter().map(of),
        to.emissions.iter().map(of),
        becomes,
    );
    tell(&paired, changes);
}

/// What gives rise to data points.
#[derive(Clone, Copy)]
struct EmissionOf<'a> {
    emission: &'a Emission,
    /// Whether the first version has points of this kind.
    known: bool,
}

impl Compared for EmissionOf<'_> {
    fn key(self) -> String {
        format!("{} on {}", self.emission.kind, self.emission.form)
    }

    fn about(self) -> About {
        About {
            part: Part::DataPoints,
            thing: Thing::DataPoint,
            at: self.key(),
            label: self.emission.title.to_string(),
            place: Some(self.emission.identity.place.clone()),
        }
    }

    fn gone(self) -> Class {
        Class::Reported
    }

    // A new kind of fact leaves those that are known as they are.
    fn come(self) -> Class {
        match self.known {
            true => Class::Reported,
            false => Class::Addition,
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.emission.title == other.emission.title).then_some(Alike::Label)
    }

    // Only its form has another id.
    fn elsewhere(self, _other: Self) -> Option<(What, Class)> {
        None
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| {
            Some(one.emission.title.to_string())
        });
        both.text("help", Class::Wording, |one| one.emission.help.clone());
        both.text("source", Class::Wording, |one| one.emission.source.clone());
        both.text("words", Class::Wording, |one| {
            let words = one.emission.words.iter();
            let words: Vec<_> = words.map(|(said, words)| format!("{said}: {words}")).collect();
            (!words.is_empty()).then(|| words.join(", "))
        });
        let (old, new) = (both.old.emission, both.new.emission);
        both.rule("for", Class::Reported, old.each.as_ref(), new.each.as_ref());
        both.rule("when", Class::Reported, old.when.as_ref(), new.when.as_ref());
        both.rule(
            "identity",
            Class::Reported,
            Some(&old.identity),
            Some(&new.identity),
        );
        both.rule("dated", Class::Reported, Some(&old.dated), Some(&new.dated));
        let errors = (old.entered_in_error.as_ref(), new.entered_in_error.as_ref());
        both.rule("entered_in_error", Class::Reported, errors.0, errors.1);
        both.rule("answer", Class::Wording, old.answer.as_ref(), new.answer.as_ref());
        let name = both.old.key();
        let of = |(attribute, rule)| AttributeOf {
            of: name.as_str(),
            attribute,
            rule,
        };
        let before = old.attributes.iter().map(|(name, rule)| (&**name, rule)).map(of);
        let after = new.attributes.iter().map(|(name, rule)| (&**name, rule)).map(of);
        tell(&pair(before, after, |name| name), both.changes);
    }
}

/// An attribute of data points.
#[derive(Clone, Copy)]
struct AttributeOf<'a> {
    of: &'a str,
    attribute: &'a str,
    rule: &'a Rule,
}

impl Compared for AttributeOf<'_> {
    fn key(self) -> String {
        self.attribute.to_owned()
    }

    fn about(self) -> About {
        About {
            part: Part::DataPoints,
            thing: Thing::Attribute,
            at: format!("{}: {}", self.of, self.attribute),
            label: self.attribute.to_owned(),
            place: Some(self.rule.place.clone()),
        }
    }

    fn text(self) -> String {
        self.rule.program.text().to_owned()
    }

    fn gone(self) -> Class {
        Class::Reported
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.rule.program.text() == other.rule.program.text()).then_some(Alike::Rule)
    }

    fn compare(both: &mut Both<'_, Self>) {
        let (old, new) = (both.old.rule, both.new.rule);
        both.rule("rule", Class::Reported, Some(old), Some(new));
    }
}

/// Changes of fields that data points are read from change what is reported: with the same answers they have another value, or
/// are hidden and have none.
pub fn follow(from: &Method, to: &Method, changes: &mut [Change]) {
    let (before, after) = (feeding(from), feeding(to));
    for change in changes {
        let Part::Form(form) = &change.part else { continue };
        let decides = change.thing == Thing::Field && matches!(change.key, Some("value" | "show_if"));
        if decides {
            let old = format!("{form}.{}", change.at);
            let new = change.there.as_ref().unwrap_or(&old);
            if before.contains(&old) || after.contains(new) {
                change.class = Class::Reported;
            }
        }
    }
}

/// The fields that data points are read from, directly or through other fields, as `form.path`.
fn feeding(method: &Method) -> BTreeSet<String> {
    let all: Vec<&Form> = method.all.iter().collect();
    let read = |form, block, rule| read_fields(form, block, &all, rule).unwrap_or_default();
    let mut open: Vec<(&Form, &Field)> = Vec::new();
    for emission in &method.emissions {
        if let Some(form) = method.form(&emission.form) {
            let rules = emission.rules().into_iter();
            open.extend(rules.flat_map(|(rule, _)| read(form, 0, rule)));
        }
    }
    let mut feeding = BTreeSet::new();
    while let Some((form, field)) = open.pop() {
        if !feeding.insert(format!("{}.{}", form.id, field.path)) {
            continue;
        }
        let rules = field.value.iter().chain(&field.show_if);
        open.extend(rules.flat_map(|rule| read(form, field.block, rule)));
        open.extend(field.carry.as_ref().and_then(|carry| {
            let source = method.form(&carry.form)?;
            Some((source, source.fields.get(carry.field)?))
        }));
    }
    feeding
}
