//! Data points in the words of people: what attributes are called, and what codes, rows and responses in them are.

use std::cell::OnceCell;
use std::collections::HashMap;

use metode::definition::{Concept, Emission, Library, List, Method, Options};
use metode::value::Date;
use serde_json::{Value as Json, json};

use super::Point;
use crate::casework::Opened;

/// What a text stands for in a list.
type Known<'a> = (&'a List, &'a Concept);

/// The words of a case's method, and of the case.
pub(in crate::routes) struct Words<'a> {
    opened: &'a Opened,
    /// The version that the case follows, and behind it the others: one of them may have given rise to a point.
    methods: Vec<&'a Method>,
    /// Codes and external identifiers of all lists; `None` where a code means different things in different lists.
    concepts: HashMap<&'a str, Option<Known<'a>>>,
    /// Rows and responses by their ids: read when there is one to name.
    places: OnceCell<HashMap<String, String>>,
}

/// An attribute, for people.
#[derive(Debug)]
struct Shown<'a> {
    name: &'a str,
    value: &'a Json,
    text: Json,
}

impl<'a> Words<'a> {
    /// The words of a case.
    pub(in crate::routes) fn of(opened: &'a Opened, library: &'a Library) -> Self {
        let others = library.methods().iter().rev().map(|method| &**method);
        let others =
            others.filter(|other| other.id == opened.method.id && other.version != opened.method.version);
        let methods: Vec<&Method> = std::iter::once(&*opened.method).chain(others).collect();
        let mut concepts: HashMap<&str, Option<Known>> = HashMap::new();
        for method in &methods {
            let of_method = concepts_of(method);
            for (name, known) in of_method {
                concepts.entry(name).or_insert(known);
            }
        }
        Self {
            opened,
            methods,
            concepts,
            places: OnceCell::new(),
        }
    }

    /// A data point.
    pub(in crate::routes) fn shown(&self, point: &Point) -> Json {
        json!({
            "attributes": self.attributes(point),
            "dated": point.dated,
            "status": point.status,
            "response": point.response,
        })
    }

    /// Names and values of the attributes, in the order in which the method names them.
    fn attributes(&self, point: &Point) -> Vec<Json> {
        let from = self.from(point);
        let emission = from.map(|(_, emission)| emission);
        let place = |name: &str| {
            let named = emission?
                .attributes
                .iter()
                .position(|(other, _)| **other == *name)?;
            Some(named)
        };
        let mut attributes: Vec<(&String, &Json)> = point.attributes.iter().collect();
        attributes.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        let day = point.dated.as_deref().and_then(Date::parse);
        let mut shown: Vec<Shown> = Vec::new();
        for (name, value) in attributes {
            let lists = from.map(|from| lists(from, name)).unwrap_or_default();
            let text = |value: &Json| {
                let said = value
                    .as_str()
                    .and_then(|said| self.text(said, emission, &lists, day));
                said.map_or_else(|| value.clone(), Json::from)
            };
            let text = match value {
                Json::Array(values) => values.iter().map(text).collect(),
                value => text(value),
            };
            // A concept often stands there twice, as code and as external identifier: people need it once.
            let known = text != *value
                && shown
                    .iter()
                    .any(|other| other.text == text && other.value != value);
            if !known {
                shown.push(Shown { name, value, text });
            }
        }
        let named = |one: &Shown| {
            let words = from.and_then(|(method, emission)| method.attribute_words(emission, one.name));
            words.map_or_else(|| plain(one.name), str::to_owned)
        };
        let shown = shown.iter();
        shown
            .map(|one| json!({"name": named(one), "value": one.text}))
            .collect()
    }

    /// What gave rise to a point: of several versions the first that has all of its attributes.
    fn from(&self, point: &Point) -> Option<(&'a Method, &'a Emission)> {
        let all = self.methods.iter().flat_map(|method| {
            let emissions = method.emissions.iter();
            emissions.map(|emission| (*method, emission))
        });
        let all = all.filter(|(_, emission)| *emission.kind == *point.kind && emission.form == point.form);
        let mut found = None;
        for (method, emission) in all {
            let has = |name: &String| emission.attributes.iter().any(|(other, _)| **other == **name);
            if point.attributes.keys().all(has) {
                return Some((method, emission));
            }
            found = found.or(Some((method, emission)));
        }
        found
    }

    /// What people read instead of a text, in the wording of the day that it is about.
    fn text(
        &self,
        said: &str,
        emission: Option<&Emission>,
        lists: &[&List],
        day: Option<Date>,
    ) -> Option<String> {
        let on = |list: &List, code: &str| {
            let then = day.and_then(|day| list.known_on(day, code));
            then.or_else(|| list.get(code))
                .map(|concept| concept.label.clone())
        };
        let words = emission.and_then(|emission| emission.words.get(said).cloned());
        words
            .or_else(|| lists.iter().find_map(|list| on(list, said)))
            .or_else(|| {
                let (list, concept) = self.concepts.get(said).copied().flatten()?;
                on(list, &concept.code).or_else(|| Some(concept.label.clone()))
            })
            .or_else(|| self.places.get_or_init(|| places(self.opened)).get(said).cloned())
    }
}

/// The concepts of a method by code and external identifier; `None` where a code means different things in different lists.
fn concepts_of(method: &Method) -> HashMap<&str, Option<Known<'_>>> {
    let mut concepts: HashMap<&str, Option<Known>> = HashMap::new();
    let lists = method.lists.values().map(|list| &**list);
    let stages = lists.flat_map(|list| list.stages().map(move |stage| (list, stage)));
    for (list, concept) in stages.flat_map(|(list, stage)| stage.all().iter().map(move |one| (list, one))) {
        let same = |(other, known): &Known| {
            known.label == concept.label || (std::ptr::eq(*other, list) && known.code == concept.code)
        };
        for name in concept.id.as_deref().into_iter().chain([&*concept.code]) {
            concepts
                .entry(name)
                .and_modify(|known| *known = known.filter(same))
                .or_insert(Some((list, concept)));
        }
    }
    concepts
}

/// The lists whose codes an attribute can hold, for all that is known.
fn lists<'a>((method, emission): (&'a Method, &Emission), name: &str) -> Vec<&'a List> {
    let attribute = emission.attributes.iter().find(|(other, _)| **other == *name);
    let fields = attribute.map(|(_, rule)| method.fields_read(emission, rule));
    let options = fields
        .into_iter()
        .flatten()
        .filter_map(|field| match field.options() {
            Some(Options::List(list, _)) => method.lists.get(&list.name()).map(|list| &**list),
            _ => None,
        });
    options.collect()
}

/// What rows and responses of a case are called, by their ids.
fn places(opened: &Opened) -> HashMap<String, String> {
    let mut places = HashMap::new();
    for response in &opened.case.responses {
        let Ok(session) = opened.session(&response.id) else {
            continue;
        };
        let view = session.view();
        for group in view.groups() {
            let rows = group.rows.iter();
            places.extend(rows.map(|row| (row.key.clone(), row.title.clone())));
        }
        let title = match &view.response_title {
            Some(of) => format!("{}: {of}", view.title),
            None => view.title.clone(),
        };
        places.insert(response.id.clone(), title);
    }
    places
}

/// The name of an attribute that the method has no words for.
fn plain(name: &str) -> String {
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
