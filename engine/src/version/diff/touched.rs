//! Which changes a running case would feel.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::change::{Change, Part, Thing, What};
use crate::case::{Answers, Case};
use crate::definition::{Form, Kind, Method, Needs, Options};
use crate::version::place;

/// What stands in a case, as far as changes are about it.
#[derive(Debug, Default)]
pub struct Footprint {
    forms: BTreeSet<String>,
    /// Form and path of each field that has an answer.
    answered: BTreeSet<(String, String)>,
    /// List and code of each code that is answered, or has a row with answers.
    codes: BTreeSet<(String, String)>,
}

impl Footprint {
    /// What stands in a case of a method.
    pub fn of(method: &Method, case: &Case) -> Self {
        let mut footprint = Self::default();
        let records = [
            (method.case_form(), &case.record),
            (method.citizen_form(), &case.citizen),
        ];
        let responses = case
            .responses
            .iter()
            .map(|response| (method.form(&response.form), &response.answers));
        for (form, answers) in records.into_iter().chain(responses) {
            if let Some(form) = form {
                footprint.add(form, answers);
            }
        }
        footprint
    }

    fn add(&mut self, form: &Form, answers: &Answers) {
        self.forms.insert(form.id.clone());
        for (path, answer) in answers
            .fields
            .iter()
            .filter(|(_, answer)| !answer.value.is_null())
        {
            let parts: Vec<&str> = path.split('.').collect();
            let Some(spot) = place::find(form, &parts) else {
                continue;
            };
            let Some(field) = form.fields.get(spot.field) else {
                continue;
            };
            let groups = form
                .groups_around(field.block)
                .filter_map(|group| form.fields.get(group));
            for (group, key) in groups.zip(&spot.keys) {
                self.answered.insert((form.id.clone(), group.path.clone()));
                if let Some((list, _)) = group.group().and_then(|group| group.for_each.as_ref()) {
                    self.codes.insert((list.name(), (*key).to_owned()));
                }
            }
            self.answered.insert((form.id.clone(), field.path.clone()));
            if let Kind::Choice(options) | Kind::Choices(options) | Kind::Score(options) = &field.kind
                && let Options::List(list, _) = options
            {
                let codes: Vec<&str> = match &answer.value {
                    Json::Array(codes) => codes.iter().filter_map(Json::as_str).collect(),
                    value => value.as_str().into_iter().collect(),
                };
                self.codes
                    .extend(codes.into_iter().map(|code| (list.name(), code.to_owned())));
            }
        }
    }

    /// Whether the case would feel a change: it has an answer there, or a response of a form that gained something.
    pub fn feels(&self, change: &Change) -> bool {
        match &change.part {
            Part::Method => false,
            Part::List(name) => match change.at.as_str() {
                "" => self.codes.iter().any(|(list, _)| list == name),
                code => self.codes.contains(&(name.clone(), code.to_owned())),
            },
            Part::Form(form) => {
                let whole = matches!(change.thing, Thing::Whole | Thing::Section);
                let demands = matches!(change.key, Some("show_if" | "require_if" | "value"));
                if whole || demands || (change.what == What::Added && change.key.is_none()) {
                    self.forms.contains(form)
                } else {
                    self.answered.contains(&(form.clone(), change.at.clone()))
                }
            }
            Part::Needs => self
                .codes
                .iter()
                .any(|(list, code)| Needs::has_list(list) && *code == change.at),
            Part::DataPoints => {
                let name = change.at.split(':').next().unwrap_or_default();
                let form = name.rsplit(' ').next().unwrap_or_default();
                self.forms.contains(form)
            }
        }
    }
}
