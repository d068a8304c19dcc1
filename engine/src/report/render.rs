//! Renders a report: which parts go out, what they refer to, and the JSON that they become.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use uuid::Uuid;

use super::history::{Facts, History};
use super::sight::Sight;
use super::text::{Text, Written};
use super::{Origin, Refusal};
use crate::definition::{Base, Check, Class, Node, Part, Rule, Shape, Template};
use crate::value::{Date, DateTime, Time, Value};

/// About how many bytes a part comes to.
const PART: usize = 1 << 10;

/// In a shape: something stands here.
const GIVEN: u32 = 1;

/// In a shape: nothing stands here, or nothing more.
const NOTHING: u32 = 0;

/// Values of variables, by their slots.
pub(super) type Variables = Vec<(usize, Value)>;

/// Something that a report can hold.
pub(super) struct Thing<'a> {
    part: &'a Part,
    /// The number of the part among those of the template.
    kind: usize,
    id: Arc<str>,
    pub(super) address: Arc<str>,
    /// What the schema can tell of the address.
    class: Class,
    /// It changed and is to go out.
    pub(super) root: bool,
    /// The variables of its own, with which it is rendered.
    variables: Variables,
    /// Its points, by place among the facts.
    pub(super) points: Vec<usize>,
    /// What it became, once it goes out: where that stands in the builder's text.
    pub(super) content: Option<Content>,
}

/// What a part became.
#[derive(Clone)]
pub(super) struct Content {
    /// Its JSON, empty when it says nothing.
    json: Range<usize>,
    /// Its shape.
    shape: Range<usize>,
}

/// A part as it stands in the body.
pub(super) struct Placed {
    /// Which thing.
    pub thing: usize,
    /// Where its JSON stands.
    pub json: Range<usize>,
    /// Its shape and that of its content.
    pub shape: Shape,
}

/// A report as it is built.
pub(super) struct Builder<'a> {
    pub(super) template: &'a Template,
    pub(super) facts: &'a Facts<'a>,
    pub(super) history: &'a History,
    pub(super) day: Date,
    pub(super) sight: Sight<'a>,
    pub(super) things: Vec<Thing<'a>>,
    by_id: HashMap<Arc<str>, usize, RandomState>,
    /// What is being written.
    pub(super) text: Text<'a>,
    /// What the parts became, one behind the other.
    pub(super) contents: Written,
    /// The parts in the body.
    pub(super) placed: Vec<Placed>,
    /// Things that something rendered refers to.
    wanted: Vec<usize>,
    pub(super) refusals: Vec<Refusal>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(template: &'a Template, history: &'a History, facts: &'a Facts<'a>, day: Date) -> Self {
        let now = DateTime::new(day, Time::MIDNIGHT);
        Self {
            template,
            facts,
            history,
            day,
            sight: Sight::new(template, history, facts, day, now),
            things: Vec::new(),
            by_id: HashMap::with_capacity_and_hasher(facts.all.len(), RandomState::default()),
            text: Text::new(template.schema.as_ref(), facts.all.len() * PART),
            contents: Written::default(),
            placed: Vec::new(),
            wanted: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn ask(&self, rule: &Rule) -> Value {
        rule.program.value(&self.sight)
    }

    fn holds(&self, rule: Option<&Rule>, otherwise: bool) -> bool {
        rule.map_or(otherwise, |rule| self.ask(rule).as_bool() == Some(true))
    }

    /// Calls for each element of loops, its variables set.
    pub(super) fn each(&mut self, each: &'a [(usize, Rule)], act: &mut dyn FnMut(&mut Self)) {
        let Some(((slot, rule), inner)) = each.split_first() else {
            return act(self);
        };
        match self.ask(rule) {
            Value::List(items) => {
                for item in items.iter() {
                    self.sight.set(*slot, item.clone());
                    self.each(inner, act);
                }
            }
            Value::Null => {}
            one => {
                self.sight.set(*slot, one);
                self.each(inner, act);
            }
        }
    }

    /// Gives the values with a name their value.
    pub(super) fn give(&mut self) {
        let template = self.template;
        for (slot, rule) in &template.given {
            let value = self.ask(rule);
            self.sight.set(*slot, value);
        }
    }

    /// Finds all things that a report could hold.
    pub(super) fn gather(&mut self) {
        let template = self.template;
        for (kind, part) in template.parts.iter().enumerate() {
            self.each(&part.each, &mut |builder| builder.thing(kind, part));
        }
    }

    fn thing(&mut self, kind: usize, part: &'a Part) {
        if !self.holds(part.when.as_ref(), true) {
            return;
        }
        let points = part
            .of
            .as_ref()
            .map(|rule| self.points(&self.ask(rule)))
            .unwrap_or_default();
        let facts = points.iter().filter_map(|place| self.facts.all.get(*place));
        let changed = facts.clone().any(|fact| fact.changed);
        let updated = facts.max_by_key(|fact| fact.order);
        let updated = updated.map_or(Value::Null, |fact| Value::DateTime(fact.recorded.clone()));
        self.sight.set(Base::Changed as usize, Value::Boolean(changed));
        self.sight.set(Base::Updated as usize, updated);
        let Value::String(id) = self.ask(&part.id) else {
            return self.refuse_rule(&part.id, &format!("the part `{}` has no id", part.name));
        };
        self.sight.set(Base::Id as usize, Value::String(id.clone()));
        let address = match part.address.as_ref().map(|rule| self.ask(rule)) {
            Some(Value::String(address)) => address,
            _ => Arc::clone(&id),
        };
        self.sight
            .set(Base::Address as usize, Value::String(Arc::clone(&address)));
        let root = self.holds(part.root.as_ref(), false);
        // The same thing found twice is one thing.
        if self.by_id.contains_key(&id) {
            return;
        }
        let base = [Base::Changed, Base::Updated, Base::Id, Base::Address].map(|base| base as usize);
        let own = base.into_iter().chain(part.each.iter().map(|(slot, _)| *slot));
        let variables = self.sight.variables(own);
        self.by_id.insert(Arc::clone(&id), self.things.len());
        self.things.push(Thing {
            part,
            kind,
            id,
            address,
            class: Class::Unknown,
            root,
            variables,
            points,
            content: None,
        });
    }

    /// The facts that a value holds.
    fn points(&self, value: &Value) -> Vec<usize> {
        match value {
            Value::List(items) => items.iter().flat_map(|item| self.points(item)).collect(),
            Value::Context(context) => {
                let id = context.get("id").and_then(Value::as_str);
                let id = id.and_then(|id| Uuid::parse_str(id).ok());
                id.and_then(|id| self.facts.by_id.get(&id))
                    .copied()
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Renders what changed and, as long as there is something, what that refers to.
    pub(super) fn render(&mut self) {
        self.wanted = (0..self.things.len())
            .filter(|place| self.things.get(*place).is_some_and(|thing| thing.root))
            .collect();
        while let Some(place) = self.wanted.pop() {
            let Some(thing) = self.things.get_mut(place).filter(|thing| thing.content.is_none()) else {
                continue;
            };
            let (kind, part) = (thing.kind, thing.part);
            self.sight.restore(std::mem::take(&mut thing.variables));
            let (json, shape) = (self.text.json.len(), self.text.shape.len());
            self.text.way(kind as u32);
            self.node(&part.content, None);
            self.check(&part.constraints, Some(place));
            let content = Content {
                json: json..self.text.json.len(),
                shape: shape..self.text.shape.len(),
            };
            if let Some(thing) = self.things.get_mut(place) {
                thing.content = Some(content);
            }
        }
        self.contents = self.text.take();
    }

    pub(super) fn check(&mut self, checks: &[Check], place: Option<usize>) {
        for check in checks {
            if self.ask(&check.rule).as_bool() == Some(false) {
                self.refuse(check.message.clone(), place);
            }
        }
    }

    fn refuse(&mut self, message: String, place: Option<usize>) {
        let thing = place.and_then(|place| self.things.get(place));
        let resource = thing.map(|thing| Arc::clone(&thing.address));
        let origins = thing.map(|thing| self.origins(thing, "")).unwrap_or_default();
        self.refusals.push(Refusal {
            message,
            pointer: String::new(),
            resource,
            origins,
        });
    }

    pub(super) fn refuse_rule(&mut self, rule: &Rule, message: &str) {
        let line = rule.place.source.position(rule.place.span.start).line;
        let message = format!("{message} ({}, line {line})", rule.place.source.path);
        self.refuse(message, None);
    }

    pub(super) fn origins(&self, thing: &Thing, pointer: &str) -> Vec<Origin> {
        let facts = thing.points.iter().filter_map(|place| self.facts.all.get(*place));
        let origin = facts.filter_map(|fact| {
            Some(Origin {
                pointer: pointer.to_owned(),
                resource: Some(Arc::clone(&thing.address)),
                point: fact.point.id,
                case: self.history.cases.get(fact.case)?.id.clone(),
                form: fact.point.form.clone(),
                response: fact.point.response.clone(),
                field: fact.point.answer.clone(),
            })
        });
        origin.collect()
    }

    /// Writes what a tree becomes; whether it says anything, else nothing is written.
    pub(super) fn node(&mut self, node: &'a Node, thing: Option<usize>) -> bool {
        match node {
            Node::Constant(json) => {
                self.text.json.push_str(json);
                true
            }
            Node::Rule(rule) => match rule.program.lend(&self.sight) {
                Some(value) => self.text.value(rule.id, value),
                None => self.text.value(rule.id, &self.ask(rule)),
            },
            Node::List(items) => self.enclosed('[', ']', |builder, open| {
                for item in items {
                    builder.item(item, thing, open);
                }
            }),
            Node::Map(members) => self.enclosed('{', '}', |builder, open| {
                for member in members {
                    builder.one_of(open, |builder| {
                        builder.text.json.push_str(&member.before);
                        builder.node(&member.value, thing)
                    });
                }
            }),
            Node::Each { each, when, give } if each.is_empty() => {
                self.holds(when.as_ref(), true) && self.node(give, thing)
            }
            Node::Each { .. } | Node::Parts(_) => {
                self.enclosed('[', ']', |builder, open| builder.item(node, thing, open))
            }
            Node::Refer(rule) => {
                let Value::String(id) = self.ask(rule) else {
                    return false;
                };
                match self.by_id.get(&id).copied() {
                    Some(place) => {
                        self.wanted.push(place);
                        if let Some(thing) = self.things.get_mut(place) {
                            self.text.text(thing.part.id.id, &thing.address, &mut thing.class);
                        }
                        true
                    }
                    None => {
                        self.refuse_rule(rule, &format!("no part has the id `{id}`"));
                        false
                    }
                }
            }
            Node::Content => {
                let content = thing.and_then(|place| self.things.get(place)?.content.clone());
                let content = content.filter(|content| !content.json.is_empty());
                let Some(content) = content else { return false };
                let json = self.contents.json.get(content.json).unwrap_or_default();
                self.text.json.push_str(json);
                let shape = self.contents.shape.get(content.shape).unwrap_or_default();
                self.text.shape.extend_from_slice(shape);
                true
            }
        }
    }

    /// Writes an element of a list; loops and parts are as many as they give.
    fn item(&mut self, item: &'a Node, thing: Option<usize>, open: &mut Open) {
        match item {
            Node::Each { each, when, give } if !each.is_empty() => {
                self.each(each, &mut |builder| {
                    if builder.holds(when.as_ref(), true) {
                        builder.one_of(open, |builder| builder.node(give, thing));
                    }
                });
                self.text.way(NOTHING);
            }
            Node::Parts(give) => self.parts(give, open),
            item => self.one_of(open, |builder| builder.node(item, thing)),
        }
    }

    fn parts(&mut self, give: &'a Node, open: &mut Open) {
        for place in 0..self.things.len() {
            let Some(thing) = self.things.get(place).filter(|thing| thing.content.is_some()) else {
                continue;
            };
            let (id, address) = (Arc::clone(&thing.id), Arc::clone(&thing.address));
            self.sight.set(Base::Id as usize, Value::String(id));
            self.sight.set(Base::Address as usize, Value::String(address));
            let shape = self.text.shape.len();
            let before = open.written;
            self.one_of(open, |builder| builder.node(give, Some(place)));
            // The shape of what is around the parts is the same whichever they are.
            let shape = self.text.shape.split_off(shape);
            if open.written > before {
                self.placed.push(Placed {
                    thing: place,
                    json: open.last..self.text.json.len(),
                    shape,
                });
            }
        }
    }

    /// Writes something in brackets; nothing when there is nothing in them.
    fn enclosed(&mut self, left: char, right: char, give: impl FnOnce(&mut Self, &mut Open)) -> bool {
        let begin = self.text.json.len();
        self.text.json.push(left);
        let mut open = Open::default();
        give(self, &mut open);
        if open.written == 0 {
            self.text.json.truncate(begin);
            return false;
        }
        self.text.json.push(right);
        true
    }

    /// Writes one of several things between brackets, unless it says nothing.
    fn one_of(&mut self, open: &mut Open, give: impl FnOnce(&mut Self) -> bool) {
        let begin = self.text.json.len();
        if open.written > 0 {
            self.text.json.push(',');
        }
        let last = self.text.json.len();
        let way = self.text.shape.len();
        self.text.way(GIVEN);
        if give(self) {
            open.written += 1;
            open.last = last;
        } else {
            self.text.json.truncate(begin);
            self.text.shape.truncate(way);
            self.text.way(NOTHING);
        }
    }
}

/// What stands between brackets so far.
#[derive(Default)]
struct Open {
    /// How many.
    written: usize,
    /// Where the last of them begins.
    last: usize,
}
