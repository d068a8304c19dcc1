//! Compares code lists and their concepts.

use std::sync::Arc;

use super::both::{About, Both, Compared, Meaning, tell};
use super::change::{Alike, Change, Note, Part, Thing, What};
use super::class::Class;
use super::declared::Declared;
use super::pair::pair;
use crate::definition::{Concept, List};
use crate::value::Date;

/// Notes what differs between the code lists.
pub fn compare<'a>(
    from: impl Iterator<Item = &'a Arc<List>>,
    to: impl Iterator<Item = &'a Arc<List>>,
    declared: &'a Declared,
    changes: &mut Vec<Change>,
) {
    let old = from.map(|list| ListOf { list, declared });
    let new = to.map(|list| ListOf { list, declared });
    tell(&pair(old, new, |name| declared.list(&name)), changes);
}

/// A list, and what the migration says of it.
#[derive(Clone, Copy)]
struct ListOf<'a> {
    list: &'a List,
    declared: &'a Declared,
}

impl ListOf<'_> {
    fn codes(&self) -> impl Iterator<Item = &str> {
        self.list.all().iter().map(|concept| &*concept.code)
    }
}

impl Compared for ListOf<'_> {
    fn key(self) -> String {
        self.list.name()
    }

    fn about(self) -> About {
        About {
            part: Part::List(self.list.name()),
            thing: Thing::Whole,
            at: String::new(),
            label: self.list.title.clone(),
            place: self.list.all().first().map(|concept| concept.place.clone()),
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        if self.list.title == other.list.title {
            Some(Alike::Label)
        } else {
            self.codes().eq(other.codes()).then_some(Alike::Codes)
        }
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.list.title.clone()));
        both.text("source", Class::Wording, |one| one.list.source.clone());
        both.text("system", Class::Reported, |one| one.list.system.clone());
        let (old, new, declared) = (both.old.list, both.new.list, both.old.declared);
        let name = old.name();
        let concepts = |list, said| {
            let home = name.as_str();
            move |concept| ConceptOf {
                list,
                concept,
                home,
                said,
            }
        };
        let paired = pair(
            old.all().iter().map(concepts(old, Some(declared))),
            new.all().iter().map(concepts(new, None)),
            |code| declared.code(&name, &code),
        );
        tell(&paired, both.changes);
    }
}

/// A concept of a list.
#[derive(Clone, Copy)]
struct ConceptOf<'a> {
    list: &'a List,
    concept: &'a Concept,
    /// What the list was called in the first version.
    home: &'a str,
    /// Of the first version: what the migration says.
    said: Option<&'a Declared>,
}

/// What happens when an option opens a text, or no longer does.
const OPENED: Meaning = Meaning::of(Class::Addition, Class::Breaking, Class::Wording);

impl ConceptOf<'_> {
    /// Whether it has the label that another code gave up: who chose either chose something else.
    fn passed_on(self, new: Self) -> bool {
        let given_up = |other: &Concept| {
            let now = new.list.get(&other.code);
            now.is_none_or(|now| now.label != other.label)
        };
        self.concept.label != new.concept.label
            && self.list.all().iter().any(|other| {
                other.label == new.concept.label && other.code != self.concept.code && given_up(other)
            })
    }

    /// The code above, in the words of the second version.
    fn above(self) -> Option<String> {
        let above = self.list.all().get(self.concept.parent?)?;
        Some(match self.said {
            Some(said) => said.code(self.home, &above.code),
            None => above.code.to_string(),
        })
    }
}

impl Compared for ConceptOf<'_> {
    fn key(self) -> String {
        self.concept.code.to_string()
    }

    fn about(self) -> About {
        About {
            part: Part::List(self.home.to_owned()),
            thing: Thing::Concept,
            at: self.concept.code.to_string(),
            label: self.concept.label.clone(),
            place: Some(self.concept.place.clone()),
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        if self.concept.id.is_some() && self.concept.id == other.concept.id {
            Some(Alike::Identifier)
        } else {
            (self.concept.label == other.concept.label).then_some(Alike::Label)
        }
    }

    fn notes(self) -> Vec<Note> {
        let key = format!("{} {}", self.home, self.concept.code);
        let said = self.said.and_then(|said| said.notes.get(&key));
        said.cloned().into_iter().collect()
    }

    fn compare(both: &mut Both<'_, Self>) {
        let (before, after) = (both.old.above(), both.new.above());
        if before != after {
            let change = both.change(What::Moved, Class::Breaking, None, before, after);
            both.changes.push(change);
        }
        let label = match both.old.passed_on(both.new) {
            true => Class::Breaking,
            false => Class::Wording,
        };
        both.text("label", label, |one| Some(one.concept.label.clone()));
        both.text("label_many", Class::Wording, |one| one.concept.label_many.clone());
        if both.old.concept.label == both.new.concept.label {
            let display = |one: &Concept| one.display.as_ref().unwrap_or(&one.label).clone();
            both.text("display", Class::Wording, |one| Some(display(one.concept)));
        }
        both.text("help", Class::Wording, |one| one.concept.help.clone());
        both.text("definition", Class::Wording, |one| one.concept.definition.clone());
        both.text("criteria", Class::Wording, |one| one.concept.criteria.clone());
        both.text("free_text", OPENED, |one| one.concept.free_text.clone());
        both.text("id", Class::Reported, |one| one.concept.id.clone());
        both.text("provision", Class::Reported, |one| one.concept.provision.clone());
        both.text("level", Class::Reported, |one| {
            one.concept.level.as_ref().map(ToString::to_string)
        });
        both.flag("selectable", Class::Addition, Class::Breaking, |one| {
            one.concept.selectable
        });
        both.text("tags", Class::Tightening, |one| Some(one.concept.tags.join(", ")));
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        both.text("valid_from", Class::Tightening, |one| {
            day(one.list.begin(&one.concept.code))
        });
        both.text("valid_to", Class::Tightening, |one| {
            day(one.list.end(&one.concept.code))
        });
    }
}
