//! What the rules of a template see while a report is built.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use uuid::Uuid;

use super::history::{Fact, Facts, History, Known, later};
use crate::definition::{Base, Call, Sees, Template};
use crate::feel::{Env, Slot};
use crate::value::{Context, Date, DateTime, Value};

/// The variables of a template and the points they come from.
pub(super) struct Sight<'a> {
    variables: Vec<Value>,
    template: &'a Template,
    history: &'a History,
    day: Date,
    /// The points as rules see them.
    points: Vec<Value>,
    by_kind: HashMap<&'a str, Value, RandomState>,
    by_key: HashMap<(&'a str, &'a str, &'a str), usize, RandomState>,
    now: DateTime,
}

impl<'a> Sight<'a> {
    pub fn new(
        template: &'a Template,
        history: &'a History,
        facts: &Facts<'a>,
        day: Date,
        now: DateTime,
    ) -> Self {
        let mut points = Vec::with_capacity(facts.all.len());
        let mut by_kind: HashMap<&str, Vec<Value>, RandomState> = HashMap::default();
        let mut by_key = HashMap::with_capacity_and_hasher(facts.all.len(), RandomState::default());
        for fact in &facts.all {
            let Some(case) = history.cases.get(fact.case) else {
                continue;
            };
            // Of types that no method of the template has, no rule can ask.
            let Some(kind) = template.kinds.get(&*fact.point.kind) else {
                continue;
            };
            let value = fact.value(case, kind);
            by_kind.entry(&fact.point.kind).or_default().push(value.clone());
            by_key.insert(
                (&*fact.point.kind, &*case.id, &*fact.point.identity),
                points.len(),
            );
            points.push(value);
        }
        let mut variables = vec![Value::Null; template.slots];
        let cases = in_order(history, facts);
        let citizen = cases.last().map_or(Value::Null, |(case, _)| {
            only(&case.citizen, &template.sees.citizen)
        });
        let seen = cases.iter().map(|(case, first)| {
            let since = case.since.as_ref().filter(|since| since.date() <= day);
            let first = first.map(|fact| &fact.first.recorded);
            let first = first.map(|first| since.map_or(first, |since| later(first, since)));
            known(case, &template.sees, first)
        });
        let cases = Value::list(seen.collect());
        for (base, value) in [
            (Base::Citizen, citizen),
            (Base::Cases, cases),
            (Base::Day, Value::Date(day)),
        ] {
            if let Some(place) = variables.get_mut(base as usize) {
                *place = value;
            }
        }
        Self {
            variables,
            template,
            history,
            day,
            points,
            by_kind: by_kind
                .into_iter()
                .map(|(kind, points)| (kind, Value::list(points)))
                .collect(),
            by_key,
            now,
        }
    }

    pub fn set(&mut self, slot: usize, value: Value) {
        if let Some(variable) = self.variables.get_mut(slot) {
            *variable = value;
        }
    }

    /// The variables in these slots, to restore them later.
    pub fn variables(&self, slots: impl Iterator<Item = usize>) -> Vec<(usize, Value)> {
        let value = |slot: usize| self.variables.get(slot).cloned().unwrap_or_default();
        slots.map(|slot| (slot, value(slot))).collect()
    }

    pub fn restore(&mut self, variables: Vec<(usize, Value)>) {
        for (slot, value) in variables {
            self.set(slot, value);
        }
    }
}

/// The cases with the first that came about in each, in that order; those in which nothing has come about last.
fn in_order<'f>(history: &'f History, facts: &'f Facts<'f>) -> Vec<(&'f Known, Option<&'f Fact<'f>>)> {
    let places = history.cases.iter().enumerate();
    let first = places.map(|(place, case)| (case, facts.all.iter().position(|fact| fact.case == place)));
    let mut cases: Vec<(&Known, Option<usize>)> = first.collect();
    cases.sort_by_key(|(_, first)| first.unwrap_or(usize::MAX));
    let cases = cases.into_iter();
    cases
        .map(|(case, first)| (case, first.and_then(|place| facts.all.get(place))))
        .collect()
}

/// What a template sees of a case.
fn known(case: &Known, sees: &Sees, first: Option<&DateTime>) -> Value {
    let mut seen = match only(&case.case, &sees.case) {
        Value::Context(context) => (*context).clone(),
        _ => Context::new(),
    };
    seen.insert(Arc::from("id"), Value::String(Arc::clone(&case.id)));
    let first = first.map_or(Value::Null, |moment| Value::DateTime(moment.clone()));
    seen.insert(Arc::from("first_recorded"), first);
    seen.insert(Arc::from("param"), only(&case.parameters, &sees.parameters));
    Value::Context(Arc::new(seen))
}

fn only(known: &Value, names: &[String]) -> Value {
    let get = |name: &String| known.as_context().and_then(|context| context.get(name)).cloned();
    Value::context(
        names
            .iter()
            .map(|name| (Arc::from(name.as_str()), get(name).unwrap_or_default())),
    )
}

impl Env for Sight<'_> {
    fn get(&self, slot: Slot) -> Value {
        self.lend(slot).cloned().unwrap_or_default()
    }

    fn lend(&self, slot: Slot) -> Option<&Value> {
        self.variables.get(slot.0 as usize)
    }

    fn call(&self, id: u32, args: &[Value]) -> Result<Value, String> {
        match (Call::of(id), args) {
            (Some(Call::Points), [Value::String(kind)]) => Ok(self
                .by_kind
                .get(&**kind)
                .cloned()
                .unwrap_or_else(|| Value::list(Vec::new()))),
            (Some(Call::Point), [Value::String(kind), Value::String(case), Value::String(identity)]) => {
                let found = self.by_key.get(&(&**kind, &**case, &**identity));
                found
                    .and_then(|place| self.points.get(*place))
                    .cloned()
                    .ok_or_else(|| format!("there is no `{kind}` of `{identity}`"))
            }
            (Some(Call::Uuid), [Value::String(text)]) => {
                let id = Uuid::new_v5(&self.template.namespace, text.as_bytes());
                Ok(Value::string(id.to_string()))
            }
            (Some(Call::Responses), [Value::String(form)]) => {
                let cases = self.history.cases.iter();
                Ok(Value::list(
                    cases.flat_map(|case| case.responses(form, self.day)).collect(),
                ))
            }
            _ => Err("not called as it must be".to_owned()),
        }
    }

    fn now(&self) -> DateTime {
        self.now.clone()
    }
}
