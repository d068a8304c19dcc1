//! Compares what stands above the forms: title, pinned catalogues, parameters, phases, roles and marks.

use super::both::{About, Both, Compared, both, tell};
use super::change::{Alike, Change, Part, Thing};
use super::class::Class;
use super::pair::pair;
use crate::definition::{Method, Named, Parameter, Phase, Pin};

/// Notes what differs above the forms.
pub fn compare(from: &Method, to: &Method, changes: &mut Vec<Change>) {
    <&Method>::compare(&mut both(from, to, changes));
    named(
        from.catalogues.iter().map(Pinned),
        to.catalogues.iter().map(Pinned),
        changes,
    );
    named(
        from.reports.iter().map(Brought),
        to.reports.iter().map(Brought),
        changes,
    );
    named(&from.parameters, &to.parameters, changes);
    named(&from.phases, &to.phases, changes);
    for (thing, old, new) in [
        (Thing::Role, &from.roles, &to.roles),
        (Thing::Mark, &from.marks, &to.marks),
    ] {
        let of = |one| Word { thing, one };
        named(old.iter().map(of), new.iter().map(of), changes);
    }
}

/// Things that no migration speaks of.
fn named<T: Compared>(
    old: impl IntoIterator<Item = T>,
    new: impl IntoIterator<Item = T>,
    changes: &mut Vec<Change>,
) {
    tell(&pair(old, new, |key| key), changes);
}

impl Compared for &Method {
    fn key(self) -> String {
        self.id.clone()
    }

    fn about(self) -> About {
        About {
            part: Part::Method,
            thing: Thing::Whole,
            at: String::new(),
            label: self.title.clone(),
            place: None,
        }
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.title.clone()));
        both.text("owner", Class::Wording, |one| one.owner.clone());
        both.text("source", Class::Wording, |one| one.source.clone());
        both.text("language", Class::Wording, |one| Some(one.language.clone()));
        both.text("namespace", Class::Reported, |one| {
            Some(one.namespace.to_string())
        });
        both.order("order", |one| {
            one.phases.iter().map(|phase| phase.id.clone()).collect()
        });
    }
}

/// What stands above the forms under a name.
fn about(thing: Thing, id: &str, title: &str) -> About {
    About {
        part: Part::Method,
        thing,
        at: id.to_owned(),
        label: title.to_owned(),
        place: None,
    }
}

/// A catalogue with the editions that are pinned.
#[derive(Clone, Copy)]
struct Pinned<'a>((&'a String, &'a Vec<Pin>));

impl Pinned<'_> {
    fn words(self) -> String {
        let one = |pin: &Pin| {
            let mut text = pin.edition.clone();
            if let Some(from) = pin.from {
                text.push_str(&format!(" from {from}"));
            }
            if let Some(until) = pin.overlap_until {
                text.push_str(&format!(", beside the one before until {until}"));
            }
            text
        };
        self.0.1.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

impl Compared for Pinned<'_> {
    fn key(self) -> String {
        self.0.0.clone()
    }

    fn about(self) -> About {
        about(Thing::Catalogue, self.0.0, self.0.0)
    }

    // What is in it is told list by list.
    fn gone(self) -> Class {
        Class::Wording
    }

    fn come(self) -> Class {
        Class::Wording
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("edition", Class::Wording, |one| Some(one.words()));
    }
}

/// A report template with the version that the method brings along.
#[derive(Clone, Copy)]
struct Brought<'a>((&'a String, &'a String));

impl Compared for Brought<'_> {
    fn key(self) -> String {
        self.0.0.clone()
    }

    fn about(self) -> About {
        about(Thing::Report, self.0.0, self.0.0)
    }

    fn gone(self) -> Class {
        Class::Reported
    }

    fn compare(both: &mut Both<'_, Self>) {
        let major = |one: Self| one.0.1.split('.').next();
        let class = if major(both.old) == major(both.new) {
            Class::Addition
        } else {
            Class::Reported
        };
        both.text("version", class, |one| Some(one.0.1.clone()));
    }
}

impl Compared for &Parameter {
    fn key(self) -> String {
        self.id.clone()
    }

    fn about(self) -> About {
        about(Thing::Parameter, &self.id, &self.title)
    }

    fn gone(self) -> Class {
        Class::Wording
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.title == other.title && self.kind == other.kind).then_some(Alike::Label)
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.title.clone()));
        both.text("help", Class::Wording, |one| one.help.clone());
        both.text("source", Class::Wording, |one| one.source.clone());
        both.text("type", Class::Breaking, |one| Some(one.kind.clone()));
        both.text("value", Class::Tightening, |one| Some(one.value.to_string()));
    }
}

impl Compared for &Phase {
    fn key(self) -> String {
        self.id.clone()
    }

    fn about(self) -> About {
        about(Thing::Phase, &self.id, &self.title)
    }

    fn gone(self) -> Class {
        Class::Wording
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.title == other.title).then_some(Alike::Label)
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.title.clone()));
        both.text("help", Class::Wording, |one| one.help.clone());
        both.order("order of forms", |one| one.forms.clone());
    }
}

/// A role or a mark.
#[derive(Clone, Copy)]
struct Word<'a> {
    thing: Thing,
    one: &'a Named,
}

impl Compared for Word<'_> {
    fn key(self) -> String {
        self.one.id.clone()
    }

    fn about(self) -> About {
        about(self.thing, &self.one.id, &self.one.title)
    }

    fn gone(self) -> Class {
        Class::Wording
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.one.title == other.one.title).then_some(Alike::Label)
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.one.title.clone()));
    }
}
