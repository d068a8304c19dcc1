//! What follows from a change: fields are looked at in the order of their dependence, and only those that can have changed.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
use super::carry::{source, wanted_rows};
use super::session::State;
use super::state::{At, Cell, Row, path};
use super::view::Violation;
use super::world::{Sight, World};
use crate::case::{Answer, Origin, Provenance};
use crate::definition::{CarryMode, Edge, Field, FieldIx, Form};
use crate::diagnostic::Severity;
use crate::value::{DateTime, Value};

type Spot = (FieldIx, At);

/// The fields that are still to be looked at, and those that turned out different.
pub struct Work<'a> {
    world: &'a Rc<World>,
    state: &'a mut State,
    values: BTreeSet<(usize, FieldIx, At)>,
    checks: BTreeSet<Spot>,
    form_checks: BTreeSet<usize>,
    touched: BTreeSet<Spot>,
}

impl<'a> Work<'a> {
    /// Nothing to do yet.
    pub fn new(world: &'a Rc<World>, state: &'a mut State) -> Self {
        Self {
            world,
            state,
            values: BTreeSet::new(),
            checks: BTreeSet::new(),
            form_checks: BTreeSet::new(),
            touched: BTreeSet::new(),
        }
    }

    fn form(&self) -> &'a Form {
        let world: &'a Rc<World> = self.world;
        self.state.form(&world.method)
    }

    /// The whole form, from the beginning.
    pub fn everything(&mut self) {
        let form = self.form();
        for field in form
            .blocks
            .first()
            .map(|block| block.fields.as_slice())
            .unwrap_or_default()
        {
            self.look_at(*field, At::default());
        }
        self.form_checks.extend(0..form.constraints.len());
    }

    /// One field whose answer changed.
    pub fn look_at(&mut self, field: FieldIx, at: At) {
        let rank = self.form().ranks.get(field).copied().unwrap_or(usize::MAX);
        self.values.insert((rank, field, at));
    }

    /// Does all that is to do; returns the fields that look different.
    pub fn finish(mut self) -> Vec<Spot> {
        while let Some((_, field, at)) = self.values.pop_first() {
            self.settle(field, at);
        }
        while let Some((field, at)) = self.checks.pop_first() {
            self.check(field, at);
        }
        for index in std::mem::take(&mut self.form_checks) {
            self.check_form(index);
        }
        self.touched.into_iter().collect()
    }

    fn sight(&self, field: &Field, at: &At) -> Sight<'_> {
        Sight::new(self.world, self.state, field.block, at)
    }

    /// Works out visibility and value of a field, or the rows of a group.
    fn settle(&mut self, field: FieldIx, at: At) {
        let form = self.form();
        let Some(definition) = form.fields.get(field) else {
            return;
        };
        let Some(row) = self.state.root.row_at(form, definition.block, &at) else {
            return;
        };
        let shown = row.relevant && {
            let section = form
                .sections
                .get(definition.section)
                .and_then(|section| section.show_if.as_ref());
            section.is_none_or(|rule| self.sight(definition, &at).holds(rule))
        };
        if definition.group().is_some() {
            self.settle_rows(field, definition, at, shown);
            return;
        }
        let relevant = shown
            && definition
                .show_if
                .as_ref()
                .is_none_or(|rule| self.sight(definition, &at).holds(rule));
        let held = if relevant {
            self.hold(field, definition, &at)
        } else {
            Held::default()
        };
        let Some(cell) = self.state.root.cell_mut(form, field, &at) else {
            return;
        };
        let same_to_rules = cell.relevant == relevant && cell.value == held.value;
        if !same_to_rules
            || (cell.origin, &cell.fault, &cell.answer) != (held.origin, &held.fault, &held.answer)
        {
            self.touched.insert((field, at));
        }
        cell.relevant = relevant;
        cell.value = held.value;
        cell.answer = held.answer;
        cell.origin = held.origin;
        cell.fault = held.fault;
        self.checks.insert((field, at));
        if !same_to_rules {
            self.state.root.forget_around(form, definition.block, &at);
            self.spread(field, at);
        }
    }

    /// What a relevant field holds.
    fn hold(&mut self, field: FieldIx, definition: &Field, at: &At) -> Held {
        if self.state.completed
            && definition.closed()
            && let Some(kept) = self
                .state
                .answers
                .get(&path(self.form(), &self.state.root, field, at))
        {
            return self.read(definition, at, &kept.value, kept.origin);
        }
        if let Some(rule) = &definition.value {
            let value = self.sight(definition, at).value(rule);
            let answer = answer::write(definition, &value);
            let held = self.read(definition, at, &answer, Origin::Computed);
            // A computed value that does not fit the field is nothing; nobody could mend it.
            return if held.fault.is_some() {
                Held::default()
            } else {
                held
            };
        }
        let form = self.form();
        let path = path(form, &self.state.root, field, at);
        let source = definition
            .carry
            .as_ref()
            .and_then(|carry| source(self.world, self.state, carry, definition, at));
        if let Some(carry) = &definition.carry
            && carry.mode == CarryMode::View
        {
            let (_, answer) = source.unwrap_or((0, Json::Null));
            return self.read(definition, at, &answer, Origin::Carried);
        }
        if self.state.answers.get(&path).is_none() {
            let begun = match source.filter(|(_, answer)| !answer::empty(answer)) {
                Some((response, answer)) => self.world.case.responses.get(response).map(|response| Answer {
                    value: answer.clone(),
                    origin: Origin::Carried,
                    provenance: Some(Provenance {
                        response: response.id.clone(),
                        value: answer,
                    }),
                }),
                None => definition.initial.as_ref().and_then(|rule| {
                    let began = DateTime::new(self.state.began, self.state.now.time().clone());
                    let value = self.sight(definition, at).on(began).value(rule);
                    let value = answer::write(definition, &value);
                    (!answer::empty(&value)).then_some(Answer {
                        value,
                        origin: Origin::Initial,
                        provenance: None,
                    })
                }),
            };
            if let Some(answer) = begun {
                self.state.answers.fields.insert(path.clone(), answer);
            }
        }
        match self.state.answers.get(&path).cloned() {
            Some(answer) => self.read(definition, at, &answer.value, answer.origin),
            None => Held::default(),
        }
    }

    fn read(&self, definition: &Field, at: &At, answer: &Json, origin: Origin) -> Held {
        if answer::empty(answer) {
            return Held::default();
        }
        let keys = self.sight(definition, at).keys();
        let (value, fault) = match answer::read(&self.world.method, definition, answer, &keys) {
            Ok(value) => (value, None),
            Err(message) => (Value::Null, Some(message)),
        };
        Held {
            value,
            answer: answer.clone(),
            origin: Some(origin),
            fault,
        }
    }

    /// Works out which rows a group has, and which of them are shown.
    fn settle_rows(&mut self, field: FieldIx, definition: &Field, at: At, shown: bool) {
        let form = self.form();
        let Some(group) = definition.group() else { return };
        let wanted = wanted_rows(self.world, self.state, field, definition, &at);
        let Some(cell) = self.state.root.cell_mut(form, field, &at) else {
            return;
        };
        let was_shown = cell.relevant;
        cell.relevant = shown;
        let keys_before: Vec<Arc<str>> = cell.rows.iter().map(|row| Arc::clone(&row.key)).collect();
        let mut old = std::mem::take(&mut cell.rows);
        cell.rows = wanted
            .iter()
            .map(|wanted| match old.iter().position(|row| row.key == wanted.key) {
                Some(place) => old.swap_remove(place),
                None => Row::new(form, group.block, Arc::clone(&wanted.key)),
            })
            .collect();
        let count = cell.rows.len();
        let moved = !cell.rows.iter().map(|row| &row.key).eq(&keys_before);
        let mut different = moved || was_shown != shown;
        for place in 0..count {
            let matched = wanted.get(place).is_none_or(|wanted| wanted.matched);
            let relevant = shown
                && matched
                && definition.show_if.as_ref().is_none_or(|rule| {
                    let row = self
                        .state
                        .root
                        .cell(form, field, &at)
                        .and_then(|cell| cell.rows.get(place));
                    row.is_some_and(|row| self.sight(definition, &at).within(row).holds(rule))
                });
            let Some(cell) = self.state.root.cell_mut(form, field, &at) else {
                return;
            };
            let Some(row) = cell.rows.get_mut(place) else {
                continue;
            };
            let new = !keys_before.contains(&row.key);
            let changed = row.relevant != relevant;
            row.relevant = relevant;
            different |= changed;
            if new || changed || moved {
                for inner in form
                    .blocks
                    .get(group.block)
                    .map(|block| block.fields.as_slice())
                    .unwrap_or_default()
                {
                    self.look_at(*inner, at.inside(place));
                }
            }
        }
        self.checks.insert((field, at));
        if different {
            self.touched.insert((field, at));
            if let Some(cell) = self.state.root.cell_mut(form, field, &at) {
                cell.forget();
            }
            self.state.root.forget_around(form, definition.block, &at);
            self.spread(field, at);
        }
    }

    /// Whoever depends on a changed field is looked at again.
    fn spread(&mut self, field: FieldIx, at: At) {
        let form = self.form();
        let Some(dependants) = form.dependants.get(field) else {
            return;
        };
        for edge in &dependants.values {
            for spot in self.spots(edge, &at) {
                self.look_at(edge.to, spot);
            }
        }
        for edge in &dependants.checks {
            for spot in self.spots(edge, &at) {
                self.checks.insert((edge.to, spot));
            }
        }
        self.form_checks.extend(dependants.form.iter().copied());
    }

    /// Everywhere that a dependent field stands: in all rows that share the edge's row keys.
    fn spots(&self, edge: &Edge, at: &At) -> Vec<At> {
        let form = self.form();
        let Some(field) = form.fields.get(edge.to) else {
            return Vec::new();
        };
        let mut spots = vec![at.outer(edge.prefix)];
        for group in form.groups_around(field.block).skip(edge.prefix) {
            spots = spots
                .into_iter()
                .flat_map(|at| {
                    let count = self
                        .state
                        .root
                        .cell(form, group, &at)
                        .map_or(0, |cell| cell.rows.len());
                    (0..count).map(move |place| at.inside(place))
                })
                .collect();
        }
        spots
    }

    /// Works out what does not change the value: required, closed, violations.
    fn check(&mut self, field: FieldIx, at: At) {
        let form = self.form();
        let Some(definition) = form.fields.get(field) else {
            return;
        };
        let Some(cell) = self.state.root.cell(form, field, &at) else {
            return;
        };
        let (mut required, mut read_only, mut violations) = (false, false, Vec::new());
        if cell.relevant {
            let sight = self.sight(definition, &at);
            required = definition
                .require_if
                .as_ref()
                .is_some_and(|rule| sight.holds(rule));
            read_only = definition
                .read_only_if
                .as_ref()
                .is_some_and(|rule| sight.holds(rule));
            let path = path(form, &self.state.root, field, &at);
            let texts = &self.world.method;
            let mut add = |severity, rule: &str, message: String| {
                violations.push(Violation {
                    path: path.clone(),
                    severity,
                    message,
                    rule: rule.to_owned(),
                    acknowledged: None,
                });
            };
            let unanswered = match definition.group() {
                Some(_) => !cell.rows.iter().any(|row| row.relevant),
                None => cell.origin.is_none(),
            };
            if required && unanswered {
                add(Severity::Error, "required", texts.text("required", &[]));
            }
            if let Some(fault) = &cell.fault {
                add(Severity::Error, "type", fault.clone());
            }
            for label in not_offered(definition, cell, &sight) {
                add(
                    Severity::Error,
                    "options",
                    texts.text("option_not_offered", &[("label", &label)]),
                );
            }
            for constraint in &definition.constraints {
                if sight.value(&constraint.rule).as_bool() == Some(false) {
                    add(constraint.severity, &constraint.id, constraint.message.clone());
                }
            }
        }
        let Some(cell) = self.state.root.cell_mut(form, field, &at) else {
            return;
        };
        let rules = definition.options_where.is_some() || definition.choices_from.is_some();
        if rules || (cell.required, cell.read_only) != (required, read_only) || cell.violations != violations
        {
            self.touched.insert((field, at));
        }
        cell.required = required;
        cell.read_only = read_only;
        cell.violations = violations;
    }

    fn check_form(&mut self, index: usize) {
        let form = self.form();
        let Some(constraint) = form.constraints.get(index) else {
            return;
        };
        let violated = Sight::new(self.world, self.state, 0, &At::default())
            .value(&constraint.rule)
            .as_bool()
            == Some(false);
        let at = constraint
            .at
            .filter(|field| form.fields.get(*field).is_some_and(|field| field.block == 0));
        let path = at
            .map(|field| path(form, &self.state.root, field, &At::default()))
            .unwrap_or_default();
        let violation = violated.then(|| Violation {
            path,
            severity: constraint.severity,
            message: constraint.message.clone(),
            rule: constraint.id.clone(),
            acknowledged: None,
        });
        if let Some(place) = self.state.violations.get_mut(index) {
            if *place != violation
                && let Some(field) = at
            {
                self.touched.insert((field, At::default()));
            }
            *place = violation;
        }
    }
}

/// What a field holds: the value for rules, the answer, where it came from, and why a stored answer cannot be read.
#[derive(Default)]
struct Held {
    value: Value,
    answer: Json,
    origin: Option<Origin>,
    fault: Option<String>,
}

/// The labels of chosen options that the field's rule does not offer now.
fn not_offered(definition: &Field, cell: &Cell, sight: &Sight) -> Vec<String> {
    let codes: Vec<&str> = match &cell.answer {
        Json::String(code) => vec![code],
        Json::Array(codes) => codes.iter().filter_map(Json::as_str).collect(),
        _ => return Vec::new(),
    };
    if let (Some(rule), Some(options)) = (&definition.options_where, definition.options()) {
        let offered = |code: &str| {
            answer::concept(options, code).is_none_or(|concept| sight.holds_of(rule, &concept.value()))
        };
        let refused = codes.into_iter().filter(|code| !offered(code));
        return refused
            .map(|code| {
                answer::concept(options, code).map_or(code.to_owned(), |concept| concept.full_label())
            })
            .collect();
    }
    if let Some(rule) = &definition.choices_from {
        let texts = sight.value(rule);
        let texts = texts.as_list().unwrap_or_default();
        let refused = codes
            .into_iter()
            .filter(|code| !texts.iter().any(|text| text.as_str() == Some(code)));
        return refused.map(str::to_owned).collect();
    }
    Vec::new()
}
