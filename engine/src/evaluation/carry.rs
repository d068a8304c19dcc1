//! What is carried over: the values of fields and the rows of groups, as their source has them now.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::answer;
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

/// What the source of a carried field holds: the place of its response in the case, and the answer.
pub fn source(
    world: &Rc<World>,
    state: &State,
    carry: &Carry,
    field: &Field,
    at: &At,
) -> Option<(usize, Json)> {
    let response = world.current(state.seat, &carry.form)?;
    let source = world.state(Seat::Response(response))?;
    let form = source.form(&world.method);
    let wanted = form.fields.get(carry.field)?;
    let keys = Sight::new(world, state, field.block, at).keys();
    let (row, at) = around(form, &source.root, wanted, &keys)?;
    let cell = row.cells.get(wanted.cell);
    let path = path(form, &source.root, carry.field, &at);
    cell.relevant
        .then(|| (response, source.answer(cell, &path).clone()))
}

/// The row around a field of the source, and its place: its rows have the keys of the rows around the carried field, from the
/// outside.
fn around<'a>(form: &Form, root: &'a Row, wanted: &Field, keys: &[&str]) -> Option<(&'a Row, At)> {
    let (mut row, mut at) = (root, At::default());
    for (group, key) in form.groups_around(wanted.block).zip(keys) {
        let rows = row.cells.get(form.fields.get(group)?.cell).rows();
        let place = rows.iter().position(|row| *row.key == **key && row.relevant)?;
        row = rows.get(place)?;
        at = at.inside(place);
    }
    Some((row, at))
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
    let response = world.current(state.seat, &carry.form)?;
    let source = world.state(Seat::Response(response))?;
    let form = source.form(&world.method);
    let wanted = form.fields.get(carry.field)?;
    let inner = wanted.group()?.block;
    let sight = Sight::new(world, state, field.block, at);
    let (row, _) = around(form, &source.root, wanted, &sight.keys())?;
    let rows = row.cells.get(wanted.cell).rows();
    let rows = rows.iter().filter(|row| row.relevant).map(|row| {
        let fits = |rule| sight.holds_of(rule, &row.seen(form, inner));
        Wanted {
            key: Arc::clone(&row.key),
            matched: carry.condition.as_ref().is_none_or(fits),
        }
    });
    Some(rows.collect())
}

/// The source's row behind a carried one: the place of its response in the case, and what rules see of it.
pub fn source_row(
    world: &Rc<World>,
    state: &State,
    field: &Field,
    at: &At,
    key: &str,
) -> Option<(usize, Value)> {
    let carry = field.carry.as_ref()?;
    let response = world.current(state.seat, &carry.form)?;
    let source = world.state(Seat::Response(response))?;
    let form = source.form(&world.method);
    let wanted = form.fields.get(carry.field)?;
    let inner = wanted.group()?.block;
    let keys = Sight::new(world, state, field.block, at).keys();
    let (row, _) = around(form, &source.root, wanted, &keys)?;
    let mut rows = row.cells.get(wanted.cell).rows().iter();
    let row = rows.find(|row| &*row.key == key)?;
    Some((response, row.seen(form, inner)))
}
