//! Builds a report: which parts go out, what they refer to, and the JSON that they become.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::history::{Facts, History};
use super::sight::Sight;
use super::{Made, Origin, Refusal};
use crate::definition::{Base, Node, Part, Template};
use crate::definition::{Check, Rule};
use crate::value::{Date, DateTime, Time, Value};

/// Builds the reports of a day: none when nothing of that day is to be reported.
pub fn build(template: &Template, history: &History, day: Date) -> Vec<Made> {
    let facts = history.facts(day);
    if !facts.all.iter().any(|fact| fact.changed) {
        return Vec::new();
    }
    let builder = || Builder::new(template, history, &facts, day);
    let Some(per) = &template.per else {
        return builder().made(&[], None).into_iter().collect();
    };
    let mut found: Vec<(Option<Uuid>, Vec<(usize, Value)>)> = Vec::new();
    let mut first = builder();
    first.give();
    first.each(&per.each, &mut |first| {
        let key = match first.ask(&per.key) {
            Value::String(key) => Some(Uuid::new_v5(&template.namespace, key.as_bytes())),
            _ => return first.refuse_rule(&per.key, "it is not known which report it is"),
        };
        // The same one found twice is one.
        if found.iter().all(|(known, _)| *known != key) {
            let slots = per.each.iter().map(|(slot, _)| *slot);
            found.push((key, first.sight.variables(slots)));
        }
    });
    let unknown = (!first.refusals.is_empty()).then(|| Made {
        key: None,
        report: Err(std::mem::take(&mut first.refusals)),
    });
    let made = found
        .iter()
        .filter_map(|(key, value)| builder().made(value, *key));
    unknown.into_iter().chain(made).collect()
}

/// Whom reports about these cases are about, as the template tells people apart; none when the cases do not say.
pub fn about(template: &Template, history: &History) -> Option<String> {
    let facts = Facts::default();
    let mut builder = Builder::new(template, history, &facts, Date::EPOCH);
    builder.give();
    match builder.ask(&template.about) {
        Value::String(about) => Some(about.to_string()),
        _ => None,
    }
}

/// Something that a report can hold.
pub(super) struct Thing<'a> {
    part: &'a Part,
    id: String,
    pub(super) address: String,
    /// It changed and is to go out.
    root: bool,
    /// The variables of its own, with which it is rendered.
    variables: Vec<(usize, Value)>,
    /// Its points, by place among the facts.
    pub(super) points: Vec<usize>,
    /// Whether it goes out.
    pub(super) rendered: bool,
    /// What it became; where a body gives it once only, until it stands there.
    pub(super) content: Option<Json>,
}

/// A report as it is built.
pub(super) struct Builder<'a> {
    pub(super) template: &'a Template,
    pub(super) facts: &'a Facts<'a>,
    pub(super) history: &'a History,
    pub(super) day: Date,
    pub(super) sight: Sight<'a>,
    pub(super) things: Vec<Thing<'a>>,
    by_id: HashMap<String, usize>,
    /// Things that something rendered refers to.
    wanted: Vec<usize>,
    pub(super) refusals: Vec<Refusal>,
}

impl<'a> Builder<'a> {
    fn new(template: &'a Template, history: &'a History, facts: &'a Facts<'a>, day: Date) -> Self {
        let now = DateTime::new(day, Time::MIDNIGHT);
        Self {
            template,
            facts,
            history,
            day,
            sight: Sight::new(template, history, facts, day, now),
            things: Vec::new(),
            by_id: HashMap::new(),
            wanted: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn ask(&self, rule: &Rule) -> Value {
        rule.program.evaluate(&self.sight).value
    }

    fn holds(&self, rule: Option<&Rule>, otherwise: bool) -> bool {
        rule.map_or(otherwise, |rule| self.ask(rule).as_bool() == Some(true))
    }

    /// Calls for each element of loops, its variables set.
    fn each(&mut self, each: &'a [(usize, Rule)], act: &mut dyn FnMut(&mut Self)) {
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
    fn give(&mut self) {
        let template = self.template;
        for (slot, rule) in &template.given {
            let value = self.ask(rule);
            self.sight.set(*slot, value);
        }
    }

    /// Builds the report of a value of what the template makes reports for; none when nothing of it is to be reported.
    fn made(mut self, value: &[(usize, Value)], key: Option<Uuid>) -> Option<Made> {
        self.give();
        self.sight.restore(value);
        self.gather();
        if !self.things.iter().any(|thing| thing.root) {
            return None;
        }
        self.render();
        let report = self.report(key);
        Some(Made { key, report })
    }

    /// When the last of what it tells came about.
    pub(super) fn at(&self) -> DateTime {
        let rendered = self.things.iter().filter(|thing| thing.rendered);
        let told = rendered
            .flat_map(|thing| &thing.points)
            .filter_map(|place| self.facts.all.get(*place));
        let last = told.filter(|fact| fact.changed).max_by_key(|fact| fact.order);
        // It may go out for another reason than its points.
        let last = last.or_else(|| {
            let changed = self.facts.all.iter().filter(|fact| fact.changed);
            changed.max_by_key(|fact| fact.order)
        });
        last.map_or_else(
            || DateTime::new(self.day, Time::MIDNIGHT),
            |fact| fact.version.recorded.clone(),
        )
    }

    /// Finds all things that a report could hold.
    fn gather(&mut self) {
        let template = self.template;
        for part in &template.parts {
            self.each(&part.each, &mut |builder| builder.thing(part));
        }
    }

    fn thing(&mut self, part: &'a Part) {
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
        let updated = updated.map_or(Value::Null, |fact| Value::DateTime(fact.version.recorded.clone()));
        self.sight.set(Base::Changed as usize, Value::Boolean(changed));
        self.sight.set(Base::Updated as usize, updated);
        let Value::String(id) = self.ask(&part.id) else {
            return self.refuse_rule(&part.id, &format!("the part `{}` has no id", part.name));
        };
        self.sight.set(Base::Id as usize, Value::String(id.clone()));
        let address = match part.address.as_ref().map(|rule| self.ask(rule)) {
            Some(Value::String(address)) => address.to_string(),
            _ => id.to_string(),
        };
        self.sight.set(Base::Address as usize, Value::string(&address));
        let root = self.holds(part.root.as_ref(), false);
        let id = id.to_string();
        // The same thing found twice is one thing.
        if self.by_id.contains_key(&id) {
            return;
        }
        let base = [Base::Changed, Base::Updated, Base::Id, Base::Address].map(|base| base as usize);
        let own = base.into_iter().chain(part.each.iter().map(|(slot, _)| *slot));
        let variables = self.sight.variables(own);
        self.by_id.insert(id.clone(), self.things.len());
        self.things.push(Thing {
            part,
            id,
            address,
            root,
            variables,
            points,
            rendered: false,
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
    fn render(&mut self) {
        self.wanted = (0..self.things.len())
            .filter(|place| self.things.get(*place).is_some_and(|thing| thing.root))
            .collect();
        while let Some(place) = self.wanted.pop() {
            let Some(thing) = self.things.get(place).filter(|thing| !thing.rendered) else {
                continue;
            };
            let part = thing.part;
            self.sight.restore(&thing.variables);
            let content = self.node(&part.content, None);
            self.check(&part.constraints, Some(place));
            if let Some(thing) = self.things.get_mut(place) {
                thing.rendered = true;
                thing.content = Some(content.unwrap_or(Json::Null));
            }
        }
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
        let resource = thing.map(|thing| thing.address.clone());
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
                resource: Some(thing.address.clone()),
                point: fact.point.id,
                case: self.history.cases.get(fact.case)?.id.clone(),
                form: fact.point.form.clone(),
                response: fact.point.response.clone(),
                field: fact.point.answer.clone(),
            })
        });
        origin.collect()
    }

    /// What a tree becomes; `None` when it says nothing.
    pub(super) fn node(&mut self, node: &'a Node, thing: Option<usize>) -> Option<Json> {
        match node {
            Node::Constant(json) => Some(json.clone()),
            Node::Rule(rule) => Some(self.ask(rule).to_plain_json()).filter(|json| !says_nothing(json)),
            Node::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    match (item, self.node(item, thing)) {
                        (Node::Each { each, .. }, Some(Json::Array(items))) if !each.is_empty() => {
                            list.extend(items)
                        }
                        (Node::Parts(_), Some(Json::Array(items))) => list.extend(items),
                        (_, item) => list.extend(item),
                    }
                }
                (!list.is_empty()).then_some(Json::Array(list))
            }
            Node::Map(members) => {
                let mut map = Map::with_capacity(members.len());
                for (key, member) in members {
                    if let Some(member) = self.node(member, thing) {
                        map.insert(key.clone(), member);
                    }
                }
                (!map.is_empty()).then_some(Json::Object(map))
            }
            Node::Each { each, when, give } if each.is_empty() => {
                if !self.holds(when.as_ref(), true) {
                    return None;
                }
                self.node(give, thing)
            }
            Node::Each { each, when, give } => {
                let mut list = Vec::new();
                self.each(each, &mut |builder| {
                    if builder.holds(when.as_ref(), true) {
                        list.extend(builder.node(give, thing));
                    }
                });
                (!list.is_empty()).then_some(Json::Array(list))
            }
            Node::Refer(rule) => {
                let Value::String(id) = self.ask(rule) else {
                    return None;
                };
                match self.by_id.get(&*id) {
                    Some(place) => {
                        self.wanted.push(*place);
                        self.things
                            .get(*place)
                            .map(|thing| Json::String(thing.address.clone()))
                    }
                    None => {
                        self.refuse_rule(rule, &format!("no part has the id `{id}`"));
                        None
                    }
                }
            }
            Node::Parts(give) => {
                let mut list = Vec::new();
                for place in 0..self.things.len() {
                    let Some(thing) = self.things.get(place).filter(|thing| thing.rendered) else {
                        continue;
                    };
                    self.sight.set(Base::Id as usize, Value::string(&thing.id));
                    self.sight
                        .set(Base::Address as usize, Value::string(&thing.address));
                    list.extend(self.node(give, Some(place)));
                }
                Some(Json::Array(list))
            }
            Node::Content => {
                let content = &mut self.things.get_mut(thing?)?.content;
                match self.template.gives_parts_once {
                    true => content.take(),
                    false => content.clone(),
                }
            }
        }
    }
}

fn says_nothing(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    }
}
