//! Compares what two versions need to obtain.

use super::both::{About, Both, Compared, Meaning, both, tell};
use super::change::{Alike, Change, Part, Thing};
use super::class::Class;
use super::declared::Declared;
use super::pair::pair;
use crate::definition::{Method, Need, Needs};
use crate::source::Place;

/// Notes what differs between the data needs.
pub fn compare(from: &Method, to: &Method, declared: &Declared, changes: &mut Vec<Change>) {
    if let (Some(old), Some(new)) = (&from.needs, &to.needs) {
        <&Needs>::compare(&mut both(old, new, changes));
    }
    tell(&pair(all(from), all(to), |need| declared.need(&need)), changes);
}

fn all(method: &Method) -> impl Iterator<Item = NeedOf<'_>> {
    let needs = method.needs.iter();
    let needs = needs.flat_map(|needs| needs.all.iter().zip(&needs.places).map(move |one| (needs, one)));
    needs.map(move |(needs, (need, place))| NeedOf {
        method,
        needs,
        need,
        place,
    })
}

impl Compared for &Needs {
    fn key(self) -> String {
        String::new()
    }

    fn about(self) -> About {
        About {
            part: Part::Needs,
            thing: Thing::Whole,
            at: String::new(),
            label: String::new(),
            place: self.places.first().cloned(),
        }
    }

    fn compare(both: &mut Both<'_, Self>) {
        both.text("received", Class::Tightening, |one| Some(one.received.join(", ")));
        both.text("closed", Class::Tightening, |one| Some(one.closed.join(", ")));
    }
}

/// A need of a method.
#[derive(Clone, Copy)]
struct NeedOf<'a> {
    method: &'a Method,
    needs: &'a Needs,
    need: &'a Need,
    place: &'a Place,
}

impl NeedOf<'_> {
    /// What it says, by key.
    fn columns(self) -> Vec<(&'static str, String)> {
        let columns = self.needs.columns(self.method, self.need).into_iter();
        columns.map(|column| (column.key, column.text)).collect()
    }
}

/// Where a need arises decides as what shows a field does.
const ARISES: Meaning = Meaning::of(Class::Breaking, Class::Addition, Class::Breaking);

impl Compared for NeedOf<'_> {
    fn key(self) -> String {
        self.need.id.clone()
    }

    fn about(self) -> About {
        About {
            part: Part::Needs,
            thing: Thing::Need,
            at: self.need.id.clone(),
            label: self.need.title.clone(),
            place: Some(self.place.clone()),
        }
    }

    fn alike(self, other: Self) -> Option<Alike> {
        (self.need.title == other.need.title).then_some(Alike::Label)
    }

    // What rules see of a need decides as tags do.
    fn compare(both: &mut Both<'_, Self>) {
        both.text("title", Class::Wording, |one| Some(one.need.title.clone()));
        both.text("if", ARISES, |one| {
            one.need.condition.as_ref().map(|rule| rule.0.clone())
        });
        let phases = &both.new.need.phases;
        let lost = both.old.need.phases.iter().any(|phase| !phases.contains(phase));
        let (old, new) = (both.old.columns(), both.new.columns());
        let mut keys: Vec<&'static str> = old.iter().map(|(key, _)| *key).collect();
        let more = new.iter().map(|(key, _)| *key);
        keys.extend(more.filter(|key| old.iter().all(|(other, _)| other != key)));
        for key in keys {
            let class = match key {
                "purpose" | "volume" | "history" | "note" | "used_in" | "source" => Class::Wording,
                "phases" if lost => Class::Breaking,
                "phases" => Class::Addition,
                _ => Class::Tightening,
            };
            both.text(key, class, |one| {
                let columns = one.columns().into_iter();
                columns
                    .filter(|(other, _)| *other == key)
                    .map(|(_, text)| text)
                    .next()
            });
        }
    }
}
