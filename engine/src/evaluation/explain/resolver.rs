//! From a rule's parts to what they stand for: through loops, filters, members and functions.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::subject::{Seen, Spot, Subject, Whereabouts};
use crate::definition::{FieldIx, Form, Global, HostFunction, Kind, List, Method, SlotPlace};
use crate::evaluation::cell::Cell;
use crate::evaluation::state::{At, Row, State, locate};
use crate::evaluation::world::{Seat, World};
use crate::feel::{Round, Slot, Step, Trace};
use crate::value::Value;

/// Works out what the parts of a rule stand for, seen from the row where the rule is asked.
pub struct Resolver<'a> {
    pub world: &'a Rc<World>,
    pub state: &'a State,
    /// The block of the rule.
    pub block: usize,
    /// Keys of the rows around, the asked one of a group included.
    pub keys: Vec<Arc<str>>,
    /// The group, when the rule is asked of its rows.
    pub group: Option<FieldIx>,
    /// What the rule's site adds.
    pub local: Option<Subject>,
    bound: HashMap<usize, Subject>,
}

impl<'a> Resolver<'a> {
    /// Seen from a row of a block.
    pub fn new(world: &'a Rc<World>, state: &'a State, block: usize, keys: Vec<Arc<str>>) -> Self {
        Self {
            world,
            state,
            block,
            keys,
            group: None,
            local: None,
            bound: HashMap::new(),
        }
    }

    fn method(&self) -> &'a Method {
        &self.world.method
    }

    fn form(&self, spot: &Spot) -> Option<&'a Form> {
        self.method().all.get(spot.form)
    }

    /// The parts of a rule with what they stand for.
    pub fn see(&mut self, mut trace: Trace) -> Seen {
        let mut parts: Vec<Seen> = Vec::new();
        // What a range goes through stands for nothing.
        let source = |parts: &[Seen]| match parts.iter().filter(|part| !part.is_round()).count() {
            1 => parts.first().and_then(|part| part.subject.clone()),
            _ => None,
        };
        let further = match &trace.step {
            Step::Round(round) => round.items.len().saturating_sub(1),
            _ => 0,
        };
        let base = match &trace.step {
            Step::Round(round) => Some(round.clone()),
            _ => None,
        };
        for (index, child) in std::mem::take(&mut trace.children).into_iter().enumerate() {
            let mut item = None;
            if let Step::Round(round) = &child.step {
                self.bind(round, 0, source(&parts));
                item = self.bound.get(&round.place).cloned();
            }
            let mut seen = self.see(child);
            if seen.is_round() {
                seen.subject = item;
            }
            if let Some(round) = base.as_ref().filter(|_| index < further) {
                self.bind(round, index + 1, seen.subject.clone());
            }
            parts.push(seen);
        }
        let subject = self.subject(&trace, &parts);
        Seen {
            trace,
            subject,
            parts,
        }
    }

    /// Notes what an item of a round stands for.
    fn bind(&mut self, round: &Round, index: usize, source: Option<Subject>) {
        let Some(item) = round.items.get(index) else {
            return;
        };
        let place = round.place + index;
        match source.and_then(|source| self.element(source, item, round.number)) {
            Some(subject) => self.bound.insert(place, subject),
            None => self.bound.remove(&place),
        };
    }

    /// What one of several things stands for.
    fn element(&self, subject: Subject, item: &Value, number: usize) -> Option<Subject> {
        match subject {
            Subject::Items(items) => items.into_iter().nth(number.checked_sub(1)?)?,
            Subject::Rows(spot, group) => {
                let key = item.as_context()?.get("id")?.as_str()?;
                let keys = match &spot.keys {
                    Some(keys) => Some(keys.iter().cloned().chain([Arc::from(key)]).collect()),
                    None => self.row_with(&spot, group, key),
                };
                Some(Subject::Row(Spot { keys, ..spot }, group))
            }
            other => Some(other),
        }
    }

    /// The keys on the way to the only row of a group that has this key.
    fn row_with(&self, spot: &Spot, group: FieldIx, key: &str) -> Option<Vec<Arc<str>>> {
        let form = self.form(spot)?;
        let around: Vec<FieldIx> = form
            .groups_around(form.fields.get(group)?.block)
            .chain([group])
            .collect();
        self.with_state(spot, |state| {
            let mut rows: Vec<(Vec<Arc<str>>, &Row)> = vec![(Vec::new(), &state.root)];
            for group in &around {
                let cell = form.fields.get(*group)?.cell;
                rows = rows
                    .into_iter()
                    .flat_map(|(keys, row)| {
                        row.cells.get(cell).rows().iter().map(move |row| {
                            (keys.iter().cloned().chain([Arc::clone(&row.key)]).collect(), row)
                        })
                    })
                    .collect();
            }
            let mut found = rows.into_iter().filter(|(_, row)| &*row.key == key);
            let first = found.next()?.0;
            found.next().is_none().then_some(first)
        })?
    }

    /// Looks at the evaluated response of a spot.
    pub fn with_state<T>(&self, spot: &Spot, look: impl FnOnce(&State) -> T) -> Option<T> {
        match spot.seat {
            Whereabouts::At(seat) if seat == self.state.seat => Some(look(self.state)),
            Whereabouts::At(seat) => self.world.state(seat).map(|state| look(&state)),
            _ => None,
        }
    }

    /// Looks at the cell of a field, and at what it holds as an answer.
    pub fn with_cell<T>(
        &self,
        spot: &Spot,
        field: FieldIx,
        look: impl FnOnce(Cell, &Json) -> T,
    ) -> Option<T> {
        let path = self.path(spot, field)?;
        let form = self.form(spot)?;
        self.with_state(spot, |state| {
            let (field, at) = locate(form, &state.root, &path)?;
            let cell = state.root.cell(form, field, &at)?;
            Some(look(cell, state.answer(cell, &path)))
        })?
    }

    /// The path of a field, when it stands in one row.
    pub fn path(&self, spot: &Spot, field: FieldIx) -> Option<String> {
        let form = self.form(spot)?;
        let definition = form.fields.get(field)?;
        let keys = spot.keys.as_ref()?;
        let mut path = String::new();
        let mut groups = 0;
        for (group, key) in form.groups_around(definition.block).zip(keys) {
            path.push_str(&form.fields.get(group)?.id);
            path.push('.');
            path.push_str(key);
            path.push('.');
            groups += 1;
        }
        path.push_str(&definition.id);
        (groups == form.groups_around(definition.block).count()).then_some(path)
    }

    /// The place of the rows with these keys.
    pub fn at(&self, state: &State, form: &Form, group: FieldIx, keys: &[Arc<str>]) -> Option<At> {
        let mut at = At::default();
        let mut row = &state.root;
        let block = form.fields.get(group)?.block;
        for (group, key) in form.groups_around(block).chain([group]).zip(keys) {
            let rows = row.cells.get(form.fields.get(group)?.cell).rows();
            let place = rows.iter().position(|row| row.key == *key)?;
            at = at.inside(place);
            row = rows.get(place)?;
        }
        Some(at)
    }

    fn subject(&self, trace: &Trace, parts: &[Seen]) -> Option<Subject> {
        let of = |index: usize| parts.get(index).and_then(|part| part.subject.clone());
        match &trace.step {
            Step::Slot(slot) => self.slot(*slot),
            Step::Local(place) => self.bound.get(place).cloned(),
            Step::Member(place, name) => self.member(self.bound.get(place)?, name),
            Step::Path(name) => self.member(&of(0)?, name),
            Step::Filter => match of(0)? {
                // A position takes one of the items.
                rows @ Subject::Rows(..) if trace.value.as_context().is_some() => {
                    self.element(rows, &trace.value, 1)
                }
                list => Some(list),
            },
            Step::Function("flatten") => match of(0)? {
                // Lists put together are what each of them is.
                Subject::Items(items) => {
                    let mut all = items.into_iter();
                    let first = all.next()??;
                    all.all(|other| other.is_some_and(|other| other.same(&first)))
                        .then_some(first)
                }
                list => Some(list),
            },
            Step::Function("distinct values" | "reverse" | "sublist" | "sort") => of(0),
            Step::Function("concatenate" | "union") => {
                let first = of(0)?;
                let all = parts
                    .iter()
                    .all(|part| part.subject.as_ref().is_some_and(|other| other.same(&first)));
                all.then_some(first)
            }
            Step::For => {
                let mut bodies = parts.iter().filter_map(|part| match part.trace.step {
                    Step::Round(_) => part.parts.last().and_then(|body| body.subject.clone()),
                    _ => None,
                });
                match bodies.next()? {
                    Subject::Answer(spot, field) => Some(Subject::Answer(Spot { keys: None, ..spot }, field)),
                    _ => None,
                }
            }
            Step::If => of(1),
            Step::Context(names) => {
                let subjects = parts.iter().map(|part| part.subject.clone());
                Some(Subject::Entries(names.iter().cloned().zip(subjects).collect()))
            }
            Step::List => Some(Subject::Items(
                parts.iter().map(|part| part.subject.clone()).collect(),
            )),
            Step::Host(id) => match HostFunction::of(*id)? {
                HostFunction::Concept => {
                    let [list, code] = parts else { return None };
                    let list = self.method().lists.get(list.trace.value.as_str()?)?;
                    Some(Subject::Concept(
                        Arc::clone(list),
                        Arc::from(code.trace.value.as_str()?),
                    ))
                }
                HostFunction::Responses => {
                    let id = parts.first()?.trace.value.as_str()?;
                    let form = self.method().forms().iter().position(|form| form.id == id)?;
                    Some(Subject::Whole(Spot {
                        form,
                        seat: Whereabouts::Several,
                        keys: Some(Vec::new()),
                    }))
                }
            },
            _ => None,
        }
    }

    fn slot(&self, slot: Slot) -> Option<Subject> {
        let own = |depth: usize| Spot {
            form: self.state.form,
            seat: Whereabouts::At(self.state.seat),
            keys: self.keys.get(..depth).map(<[_]>::to_vec),
        };
        let form = self.state.form(self.method());
        match SlotPlace::of(slot) {
            SlotPlace::Cell { depth, cell } => {
                let field = *form.blocks_around(self.block).nth(depth)?.fields.get(cell)?;
                Some(field_of(form, own(depth), field))
            }
            SlotPlace::Key { depth } => {
                let group = form
                    .groups_around(self.block)
                    .chain(self.group)
                    .nth(depth.checked_sub(1)?)?;
                Some(Subject::Key(own(depth), group))
            }
            SlotPlace::Local => self.local.clone(),
            SlotPlace::Global(global) => self.global(global),
        }
    }

    fn global(&self, global: Global) -> Option<Subject> {
        let count = self.method().all.len();
        let whole = |form, seat| {
            Some(Subject::Whole(Spot {
                form,
                seat,
                keys: Some(Vec::new()),
            }))
        };
        let current = |form: usize| {
            let id = &self.method().all.get(form)?.id;
            let seat = self.world.current(self.state.seat, id);
            let seat = seat.map_or(Whereabouts::Nowhere, |index| {
                Whereabouts::At(Seat::Response(index))
            });
            whole(form, seat)
        };
        match global {
            Global::Case => whole(count.checked_sub(2)?, Whereabouts::At(Seat::Record)),
            Global::Citizen => whole(count.checked_sub(1)?, Whereabouts::At(Seat::Citizen)),
            Global::Parameters => Some(Subject::Parameters),
            Global::Response => Some(Subject::Response),
            Global::Previous => current(self.state.form),
            Global::Form(index) => current(index),
        }
    }

    fn member(&self, subject: &Subject, name: &str) -> Option<Subject> {
        let within = |spot: &Spot, block: usize, keys: Option<Vec<Arc<str>>>| {
            let form = self.form(spot)?;
            let fields = &form.blocks.get(block)?.fields;
            let field = *fields
                .iter()
                .find(|field| form.fields.get(**field).is_some_and(|field| field.id == name))?;
            let spot = Spot { keys, ..spot.clone() };
            Some(field_of(form, spot, field))
        };
        match subject {
            Subject::Whole(spot) => within(spot, 0, spot.keys.clone()),
            Subject::Rows(spot, group) | Subject::Row(spot, group) => {
                let inner = self.form(spot)?.group(*group)?;
                let one = matches!(subject, Subject::Row(..));
                let keys = spot.keys.clone().filter(|_| one);
                if name == "id" || inner.row_name.as_deref() == Some(name) {
                    let spot = Spot { keys, ..spot.clone() };
                    return Some(Subject::Key(spot, *group));
                }
                within(spot, inner.block, keys)
            }
            Subject::Answer(spot, field) => {
                let contact = matches!(self.form(spot)?.fields.get(*field)?.kind, Kind::Contact);
                contact.then(|| subject.clone())
            }
            Subject::Concept(list, code) => Some(Subject::ConceptPart(
                Arc::clone(list),
                Arc::clone(code),
                Arc::from(name),
            )),
            Subject::Response => match name {
                "completed" | "first_completed" => Some(Subject::Completed),
                "started" => Some(Subject::Started),
                _ => None,
            },
            Subject::Entries(entries) => entries
                .iter()
                .find(|(other, _)| **other == *name)
                .and_then(|(_, subject)| subject.clone()),
            Subject::Parameters => {
                let mut all = self.method().parameters.iter();
                all.position(|parameter| parameter.id == name)
                    .map(Subject::Parameter)
            }
            _ => None,
        }
    }

    /// The list whose concepts are the keys of a group's rows.
    pub fn list_of(&self, spot: &Spot, group: FieldIx) -> Option<&'a Arc<List>> {
        let group = self.form(spot)?.group(group)?;
        group.for_each.as_ref().map(|(list, _)| list)
    }
}

fn field_of(form: &Form, spot: Spot, field: FieldIx) -> Subject {
    if form.group(field).is_some() {
        Subject::Rows(spot, field)
    } else {
        Subject::Answer(spot, field)
    }
}
