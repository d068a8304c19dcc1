//! What lies around the response that is evaluated: the method, the case, the other responses as this one sees them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::state::{At, Extent, Row, State};
use crate::case::{Case, Response};
use crate::definition::{BlockIx, Form, Global, HostFunction, MAX_DEPTH, Method, Rule, SlotPlace};
use crate::feel::{Env, Slot};
use crate::value::{Context, Date, DateTime, Value};

/// Which part of a case is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seat {
    /// A response, by its place in the case.
    Response(usize),
    /// What is known of the case.
    Record,
    /// What is known of the citizen.
    Citizen,
}

/// What was evaluated already; case and citizen by day.
type States = HashMap<(Seat, Option<Date>), Rc<State>, RandomState>;

/// The method and the case around a response.
pub struct World {
    /// The method.
    pub method: Arc<Method>,
    /// The case.
    pub case: Rc<Case>,
    /// The present.
    pub now: DateTime,
    states: RefCell<States>,
    /// What rules saw of what lies outside their response, by day.
    globals: RefCell<HashMap<(Seat, Global, Date), Value, RandomState>>,
}

impl World {
    /// The surroundings of a case's responses.
    pub fn new(method: &Arc<Method>, case: Rc<Case>, now: DateTime) -> Rc<Self> {
        Rc::new(Self {
            method: Arc::clone(method),
            case,
            now,
            states: RefCell::default(),
            globals: RefCell::default(),
        })
    }

    /// The response at a seat.
    pub fn response(&self, seat: Seat) -> Option<&Response> {
        match seat {
            Seat::Response(index) => self.case.responses.get(index),
            _ => None,
        }
    }

    /// What the fields of a seat hold.
    pub fn state(self: &Rc<Self>, seat: Seat) -> Option<Rc<State>> {
        self.state_on(seat, &self.now)
    }

    /// The same as it was at another time: what is known of case and citizen changes with the days.
    fn state_on(self: &Rc<Self>, seat: Seat, now: &DateTime) -> Option<Rc<State>> {
        let day = (!matches!(seat, Seat::Response(_))).then(|| now.date());
        if let Some(state) = self.states.borrow().get(&(seat, day)) {
            return Some(Rc::clone(state));
        }
        let state = Rc::new(State::evaluate(self, seat, now, Extent::Values)?);
        self.states.borrow_mut().insert((seat, day), Rc::clone(&state));
        Some(state)
    }

    /// The place of a response among those of the case: a correction stands where the corrected one stood.
    pub fn rank(&self, index: usize) -> usize {
        let mut index = index;
        for _ in 0..self.case.responses.len() {
            let corrected = self
                .case
                .responses
                .get(index)
                .and_then(|response| response.corrects.as_ref());
            let before =
                corrected.and_then(|id| self.case.responses.iter().position(|other| other.id == *id));
            match before {
                Some(before) if before < index => index = before,
                _ => break,
            }
        }
        index
    }

    /// The responses of a form that a seat sees, oldest first: those before it, for a draft also those behind it unless their forms
    /// read each other in a circle; a correction instead of what it corrects; of the seat's own form only earlier ones.
    fn seen(&self, seat: Seat, form: &str) -> Vec<usize> {
        let responses = &self.case.responses;
        let own = match seat {
            Seat::Response(index) => Some(index),
            _ => None,
        };
        let number = |id: &str| self.method.forms().iter().position(|form| form.id == id);
        let circle = own.and_then(|own| self.method.circles.get(number(&responses.get(own)?.form)?));
        let in_circle = number(form).is_none_or(|form| circle.is_some_and(|circle| circle.contains(&form)));
        let in_sight = |index: usize| match own {
            None => true,
            Some(own) => {
                let draft = responses
                    .get(own)
                    .is_some_and(|response| response.completed.is_none());
                index != own && (index < own || (draft && !in_circle))
            }
        };
        let replaced = |index: usize| {
            let Some(response) = responses.get(index) else {
                return true;
            };
            responses.iter().enumerate().any(|(other, correction)| {
                (in_sight(other) || own == Some(other)) && correction.corrects.as_ref() == Some(&response.id)
            })
        };
        let same_form = own
            .and_then(|own| responses.get(own))
            .is_some_and(|response| response.form == form);
        let before = |index: usize| !same_form || own.is_none_or(|own| self.rank(index) < self.rank(own));
        let mut found: Vec<usize> = responses
            .iter()
            .enumerate()
            .filter(|(index, response)| {
                response.form == form && in_sight(*index) && !replaced(*index) && before(*index)
            })
            .map(|(index, _)| index)
            .collect();
        found.sort_by_key(|index| self.rank(*index));
        found
    }

    /// The current response of a form, as a seat sees it.
    pub fn current(&self, seat: Seat, form: &str) -> Option<usize> {
        self.seen(seat, form).pop()
    }

    /// What is known of the case or the citizen.
    pub fn known(self: &Rc<Self>, record: Seat) -> Value {
        self.context(record, &self.now)
    }

    /// Whether a response at another seat has or had a row with this key: a new row is nobody else's, also when it is carried on.
    pub fn has_row(&self, seat: Seat, key: &str) -> bool {
        let others = self.case.responses.iter().enumerate();
        let others = others.filter(|(index, _)| seat != Seat::Response(*index));
        let mut groups = others.flat_map(|(_, response)| {
            let answers = &response.answers;
            answers.rows.values().chain(answers.removed.values())
        });
        groups.any(|keys| keys.iter().any(|other| other == key))
    }

    /// The responses of a form that were completed on this day or before and not corrected since, as other forms see them.
    pub fn completed(self: &Rc<Self>, form: &str, day: Date) -> Vec<Value> {
        let all = self.case.responses.iter().enumerate();
        let stood = all.filter(|(_, response)| response.completed.is_some_and(|completed| completed <= day));
        let stood: Vec<(usize, &Response)> = stood.collect();
        let corrected = |id: &str| {
            let mut corrections = stood.iter().filter_map(|(_, other)| other.corrects.as_deref());
            corrections.any(|other| other == id)
        };
        let standing = stood
            .iter()
            .filter(|(_, response)| response.form == form && !corrected(&response.id));
        let mut seats: Vec<usize> = standing.map(|(index, _)| *index).collect();
        seats.sort_by_key(|index| self.rank(*index));
        let context = |index| self.context(Seat::Response(index), &self.now);
        seats.into_iter().map(context).collect()
    }

    /// The values that a municipality sets.
    pub fn parameters(&self) -> Value {
        let pair = |parameter: &crate::definition::Parameter| {
            (Arc::from(parameter.id.as_str()), parameter.value.clone())
        };
        Value::context(self.method.parameters.iter().map(pair))
    }

    /// What rules see of a response as such: `stands_for` is the response whose place it takes, itself when it corrects none, and
    /// `first_completed` the day on which that was completed.
    fn about(&self, seat: Seat) -> Value {
        let (Some(response), Seat::Response(index)) = (self.response(seat), seat) else {
            return Value::Null;
        };
        let first = self.case.responses.get(self.rank(index)).unwrap_or(response);
        let day = |date: Option<Date>| date.map_or(Value::Null, Value::Date);
        Value::context([
            (Arc::from("id"), Value::string(&response.id)),
            (Arc::from("stands_for"), Value::string(&first.id)),
            (Arc::from("started"), Value::Date(response.started)),
            (Arc::from("completed"), day(response.completed)),
            (Arc::from("first_completed"), day(first.completed)),
        ])
    }

    fn context(self: &Rc<Self>, seat: Seat, now: &DateTime) -> Value {
        let Some(state) = self.state_on(seat, now) else {
            return Value::Null;
        };
        let form = state.form(&self.method);
        match (state.root.seen(form, 0), seat) {
            (Value::Context(fields), Seat::Response(_)) => {
                let values = fields.values().iter().cloned().chain([self.about(seat)]);
                Value::Context(Arc::new(Context::of(form.layout(), values.collect())))
            }
            (fields, _) => fields,
        }
    }

    fn global(self: &Rc<Self>, seat: Seat, now: &DateTime, global: Global) -> Value {
        let key = (seat, global, now.date());
        if let Some(value) = self.globals.borrow().get(&key) {
            return value.clone();
        }
        let value = self.outside(seat, now, global);
        self.globals.borrow_mut().insert(key, value.clone());
        value
    }

    fn outside(self: &Rc<Self>, seat: Seat, now: &DateTime, global: Global) -> Value {
        match global {
            Global::Case => self.context(Seat::Record, now),
            Global::Citizen => self.context(Seat::Citizen, now),
            Global::Parameters => self.parameters(),
            Global::Response => self.about(seat),
            Global::Previous => {
                let form = self.response(seat).map(|response| response.form.clone());
                let previous = form.and_then(|form| self.current(seat, &form));
                previous.map_or(Value::Null, |index| self.context(Seat::Response(index), now))
            }
            Global::Form(index) => {
                let form = self.method.all.get(index);
                let current = form.and_then(|form| self.current(seat, &form.id));
                current.map_or(Value::Null, |index| self.context(Seat::Response(index), now))
            }
        }
    }

    fn call(
        self: &Rc<Self>,
        seat: Seat,
        now: &DateTime,
        id: u32,
        arguments: &[Value],
    ) -> Result<Value, String> {
        match (HostFunction::of(id), arguments) {
            (Some(HostFunction::Concept), [Value::String(list), code]) => match code {
                Value::String(code) => {
                    let list = self
                        .method
                        .lists
                        .get(&**list)
                        .ok_or_else(|| format!("there is no list `{list}`"))?;
                    let concept = list
                        .known_on(now.date(), code)
                        .ok_or_else(|| format!("`{}` has no code `{code}`", list.name()))?;
                    Ok(concept.value())
                }
                _ => Err("the code is not answered".to_owned()),
            },
            (Some(HostFunction::Responses), [Value::String(form)]) => {
                let seen = self.seen(seat, form);
                Ok(Value::list(
                    seen.into_iter()
                        .map(|index| self.context(Seat::Response(index), now))
                        .collect(),
                ))
            }
            _ => Err("not called as it must be".to_owned()),
        }
    }
}

/// What a rule sees while it is evaluated.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    world: &'a Rc<World>,
    form: &'a Form,
    seat: Seat,
    now: &'a DateTime,
    /// The rows from the form's inwards, so many as `count` says.
    rows: [&'a Row; MAX_DEPTH + 1],
    count: usize,
    local: Option<&'a Value>,
}

impl<'a> Sight<'a> {
    /// The sight from a row: its cells and those of the rows around it.
    pub fn new(world: &'a Rc<World>, state: &'a State, block: BlockIx, at: &At) -> Self {
        let form = state.form(&world.method);
        let mut sight = Self {
            world,
            form,
            seat: state.seat,
            now: &state.now,
            rows: [&state.root; MAX_DEPTH + 1],
            count: 1,
            local: None,
        };
        let mut row = &state.root;
        for (group, place) in form.groups_around(block).zip(at.rows()) {
            let group = form.fields.get(group).map(|field| row.cells.get(field.cell));
            let Some(next) = group.and_then(|group| group.rows().get(*place as usize)) else {
                break;
            };
            row = next;
            sight = sight.within(row);
        }
        sight
    }

    /// With what the rule's site adds.
    pub fn with(mut self, local: &'a Value) -> Self {
        self.local = Some(local);
        self
    }

    /// With a row further in.
    pub fn within(mut self, row: &'a Row) -> Self {
        if let Some(place) = self.rows.get_mut(self.count) {
            *place = row;
            self.count += 1;
        }
        self
    }

    /// On another day.
    pub fn on(mut self, now: &'a DateTime) -> Self {
        self.now = now;
        self
    }

    /// The value of a rule.
    pub fn value(&self, rule: &Rule) -> Value {
        rule.program.value(self)
    }

    /// Whether a rule holds.
    pub fn holds(&self, rule: &Rule) -> bool {
        self.value(rule).as_bool() == Some(true)
    }

    /// Whether a rule holds of what its site gives.
    pub fn holds_of(&self, rule: &Rule, local: &Value) -> bool {
        Sight {
            local: Some(local),
            ..*self
        }
        .holds(rule)
    }

    /// The keys of the rows around, from the outside.
    pub fn keys(&self) -> Vec<&'a str> {
        let rows = self.rows.iter().take(self.count).skip(1);
        rows.map(|row| &*row.key).collect()
    }

    fn row(&self, depth: usize) -> Option<&'a Row> {
        self.rows.get(depth).copied().filter(|_| depth < self.count)
    }
}

impl Env for Sight<'_> {
    fn get(&self, slot: Slot) -> Value {
        match SlotPlace::of(slot) {
            SlotPlace::Key { depth } => match self.row(depth) {
                Some(row) => Value::String(Arc::clone(&row.key)),
                None => Value::Null,
            },
            SlotPlace::Global(global) => self.world.global(self.seat, self.now, global),
            SlotPlace::Cell { .. } | SlotPlace::Local => self.lend(slot).cloned().unwrap_or(Value::Null),
        }
    }

    fn lend(&self, slot: Slot) -> Option<&Value> {
        match SlotPlace::of(slot) {
            SlotPlace::Cell { depth, cell } => Some(self.row(depth)?.cells.get(cell).seen(self.form)),
            SlotPlace::Local => self.local,
            SlotPlace::Key { .. } | SlotPlace::Global(_) => None,
        }
    }

    fn call(&self, id: u32, args: &[Value]) -> Result<Value, String> {
        self.world.call(self.seat, self.now, id, args)
    }

    fn now(&self) -> DateTime {
        self.now.clone()
    }
}
