//! What came about for a citizen, and how it stood at the end of a day.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::definition::PointType;
use crate::emission::{DataPoint, Status};
use crate::evaluation::{Seat, World};
use crate::feel::Type;
use crate::value::{Context, Date, DateTime, Value};

/// A citizen's data points of all their cases, in the order in which they came about, with what is known of case and citizen.
#[derive(Default)]
pub struct History {
    pub(super) cases: Vec<Known>,
    pub(super) points: Vec<(usize, DataPoint)>,
    reported: usize,
}

/// What is known of a case.
pub(super) struct Known {
    world: Rc<World>,
    pub id: Arc<str>,
    pub case: Value,
    pub citizen: Value,
    pub parameters: Value,
    /// Since when it has been about this citizen, when it was told of another one before.
    pub since: Option<DateTime>,
}

impl Known {
    /// The responses of a form as they stood on a day, each with the id of the case.
    pub fn responses(&self, form: &str, day: Date) -> Vec<Value> {
        let found = self.world.completed(form, day).into_iter();
        let found = found.map(|response| match response {
            Value::Context(fields) => {
                let mut seen = (*fields).clone();
                seen.insert(Arc::from("case"), Value::String(Arc::clone(&self.id)));
                Value::Context(Arc::new(seen))
            }
            other => other,
        });
        found.collect()
    }
}

impl History {
    /// Adds a case with its data points in the order in which they came about. Points of several cases of a citizen are put in
    /// the order of their moments.
    pub fn add(&mut self, world: &Rc<World>, points: Vec<DataPoint>) {
        let place = self.cases.len();
        self.cases.push(Known {
            world: Rc::clone(world),
            id: Arc::from(world.case.id.as_str()),
            case: world.known(Seat::Record),
            citizen: world.known(Seat::Citizen),
            parameters: world.parameters(),
            since: None,
        });
        self.points.extend(points.into_iter().map(|point| (place, point)));
        if place > 0 {
            // Stable: points of one moment stay as they came.
            self.points.sort_by(|(_, a), (_, b)| {
                let later = a.recorded.compare(&b.recorded);
                later.unwrap_or_else(|| a.recorded.date().cmp(&b.recorded.date()))
            });
        }
    }

    /// Says since when the case that was added last has been about this citizen, after it was told of another one: from then on all that
    /// it holds is news.
    pub fn moved(&mut self, since: DateTime) {
        if let Some(case) = self.cases.last_mut() {
            case.since = Some(since);
        }
    }

    /// Takes the first so many points as told already: a report then speaks of what came later.
    pub fn told(&mut self, points: usize) {
        self.reported = points;
    }

    /// The days on which something came about that has not been told, oldest first.
    pub fn days(&self) -> Vec<Date> {
        let news = self.points.iter().skip(self.reported);
        let mut days: Vec<Date> = news.map(|(_, point)| point.recorded.date()).collect();
        days.sort();
        days.dedup();
        days
    }

    /// Every point as it stood at the end of a day, in the order in which they first came about.
    pub(super) fn facts(&self, day: Date) -> Facts<'_> {
        let mut facts = Facts {
            all: Vec::with_capacity(self.points.len()),
            by_id: HashMap::with_capacity_and_hasher(self.points.len(), RandomState::default()),
        };
        for (order, (case, point)) in self.points.iter().enumerate() {
            if point.recorded.date() > day {
                continue;
            }
            let news = order >= self.reported && point.recorded.date() == day;
            let known = facts.by_id.get(&point.id).copied();
            match known.and_then(|at| facts.all.get_mut(at)) {
                // What never held is no fact, and nothing to take back.
                None if point.status == Status::EnteredInError => {}
                None => {
                    facts.by_id.insert(point.id, facts.all.len());
                    facts.all.push(Fact {
                        case: *case,
                        point,
                        first: point,
                        recorded: &point.recorded,
                        order,
                        changed: news,
                    });
                }
                Some(fact) => {
                    if !same(fact.point, point) {
                        fact.recorded = &point.recorded;
                        fact.order = order;
                        fact.changed |= news;
                    }
                    fact.point = point;
                }
            }
        }
        for fact in &mut facts.all {
            let since = self.cases.get(fact.case).and_then(|case| case.since.as_ref());
            if let Some(since) = since.filter(|since| since.date() <= day) {
                fact.changed |= since.date() == day;
                fact.recorded = later(fact.recorded, since);
            }
        }
        facts
    }
}

/// The later of two moments.
pub(super) fn later<'a>(one: &'a DateTime, other: &'a DateTime) -> &'a DateTime {
    match other.compare(one) {
        Some(Ordering::Greater) => other,
        _ => one,
    }
}

/// Whether two versions of a point say the same.
fn same(a: &DataPoint, b: &DataPoint) -> bool {
    a.status == b.status && a.dated == b.dated && a.attributes == b.attributes
}

/// A point as it stood at the end of a day.
#[derive(Debug)]
pub(super) struct Fact<'a> {
    pub case: usize,
    /// As it was last stated.
    pub point: &'a DataPoint,
    /// As it was first stated.
    pub first: &'a DataPoint,
    /// When it was first stated like it is now, and of this citizen.
    pub recorded: &'a DateTime,
    /// Place of that statement among all.
    pub order: usize,
    /// Whether it changed on the day.
    pub changed: bool,
}

/// All points as they stood at the end of a day.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub all: Vec<Fact<'a>>,
    pub by_id: HashMap<Uuid, usize, RandomState>,
}

impl Fact<'_> {
    /// What rules see of it.
    pub fn value(&self, case: &Known, kind: &PointType) -> Value {
        let text = |text: &Arc<str>| Value::String(Arc::clone(text));
        let own = [
            Value::string(
                self.point
                    .id
                    .hyphenated()
                    .encode_lower(&mut Uuid::encode_buffer()),
            ),
            text(&self.point.kind),
            text(&case.id),
            text(&self.point.form),
            text(&self.point.response),
            text(&self.point.identity),
            Value::Date(self.point.dated),
            Value::Date(self.first.dated),
            Value::DateTime(self.recorded.clone()),
            Value::DateTime(self.first.recorded.clone()),
            Value::Boolean(self.point.status == Status::EnteredInError),
            Value::Boolean(self.changed),
        ];
        let attributes = kind.attributes.iter().map(|(name, kind)| {
            let given = self.point.attributes.get(name);
            given.map_or(Value::Null, |json| read(json, kind))
        });
        let mut values = Vec::with_capacity(own.len() + kind.attributes.len());
        values.extend(own);
        values.extend(attributes);
        Value::Context(Arc::new(Context::of(&kind.layout, values)))
    }
}

/// An attribute as rules see it: days and moments are stored as texts.
fn read(json: &Json, kind: &Type) -> Value {
    match (json, kind) {
        (Json::String(text), Type::Date) => Date::parse(text).map_or(Value::Null, Value::Date),
        (Json::String(text), Type::DateTime) => DateTime::parse(text).map_or(Value::Null, Value::DateTime),
        (Json::Array(items), Type::List(item)) => {
            Value::list(items.iter().map(|json| read(json, item)).collect())
        }
        (Json::Object(members), Type::Context(context)) => {
            Value::context(members.iter().map(|(name, json)| {
                let kind = context.get(name).unwrap_or(&Type::Any);
                (Arc::from(name.as_str()), read(json, kind))
            }))
        }
        _ => Value::from_plain_json(json),
    }
}
