//! An evaluated response: rows of cells, where fields stand in them, and what rules see of them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::cell::{Cell, Cells, Rows};
use super::propagate::Work;
use super::world::{Seat, World};
use crate::case::{Answers, Origin};
use crate::definition::{BlockIx, FieldIx, Form, Method};
use crate::value::{Context, DateTime, Value};

/// How much of a response is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What its fields hold: all that other responses and data points ask for.
    Values,
    /// Also what is required, closed and wrong.
    Whole,
}

/// An evaluated response.
#[derive(Debug, Clone)]
pub struct State {
    /// Index of the form in the method.
    pub form: usize,
    pub seat: Seat,
    pub root: Row,
    pub answers: Answers,
    /// The present for its rules: a completed response stays in its day.
    pub now: DateTime,
    /// Whether it is completed: what it computed and showed then is what it holds.
    pub completed: bool,
    /// The day on which it began: the present for `initial`.
    pub began: DateTime,
    /// Which of the form's own constraints are violated.
    pub violated: BTreeSet<usize>,
}

impl State {
    /// Evaluates what sits at a seat of the world's case; `None` when there is no such form.
    pub fn evaluate(world: &Rc<World>, seat: Seat, now: &DateTime, extent: Extent) -> Option<Self> {
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
        let mut state = Self {
            form,
            seat,
            root,
            answers,
            began: DateTime::new(began, now.time().clone()),
            now,
            completed,
            violated: BTreeSet::new(),
        };
        let mut work = Work::new(world, &mut state);
        work.everything(extent);
        work.finish();
        Some(state)
    }

    /// The form.
    pub fn form<'a>(&self, method: &'a Method) -> &'a Form {
        // INVARIANT: `evaluate` is the only place that makes states, and looks the form up first.
        &method.all[self.form]
    }

    /// What a field holds, as an answer.
    pub fn answer<'a>(&'a self, cell: Cell<'a>, path: &str) -> &'a Json {
        let stored = || self.answers.get(path).map(|answer| &answer.value);
        match cell.origin() {
            Some(_) => cell.answer().or_else(stored).unwrap_or(&Json::Null),
            None => &Json::Null,
        }
    }
}

/// One row of cells: the form itself, or a row of a group.
#[derive(Debug, Clone)]
pub struct Row {
    /// Key for life; empty for the form.
    pub key: Arc<str>,
    /// Whether rules know it and pages show it.
    pub relevant: bool,
    /// The cells, in the order of the block's fields.
    pub cells: Cells,
    /// What rules see of it, once somebody asked.
    seen: OnceCell<Value>,
}

/// Where a field of a row stands: the places of the rows around it, from the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At {
    rows: [u32; 6],
    depth: u8,
}

impl At {
    /// The places.
    pub fn rows(&self) -> &[u32] {
        self.rows.get(..usize::from(self.depth)).unwrap_or_default()
    }

    /// The first so many places.
    pub fn outer(&self, depth: usize) -> Self {
        let mut at = Self::default();
        for row in self.rows().iter().take(depth) {
            at = at.inside(*row as usize);
        }
        at
    }

    /// One row further in.
    pub fn inside(&self, row: usize) -> Self {
        let mut at = *self;
        if let Some(place) = at.rows.get_mut(usize::from(at.depth)) {
            *place = u32::try_from(row).unwrap_or(u32::MAX);
            at.depth += 1;
        }
        at
    }
}

impl Row {
    /// A row of empty cells.
    pub fn new(form: &Form, block: BlockIx, key: Arc<str>) -> Self {
        let count = form.blocks.get(block).map_or(0, |block| block.fields.len());
        Self {
            key,
            relevant: false,
            cells: Cells::new(count),
            seen: OnceCell::new(),
        }
    }

    /// The cells with their fields.
    pub fn fields<'a>(&'a self, form: &'a Form, block: BlockIx) -> impl Iterator<Item = (FieldIx, Cell<'a>)> {
        let fields = form.blocks.get(block).map_or(&[][..], |block| &block.fields);
        let cells = fields.iter().enumerate();
        cells.map(|(cell, field)| (*field, self.cells.get(cell)))
    }

    /// Whether something was answered in it.
    pub fn is_answered(&self, form: &Form, block: BlockIx) -> bool {
        self.fields(form, block).any(|(field, cell)| {
            let inner = form.group(field).map(|group| group.block);
            let below = |block| cell.rows().iter().any(|row| row.is_answered(form, block));
            cell.origin().is_some_and(|origin| origin != Origin::Computed) || inner.is_some_and(below)
        })
    }

    /// What rules see of it: its key and its fields by name.
    pub fn seen(&self, form: &Form, block: BlockIx) -> Value {
        self.seen.get_or_init(|| self.context(form, block)).clone()
    }

    fn context(&self, form: &Form, block: BlockIx) -> Value {
        let Some(inside) = form.blocks.get(block) else {
            return Value::Null;
        };
        let layout = inside.layout();
        let keys = layout.names().len().saturating_sub(inside.fields.len());
        let mut values = Vec::with_capacity(layout.names().len());
        values.resize_with(keys, || Value::String(Arc::clone(&self.key)));
        values.extend((0..inside.fields.len()).map(|cell| self.cells.get(cell).seen(form).clone()));
        Value::Context(Arc::new(Context::of(layout, values)))
    }

    /// The row at a place of a group chain.
    pub fn row_at<'a>(&'a self, form: &Form, block: BlockIx, at: &At) -> Option<&'a Row> {
        let mut row = self;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            let cell = row.cells.get(form.fields.get(group)?.cell);
            row = cell.rows().get(*place as usize)?;
        }
        Some(row)
    }

    /// The cells of the row at a place of a group chain, to change them.
    pub fn cells_mut<'a>(&'a mut self, form: &Form, block: BlockIx, at: &At) -> Option<&'a mut Cells> {
        let mut row = self;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            let rows = row.cells.rows_mut(form.fields.get(group)?.cell)?;
            row = rows.all.get_mut(*place as usize)?;
        }
        Some(&mut row.cells)
    }

    /// The rows of a group, to change them.
    pub fn rows_mut<'a>(&'a mut self, form: &Form, group: FieldIx, at: &At) -> Option<&'a mut Rows> {
        let definition = form.fields.get(group)?;
        self.cells_mut(form, definition.block, at)?
            .rows_mut(definition.cell)
    }

    /// The cell of a field.
    pub fn cell<'a>(&'a self, form: &Form, field: FieldIx, at: &At) -> Option<Cell<'a>> {
        let definition = form.fields.get(field)?;
        let row = self.row_at(form, definition.block, at)?;
        Some(row.cells.get(definition.cell))
    }

    /// Forgets what rules saw of the rows around a place.
    pub fn forget_around(&mut self, form: &Form, block: BlockIx, at: &At) {
        let mut row = self;
        row.seen.take();
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            let cell = form.fields.get(group).map(|field| field.cell);
            let Some(rows) = cell.and_then(|cell| row.cells.rows_mut(cell)) else {
                return;
            };
            rows.forget();
            let Some(next) = rows.all.get_mut(*place as usize) else {
                return;
            };
            row = next;
            row.seen.take();
        }
    }
}

/// Most paths are no longer, in bytes.
const PATH: usize = 96;

/// The path of a field: ids and row keys, joined with dots.
pub fn path<'a>(form: &'a Form, root: &Row, field: FieldIx, at: &At) -> Cow<'a, str> {
    let Some(definition) = form.fields.get(field) else {
        return Cow::Borrowed("");
    };
    if at.rows().is_empty() {
        return Cow::Borrowed(&definition.id);
    }
    let mut path = String::with_capacity(PATH);
    let mut row = root;
    for (group, place) in form.groups_around(definition.block).zip(at.rows()) {
        let Some(around) = form.fields.get(group) else {
            break;
        };
        let Some(next) = row.cells.get(around.cell).rows().get(*place as usize) else {
            break;
        };
        path.extend([around.id.as_str(), ".", &next.key, "."]);
        row = next;
    }
    path.push_str(&definition.id);
    Cow::Owned(path)
}

/// The field that a path names, and where.
pub fn locate(form: &Form, root: &Row, path: &str) -> Option<(FieldIx, At)> {
    let (field, at, rest) = locate_part(form, root, path)?;
    rest.is_none().then_some((field, at))
}

/// The field that a path leads to, where it stands, and what of the path lies behind it: the name of a part.
pub fn locate_part<'a>(form: &Form, root: &Row, path: &'a str) -> Option<(FieldIx, At, Option<&'a str>)> {
    let mut block = form.blocks.first()?;
    let (mut row, mut at) = (root, At::default());
    let mut rest = path;
    loop {
        let (id, behind) = match rest.split_once('.') {
            Some((id, behind)) => (id, Some(behind)),
            None => (rest, None),
        };
        let field = block.field(id)?;
        let definition = form.fields.get(field)?;
        let (Some(group), Some(behind)) = (definition.group(), behind) else {
            return Some((field, at, behind));
        };
        let (key, behind) = behind.split_once('.')?;
        let rows = row.cells.get(definition.cell).rows();
        let place = rows.iter().position(|row| &*row.key == key)?;
        at = at.inside(place);
        row = rows.get(place)?;
        block = form.blocks.get(group.block)?;
        rest = behind;
    }
}
