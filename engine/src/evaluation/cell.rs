//! The cells of a row. Most fields of a large form are unanswered: what is true of a cell is a bit, and only a cell that holds
//! something takes more.

use std::cell::OnceCell;

use serde_json::Value as Json;

use super::state::Row;
use crate::case::Origin;
use crate::definition::{BlockIx, Form};
use crate::value::{Date, Value};

/// What is known of one field of one row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell<'a> {
    /// Whether rules know it and pages show it.
    pub relevant: bool,
    /// Whether completing needs an answer.
    pub required: bool,
    /// Whether a rule closes it.
    pub read_only: bool,
    content: Option<&'a Content>,
}

/// What a relevant field holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// To rules.
    pub value: Value,
    /// How it came to be; `None` when there is nothing.
    pub origin: Option<Origin>,
    /// As an answer, when nobody answers the field; what was answered stands in the response.
    pub answer: Option<Json>,
    /// Why the stored answer cannot be read.
    pub fault: Option<String>,
}

/// What the rules of a field find wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrong {
    /// The labels of chosen options that are not offered now.
    pub not_offered: Vec<String>,
    /// The labels of chosen options that ended, with the day.
    pub ended: Vec<(String, Date)>,
    /// The places of the violated ones among the field's constraints.
    pub violated: Vec<usize>,
}

impl Wrong {
    /// Whether nothing is wrong. To be asked before two are compared: to compare what is empty byte by byte, processors take long.
    pub fn is_nothing(&self) -> bool {
        self.not_offered.is_empty() && self.ended.is_empty() && self.violated.is_empty()
    }
}

/// The rows of a group.
#[derive(Debug, Clone)]
pub struct Rows {
    /// In order.
    pub all: Vec<Row>,
    block: BlockIx,
    /// What rules see of them, once somebody asked.
    seen: OnceCell<Value>,
}

/// The cells of one row.
#[derive(Debug, Clone, Default)]
pub struct Cells(Box<[Page]>);

/// As many cells as a word has bits.
#[derive(Debug, Clone, Default)]
struct Page {
    relevant: u64,
    required: u64,
    read_only: u64,
    /// Which cells have a content; the contents stand in the order of the cells.
    held: u64,
    contents: Vec<Content>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    value: Value,
    origin: Option<Origin>,
    rare: Option<Box<Rare>>,
}

/// What few cells have.
#[derive(Debug, Clone, Default)]
struct Rare {
    answer: Option<Json>,
    fault: Option<String>,
    wrong: Wrong,
    rows: Option<Rows>,
}

static NULL: Value = Value::Null;

impl<'a> Cell<'a> {
    fn rare(&self) -> Option<&'a Rare> {
        self.content?.rare.as_deref()
    }

    /// What it holds, to rules.
    pub fn value(&self) -> &'a Value {
        self.content.map_or(&NULL, |content| &content.value)
    }

    /// How the value came to be; `None` when there is nothing.
    pub fn origin(&self) -> Option<Origin> {
        self.content?.origin
    }

    /// What it holds as an answer, when nobody answers the field.
    pub fn answer(&self) -> Option<&'a Json> {
        self.rare()?.answer.as_ref()
    }

    /// Why the stored answer cannot be read.
    pub fn fault(&self) -> Option<&'a str> {
        self.rare()?.fault.as_deref()
    }

    /// What its rules find wrong.
    pub fn wrong(&self) -> Option<&'a Wrong> {
        Some(&self.rare()?.wrong)
    }

    /// The rows of a group.
    pub fn rows(&self) -> &'a [Row] {
        let rows = self.rare().and_then(|rare| rare.rows.as_ref());
        rows.map_or(&[], |rows| &rows.all)
    }

    /// What rules see of it.
    pub fn seen(&self, form: &Form) -> &'a Value {
        let Some(content) = self.content.filter(|_| self.relevant) else {
            return &NULL;
        };
        match content.rare.as_ref().and_then(|rare| rare.rows.as_ref()) {
            None => &content.value,
            Some(rows) => rows.seen.get_or_init(|| rows.context(form)),
        }
    }
}

impl Rows {
    fn context(&self, form: &Form) -> Value {
        let relevant = self.all.iter().filter(|row| row.relevant);
        Value::list(relevant.map(|row| row.seen(form, self.block)).collect())
    }

    /// Forgets what rules saw of them.
    pub fn forget(&mut self) {
        self.seen.take();
    }
}

impl Page {
    /// How many contents stand before that of a bit.
    fn before(&self, bit: u64) -> usize {
        (self.held & (bit - 1)).count_ones() as usize
    }

    fn content(&self, bit: u64) -> Option<&Content> {
        (self.held & bit != 0).then(|| self.contents.get(self.before(bit)))?
    }

    /// The content of a cell, which may be made for it; gone again when nothing is in it afterwards.
    fn change<T>(&mut self, bit: u64, change: impl FnOnce(&mut Content) -> T) -> T {
        let place = self.before(bit);
        if self.held & bit == 0 {
            let mut content = Content::default();
            let result = change(&mut content);
            if !content.empty() {
                self.held |= bit;
                self.contents.insert(place, content);
            }
            return result;
        }
        let content = &mut self.contents[place];
        let result = change(content);
        if content.empty() {
            self.held &= !bit;
            self.contents.remove(place);
        }
        result
    }
}

impl Content {
    fn empty(&self) -> bool {
        self.origin.is_none() && self.value.is_null() && self.rare.is_none()
    }

    /// Changes what few cells have.
    fn rarely<T>(&mut self, change: impl FnOnce(&mut Rare) -> T) -> T {
        let mut rare = self.rare.take().unwrap_or_default();
        let result = change(&mut rare);
        self.rare = (!rare.empty()).then_some(rare);
        result
    }
}

impl Rare {
    fn empty(&self) -> bool {
        self.answer.is_none() && self.fault.is_none() && self.wrong.is_nothing() && self.rows.is_none()
    }
}

fn set(word: &mut u64, bit: u64, to: bool) {
    if to { *word |= bit } else { *word &= !bit }
}

impl Cells {
    /// So many cells, of which nothing is known.
    pub fn new(count: usize) -> Self {
        Self((0..count.div_ceil(64)).map(|_| Page::default()).collect())
    }

    /// A cell.
    pub fn get(&self, cell: usize) -> Cell<'_> {
        let Some(page) = self.0.get(cell / 64) else {
            return Cell::default();
        };
        let bit = 1 << (cell % 64);
        Cell {
            relevant: page.relevant & bit != 0,
            required: page.required & bit != 0,
            read_only: page.read_only & bit != 0,
            content: page.content(bit),
        }
    }

    fn page(&mut self, cell: usize) -> Option<(&mut Page, u64)> {
        Some((self.0.get_mut(cell / 64)?, 1 << (cell % 64)))
    }

    /// Puts what a field holds into its cell.
    pub fn hold(&mut self, cell: usize, relevant: bool, held: Held) {
        let Some((page, bit)) = self.page(cell) else {
            return;
        };
        set(&mut page.relevant, bit, relevant);
        page.change(bit, |content| {
            content.value = held.value;
            content.origin = held.origin;
            if content.rare.is_some() || held.answer.is_some() || held.fault.is_some() {
                content.rarely(|rare| (rare.answer, rare.fault) = (held.answer, held.fault));
            }
        });
    }

    /// Notes what a field's rules say besides its value.
    pub fn judge(&mut self, cell: usize, required: bool, read_only: bool, wrong: Wrong) {
        let Some((page, bit)) = self.page(cell) else {
            return;
        };
        set(&mut page.required, bit, required);
        set(&mut page.read_only, bit, read_only);
        let known = page.content(bit).is_some_and(|content| content.rare.is_some());
        if known || !wrong.is_nothing() {
            page.change(bit, |content| content.rarely(|rare| rare.wrong = wrong));
        }
    }

    /// Shows or hides a group.
    pub fn show(&mut self, cell: usize, relevant: bool) {
        if let Some((page, bit)) = self.page(cell) {
            set(&mut page.relevant, bit, relevant);
        }
    }

    /// Takes the rows of a group away.
    pub fn take_rows(&mut self, cell: usize) -> Vec<Row> {
        let rows = self.rows_mut(cell).map(|rows| std::mem::take(&mut rows.all));
        rows.unwrap_or_default()
    }

    /// Gives a group its rows, which have the fields of a block.
    pub fn give_rows(&mut self, cell: usize, all: Vec<Row>, block: BlockIx) {
        if let Some((page, bit)) = self.page(cell) {
            let seen = OnceCell::new();
            page.change(bit, |content| {
                content.rarely(|rare| rare.rows = Some(Rows { all, block, seen }))
            });
        }
    }

    /// The rows of a group, to change them.
    pub fn rows_mut(&mut self, cell: usize) -> Option<&mut Rows> {
        let (page, bit) = self.page(cell)?;
        let place = page.before(bit);
        let content = page.contents.get_mut(place).filter(|_| page.held & bit != 0)?;
        content.rare.as_deref_mut()?.rows.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn held(text: &str) -> Held {
        Held {
            value: Value::string(text),
            origin: Some(Origin::Entered),
            ..Held::default()
        }
    }

    proptest! {
        /// Each cell holds what was put there last, whatever happened to the others; what holds nothing takes no room.
        #[test]
        fn cells_keep_apart(changes in prop::collection::vec((0usize..200, 0u8..5), 0..300)) {
            let mut cells = Cells::new(200);
            let mut texts: BTreeMap<usize, String> = BTreeMap::new();
            let mut violated: BTreeMap<usize, usize> = BTreeMap::new();
            for (turn, (cell, what)) in changes.into_iter().enumerate() {
                match what {
                    0 => {
                        cells.hold(cell, true, Held::default());
                        texts.remove(&cell);
                    }
                    1 => {
                        cells.judge(cell, false, false, Wrong::default());
                        violated.remove(&cell);
                    }
                    2 => {
                        let wrong = Wrong { violated: vec![turn], ..Wrong::default() };
                        cells.judge(cell, false, false, wrong);
                        violated.insert(cell, turn);
                    }
                    _ => {
                        cells.hold(cell, true, held(&turn.to_string()));
                        texts.insert(cell, turn.to_string());
                    }
                }
            }
            for cell in 0..200 {
                let found = cells.get(cell);
                prop_assert_eq!(found.value().as_str(), texts.get(&cell).map(String::as_str));
                let wrong = found.wrong().and_then(|wrong| wrong.violated.first());
                prop_assert_eq!(wrong, violated.get(&cell));
            }
            let room: usize = cells.0.iter().map(|page| page.contents.len()).sum();
            let used = (0..200).filter(|cell| texts.contains_key(cell) || violated.contains_key(cell)).count();
            prop_assert_eq!(room, used);
        }
    }
}
