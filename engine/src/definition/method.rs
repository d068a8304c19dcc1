//! A version of a method: immutable, checked, compiled.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::catalogue::{List, Pin};
use super::content::Content;
use super::emission::{Emission, read_fields};
use super::form::{Field, Form};
use super::lower::Lists;
use super::mirror::Named;
use super::needs::Needs;
use super::rule::Rule;
use crate::source::Source;
use crate::value::{Date, Value};

/// A version of a method.
#[derive(Debug)]
pub struct Method {
    /// Id.
    pub id: String,
    /// Version, `2.0.0`.
    pub version: String,
    /// Title.
    pub title: String,
    /// Who publishes it.
    pub owner: Option<String>,
    /// What it is taken from.
    pub source: Option<String>,
    /// Language of its texts.
    pub language: String,
    /// First day on which new cases are opened under it.
    pub valid_from: Date,
    /// First day on which they no longer are, unless a newer version begins before.
    pub valid_to: Option<Date>,
    /// In which the ids of data points are made.
    pub namespace: Uuid,
    /// The editions of catalogues that it uses, the oldest first.
    pub catalogues: BTreeMap<String, Vec<Pin>>,
    /// The versions of the report templates that belong to it.
    pub reports: BTreeMap<String, String>,
    /// The lists of these catalogues, by `catalogue.list`.
    pub lists: Lists,
    /// Who fills in forms.
    pub roles: Vec<Named>,
    /// Marks that fields carry.
    pub marks: Vec<Named>,
    /// Values that a municipality may set.
    pub parameters: Vec<Parameter>,
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// What must be obtained in each phase.
    pub needs: Option<Needs>,
    /// Data points.
    pub emissions: Vec<Emission>,
    /// The engine's messages in the method's language.
    pub texts: Texts,
    /// What is new in it, for those who install it.
    pub changes: Vec<String>,
    /// Its case files.
    pub cases: Vec<Arc<Source>>,
    /// All that it consists of.
    pub content: Content,
    /// Forms, and behind them what is known of case and citizen.
    pub(crate) all: Vec<Form>,
    /// For each form, the forms that read each other in a circle with it, itself included.
    pub(crate) circles: Vec<BTreeSet<usize>>,
}

/// A phase with its forms.
#[derive(Debug)]
pub struct Phase {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Help.
    pub help: Option<String>,
    /// Ids of its forms, in order.
    pub forms: Vec<String>,
}

/// A value that a municipality may set.
#[derive(Debug)]
pub struct Parameter {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Type of the value, as definitions name field types.
    pub kind: String,
    /// Help for whoever sets it.
    pub help: Option<String>,
    /// Where it stands in the source of the method.
    pub source: Option<String>,
    /// What it is unless somebody sets it.
    pub value: Value,
}

/// The engine's messages in one language.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    texts: Arc<BTreeMap<String, String>>,
}

impl Texts {
    /// From key and text.
    pub fn new(texts: BTreeMap<String, String>) -> Self {
        Self {
            texts: Arc::new(texts),
        }
    }

    /// The text of a key with `{name}` filled in; the key itself when there is no text.
    pub fn get(&self, key: &str, parameters: &[(&str, &str)]) -> String {
        let mut text = self.texts.get(key).cloned().unwrap_or_else(|| key.to_owned());
        for (name, value) in parameters {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// Whether there is a text for a key.
    pub fn has(&self, key: &str) -> bool {
        self.texts.contains_key(key)
    }
}

/// Every message that the engine can give a caseworker.
pub const TEXT_KEYS: &[&str] = &[
    "required",
    "not_a_number",
    "not_a_date",
    "not_a_boolean",
    "not_text",
    "not_a_contact",
    "not_rows",
    "unknown_field",
    "unknown_code",
    "not_selectable",
    "option_not_offered",
    "option_ended",
    "option_ended_carried",
    "option_ended_mark",
    "row_ended",
    "too_long",
    "too_many_rows",
    "unknown_row",
    "carried_from",
    "source_changed",
    "acknowledge_warning",
    "computed_field",
    "read_only",
    "yes",
    "no",
    "row_number",
    "contact_name",
    "contact_relation",
    "contact_organisation",
    "contact_address",
    "contact_phone",
    "contact_email",
    "unknown_form",
    "unanswered",
    "need_purpose",
    "need_phases",
    "need_needed_by",
    "need_given_by",
    "need_held_in",
    "need_obtained_by",
    "need_structure",
    "need_rights",
    "need_history",
    "need_volume",
    "need_importance",
    "need_availability",
    "need_minutes",
    "need_note",
    "need_used_in",
    "need_source",
    "moved_unknown_field",
    "moved_no_place",
    "moved_form_not_begun",
    "moved_place_taken",
    "moved_no_condition",
    "moved_no_result",
    "date_pattern",
    "amount_pattern",
    "thousands_mark",
    "decimal_mark",
    "why_shown",
    "why_hidden",
    "why_section_shown",
    "why_section_hidden",
    "why_row_shown",
    "why_row_hidden",
    "why_row_carried",
    "why_row_not_carried",
    "why_required",
    "why_always_required",
    "why_optional",
    "why_read_only",
    "why_always_read_only",
    "why_computed",
    "why_computed_from",
    "why_same",
    "why_fixed",
    "why_chosen_by",
    "why_not_computed",
    "why_initial",
    "why_initial_fixed",
    "why_carried",
    "why_carried_changed",
    "why_viewed",
    "why_violated",
    "why_satisfied",
    "why_undecided",
    "why_not_offered",
    "why_is",
    "why_is_not",
    "why_unanswered",
    "why_is_hidden",
    "why_begun",
    "why_not_begun",
    "why_has_rows",
    "why_equal",
    "why_not_equal",
    "why_less",
    "why_at_most",
    "why_greater",
    "why_at_least",
    "why_before",
    "why_not_after",
    "why_after",
    "why_not_before",
    "why_chosen",
    "why_not_chosen",
    "why_no_items",
    "why_item",
    "why_all_items",
    "why_no_item_holds",
    "why_rule_holds",
    "why_rule_fails",
    "why_rule_open",
    "why_rule_about",
    "why_count_is",
    "why_counted",
    "why_tagged",
    "why_not_tagged",
    "why_below",
    "why_not_below",
    "why_matches",
    "why_not_matches",
    "why_not_among",
    "why_is_completed",
    "why_not_completed",
    "why_rule_nothing",
    "why_operand",
    "why_in_form",
    "why_in_case",
    "why_in_citizen",
    "why_plus",
    "why_minus",
    "why_times",
    "why_divided",
    "why_power",
    "why_bracket",
    "why_negative",
    "why_since",
    "why_sum",
    "why_min",
    "why_max",
    "why_mean",
    "why_count",
    "why_rounded",
    "why_today",
    "why_and",
    "why_or",
    "why_day_completed",
    "why_day_started",
    "why_year",
    "why_years",
    "why_comma",
    "why_true",
    "why_false",
    "why_open",
    "why_nothing",
    "why_hidden_short",
    "why_begun_short",
    "why_not_begun_short",
    "why_number",
    "why_more",
    "why_row",
    "why_rows",
    "why_day",
    "why_days",
    "why_month",
    "why_months",
];

impl Method {
    /// `id@version`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The forms, by phase and order.
    pub fn forms(&self) -> &[Form] {
        self.all
            .get(..self.all.len().saturating_sub(2))
            .unwrap_or_default()
    }

    /// The form with an id.
    pub fn form(&self, id: &str) -> Option<&Form> {
        self.forms().iter().find(|form| form.id == id)
    }

    /// What is known of a case.
    pub fn case_form(&self) -> Option<&Form> {
        self.all.iter().rev().nth(1)
    }

    /// What is known of a citizen.
    pub fn citizen_form(&self) -> Option<&Form> {
        self.all.last()
    }

    /// The lists of the catalogues that it pins: all but those of its data needs.
    pub fn code_lists(&self) -> impl Iterator<Item = &Arc<List>> {
        let pinned = |list: &&Arc<List>| self.catalogues.contains_key(&list.catalogue);
        self.lists.values().filter(pinned)
    }

    /// A message of the engine in the method's language.
    pub fn text(&self, key: &str, parameters: &[(&str, &str)]) -> String {
        self.texts.get(key, parameters)
    }

    /// Whether new cases are opened under it on a day, unless a newer version holds.
    pub fn valid_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }

    /// The fields that a rule of a data point reads; none when it reads something that is not known.
    pub fn fields_read(&self, emission: &Emission, rule: &Rule) -> Vec<&Field> {
        let all: Vec<&Form> = self.all.iter().collect();
        let own = self.form(&emission.form);
        let read = own.and_then(|own| read_fields(own, 0, &all, rule));
        read.unwrap_or_default()
            .into_iter()
            .map(|(_, field)| field)
            .collect()
    }

    /// What people call an attribute of a data point: the words that its file has for it, or the label of the field that it is.
    pub fn attribute_words<'m>(&'m self, emission: &'m Emission, name: &str) -> Option<&'m str> {
        if let Some(words) = emission.words.get(name) {
            return Some(words);
        }
        let (_, rule) = emission.attributes.iter().find(|(other, _)| **other == *name)?;
        let path = rule.program.text();
        let plain = path
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'));
        match self.fields_read(emission, rule).as_slice() {
            // A label that names the row around it says nothing without it.
            [field] if plain && !field.label.contains('{') && path.rsplit('.').next() == Some(&field.id) => {
                Some(&field.label)
            }
            _ => None,
        }
    }

    /// Every rule of the method, with what it is for.
    pub fn rules(&self) -> Vec<(&Rule, String)> {
        let forms = self.all.iter().flat_map(Form::rules);
        forms
            .chain(self.emissions.iter().flat_map(Emission::rules))
            .collect()
    }

    /// The same, each where it is written: the forms in which needs are noted share their rules.
    pub fn written(&self) -> Vec<Written<'_>> {
        let mut written: Vec<Written> = Vec::new();
        let mut known: HashMap<(&str, usize, &str), usize> = HashMap::new();
        for (rule, name) in self.rules() {
            let place = (
                rule.place.source.path.as_str(),
                rule.place.span.start,
                rule.program.text(),
            );
            match known.get(&place).and_then(|index| written.get_mut(*index)) {
                Some(one) => one.numbers.push(rule.id),
                _ => {
                    known.insert(place, written.len());
                    written.push(Written {
                        rule,
                        name,
                        numbers: vec![rule.id],
                    });
                }
            }
        }
        written
    }
}

/// A rule as it is written, once, also when several forms have it.
#[derive(Debug)]
pub struct Written<'a> {
    /// The rule, as the first of these forms has it.
    pub rule: &'a Rule,
    /// What it is for.
    pub name: String,
    /// Its number in each of them.
    pub numbers: Vec<usize>,
}

/// A version as numbers, which can be compared.
pub fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}
