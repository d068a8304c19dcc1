//! Answers that a formula makes from others.

use super::super::{Formula, Pattern, open_keys};
use super::land::Target;
use super::{Stood, Work};
use crate::case::{Answer, Origin};
use crate::definition::{Field, Form};
use crate::evaluation::answer;
use crate::version::place::{self, ANY};

impl<'a> Work<'a> {
    /// Makes what the formula makes in the row of an answer, once for all answers that it reads there.
    pub(super) fn formula(&mut self, stood: &Stood<'a>, form: &'a Form, index: usize, answer: &Answer) {
        let migration = self.migration;
        let Some(formula) = migration.formulas.get(index) else {
            return;
        };
        if !self
            .asked
            .insert((stood.seat, index, row_keys(&stood.parts).join(".")))
        {
            return;
        }
        let sources = self.sources(stood, formula);
        let mapped = match migration.mapped_keys(form, &stood.parts) {
            Ok(mapped) => mapped,
            Err(reason) => {
                return sources
                    .iter()
                    .for_each(|source| self.retire(source, reason.to_owned()));
            }
        };
        let keys = open_keys(formula.pattern(&stood.parts), &mapped);
        let (mut made, mut reason) = (false, None);
        for (pattern, rule) in &formula.targets {
            let path = pattern.with(&keys);
            let Some((to, field)) = self.field(&pattern.form, &path) else {
                continue;
            };
            let value = answer::write(field, &self.ask(stood, rule), self.now.date());
            if value.is_null() {
                continue;
            }
            let Some(seat) = self.seat_of(stood.seat, &to.id) else {
                reason = Some(self.not_begun(to));
                continue;
            };
            made = true;
            let new = Answer {
                value,
                origin: match answer.origin {
                    Origin::Carried => Origin::Entered,
                    origin => origin,
                },
                provenance: None,
            };
            let target = Target {
                seat,
                field,
                path: path.join("."),
                joined: false,
            };
            for source in &sources {
                self.put(source, &target, new.clone());
            }
        }
        if !made {
            let reason = reason.unwrap_or_else(|| self.says("moved_no_result"));
            self.nothing(&sources, formula, &reason);
        }
    }

    /// Nothing came of the formula: people answer its targets.
    fn nothing(&mut self, sources: &[Stood<'a>], formula: &Formula, reason: &str) {
        for source in sources {
            for (pattern, _) in &formula.targets {
                if let Some(to) = self.migration.later(&pattern.form) {
                    let named = pattern
                        .path
                        .iter()
                        .map(String::as_str)
                        .filter(|part| *part != ANY);
                    let path: Vec<&str> = named.collect();
                    self.decide(source, (to, &path.join(".")), &[], reason);
                }
            }
            self.retire(source, reason.to_owned());
        }
    }

    /// What the formula reads in the row of one of its sources.
    fn sources(&self, stood: &Stood<'a>, formula: &Formula) -> Vec<Stood<'a>> {
        let keys = open_keys(formula.pattern(&stood.parts), &stood.parts);
        let one = |source: &Pattern| {
            let fields = &self.seats.get(stood.seat)?.old.fields;
            let (path, answer) = fields.get_key_value(&source.with(&keys).join("."))?;
            (!answer.value.is_null()).then(|| Stood {
                seat: stood.seat,
                form: stood.form,
                path,
                parts: path.split('.').collect(),
                value: &answer.value,
            })
        };
        formula.sources.iter().filter_map(one).collect()
    }

    /// A field of the later version.
    fn field(&self, form: &str, path: &[&str]) -> Option<(&'a Form, &'a Field)> {
        let form = self.migration.later(form)?;
        Some((form, form.fields.get(place::find(form, path)?.field)?))
    }
}

impl Formula {
    /// The source as which a path stands here.
    fn pattern(&self, path: &[&str]) -> &[String] {
        let here = self.sources.iter().find(|source| {
            let mut pairs = source.path.iter().zip(path);
            source.path.len() == path.len() && pairs.all(|(own, other)| own == ANY || own == other)
        });
        here.map(|source| source.path.as_slice()).unwrap_or_default()
    }
}

/// The keys of the rows around a place.
pub(super) fn row_keys<'p>(path: &[&'p str]) -> Vec<&'p str> {
    path.iter().skip(1).step_by(2).copied().collect()
}
