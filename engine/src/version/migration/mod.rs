//! Migrations: how cases of one version become cases of the next.
//!
//! What a migration does not name is kept where it is. It is **total**: [`read`] refuses one under which any field, code or row of
//! the earlier version would be neither kept, mapped nor retired. [`Migration::migrate`] carries it out on one case: every
//! answer that stood in the case stands in the new one or in what is told beside it.

mod ask;
mod carry_out;
mod codes;
mod fate;
mod read;
mod total;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use carry_out::{Decision, Mapped, Migrated, Retired};
pub(crate) use read::{Parts, read};
pub use words::place_label;

use super::diff::{Declared, Note, Row};
use super::place;
use crate::definition::{Concept, Form, List, Method, Rule};
use crate::source::Place;

/// A checked migration from one version of a method to another.
#[derive(Debug)]
pub struct Migration {
    /// The earlier version.
    pub from: Arc<Method>,
    /// The later version.
    pub to: Arc<Method>,
    /// Where it stands.
    pub place: Place,
    ask: Option<Ask>,
    steps: Vec<Step>,
    codes: Vec<Codes>,
    formulas: Vec<Formula>,
}

/// When people are asked whether a case moves, and what they read.
#[derive(Debug)]
struct Ask {
    text: String,
    /// The phase that must be the next; between any two forms without it.
    at: Option<usize>,
}

/// A place in a form, with everything below it: ids and row keys in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    form: String,
    path: Vec<String>,
}

/// What happens to everything below a place.
#[derive(Debug)]
struct Step {
    from: Pattern,
    act: Act,
}

#[derive(Debug)]
enum Act {
    /// It stands elsewhere; whether texts that come to one place are joined.
    Move(Pattern, bool),
    /// It leaves the case.
    Retire(Leaving),
    /// A formula makes something else of it.
    Formula(usize),
}

/// Why something leaves the case.
#[derive(Debug)]
struct Leaving {
    reason: String,
    /// What a person answers instead.
    decide: Option<Pattern>,
}

/// Answers of one row that are made from others.
#[derive(Debug)]
struct Formula {
    sources: Vec<Pattern>,
    targets: Vec<(Pattern, Rule)>,
}

/// What becomes of the codes of a list, or of one field.
#[derive(Debug)]
struct Codes {
    of: CodesOf,
    /// The list that takes the place of the list.
    becomes: Option<String>,
    map: BTreeMap<String, Code>,
}

#[derive(Debug, PartialEq, Eq)]
enum CodesOf {
    List(String),
    Field(Pattern),
}

/// What becomes of one code.
#[derive(Debug)]
enum Code {
    To(String),
    /// The first whose condition holds.
    When(Vec<(Option<Rule>, String)>),
    /// A person decides between these.
    Decide(Vec<String>, String),
    Retire(Leaving),
}

impl Pattern {
    /// Whether a path stands at or below this place.
    fn holds(&self, form: &str, path: &[&str]) -> bool {
        self.form == form
            && self.path.len() <= path.len()
            && self
                .path
                .iter()
                .zip(path)
                .all(|(own, other)| own == place::ANY || own == other)
    }

    /// How exactly it names what it holds: deeper places, then those that name their rows.
    fn exactness(&self) -> (usize, usize) {
        let named = self.path.iter().filter(|part| *part != place::ANY).count();
        (self.path.len(), named)
    }

    /// Whether it is about rows that follow a list, by their codes, and not about all rows.
    fn names_rows(&self) -> bool {
        let mut keys = self.path.iter().skip(1).step_by(2);
        keys.any(|key| key != place::ANY)
    }

    /// Its path with keys where it leaves the row open, as far as there are keys.
    fn with<'k>(&'k self, keys: &[&'k str]) -> Vec<&'k str> {
        let mut keys = keys.iter();
        let parts = self.path.iter().map(|part| match part.as_str() {
            place::ANY => keys.next().copied().unwrap_or(place::ANY),
            part => part,
        });
        parts.collect()
    }

    /// As authors write it: rows of people's own are not named.
    fn text(&self) -> String {
        let parts = self.path.iter().map(String::as_str);
        std::iter::once(self.form.as_str())
            .chain(parts.filter(|part| *part != place::ANY))
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// What stands in a path where a pattern leaves the row open.
fn open_keys<'p>(pattern: &[String], path: &[&'p str]) -> Vec<&'p str> {
    let open = pattern.iter().zip(path).filter(|(part, _)| *part == place::ANY);
    open.map(|(_, key)| *key).collect()
}

impl Migration {
    /// A form of the later version.
    fn later(&self, id: &str) -> Option<&Form> {
        self.to.all.iter().find(|form| form.id == id)
    }

    /// What it says of fields and codes, for a comparison of both versions.
    pub fn declared(&self) -> Declared {
        let mut declared = Declared::default();
        for codes in &self.codes {
            let list = match &codes.of {
                CodesOf::List(list) => list,
                CodesOf::Field(field) => {
                    declared.notes.insert(field.text(), codes.note());
                    continue;
                }
            };
            if let Some(other) = &codes.becomes {
                declared.lists.insert(list.clone(), other.clone());
            }
            for (code, to) in &codes.map {
                if let Code::To(to) = to {
                    declared.codes.insert((list.clone(), code.clone()), to.clone());
                }
                declared.notes.insert(format!("{list} {code}"), to.note());
            }
        }
        for step in &self.steps {
            let from = step.from.text();
            match &step.act {
                Act::Move(to, _) if step.from.names_rows() => self.declare_row(&step.from, to, &mut declared),
                Act::Move(to, _) => drop(declared.places.insert(from, to.text())),
                Act::Retire(leaving) => drop(declared.notes.insert(from, leaving.note())),
                Act::Formula(index) => {
                    let targets = self.formulas.get(*index).into_iter();
                    let targets = targets.flat_map(|formula| &formula.targets);
                    let places = targets.map(|(target, _)| target.text()).collect();
                    declared.notes.insert(from, Note::Becomes { places });
                }
            }
        }
        declared
    }

    /// A row that is another row: with it, the code that it follows is another code.
    fn declare_row(&self, from: &Pattern, to: &Pattern, declared: &mut Declared) {
        let (old, new) = (row(&self.from, from), row(&self.to, to));
        if let (Some((list, old)), Some((other, new))) = (&old, &new)
            && declared.list(&list.name()) == other.name()
        {
            let (list, code) = (list.name(), new.code.to_string());
            let places = vec![code.clone()];
            declared
                .notes
                .insert(format!("{list} {}", old.code), Note::Becomes { places });
            declared.codes.insert((list, old.code.to_string()), code);
        }
        let text = from.text();
        let (form, at) = text.split_once('.').unwrap_or((&text, ""));
        declared.rows.push(Row {
            form: form.to_owned(),
            at: at.to_owned(),
            to: to.text(),
            label: old.as_ref().map_or(at, |(_, concept)| &concept.label).to_owned(),
            old: old.map(|(_, concept)| concept.place.clone()),
            new: new.map(|(_, concept)| concept.place.clone()),
        });
    }
}

/// The concept that a row follows, and its list.
fn row<'a>(method: &'a Method, pattern: &'a Pattern) -> Option<(&'a List, &'a Concept)> {
    let form = method.all.iter().find(|form| form.id == pattern.form)?;
    let path: Vec<&str> = pattern.path.iter().map(String::as_str).collect();
    let spot = place::find(form, &path).filter(|spot| spot.row)?;
    let (list, _) = form.group(spot.field)?.for_each.as_ref()?;
    Some((list, list.get(spot.keys.last()?)?))
}

impl Codes {
    /// What becomes of a field whose codes are others.
    fn note(&self) -> Note {
        let codes = self.map.keys().cloned().collect();
        Note::Codes { codes }
    }
}

impl Code {
    /// What becomes of it, for those who read a comparison.
    fn note(&self) -> Note {
        match self {
            Self::To(code) => Note::Becomes {
                places: vec![code.clone()],
            },
            Self::When(cases) => Note::Becomes {
                places: cases.iter().map(|(_, code)| code.clone()).collect(),
            },
            Self::Decide(codes, reason) => Note::Decide {
                between: codes.clone(),
                reason: reason.clone(),
            },
            Self::Retire(leaving) => leaving.note(),
        }
    }
}

impl Leaving {
    fn note(&self) -> Note {
        Note::Retired {
            reason: self.reason.clone(),
            decide: self.decide.as_ref().map(Pattern::text),
        }
    }
}
