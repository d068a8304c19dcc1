//! An evaluated response: the cells of its fields, the rows of its groups, and what rules see of them.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::case::Origin;
use crate::definition::{FieldIx, Form};
use crate::evaluation::view::Violation;
use crate::value::Value;

/// One row of cells: the form itself, or a row of a group.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// Key for life; empty for the form.
    pub key: Arc<str>,
    /// Whether rules know it and pages show it.
    pub relevant: bool,
    /// The cells, in the order of the block's fields.
    pub cells: Vec<Cell>,
}

/// What is known of one field of one row.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Whether rules know it and pages show it.
    pub relevant: bool,
    /// What it holds, when it is relevant.
    pub value: Value,
    /// The same as an answer.
    pub answer: serde_json::Value,
    /// How the value came to be.
    pub origin: Option<Origin>,
    /// Whether completing needs an answer.
    pub required: bool,
    /// Whether a rule closes it.
    pub read_only: bool,
    /// Why the stored answer cannot be read.
    pub fault: Option<String>,
    /// What is wrong.
    pub violations: Vec<Violation>,
    /// Rows, for a group.
    pub rows: Vec<Row>,
    /// What rules see of the rows, once somebody asked.
    list: OnceCell<Value>,
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
    pub fn new(form: &Form, block: usize, key: Arc<str>) -> Self {
        let count = form.blocks.get(block).map_or(0, |block| block.fields.len());
        Self {
            key,
            relevant: false,
            cells: (0..count).map(|_| Cell::default()).collect(),
        }
    }

    /// What rules see of it: its key and its fields by name.
    pub fn context(&self, form: &Form, block: usize) -> Value {
        let Some(inside) = form.blocks.get(block) else {
            return Value::Null;
        };
        let mut members: Vec<(Arc<str>, Value)> = Vec::with_capacity(self.cells.len() + 2);
        if let Some(group) = inside.group.and_then(|group| form.group(group)) {
            members.push((Arc::from("id"), Value::String(Arc::clone(&self.key))));
            if let Some(name) = &group.row_name {
                members.push((Arc::from(name.as_str()), Value::String(Arc::clone(&self.key))));
            }
        }
        for (field, cell) in inside.fields.iter().zip(&self.cells) {
            if let Some(definition) = form.fields.get(*field) {
                members.push((Arc::from(definition.id.as_str()), cell.seen(form, *field)));
            }
        }
        Value::context(members)
    }

    /// The row at a place of a group chain.
    pub fn row_at<'a>(&'a self, form: &Form, block: usize, at: &At) -> Option<&'a Row> {
        let mut row = self;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            row = row
                .cells
                .get(form.fields.get(group)?.cell)?
                .rows
                .get(*place as usize)?;
        }
        Some(row)
    }

    /// The row at a place of a group chain, to change it.
    pub fn row_at_mut<'a>(&'a mut self, form: &Form, block: usize, at: &At) -> Option<&'a mut Row> {
        let mut row = self;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            row = row
                .cells
                .get_mut(form.fields.get(group)?.cell)?
                .rows
                .get_mut(*place as usize)?;
        }
        Some(row)
    }

    /// The cell of a field.
    pub fn cell<'a>(&'a self, form: &Form, field: FieldIx, at: &At) -> Option<&'a Cell> {
        let definition = form.fields.get(field)?;
        self.row_at(form, definition.block, at)?
            .cells
            .get(definition.cell)
    }

    /// The cell of a field, to change it.
    pub fn cell_mut<'a>(&'a mut self, form: &Form, field: FieldIx, at: &At) -> Option<&'a mut Cell> {
        let definition = form.fields.get(field)?;
        let cell = definition.cell;
        self.row_at_mut(form, definition.block, at)?.cells.get_mut(cell)
    }

    /// Forgets what rules saw of the groups around a place.
    pub fn forget_around(&mut self, form: &Form, block: usize, at: &At) {
        let mut row = self;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            let Some(cell) = form
                .fields
                .get(group)
                .map(|field| field.cell)
                .and_then(|cell| row.cells.get_mut(cell))
            else {
                return;
            };
            cell.forget();
            let Some(next) = cell.rows.get_mut(*place as usize) else {
                return;
            };
            row = next;
        }
    }
}

impl Cell {
    /// What rules see of it.
    pub fn seen(&self, form: &Form, field: FieldIx) -> Value {
        if !self.relevant {
            return Value::Null;
        }
        match form.group(field) {
            None => self.value.clone(),
            Some(group) => self
                .list
                .get_or_init(|| {
                    let rows = self.rows.iter().filter(|row| row.relevant);
                    Value::list(rows.map(|row| row.context(form, group.block)).collect())
                })
                .clone(),
        }
    }

    /// Forgets what rules saw of the rows.
    pub fn forget(&mut self) {
        self.list.take();
    }
}

/// The path of a field: ids and row keys, joined with dots.
pub fn path(form: &Form, root: &Row, field: FieldIx, at: &At) -> String {
    let Some(definition) = form.fields.get(field) else {
        return String::new();
    };
    let mut path = String::new();
    let mut row = root;
    for (group, place) in form.groups_around(definition.block).zip(at.rows()) {
        let Some(around) = form.fields.get(group) else {
            return path;
        };
        let Some(next) = row
            .cells
            .get(around.cell)
            .and_then(|cell| cell.rows.get(*place as usize))
        else {
            return path;
        };
        path.push_str(&around.id);
        path.push('.');
        path.push_str(&next.key);
        path.push('.');
        row = next;
    }
    path.push_str(&definition.id);
    path
}

/// The field that a path names, and where.
pub fn locate(form: &Form, root: &Row, path: &str) -> Option<(FieldIx, At)> {
    let mut block = form.blocks.first()?;
    let (mut row, mut at) = (root, At::default());
    let mut parts = path.split('.');
    loop {
        let id = parts.next()?;
        let field = block
            .fields
            .iter()
            .copied()
            .find(|field| form.fields.get(*field).is_some_and(|field| field.id == id))?;
        let definition = form.fields.get(field)?;
        let Some(key) = parts.next() else {
            return Some((field, at));
        };
        let group = definition.group()?;
        let rows = &row.cells.get(definition.cell)?.rows;
        let place = rows.iter().position(|row| &*row.key == key)?;
        at = at.inside(place);
        row = rows.get(place)?;
        block = form.blocks.get(group.block)?;
    }
}
