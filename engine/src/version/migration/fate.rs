//! What a migration does with one place of the earlier version.

use super::{Act, Code, Migration, Pattern, Step, open_keys};
use crate::definition::{FieldIx, Form, Options};
use crate::version::place;

/// What becomes of a place.
#[derive(Debug)]
pub(super) enum Fate<'a> {
    /// It stands here in the later version.
    To(Spot<'a>),
    /// It leaves the case, for this reason; what a person answers instead.
    Retired(&'a str, Option<&'a Pattern>),
    /// This formula makes something else of it.
    Formula(usize),
    /// The later version has no such place: this is where it would be.
    Missing(String, Vec<String>),
}

/// A place of the later version.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub form: &'a Form,
    pub path: Vec<String>,
    pub field: FieldIx,
    /// Whether texts that come here are joined.
    pub joined: bool,
}

impl Migration {
    /// The step that says most exactly what happens to a place.
    pub(super) fn step(&self, form: &str, path: &[&str]) -> Option<&Step> {
        self.steps
            .iter()
            .filter(|step| step.from.holds(form, path))
            .max_by_key(|step| step.from.exactness())
    }

    /// What becomes of a field or a group of the earlier version.
    pub(super) fn fate<'a>(&'a self, form: &'a Form, path: &[&'a str]) -> Fate<'a> {
        let own = self.step(&form.id, path);
        let companion = place::find(form, path)
            .and_then(|spot| form.fields.get(spot.field))
            .and_then(|field| field.companion_of.as_ref());
        if let Some((opener, code)) = companion
            && own.is_none_or(|step| step.from.path.len() < path.len())
            && let Some(fate) = self.opened(form, path, *opener, code)
        {
            return fate;
        }
        match own.map(|step| &step.act) {
            Some(Act::Retire(leaving)) => return Fate::Retired(&leaving.reason, leaving.decide.as_ref()),
            Some(Act::Formula(index)) => return Fate::Formula(*index),
            _ => {}
        }
        let mapped = match self.mapped_keys(form, path) {
            Ok(mapped) => mapped,
            Err(reason) => return Fate::Retired(reason, None),
        };
        let (target, path, joined) = match own {
            Some(Step {
                from,
                act: Act::Move(to, joined),
                ..
            }) => {
                // The rows that the step does not name are the same rows.
                let keys = open_keys(&from.path, &mapped);
                let rest = mapped.get(from.path.len()..).unwrap_or_default();
                let moved = to.with(&keys).into_iter().chain(rest.iter().copied());
                (to.form.as_str(), moved.map(str::to_owned).collect(), *joined)
            }
            _ => {
                let same = mapped.iter().map(|part| (*part).to_owned()).collect();
                (form.id.as_str(), same, false)
            }
        };
        self.there(target, path, joined)
    }

    /// A place of the later version, if it is there.
    fn there(&self, form: &str, path: Vec<String>, joined: bool) -> Fate<'_> {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = self.later(form);
        let spot =
            found.and_then(|form| Some((form, place::find(form, &parts).filter(|spot| !spot.row)?.field)));
        match spot {
            Some((form, field)) => Fate::To(Spot {
                form,
                path,
                field,
                joined,
            }),
            None => Fate::Missing(form.to_owned(), path),
        }
    }

    /// What an option opens goes with the option, wherever its field goes.
    fn opened<'a>(
        &'a self,
        form: &'a Form,
        path: &[&'a str],
        opener: FieldIx,
        code: &str,
    ) -> Option<Fate<'a>> {
        let opener = form.fields.get(opener)?;
        let mut beside = path.to_vec();
        *beside.last_mut()? = &opener.id;
        let Fate::To(spot) = self.fate(form, &beside) else {
            return Some(self.fate(form, &beside)).filter(|fate| matches!(fate, Fate::Retired(..)));
        };
        let list = match opener.options()? {
            Options::List(list, _) => list.name(),
            Options::Texts => return None,
        };
        let code = match self.code(&form.id, &beside, &list, code) {
            Some(Code::To(code)) => code.as_str(),
            Some(Code::Decide(_, reason)) => return Some(Fate::Retired(reason, None)),
            Some(Code::Retire(leaving)) => return Some(Fate::Retired(&leaving.reason, None)),
            Some(Code::When(_)) => return None,
            None => code,
        };
        let mut path = spot.path;
        let last = path.last_mut()?;
        *last = format!("{last}__{code}");
        Some(self.there(&spot.form.id, path, spot.joined))
    }
}
