//! Code lists: concepts in a hierarchy, published in dated editions.

mod editions;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;

pub use editions::Pin;

use super::mirror;
use super::yaml::Document;
use crate::diagnostic::Diagnostic;
use crate::feel::{Choice, ContextType, Type};
use crate::source::Place;
use crate::value::{Date, Number, Value};

/// One list of a catalogue, as one edition has it or as several have it one after the other.
#[derive(Debug, Default)]
pub struct List {
    /// Id of the catalogue.
    pub catalogue: String,
    /// Edition; of several the newest that has the list.
    pub edition: String,
    /// Id of the list.
    pub id: String,
    /// Title.
    pub title: String,
    /// Code system that the concepts' external identifiers belong to.
    pub system: Option<String>,
    /// Where the list comes from.
    pub source: Option<String>,
    /// What a reader should know about the list.
    pub note: Option<String>,
    concepts: Vec<Concept>,
    by_code: HashMap<Arc<str>, usize, RandomState>,
    /// Whether what can be chosen is not the same on all days.
    dated: bool,
    /// Of several editions: what holds when, the oldest first.
    periods: Vec<editions::Period>,
    /// What rules see of its concepts besides what they see of all.
    more: Vec<(Arc<str>, Type)>,
    kinds: Kinds,
}

/// The types that stand for the whole list, made when they are first needed.
#[derive(Debug, Default)]
struct Kinds {
    choice: OnceLock<Type>,
    code: OnceLock<Type>,
    concept: OnceLock<Type>,
}

/// One concept.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Code, unique in the list.
    pub code: Arc<str>,
    /// Label as printed.
    pub label: String,
    /// Label of more than one, when it differs from the label.
    pub label_many: Option<String>,
    /// External identifier.
    pub id: Option<String>,
    /// The code system's wording, when it differs from the label.
    pub display: Option<String>,
    /// Definition.
    pub definition: Option<String>,
    /// Wording in brackets behind the label.
    pub help: Option<String>,
    /// Criteria of a scale's step.
    pub criteria: Option<String>,
    /// Legal provision.
    pub provision: Option<String>,
    /// Number on a scale.
    pub level: Option<Number>,
    /// Prompt of the text field that choosing it opens.
    pub free_text: Option<String>,
    /// A heading cannot be chosen.
    pub selectable: bool,
    /// Markers for rules.
    pub tags: Vec<String>,
    /// First day on which it can be chosen.
    pub valid_from: Option<Date>,
    /// First day on which it can no longer be chosen.
    pub valid_to: Option<Date>,
    /// Index of the concept above.
    pub parent: Option<usize>,
    /// Depth in the list, 0 at the top.
    pub depth: usize,
    /// Where it stands in the definition.
    pub place: Place,
    /// Index behind the last concept below it; concepts stand in document order.
    end: usize,
    value: Value,
}

impl List {
    /// Builds a list from its file; codes must be unique.
    pub fn new(file: mirror::Catalogue, document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mirror::Catalogue {
            catalogue,
            edition,
            list,
            title,
            source,
            system,
            note,
            concepts,
        } = file;
        let mut built = Self {
            catalogue,
            edition,
            id: list,
            title,
            system,
            source,
            note,
            ..Self::default()
        };
        for (index, concept) in concepts.into_iter().enumerate() {
            built.add(
                concept,
                None,
                0,
                &format!("/concepts/{index}"),
                document,
                diagnostics,
            );
        }
        built
    }

    fn add(
        &mut self,
        file: mirror::Concept,
        parent: Option<usize>,
        depth: usize,
        pointer: &str,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let code: Arc<str> = file.code.as_str().into();
        let index = self.concepts.len();
        if let Some(first) = self.by_code.insert(Arc::clone(&code), index) {
            self.by_code.insert(Arc::clone(&code), first);
            let span = document.span(&format!("{pointer}/code"));
            diagnostics.push(
                Diagnostic::error(
                    &document.source,
                    span,
                    format!("the code `{code}` stands twice in the list"),
                )
                .with_hint("put the parent's code in front of one of them"),
            );
        }
        let date = |key: &str, text: &Option<String>, diagnostics: &mut Vec<Diagnostic>| {
            let text = text.as_deref()?;
            let parsed = Date::parse(text);
            if parsed.is_none() {
                let span = document.span(&format!("{pointer}/{key}"));
                diagnostics.push(Diagnostic::error(
                    &document.source,
                    span,
                    format!("`{text}` is not a day"),
                ));
            }
            parsed
        };
        let mut ancestors: Vec<Value> = Vec::new();
        let mut above = parent;
        while let Some(concept) = above.and_then(|index| self.concepts.get(index)) {
            ancestors.insert(0, Value::String(Arc::clone(&concept.code)));
            above = concept.parent;
        }
        let level = file
            .level
            .as_ref()
            .and_then(|level| Number::parse(&level.to_string()));
        let text = |value: &Option<String>| value.as_ref().map_or(Value::Null, Value::string);
        let or_label = |value: &Option<String>| Value::string(value.as_ref().unwrap_or(&file.label));
        let members: [(&str, Value); 12] = [
            ("code", Value::String(Arc::clone(&code))),
            ("label", Value::string(&file.label)),
            ("label_many", or_label(&file.label_many)),
            ("id", text(&file.id)),
            ("display", or_label(&file.display)),
            ("help", text(&file.help)),
            ("criteria", text(&file.criteria)),
            ("provision", text(&file.provision)),
            ("level", level.map_or(Value::Null, Value::Number)),
            ("tags", Value::list(file.tags.iter().map(Value::string).collect())),
            ("parent", ancestors.last().cloned().unwrap_or(Value::Null)),
            ("ancestors", Value::list(ancestors)),
        ];
        let value = Value::context(members.map(|(name, value)| (Arc::from(name), value)));
        self.dated |= file.valid_from.is_some() || file.valid_to.is_some();
        self.concepts.push(Concept {
            code,
            valid_from: date("valid_from", &file.valid_from, diagnostics),
            valid_to: date("valid_to", &file.valid_to, diagnostics),
            label: file.label,
            label_many: file.label_many,
            id: file.id,
            display: file.display,
            definition: file.definition,
            help: file.help,
            criteria: file.criteria,
            provision: file.provision,
            level,
            free_text: file.free_text,
            selectable: file.selectable.unwrap_or(true),
            tags: file.tags,
            parent,
            depth,
            place: Place {
                source: Arc::clone(&document.source),
                span: document.span(&format!("{pointer}/code")),
            },
            end: index + 1,
            value,
        });
        for (below, concept) in file.concepts.into_iter().enumerate() {
            self.add(
                concept,
                Some(index),
                depth + 1,
                &format!("{pointer}/concepts/{below}"),
                document,
                diagnostics,
            );
        }
        let end = self.concepts.len();
        if let Some(concept) = self.concepts.get_mut(index) {
            concept.end = end;
        }
    }

    /// Adds what rules see of its concepts besides, and where each stands.
    pub(super) fn say_more(
        &mut self,
        types: Vec<(Arc<str>, Type)>,
        members: impl Iterator<Item = (Place, Vec<(Arc<str>, Value)>)>,
    ) {
        for (concept, (place, members)) in self.concepts.iter_mut().zip(members) {
            let seen = concept
                .value
                .as_context()
                .into_iter()
                .flat_map(|value| value.iter());
            let seen: Vec<_> = seen
                .map(|(name, value)| (Arc::clone(name), value.clone()))
                .collect();
            concept.value = Value::context(seen.into_iter().chain(members));
            concept.place = place;
        }
        self.more = types;
    }

    /// `catalogue.list`, as definitions name it.
    pub fn name(&self) -> String {
        format!("{}.{}", self.catalogue, self.id)
    }

    /// The concept with a code.
    pub fn get(&self, code: &str) -> Option<&Concept> {
        self.by_code.get(code).and_then(|index| self.concepts.get(*index))
    }

    /// Every concept, in document order.
    pub fn all(&self) -> &[Concept] {
        &self.concepts
    }

    /// The concepts below one, in document order; the whole list without one.
    pub fn below(&self, branch: Option<&str>) -> &[Concept] {
        match branch {
            None => &self.concepts,
            Some(code) => self
                .by_code
                .get(code)
                .and_then(|index| self.concepts.get(index + 1..self.concepts.get(*index)?.end))
                .unwrap_or_default(),
        }
    }

    /// The concept with a code, if it is or was below another; anywhere in the list without one.
    pub fn within(&self, branch: Option<&str>, code: &str) -> Option<&Concept> {
        let mut stages = self.stages();
        let before = || stages.find_map(|list| list.inside(branch, code));
        self.inside(branch, code).or_else(before)
    }

    fn inside(&self, branch: Option<&str>, code: &str) -> Option<&Concept> {
        let place = *self.by_code.get(code)?;
        if let Some(branch) = branch {
            let above = *self.by_code.get(branch)?;
            let below = above + 1..self.concepts.get(above)?.end;
            below.contains(&place).then_some(())?;
        }
        self.concepts.get(place)
    }

    /// The concepts directly below one; the top level without one.
    pub fn children<'a>(&'a self, branch: Option<&str>) -> impl Iterator<Item = &'a Concept> {
        let parent = branch.and_then(|code| self.by_code.get(code)).copied();
        self.below(branch)
            .iter()
            .filter(move |concept| concept.parent == parent)
    }

    /// The type of an answer that holds one of the selectable codes of a branch.
    pub fn choice(&self, branch: Option<&str>) -> Type {
        let selectable = || {
            let concepts = self.below(branch).iter().filter(|concept| concept.selectable);
            self.one_of("code", concepts.map(|concept| Arc::clone(&concept.code)))
        };
        match branch {
            None => self.kinds.choice.get_or_init(selectable).clone(),
            Some(_) => selectable(),
        }
    }

    /// The type of the code of a row that follows a concept directly below a branch.
    pub fn row(&self, branch: Option<&str>) -> Type {
        let concepts = self.children(branch);
        self.one_of("code", concepts.map(|concept| Arc::clone(&concept.code)))
    }

    /// The type of any code of the list, headings included.
    pub fn code(&self) -> Type {
        let codes = || self.concepts.iter().map(|concept| Arc::clone(&concept.code));
        self.kinds
            .code
            .get_or_init(|| self.one_of("code", codes()))
            .clone()
    }

    /// The type of what rules see of its concepts.
    pub fn concept(&self) -> Type {
        let make = || {
            let tags: BTreeSet<&str> = self
                .concepts
                .iter()
                .flat_map(|concept| concept.tags.iter().map(String::as_str))
                .collect();
            let tag = self.one_of("tag", tags.into_iter().map(Arc::from));
            concept_type(self.code(), tag, &self.more)
        };
        self.kinds.concept.get_or_init(make).clone()
    }

    fn one_of(&self, noun: &'static str, codes: impl Iterator<Item = Arc<str>>) -> Type {
        Type::Choice(Arc::new(Choice {
            noun,
            name: self.name(),
            codes: codes.collect(),
        }))
    }
}

impl Concept {
    /// What rules see of it.
    pub fn value(&self) -> Value {
        self.value.clone()
    }

    /// The label with its legal provision, for places without room for both.
    pub fn full_label(&self) -> String {
        match &self.provision {
            Some(provision) => format!("{} ({provision})", self.label),
            None => self.label.clone(),
        }
    }
}

/// The type of what rules see of a concept.
pub fn concept_type(code: Type, tag: Type, more: &[(Arc<str>, Type)]) -> Type {
    let text = |name: &str| (Arc::from(name), Type::String);
    let mut members: Vec<(Arc<str>, Type)> = [
        "label",
        "label_many",
        "id",
        "display",
        "help",
        "criteria",
        "provision",
    ]
    .into_iter()
    .map(text)
    .collect();
    members.push((Arc::from("code"), code.clone()));
    members.push((Arc::from("parent"), code.clone()));
    members.push((Arc::from("ancestors"), Type::list(code)));
    members.push((Arc::from("tags"), Type::list(tag)));
    members.push((Arc::from("level"), Type::Number));
    members.extend(more.iter().cloned());
    Type::Context(Arc::new(ContextType {
        tag: None,
        open: false,
        members,
    }))
}
