//! One response under evaluation: opened, changed answer by answer, looked at.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
use super::carry::source;
use super::propagate::Work;
use super::state::{At, Row, locate, path};
use super::view::Violation;
use super::world::{Seat, Sight, World};
use crate::case::{Answer, Answers, Case, Origin, Provenance};
use crate::definition::{CarryMode, Field, FieldIx, Form, Kind, Method, Rule};
use crate::diagnostic::Severity;
use crate::value::{Date, DateTime, Value};

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

/// An evaluated response.
#[derive(Debug, Clone)]
pub struct State {
    /// Index of the form in the method.
    pub(super) form: usize,
    pub(super) seat: Seat,
    pub(super) root: Row,
    pub(super) answers: Answers,
    /// The present for its rules: a completed response stays in its day.
    pub(super) now: DateTime,
    /// Whether it is completed: what it computed and showed then is what it holds.
    pub(super) completed: bool,
    /// The day on which it began: the present for `initial`.
    pub(super) began: Date,
    /// Violations of the form's own constraints, by constraint.
    pub(super) violations: Vec<Option<Violation>>,
}

impl State {
    /// Evaluates what sits at a seat of the world's case; `None` when there is no such form.
    pub(super) fn evaluate(world: &Rc<World>, seat: Seat, now: &DateTime) -> Option<Self> {
        let method = &world.method;
        let count = method.all.len();
        let (form, answers, now, began) = match seat {
            Seat::Record => (
                count.checked_sub(2)?,
                world.case.record.clone(),
                now.clone(),
                now.date(),
            ),
            Seat::Citizen => (
                count.checked_sub(1)?,
                world.case.citizen.clone(),
                now.clone(),
                now.date(),
            ),
            Seat::Response(index) => {
                let response = world.case.responses.get(index)?;
                let form = method.forms().iter().position(|form| form.id == response.form)?;
                let now = match response.completed {
                    Some(day) => DateTime::new(day, now.time().clone()),
                    None => now.clone(),
                };
                (form, response.answers.clone(), now, response.started)
            }
        };
        let completed = world
            .response(seat)
            .is_some_and(|response| response.completed.is_some());
        let definition = method.all.get(form)?;
        let mut root = Row::new(definition, 0, Arc::from(""));
        root.relevant = true;
        let violations = definition.constraints.iter().map(|_| None).collect();
        let mut state = Self {
            form,
            seat,
            root,
            answers,
            now,
            completed,
            began,
            violations,
        };
        let mut work = Work::new(world, &mut state);
        work.everything();
        work.finish();
        Some(state)
    }

    /// The form.
    pub(super) fn form<'a>(&self, method: &'a Method) -> &'a Form {
        // INVARIANT: `evaluate` is the only place that makes states, and looks the form up first.
        &method.all[self.form]
    }
}

/// One response, open for work. Everything that follows from a change is worked out at once.
pub struct Session {
    pub(super) world: Rc<World>,
    pub(super) state: State,
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
        Self::in_world(&World::new(method, Rc::new(case.clone()), now), part)
    }

    pub(super) fn seated(world: &Rc<World>, seat: Seat) -> Option<Self> {
        let state = world.state(seat)?;
        Some(Self {
            world: Rc::clone(world),
            state: State::clone(&state),
        })
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
        // A contact's part is changed by itself.
        if let Some((around, part)) = path.rsplit_once('.')
            && let Some((field, at)) = locate(self.form(), &self.state.root, around)
            && self
                .form()
                .fields
                .get(field)
                .is_some_and(|field| matches!(field.kind, Kind::Contact))
        {
            let mut whole = self
                .state
                .answers
                .get(around)
                .map(|answer| answer.value.clone())
                .unwrap_or(Json::Null);
            if !whole.is_object() {
                whole = Json::Object(serde_json::Map::new());
            }
            if let Some(parts) = whole.as_object_mut() {
                parts.insert(part.to_owned(), value);
            }
            return self.put(around, field, at, whole);
        }
        let (field, at) = self.find(path)?;
        self.put(path, field, at, value)
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

    fn put(&mut self, path: &str, field: FieldIx, at: At, value: Json) -> Result<Delta, InputError> {
        let Some(definition) = self.definition(field) else {
            return Err(self.refuse(path, "unknown_field", &[("field", path)]));
        };
        if definition.closed() {
            return Err(self.refuse(path, "computed_field", &[]));
        }
        if self
            .state
            .root
            .cell(self.form(), field, &at)
            .is_some_and(|cell| cell.read_only)
        {
            return Err(self.refuse(path, "read_only", &[]));
        }
        let row_keys: Vec<&str> = self.keys(field, &at);
        answer::read(&self.world.method, definition, &value, &row_keys).map_err(|message| InputError {
            path: path.to_owned(),
            message,
        })?;
        let value = if answer::empty(&value) { Json::Null } else { value };
        self.state.answers.enter(path, value);
        Ok(self.follow(|work| work.look_at(field, at)))
    }

    fn keys(&self, field: FieldIx, at: &At) -> Vec<&str> {
        let form = self.form();
        let Some(definition) = form.fields.get(field) else {
            return Vec::new();
        };
        let mut keys = Vec::with_capacity(at.rows().len());
        let mut row = &self.state.root;
        for (group, place) in form.groups_around(definition.block).zip(at.rows()) {
            let next = form
                .fields
                .get(group)
                .and_then(|field| row.cells.get(field.cell)?.rows.get(*place as usize));
            let Some(next) = next else { break };
            keys.push(&*next.key);
            row = next;
        }
        keys
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
        if self
            .state
            .root
            .cell(self.form(), field, &at)
            .is_some_and(|cell| cell.read_only)
        {
            return Err(self.refuse(path, "read_only", &[]));
        }
        let provenance = Some(Provenance {
            response,
            value: value.clone(),
        });
        let answer = Answer {
            value,
            origin: Origin::Carried,
            provenance,
        };
        self.state.answers.fields.insert(path.to_owned(), answer);
        Ok(self.follow(|work| work.look_at(field, at)))
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
            .map(|cell| cell.rows.as_slice())
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
        self.state
            .answers
            .rows
            .entry(path.to_owned())
            .or_default()
            .push(key.clone());
        let delta = self.follow(|work| work.look_at(field, at));
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
            .is_some_and(|cell| cell.rows.iter().any(|row| &*row.key == key));
        if !removable || !there {
            return Err(self.refuse(path, "unknown_row", &[]));
        }
        self.state.answers.remove_row(path, key);
        let removed = self.state.answers.removed.entry(path.to_owned()).or_default();
        removed.push(key.to_owned());
        Ok(self.follow(|work| work.look_at(field, at)))
    }

    fn follow(&mut self, begin: impl FnOnce(&mut Work)) -> Delta {
        let mut work = Work::new(&self.world, &mut self.state);
        begin(&mut work);
        let touched = work.finish();
        let form = self.form();
        Delta {
            changed: touched
                .iter()
                .map(|(field, at)| path(form, &self.state.root, *field, at))
                .collect(),
        }
    }

    /// Every violation, in document order, those of the form as a whole last.
    pub fn violations(&self) -> Vec<Violation> {
        let form = self.form();
        let mut found = Vec::new();
        gather(form, 0, &self.state.root, &mut found);
        found.extend(self.state.violations.iter().flatten().cloned());
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

fn gather(form: &Form, block: usize, row: &Row, found: &mut Vec<Violation>) {
    let Some(inside) = form.blocks.get(block) else {
        return;
    };
    for (field, cell) in inside.fields.iter().zip(&row.cells) {
        if !cell.relevant {
            continue;
        }
        found.extend(cell.violations.iter().cloned());
        if let Some(group) = form.group(*field) {
            for row in cell.rows.iter().filter(|row| row.relevant) {
                gather(form, group.block, row, found);
            }
        }
    }
}

impl Session {
    /// Opens a part of a case in surroundings that are there already.
    pub(crate) fn in_world(world: &Rc<World>, part: Part) -> Option<Self> {
        let seat = match part {
            Part::Record => Seat::Record,
            Part::Citizen => Seat::Citizen,
            Part::Response(id) => Seat::Response(
                world
                    .case
                    .responses
                    .iter()
                    .position(|response| response.id == id)?,
            ),
        };
        Self::seated(world, seat)
    }

    /// The value of a rule about the response as a whole, with what the rule's site gives.
    pub(crate) fn ask(&self, rule: &Rule, local: Option<&Value>) -> Value {
        let sight = Sight::new(&self.world, &self.state, 0, &At::default());
        match local {
            Some(local) => sight.with(local).value(rule),
            None => sight.value(rule),
        }
    }

    /// The answers with what was computed and shown, as a completed response keeps them.
    pub(crate) fn frozen(&self) -> Answers {
        let mut answers = self.state.answers.clone();
        let form = self.form();
        freeze(form, 0, &self.state.root, "", &mut answers);
        answers
    }
}

fn freeze(form: &Form, block: usize, row: &Row, prefix: &str, answers: &mut Answers) {
    let Some(inside) = form.blocks.get(block) else {
        return;
    };
    for (field, cell) in inside.fields.iter().zip(&row.cells) {
        let Some(definition) = form.fields.get(*field).filter(|_| cell.relevant) else {
            continue;
        };
        let path = format!("{prefix}{}", definition.id);
        match definition.group() {
            None => {
                if let Some(origin) = cell.origin.filter(|_| definition.closed()) {
                    answers.fields.insert(
                        path,
                        Answer {
                            value: cell.answer.clone(),
                            origin,
                            provenance: None,
                        },
                    );
                }
            }
            Some(group) => {
                if group.for_each.is_none() {
                    let relevant = cell.rows.iter().filter(|row| row.relevant);
                    answers
                        .rows
                        .insert(path.clone(), relevant.map(|row| row.key.to_string()).collect());
                }
                for row in cell.rows.iter().filter(|row| row.relevant) {
                    freeze(form, group.block, row, &format!("{path}.{}.", row.key), answers);
                }
            }
        }
    }
}
