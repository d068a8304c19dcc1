//! What follows from a change: fields are looked at in the order of their dependence, and only those that can have changed.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
use super::carry::{source, wanted_rows};
use super::cell::Held;
use super::state::{At, Extent, Row, State, path};
use super::world::{Sight, World};
use crate::case::{Answer, Origin, Provenance};
use crate::definition::{CarryMode, Edge, Field, FieldIx, Form, Group};
use crate::value::{Date, Value};

type Spot = (FieldIx, At);
/// A spot with its rank in front.
type Step = (usize, FieldIx, At);

/// The fields that are still to be looked at, and those that turned out different.
pub struct Work<'a> {
    pub(super) world: &'a Rc<World>,
    /// The response.
    pub state: &'a mut State,
    /// Whether everything is looked at: whoever depends on something comes behind it, so that nobody needs to be told of a change.
    all: bool,
    extent: Extent,
    /// The form's own fields when all are looked at, the first in order last.
    whole: Vec<Step>,
    /// A field may stand here several times.
    values: BinaryHeap<Reverse<Step>>,
    checks: Vec<Spot>,
    form_checks: Vec<usize>,
    pub(super) touched: Vec<Spot>,
    /// Where an answer was changed.
    entered: Option<Spot>,
}

impl<'a> Work<'a> {
    /// Nothing to do yet.
    pub fn new(world: &'a Rc<World>, state: &'a mut State) -> Self {
        Self {
            world,
            state,
            all: false,
            extent: Extent::Whole,
            whole: Vec::new(),
            values: BinaryHeap::new(),
            checks: Vec::new(),
            form_checks: Vec::new(),
            touched: Vec::new(),
            entered: None,
        }
    }

    pub(super) fn form(&self) -> &'a Form {
        let world: &'a Rc<World> = self.world;
        self.state.form(&world.method)
    }

    /// The whole form, from the beginning.
    pub fn everything(&mut self, extent: Extent) {
        self.all = true;
        self.extent = extent;
        let form = self.form();
        let fields = form.blocks.first().map_or(&[][..], |block| &block.fields);
        self.whole = fields
            .iter()
            .map(|field| self.step(*field, At::default()))
            .collect();
        self.whole.sort_unstable_by_key(|step| Reverse(*step));
        self.form_checks.extend(0..form.constraints.len());
    }

    /// Changes what somebody answered.
    pub fn enter(&mut self, path: &str, field: FieldIx, at: At, value: Json) {
        if self.state.answers.enter(path, value) {
            self.entered = Some((field, at));
        }
        self.look_at(field, at);
        // What a row holds decides whether the end of its code is told.
        let form = self.form();
        let block = form.fields.get(field).map_or(0, |field| field.block);
        for (depth, around) in form.groups_around(block).enumerate() {
            let each = form.group(around).and_then(|group| group.for_each.as_ref());
            if each.is_some_and(|(list, _)| list.is_dated()) {
                self.touched.push((around, at.outer(depth)));
            }
        }
    }

    /// Puts an answer in the place of another.
    pub fn replace(&mut self, path: &str, field: FieldIx, at: At, answer: Answer) {
        self.state.answers.put(path.to_owned(), answer);
        self.entered = Some((field, at));
        self.look_at(field, at);
    }

    /// One field whose answer changed.
    pub fn look_at(&mut self, field: FieldIx, at: At) {
        self.values.push(Reverse(self.step(field, at)));
    }

    /// The day of the response.
    pub(super) fn day(&self) -> Date {
        self.state.now.date()
    }

    fn step(&self, field: FieldIx, at: At) -> Step {
        let rank = self.form().ranks.get(field).copied();
        (rank.unwrap_or(usize::MAX), field, at)
    }

    fn next(&mut self) -> Option<Step> {
        match (self.whole.last(), self.values.peek()) {
            (Some(first), Some(Reverse(other))) if other < first => {
                self.values.pop().map(|Reverse(step)| step)
            }
            (Some(_), _) => self.whole.pop(),
            (None, _) => self.values.pop().map(|Reverse(step)| step),
        }
    }

    /// Does all that is to do; returns the fields that look different.
    pub fn finish(mut self) -> Vec<Spot> {
        let mut last = None;
        while let Some(step) = self.next() {
            if last != Some(step) {
                last = Some(step);
                self.settle(step.1, step.2);
            }
        }
        if self.extent == Extent::Values {
            return Vec::new();
        }
        for (field, at) in once(std::mem::take(&mut self.checks)) {
            self.check(field, at);
        }
        for index in once(std::mem::take(&mut self.form_checks)) {
            self.check_form(index);
        }
        once(self.touched)
    }

    pub(super) fn sight(&self, field: &Field, at: &At) -> Sight<'_> {
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
        if let Some(group) = definition.group() {
            self.settle_rows(field, definition, group, at, shown);
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
        let Some(cells) = self.state.root.cells_mut(form, definition.block, &at) else {
            return;
        };
        let cell = cells.get(definition.cell);
        let same_to_rules = cell.relevant == relevant && *cell.value() == held.value;
        let same = same_to_rules
            && cell.origin() == held.origin
            && cell.fault() == held.fault.as_deref()
            && cell.answer() == held.answer.as_ref();
        cells.hold(definition.cell, relevant, held);
        self.note(
            field,
            at,
            !same || (relevant && self.entered == Some((field, at))),
        );
        if !same_to_rules {
            self.state.root.forget_around(form, definition.block, &at);
            self.spread(field, at);
        }
    }

    /// Notes a field that was looked at, for whoever asks for more than values.
    fn note(&mut self, field: FieldIx, at: At, different: bool) {
        if self.extent == Extent::Whole {
            self.checks.push((field, at));
            self.touched.extend(different.then_some((field, at)));
        }
    }

    /// What a relevant field holds.
    fn hold(&mut self, field: FieldIx, definition: &Field, at: &At) -> Held {
        if definition.closed() {
            return self.hold_closed(field, definition, at);
        }
        let form = self.form();
        let path = path(form, &self.state.root, field, at);
        if let Some(answer) = self.state.answers.get(&path) {
            return self.read(definition, at, &answer.value, answer.origin);
        }
        let Some(answer) = self.begin(definition, at) else {
            return Held::default();
        };
        let held = self.read(definition, at, &answer.value, answer.origin);
        self.state.answers.put(path.into_owned(), answer);
        held
    }

    /// What a field holds that nobody answers: what was computed when the response was completed, what its rule gives, or what its
    /// source has.
    fn hold_closed(&self, field: FieldIx, definition: &Field, at: &At) -> Held {
        let kept = || {
            self.state
                .answers
                .get(&path(self.form(), &self.state.root, field, at))
        };
        let (answer, origin) = match (self.state.completed.then(kept).flatten(), &definition.value) {
            (Some(kept), _) => (Cow::Borrowed(&kept.value), kept.origin),
            (None, Some(rule)) => {
                let value = self.sight(definition, at).value(rule);
                (
                    Cow::Owned(answer::write(definition, &value, self.day())),
                    Origin::Computed,
                )
            }
            (None, None) => {
                let carry = definition.carry.as_ref();
                let source = carry.and_then(|carry| source(self.world, self.state, carry, definition, at));
                (
                    Cow::Owned(source.map_or(Json::Null, |(_, answer)| answer)),
                    Origin::Carried,
                )
            }
        };
        let held = self.read(definition, at, &answer, origin);
        if held.fault.is_some() && origin == Origin::Computed {
            // A computed value that does not fit the field is nothing; nobody could mend it.
            return Held::default();
        }
        let answer = held.origin.map(|_| answer.into_owned());
        Held { answer, ..held }
    }

    /// What a field without an answer begins with: what its source has, or what its rule gives.
    fn begin(&self, definition: &Field, at: &At) -> Option<Answer> {
        let carry = definition
            .carry
            .as_ref()
            .filter(|carry| carry.mode == CarryMode::Copy);
        let source = carry.and_then(|carry| source(self.world, self.state, carry, definition, at));
        if let Some((response, value)) = source.filter(|(_, answer)| !answer::empty(answer)) {
            let response = self.world.case.responses.get(response)?.id.clone();
            let provenance = Provenance {
                response,
                value: value.clone(),
            };
            return Some(Answer {
                value,
                origin: Origin::Carried,
                provenance: Some(Box::new(provenance)),
            });
        }
        let rule = definition.initial.as_ref()?;
        let value = self.sight(definition, at).on(&self.state.began).value(rule);
        let value = answer::write(definition, &value, self.day());
        (!answer::empty(&value)).then_some(Answer {
            value,
            origin: Origin::Initial,
            provenance: None,
        })
    }

    fn read(&self, definition: &Field, at: &At, answer: &Json, origin: Origin) -> Held {
        if answer::empty(answer) {
            return Held::default();
        }
        let keys = self.sight(definition, at).keys();
        let (value, fault) = match answer::read(&self.world.method, definition, answer, &keys, self.day()) {
            Ok(value) => (value, None),
            Err(message) => (Value::Null, Some(message)),
        };
        Held {
            value,
            origin: Some(origin),
            answer: None,
            fault,
        }
    }

    /// Works out which rows a group has, and which of them are shown.
    fn settle_rows(&mut self, field: FieldIx, definition: &Field, group: &Group, at: At, shown: bool) {
        let form = self.form();
        // What is not shown holds nothing; of its rows pages speak only.
        let wanted = match shown || self.extent == Extent::Whole {
            true => wanted_rows(self.world, self.state, field, definition, &at),
            false => Vec::new(),
        };
        let Some(cells) = self.state.root.cells_mut(form, definition.block, &at) else {
            return;
        };
        let was_shown = cells.get(definition.cell).relevant;
        cells.show(definition.cell, shown);
        let keys_before = cells.get(definition.cell).rows().iter().map(|row| &row.key);
        let moved = !wanted.iter().map(|row| &row.key).eq(keys_before);
        if moved || cells.rows_mut(definition.cell).is_none() {
            let mut old = cells.take_rows(definition.cell);
            let rows = wanted
                .iter()
                .map(|wanted| match old.iter().position(|row| row.key == wanted.key) {
                    Some(place) => old.swap_remove(place),
                    None => Row::new(form, group.block, Arc::clone(&wanted.key)),
                });
            let rows = rows.collect();
            cells.give_rows(definition.cell, rows, group.block);
        }
        let mut different = moved || was_shown != shown;
        for (place, wanted) in wanted.iter().enumerate() {
            let relevant = shown
                && wanted.matched
                && definition.row_rules(&wanted.key).all(|rule| {
                    let cell = self.state.root.cell(form, field, &at).unwrap_or_default();
                    let row = cell.rows().get(place);
                    row.is_some_and(|row| self.sight(definition, &at).within(row).holds(rule))
                });
            let rows = self.state.root.rows_mut(form, field, &at);
            let Some(row) = rows.and_then(|rows| rows.all.get_mut(place)) else {
                continue;
            };
            let changed = row.relevant != relevant;
            row.relevant = relevant;
            different |= changed;
            if (changed || moved) && (relevant || self.extent == Extent::Whole) {
                for inner in form
                    .blocks
                    .get(group.block)
                    .map_or(&[][..], |block| &block.fields)
                {
                    self.look_at(*inner, at.inside(place));
                }
            }
        }
        self.note(field, at, different);
        if different {
            if let Some(rows) = self.state.root.rows_mut(form, field, &at) {
                rows.forget();
            }
            self.state.root.forget_around(form, definition.block, &at);
            self.spread(field, at);
        }
    }

    /// Whoever depends on a changed field is looked at again.
    fn spread(&mut self, field: FieldIx, at: At) {
        let form = self.form();
        let Some(dependants) = form.dependants.get(field).filter(|_| !self.all) else {
            return;
        };
        for edge in &dependants.values {
            self.everywhere(edge, &at, &mut |work, spot| work.look_at(edge.to, spot));
        }
        for edge in &dependants.checks {
            self.everywhere(edge, &at, &mut |work, spot| work.checks.push((edge.to, spot)));
        }
        self.form_checks.extend(&dependants.form);
    }

    /// Everywhere that a dependent field stands: in all rows that share the edge's row keys.
    fn everywhere(&mut self, edge: &Edge, at: &At, found: &mut dyn FnMut(&mut Self, At)) {
        let form = self.form();
        let Some(field) = form.fields.get(edge.to) else {
            return;
        };
        let depth = form.blocks.get(field.block).map_or(0, |block| block.depth);
        let outer = at.outer(edge.prefix);
        if depth == edge.prefix {
            return found(self, outer);
        }
        let mut spots = vec![outer];
        for group in form.groups_around(field.block).skip(edge.prefix) {
            let inside = spots.iter().flat_map(|at| {
                let cell = self.state.root.cell(form, group, at).unwrap_or_default();
                (0..cell.rows().len()).map(|place| at.inside(place))
            });
            spots = inside.collect();
        }
        spots.into_iter().for_each(|spot| found(self, spot));
    }
}

/// Each once, in order.
fn once<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all
}
