//! What a rule can name, and the slots under which it reads it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::form::{Block, BlockIx, Form};
use super::lower::Lists;
use super::seen::{Tag, closed, field_type, foreign_type, response_type, row_id, row_type};
use super::unreadable::Unreadable;
use crate::feel::{HostCall, Misuse, Names, Slot, Type};

/// Where a slot's value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A cell of the row at this depth (0 is the form).
    Cell { depth: usize, cell: usize },
    /// The key of the row at this depth.
    Key { depth: usize },
    /// What the rule's site gives: `option`, `row`, or an emission's variable.
    Local,
    /// Something outside the response.
    Global(Global),
}

/// What lies outside the response that a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Global {
    /// What is known of the case.
    Case,
    /// What is known of the citizen.
    Citizen,
    /// The values that a municipality sets.
    Parameters,
    /// The response itself: id, started, completed.
    Response,
    /// The response of the same form before this one.
    Previous,
    /// The current response of a form, by its index in the method.
    Form(usize),
}

const KEY: u32 = 0x00FF_FFFF;
const LOCAL: u32 = 0xFE00_0000;
const GLOBAL: u32 = 0xFF00_0000;
const FIRST_FORM: u32 = 16;

impl Place {
    /// The slot that stands for the place.
    pub fn slot(self) -> Slot {
        let number = |value: usize| u32::try_from(value).unwrap_or(KEY).min(KEY - 1 - FIRST_FORM);
        Slot(match self {
            Self::Cell { depth, cell } => number(depth) << 24 | number(cell),
            Self::Key { depth } => number(depth) << 24 | KEY,
            Self::Local => LOCAL,
            Self::Global(global) => {
                GLOBAL
                    | match global {
                        Global::Case => 0,
                        Global::Citizen => 1,
                        Global::Parameters => 2,
                        Global::Response => 3,
                        Global::Previous => 4,
                        Global::Form(index) => FIRST_FORM + number(index),
                    }
            }
        })
    }

    /// The place that a slot stands for.
    pub fn of(slot: Slot) -> Self {
        let (top, low) = (slot.0 & GLOBAL, slot.0 & KEY);
        match (top, low) {
            (GLOBAL, 0) => Self::Global(Global::Case),
            (GLOBAL, 1) => Self::Global(Global::Citizen),
            (GLOBAL, 2) => Self::Global(Global::Parameters),
            (GLOBAL, 3) => Self::Global(Global::Response),
            (GLOBAL, 4) => Self::Global(Global::Previous),
            (GLOBAL, form) => Self::Global(Global::Form((form - FIRST_FORM.min(form)) as usize)),
            (LOCAL, _) => Self::Local,
            (depth, KEY) => Self::Key {
                depth: (depth >> 24) as usize,
            },
            (depth, cell) => Self::Cell {
                depth: (depth >> 24) as usize,
                cell: cell as usize,
            },
        }
    }
}

/// The types of everything in a method that rules can name.
#[derive(Debug)]
pub struct Types {
    /// Ids of the forms; case and citizen are the last two.
    pub forms: Vec<String>,
    /// What another form sees of each.
    foreign: Vec<Type>,
    parameters: Type,
    pub(super) lists: Lists,
    /// What could not be read: anything may be in it.
    pub(super) unreadable: Unreadable,
}

impl Types {
    /// Works out the types of all forms.
    pub fn new(
        forms: &[&Form],
        parameters: &[super::mirror::Parameter],
        lists: &Lists,
        unreadable: Unreadable,
    ) -> Self {
        let members = parameters.iter().map(|parameter| {
            let kind = match parameter.kind.as_str() {
                "number" | "money" => Type::Number,
                "date" => Type::Date,
                "yes_no" => Type::Boolean,
                _ => Type::String,
            };
            (Arc::from(parameter.id.as_str()), kind)
        });
        Self {
            forms: forms.iter().map(|form| form.id.clone()).collect(),
            foreign: forms
                .iter()
                .enumerate()
                .map(|(index, form)| foreign_type(form, index))
                .collect(),
            parameters: closed(members.collect()),
            lists: lists.clone(),
            unreadable,
        }
    }

    pub(super) fn form(&self, id: &str) -> Option<(usize, &Type)> {
        let index = self.forms.iter().position(|form| form == id)?;
        Some((index, self.foreign.get(index)?))
    }
}

/// What one rule can name.
pub struct Scope<'a> {
    /// The types of the method.
    pub types: &'a Types,
    /// The form that the rule belongs to.
    pub form: &'a Form,
    /// The block in whose rows it is asked.
    pub block: BlockIx,
    /// What the rule's site adds.
    pub local: Option<(&'a str, Type)>,
    /// For a group's rule about its rows: the row's code is known, its fields are not.
    pub row_of: Option<BlockIx>,
    /// Forms that the rule reads through `responses`.
    pub read_forms: &'a RefCell<BTreeSet<usize>>,
}

impl Scope<'_> {
    /// Case and citizen are written before there are responses.
    fn record(&self) -> bool {
        self.form.phase.is_empty()
    }

    /// What a name stands for that means the key of a block's rows.
    fn key(&self, block: &Block, name: &str) -> Option<(Slot, Type)> {
        let group = block.group.and_then(|group| self.form.group(group))?;
        let kind = if group.row_name.as_deref() == Some(name) {
            row_type(group)
        } else if name == "id" {
            row_id()
        } else {
            return None;
        };
        Some((Place::Key { depth: block.depth }.slot(), kind))
    }

    fn global(&self, name: &str) -> Option<(Global, Type)> {
        let record = |id: &str| {
            self.types
                .form(id)
                .map(|(_, kind)| kind.clone())
                .unwrap_or(Type::Any)
        };
        match name {
            "param" => Some((Global::Parameters, self.types.parameters.clone())),
            "citizen" if self.form.id != "citizen" => Some((Global::Citizen, record("citizen"))),
            "case" if !self.record() => Some((Global::Case, record("case"))),
            "response" if !self.record() => Some((Global::Response, response_type())),
            "previous" if !self.record() => Some((Global::Previous, record(&self.form.id))),
            _ if self.record() || name == self.form.id => None,
            _ if self.types.unreadable.has_form(name) => Some((Global::Form(usize::MAX), Type::Any)),
            _ => self
                .types
                .form(name)
                .map(|(index, kind)| (Global::Form(index), kind.clone())),
        }
    }
}

impl Names for Scope<'_> {
    fn lookup(&self, name: &str) -> Option<(Slot, Type)> {
        if let Some((local, kind)) = &self.local
            && *local == name
        {
            return Some((Place::Local.slot(), kind.clone()));
        }
        let row_block = self.row_of.and_then(|block| self.form.blocks.get(block));
        if let Some(key) = row_block.and_then(|block| self.key(block, name)) {
            return Some(key);
        }
        for block in self.form.blocks_around(self.block).rev() {
            if let Some(field) = block.field(name).and_then(|field| self.form.fields.get(field)) {
                let slot = Place::Cell {
                    depth: block.depth,
                    cell: field.cell,
                }
                .slot();
                return Some((slot, field_type(self.form, field, Some(Tag::OWN))));
            }
            if let Some(key) = self.key(block, name) {
                return Some(key);
            }
        }
        self.global(name)
            .map(|(global, kind)| (Place::Global(global).slot(), kind))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.local.iter().map(|(name, _)| (*name).to_owned()).collect();
        let row = self.row_of.and_then(|block| self.form.blocks.get(block));
        for block in self.form.blocks_around(self.block).rev().chain(row) {
            // Every row has an `id`: nobody needs to be told.
            let known = block.key_names.iter().skip(1).chain(&block.names);
            names.extend(known.map(|name| name.to_string()));
        }
        let others = ["case", "citizen", "param", "response", "previous"].into_iter();
        names.extend(
            others
                .filter(|name| self.global(name).is_some())
                .map(str::to_owned),
        );
        names.extend(
            self.types
                .forms
                .iter()
                .filter(|form| self.global(form).is_some())
                .cloned(),
        );
        names
    }

    /// Ids are single words.
    fn phrases(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_function(&self, name: &str, literals: &[Option<&str>]) -> Option<Result<HostCall, Misuse>> {
        match name {
            "concept" => Some(self.concept(literals)),
            "responses" if !self.record() => Some(self.responses(literals)),
            _ => None,
        }
    }

    fn advice(&self, name: &str) -> Option<String> {
        (name == self.form.id && !self.record()).then(|| {
            "a form's own fields stand by their ids alone; `previous` is the response before this one"
                .to_owned()
        })
    }
}

/// The names that the engine uses itself, which no field at a form's top level and no form may take.
pub fn reserved() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("case", "what is known of the case"),
        ("citizen", "what is known of the citizen"),
        ("param", "the values that a municipality sets"),
        ("response", "the response itself"),
        ("previous", "the response before this one"),
        ("option", "the option in `options_where`"),
        ("row", "the source row in `carry`"),
        ("item", "the element of a filter"),
    ])
}
