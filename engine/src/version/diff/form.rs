//! Compares forms, and what is known of case and citizen: themselves, their sections and fields.

use std::collections::{BTreeMap, BTreeSet};

use super::both::{About, Both, Compared, Meaning, both, come, gone, tell};
use super::change::{Alike, Change, Note, Part, Thing, What};
use super::class::Class;
use super::constraint::constraints;
use super::declared::{Declared, Row};
use super::field::FieldOf;
use super::pair::{Paired, There, pair};
use crate::definition::{Field, Form, Method, Section};
use crate::source::Place;

/// What showing or hiding something by a rule means: an answer that is hidden is null to rules and data points.
pub const SHOWN: Meaning = Meaning::of(Class::Breaking, Class::Addition, Class::Breaking);

/// Notes what differs between the forms.
pub fn compare(from: &Method, to: &Method, declared: &Declared, changes: &mut Vec<Change>) {
    let said = |form| FormOf {
        form,
        said: Some(declared),
    };
    let bare = |form| FormOf { form, said: None };
    let forms = pair(from.all.iter().map(said), to.all.iter().map(bare), |id| {
        declared.place(&id)
    });
    let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
    for (old, there) in &forms.old {
        if let There::Same(new) = there {
            homes.insert(&new.form.id, &old.form.id);
        }
    }
    let fields = fields((from, to), declared, &homes);
    let (mut lost, mut fresh) = (BTreeSet::new(), BTreeSet::new());
    lost.extend(
        fields
            .old
            .iter()
            .filter(|(_, there)| !matches!(there, There::Same(_)))
            .map(|(old, _)| old.key()),
    );
    fresh.extend(fields.come.iter().map(|(new, _)| new.key()));
    for (old, there) in &forms.old {
        let home = old.form.id.as_str();
        let stays = match there {
            There::Same(new) => {
                FormOf::compare(&mut both(*old, *new, changes));
                sections(old.form, new.form, home, changes);
                true
            }
            There::Perhaps(other, alike) => {
                changes.push(gone(*old, Some((*other, *alike))));
                false
            }
            There::Gone => {
                changes.push(gone(*old, None));
                false
            }
        };
        let rows = declared.rows.iter().filter(|row| row.form == home);
        changes.extend(rows.map(moved));
        // What stands in a group is told with its group, what stands in a form with its form.
        let own = fields.old.iter().filter(|(field, there)| {
            let here = matches!(there, There::Same(_)) || (stays && !within(field, &lost));
            field.home == home && here
        });
        let new = fields
            .come
            .iter()
            .filter(|(field, _)| field.home == home && !within(field, &fresh));
        let own = Paired {
            old: own.copied().collect(),
            come: new.copied().collect(),
        };
        tell(&own, changes);
    }
    changes.extend(forms.come.iter().map(|(new, was)| come(*new, *was)));
}

/// The fields of all forms: they move from one to another.
fn fields<'a>(
    (from, to): (&'a Method, &'a Method),
    declared: &'a Declared,
    homes: &BTreeMap<&'a str, &'a str>,
) -> Paired<FieldOf<'a>> {
    let all = |method: &'a Method, said: Option<&'a Declared>, homes: &BTreeMap<&'a str, &'a str>| {
        let mut all = Vec::new();
        for form in &method.all {
            let home = homes.get(form.id.as_str()).copied().unwrap_or(&form.id);
            // What an option opens goes with its option.
            let own = form.fields.iter().filter(|field| field.companion_of.is_none());
            all.extend(own.map(|field| FieldOf {
                method,
                form,
                field,
                home,
                said,
            }));
        }
        all
    };
    let old = all(from, Some(declared), &BTreeMap::new());
    let new = all(to, None, homes);
    pair(old, new, |key| declared.place(&key))
}

/// Whether a group around a field is among those that are told.
fn within(field: &FieldOf, told: &BTreeSet<String>) -> bool {
    let groups = field.form.groups_around(field.field.block);
    groups
        .filter_map(|group| field.form.fields.get(group))
        .any(|group| told.contains(&format!("{}.{}", field.form.id, group.path)))
}

/// A row that the migration puts elsewhere.
fn moved(row: &Row) -> Change {
    let about = About {
        part: Part::Form(row.form.clone()),
        thing: Thing::Row,
        at: row.at.clone(),
        label: row.label.clone(),
        place: row.old.clone(),
    };
    let mut change = Change::new(&about, What::Moved, Class::Breaking);
    change.before = Some(format!("{}.{}", row.form, row.at));
    change.after = Some(row.to.clone());
    change.old.clone_from(&row.old);
    change.new.clone_from(&row.new);
    change.notes.push(Note::Declared);
    change
}

/// A form of a version.
#[derive(Clone, Copy)]
struct FormOf<'a> {
    form: &'a Form,
    /// Of the first version: what the migration says.
    said: Option<&'a Declared>,
}

impl Compared for FormOf<'_> {
    fn key(self) -> String {
        self.form.id.clone()
    }

    fn about(self) -> About {
        About {
            part: Part::Form(self.form.id.clone()),
            thing: Thing::Whole,
            at: String::new(),
            label: self.form.title.clone(),
            place: Some(self.form.place.clone()),
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.form.title == other.form.title).then_some(Alike::Label)
    }

    fn notes(self) -> Vec<Note> {
        let said = self.said.and_then(|said| said.notes.get(&self.form.id));
        said.cloned()
            .into_iter()
            .chain(holds(self.form, |_| true))
            .collect()
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.form.title.clone()));
        both.text("help", Class::Wording, |one| one.form.help.clone());
        both.text("source", Class::Wording, |one| one.form.source.clone());
        both.text("phase", Class::Wording, |one| Some(one.form.phase.clone()));
        both.text("filled_by", Class::Wording, |one| {
            Some(one.form.filled_by.join(", "))
        });
        both.flag("repeats", Class::Addition, Class::Tightening, |one| {
            one.form.repeats
        });
        let (old, new) = (both.old.form, both.new.form);
        both.rule(
            "response_title",
            Class::Wording,
            old.response_title.as_ref(),
            new.response_title.as_ref(),
        );
        constraints(both, &old.constraints, &new.constraints);
        both.order("order of sections", |one| {
            one.form
                .sections
                .iter()
                .map(|section| section.id.clone())
                .collect()
        });
    }
}

/// How many fields of a form are meant, if any.
pub fn holds(form: &Form, meant: impl Fn(&Field) -> bool) -> Option<Note> {
    let own = form
        .fields
        .iter()
        .filter(|field| field.companion_of.is_none() && meant(field));
    let fields = own.count();
    (fields > 0).then_some(Note::Holds { fields })
}

fn sections(old: &Form, new: &Form, home: &str, changes: &mut Vec<Change>) {
    let of = |form: &'_ Form| form.sections.len();
    let all = |form, count: usize| (0..count).map(move |index| (form, index));
    let one = |(form, index): (_, usize)| SectionOf::of(form, index, home);
    let paired = pair(
        all(old, of(old)).filter_map(one),
        all(new, of(new)).filter_map(one),
        |id| id,
    );
    tell(&paired, changes);
}

/// A section of a form.
#[derive(Clone, Copy)]
struct SectionOf<'a> {
    form: &'a Form,
    index: usize,
    section: &'a Section,
    home: &'a str,
}

impl<'a> SectionOf<'a> {
    fn of(form: &'a Form, index: usize, home: &'a str) -> Option<Self> {
        let section = form.sections.get(index)?;
        Some(Self {
            form,
            index,
            section,
            home,
        })
    }

    fn fields(self) -> impl Iterator<Item = &'a Field> {
        let own = move |field: &&Field| {
            field.section == self.index && field.block == 0 && field.companion_of.is_none()
        };
        self.form.fields.iter().filter(own)
    }

    /// A section stands where its first field does.
    fn place(self) -> &'a Place {
        self.fields()
            .next()
            .map_or(&self.form.place, |field| &field.place)
    }
}

impl Compared for SectionOf<'_> {
    fn key(self) -> String {
        self.section.id.clone()
    }

    fn about(self) -> About {
        About {
            part: Part::Form(self.home.to_owned()),
            thing: Thing::Section,
            at: self.section.id.clone(),
            label: self.section.title.clone(),
            place: Some(self.place().clone()),
        }
    }

    // What matters are the fields.
    fn gone(self) -> Class {
        Class::Wording
    }

    fn come(self) -> Class {
        Class::Wording
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.section.title == other.section.title).then_some(Alike::Label)
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.section.title.clone()));
        both.text("help", Class::Wording, |one| one.section.help.clone());
        both.text("source", Class::Wording, |one| one.section.source.clone());
        let (old, new) = (both.old.section, both.new.section);
        both.rule("show_if", SHOWN, old.show_if.as_ref(), new.show_if.as_ref());
        both.order("order of fields", |one| {
            one.fields().map(|field| field.id.clone()).collect()
        });
    }
}
