//! One response under evaluation: opened, changed answer by answer, looked at.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
use super::carry::source;
use super::propagate::Work;
use super::state::{At, Extent, Row, State, locate, locate_part, path};
use super::view::Violation;
use super::violation;
use super::world::{Seat, Sight, World};
use crate::case::{Answer, Answers, Case, Origin, Provenance};
use crate::definition::{CarryMode, Field, FieldIx, Form, Kind, Method, Rule};
use crate::diagnostic::Severity;
use crate::value::{DateTime, Value};

/// Which part of a case to work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The response with this id.
    Response(&'a str),
    /// What is known of the case.
    Record,
    /// What is known of the citizen.
    Citizen,
}

/// One response, open for work. Everything that follows from a change is worked out at once.
pub struct Session {
    pub(super) world: Rc<World>,
    pub(super) state: Rc<State>,
}

/// What a change brought about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Paths of the fields and groups that look different now, in document order; a group when its rows changed.
    pub changed: Vec<String>,
}

/// A value that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// Path of the field.
    pub path: String,
    /// Why, for the caseworker.
    pub message: String,
}

impl Session {
    /// Opens a part of a case; `None` when the case has no such response, or the method no such form.
    pub fn open(method: &Arc<Method>, case: &Case, part: Part, now: DateTime) -> Option<Self> {
        let world = World::new(method, Rc::new(case.clone()), now);
        let mut state = State::evaluate(&world, seat(case, part)?, &world.now, Extent::Whole)?;
        // The answers are the session's own, so that the first change is as quick as any other.
        state.answers.detach();
        let state = Rc::new(state);
        Some(Self { world, state })
    }

    /// Opens it to look at what its fields hold.
    pub(super) fn seated(world: &Rc<World>, seat: Seat) -> Option<Self> {
        let state = world.state(seat)?;
        let world = Rc::clone(world);
        Some(Self { world, state })
    }

    /// The form.
    pub fn form(&self) -> &Form {
        self.state.form(&self.world.method)
    }

    /// The answers as they are now, with what was carried over or begun with: this is what is stored.
    pub fn answers(&self) -> &Answers {
        &self.state.answers
    }

    /// Changes one answer.
    pub fn set(&mut self, path: &str, value: Json) -> Result<Delta, InputError> {
        let Some((field, at, part)) = locate_part(self.form(), &self.state.root, path) else {
            return Err(self.refuse(path, "unknown_field", &[("field", path)]));
        };
        let Some(part) = part else {
            return self.put(path, field, at, value);
        };
        // A contact's part is changed by itself.
        let around = path.get(..path.len() - part.len() - 1).unwrap_or_default();
        let contact = self
            .definition(field)
            .is_some_and(|field| matches!(field.kind, Kind::Contact));
        if !contact || part.contains('.') {
            return Err(self.refuse(path, "unknown_field", &[("field", path)]));
        }
        let whole = self.state.answers.get(around).map(|answer| answer.value.clone());
        let mut whole = match whole {
            Some(Json::Object(parts)) => parts,
            _ => serde_json::Map::new(),
        };
        whole.insert(part.to_owned(), value);
        self.put(around, field, at, Json::Object(whole))
    }

    fn find(&self, path: &str) -> Result<(FieldIx, At), InputError> {
        locate(self.form(), &self.state.root, path)
            .ok_or_else(|| self.refuse(path, "unknown_field", &[("field", path)]))
    }

    fn refuse(&self, path: &str, key: &str, parameters: &[(&str, &str)]) -> InputError {
        InputError {
            path: path.to_owned(),
            message: self.world.method.text(key, parameters),
        }
    }

    fn definition(&self, field: FieldIx) -> Option<&Field> {
        self.form().fields.get(field)
    }

    fn writable(&self, path: &str, field: FieldIx, at: &At) -> Result<(), InputError> {
        match self.state.root.cell(self.form(), field, at) {
            Some(cell) if cell.read_only => Err(self.refuse(path, "read_only", &[])),
            _ => Ok(()),
        }
    }

    fn put(&mut self, path: &str, field: FieldIx, at: At, value: Json) -> Result<Delta, InputError> {
        let Some(definition) = self.definition(field) else {
            return Err(self.refuse(path, "unknown_field", &[("field", path)]));
        };
        if definition.closed() {
            return Err(self.refuse(path, "computed_field", &[]));
        }
        self.writable(path, field, &at)?;
        let keys = Sight::new(&self.world, &self.state, definition.block, &at).keys();
        let day = self.state.now.date();
        answer::read(&self.world.method, definition, &value, &keys, day).map_err(|message| InputError {
            path: path.to_owned(),
            message,
        })?;
        let value = if answer::empty(&value) { Json::Null } else { value };
        Ok(self.follow(|work| work.enter(path, field, at, value)))
    }

    /// Changes one answer as a page posts it: `""` for emptied, several texts for several choices, days and numbers as people write them.
    pub fn set_text(&mut self, path: &str, values: &[String]) -> Result<Delta, InputError> {
        let value =
            match locate(self.form(), &self.state.root, path).and_then(|(field, _)| self.definition(field)) {
                Some(definition) => answer::posted(&self.world.method, definition, values),
                None => Json::String(values.first().cloned().unwrap_or_default()),
            };
        self.set(path, value)
    }

    /// Takes for a copied field the value that its source has now, and notes the response that it comes from.
    pub fn use_source(&mut self, path: &str) -> Result<Delta, InputError> {
        let (field, at) = self.find(path)?;
        let found = self.definition(field).and_then(|definition| {
            let carry = definition
                .carry
                .as_ref()
                .filter(|carry| carry.mode == CarryMode::Copy)?;
            let (response, value) = source(&self.world, &self.state, carry, definition, &at)?;
            Some((self.world.case.responses.get(response)?.id.clone(), value))
        });
        let Some((response, value)) = found else {
            return Err(self.refuse(path, "computed_field", &[]));
        };
        self.writable(path, field, &at)?;
        let provenance = Provenance {
            response,
            value: value.clone(),
        };
        let answer = Answer {
            value,
            origin: Origin::Carried,
            provenance: Some(Box::new(provenance)),
        };
        Ok(self.follow(|work| work.replace(path, field, at, answer)))
    }

    /// Adds a row to a group; returns its key.
    pub fn add_row(&mut self, path: &str) -> Result<(String, Delta), InputError> {
        let (field, at) = self.find(path)?;
        let definition = self.definition(field);
        let addable = definition.is_some_and(|definition| {
            definition.group().is_some_and(|group| group.for_each.is_none()) && !definition.closed()
        });
        if !addable {
            return Err(self.refuse(path, "not_rows", &[]));
        }
        let rows = self
            .state
            .root
            .cell(self.form(), field, &at)
            .map(|cell| cell.rows())
            .unwrap_or_default();
        if rows.len() >= answer::ROW_LIMIT {
            return Err(self.refuse(
                path,
                "too_many_rows",
                &[("limit", &answer::ROW_LIMIT.to_string())],
            ));
        }
        let removed = self
            .state
            .answers
            .removed
            .get(path)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let taken = |key: &str| {
            rows.iter().any(|row| &*row.key == key)
                || removed.iter().any(|other| other == key)
                || self.world.has_row(self.state.seat, key)
        };
        let key = (rows.len() + 1..)
            .map(|number| format!("r{number}"))
            .find(|key| !taken(key))
            .unwrap_or_default();
        let delta = self.follow(|work| {
            let rows = &mut work.state.answers.rows;
            rows.entry(path.to_owned()).or_default().push(key.clone());
            work.look_at(field, at);
        });
        Ok((key, delta))
    }

    /// Takes a row away, with everything in it.
    pub fn remove_row(&mut self, path: &str, key: &str) -> Result<Delta, InputError> {
        let (field, at) = self.find(path)?;
        let definition = self.definition(field);
        let removable = definition.is_some_and(|definition| {
            definition.group().is_some_and(|group| group.for_each.is_none()) && !definition.closed()
        });
        let there = self
            .state
            .root
            .cell(self.form(), field, &at)
            .is_some_and(|cell| cell.rows().iter().any(|row| &*row.key == key));
        if !removable || !there {
            return Err(self.refuse(path, "unknown_row", &[]));
        }
        Ok(self.follow(|work| {
            let answers = &mut work.state.answers;
            answers.remove_row(path, key);
            answers
                .removed
                .entry(path.to_owned())
                .or_default()
                .push(key.to_owned());
            work.look_at(field, at);
        }))
    }

    fn follow(&mut self, begin: impl FnOnce(&mut Work)) -> Delta {
        let mut work = Work::new(&self.world, Rc::make_mut(&mut self.state));
        begin(&mut work);
        let touched = work.finish();
        let form = self.form();
        let paths = touched
            .iter()
            .map(|(field, at)| path(form, &self.state.root, *field, at));
        Delta {
            changed: paths.map(Cow::into_owned).collect(),
        }
    }

    /// Every violation, in document order, those of the form as a whole last.
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = violation::all(&self.world.method, &self.state);
        let acknowledged = self
            .world
            .response(self.state.seat)
            .map(|response| response.acknowledged.as_slice());
        for violation in &mut found {
            let known = acknowledged.unwrap_or_default().iter();
            let mut known =
                known.filter(|known| known.path == violation.path && known.rule == violation.rule);
            violation.acknowledged = known.next().map(|known| known.reason.clone());
        }
        found
    }

    /// Whether the response could be completed: no errors, and every warning acknowledged.
    pub fn completable(&self) -> Result<(), Vec<Violation>> {
        let mut open = self.violations();
        open.retain(|violation| match violation.severity {
            Severity::Error => true,
            Severity::Warning => violation.acknowledged.is_none(),
            Severity::Note => false,
        });
        if open.is_empty() { Ok(()) } else { Err(open) }
    }
}

impl Session {
    /// Opens a part of a case in surroundings that are there already, to look at what its fields hold.
    pub(crate) fn in_world(world: &Rc<World>, part: Part) -> Option<Self> {
        Self::seated(world, seat(&world.case, part)?)
    }

    /// What rules about the response as a whole see.
    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight::new(&self.world, &self.state, 0, &At::default())
    }

    /// The value of a rule where a field stands; `None` when it does not stand there.
    pub(crate) fn ask_at(&self, rule: &Rule, path: &str) -> Option<Value> {
        let (field, at) = locate(self.form(), &self.state.root, path)?;
        let block = self.definition(field)?.block;
        Some(Sight::new(&self.world, &self.state, block, &at).value(rule))
    }

    /// The answers with what was computed and shown, as a completed response keeps them.
    pub(crate) fn frozen(&self) -> Answers {
        let mut answers = self.state.answers.clone();
        freeze(self.form(), 0, &self.state.root, "", &mut answers);
        answers
    }
}

fn seat(case: &Case, part: Part) -> Option<Seat> {
    let place = |id: &str| case.responses.iter().position(|response| response.id == id);
    match part {
        Part::Record => Some(Seat::Record),
        Part::Citizen => Some(Seat::Citizen),
        Part::Response(id) => place(id).map(Seat::Response),
    }
}

fn freeze(form: &Form, block: usize, row: &Row, prefix: &str, answers: &mut Answers) {
    for (field, cell) in row.fields(form, block) {
        let Some(definition) = form.fields.get(field).filter(|_| cell.relevant) else {
            continue;
        };
        let path = format!("{prefix}{}", definition.id);
        match definition.group() {
            None => {
                if let (Some(origin), Some(value)) = (cell.origin(), cell.answer()) {
                    let answer = Answer {
                        value: value.clone(),
                        origin,
                        provenance: None,
                    };
                    answers.put(path, answer);
                }
            }
            Some(group) => {
                let relevant = || cell.rows().iter().filter(|row| row.relevant);
                if group.for_each.is_none() {
                    let keys = relevant().map(|row| row.key.to_string()).collect();
                    answers.rows.insert(path.clone(), keys);
                }
                for row in relevant() {
                    freeze(form, group.block, row, &format!("{path}.{}.", row.key), answers);
                }
            }
        }
    }
}
