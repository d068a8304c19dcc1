//! What is carried over: the values of fields and the rows of groups, as their source has them now.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
use super::cell::Cell;
use super::state::{At, Row, State, path};
use super::world::{Seat, Sight, World};
use crate::definition::{Branch, Carry, Field, FieldIx, Form};
use crate::value::Value;

/// A row that a group should have.
pub struct Wanted {
    /// Its key.
    pub key: Arc<str>,
    /// Whether the group's condition takes it.
    pub matched: bool,
}

/// Where a carried field or group comes from, as it is now.
struct Origin<'a> {
    /// The place of its response in the case.
    response: usize,
    state: Rc<State>,
    form: &'a Form,
    field: FieldIx,
    at: At,
}

impl<'a> Origin<'a> {
    /// Its rows have the keys of the rows around the carried field, from the outside.
    fn of(world: &'a Rc<World>, state: &State, carry: &Carry, field: &Field, at: &At) -> Option<Self> {
        let response = world.current(state.seat, &carry.form)?;
        let source = world.state(Seat::Response(response))?;
        let form = source.form(&world.method);
        let wanted = form.fields.get(carry.field)?;
        let (mut row, mut around) = (&source.root, At::default());
        let sight = Sight::new(world, state, field.block, at);
        for (group, key) in form.groups_around(wanted.block).zip(sight.keys()) {
            let rows = row.cells.get(form.fields.get(group)?.cell).rows();
            let place = rows.iter().position(|row| *row.key == *key && row.relevant)?;
            row = rows.get(place)?;
            around = around.inside(place);
        }
        Some(Self {
            response,
            form,
            field: carry.field,
            at: around,
            state: source,
        })
    }

    fn cell(&self) -> Option<Cell<'_>> {
        self.state.root.cell(self.form, self.field, &self.at)
    }

    /// What rules see of one of its rows.
    fn seen(&self, row: &Row) -> Option<Value> {
        Some(row.seen(self.form, self.form.group(self.field)?.block))
    }
}

/// What the source of a carried field holds: the place of its response in the case, and the answer.
pub fn source(
    world: &Rc<World>,
    state: &State,
    carry: &Carry,
    field: &Field,
    at: &At,
) -> Option<(usize, Json)> {
    let origin = Origin::of(world, state, carry, field, at)?;
    let cell = origin.cell()?;
    let path = path(origin.form, &origin.state.root, origin.field, &origin.at);
    cell.relevant
        .then(|| (origin.response, origin.state.answer(cell, &path).clone()))
}

/// The rows that a group should have: one for each concept, or those of its source and its own.
pub fn wanted_rows(world: &Rc<World>, state: &State, index: FieldIx, field: &Field, at: &At) -> Vec<Wanted> {
    let form = state.form(&world.method);
    let Some(group) = field.group() else {
        return Vec::new();
    };
    let own = |key: Arc<str>| Wanted { key, matched: true };
    if let Some((list, branch)) = &group.for_each {
        let keys = Sight::new(world, state, field.block, at).keys();
        let code = branch.code(&keys);
        if code.is_none() && *branch != Branch::Whole {
            return Vec::new();
        }
        let now = list.on(state.now.date()).children(code);
        let mut rows: Vec<Wanted> = now.map(|concept| own(Arc::clone(&concept.code))).collect();
        // A row whose code holds no longer stays while something stands in it.
        if list.is_dated() {
            let path = path(form, &state.root, index, at);
            for concept in list.stages().flat_map(|stage| stage.children(code)) {
                if !rows.iter().any(|row| row.key == concept.code)
                    && state.answers.any_below(&format!("{path}.{}.", concept.code))
                {
                    rows.push(own(Arc::clone(&concept.code)));
                }
            }
        }
        return rows;
    }
    let path = path(form, &state.root, index, at);
    let removed = state
        .answers
        .removed
        .get(&*path)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut rows = source_rows(world, state, field, at).unwrap_or_default();
    rows.retain(|row| !removed.iter().any(|key| **key == *row.key));
    for key in state
        .answers
        .rows
        .get(&*path)
        .map(Vec::as_slice)
        .unwrap_or_default()
    {
        if !rows.iter().any(|row| *row.key == **key) {
            rows.push(own(Arc::from(key.as_str())));
        }
    }
    rows.truncate(answer::ROW_LIMIT);
    rows
}

/// The rows of a carried group's source; those that do not fit the condition are there, not shown.
fn source_rows(world: &Rc<World>, state: &State, field: &Field, at: &At) -> Option<Vec<Wanted>> {
    let carry = field.carry.as_ref()?;
    let origin = Origin::of(world, state, carry, field, at)?;
    let sight = Sight::new(world, state, field.block, at);
    let rows = origin.cell()?.rows().iter().filter(|row| row.relevant);
    let wanted = rows.map(|row| {
        let fits = |rule| Some(sight.holds_of(rule, &origin.seen(row)?));
        Some(Wanted {
            key: Arc::clone(&row.key),
            matched: carry.condition.as_ref().map_or(Some(true), fits)?,
        })
    });
    wanted.collect()
}

/// The source's row behind a carried one: the place of its response in the case, and what rules see of it.
pub fn source_row(
    world: &Rc<World>,
    state: &State,
    field: &Field,
    at: &At,
    key: &str,
) -> Option<(usize, Value)> {
    let origin = Origin::of(world, state, field.carry.as_ref()?, field, at)?;
    let mut rows = origin.cell()?.rows().iter();
    let row = rows.find(|row| &*row.key == key)?;
    Some((origin.response, origin.seen(row)?))
}
