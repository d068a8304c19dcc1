//! The codes of an answer, as they are in the later version.

use serde_json::Value as Json;

use super::super::{Code, Pattern};
use super::{Stood, Work};

/// What became of codes.
#[derive(Default)]
pub(super) struct MappedCodes<'a> {
    pub value: Json,
    /// The codes that left, by the reason for which they did.
    pub left: Vec<(String, Vec<Json>)>,
    /// Between which codes a person decides, and why.
    pub decisions: Vec<(Vec<String>, String)>,
    /// What a person answers instead, and why.
    pub instead: Vec<(&'a Pattern, &'a str)>,
}

impl MappedCodes<'_> {
    fn leaves(&mut self, code: &str, reason: &str) {
        let code = Json::String(code.to_owned());
        match self.left.iter_mut().find(|(other, _)| other == reason) {
            Some((_, codes)) => codes.push(code),
            None => self.left.push((reason.to_owned(), vec![code])),
        }
    }
}

impl<'a> Work<'a> {
    /// Maps a code, or a list of codes, that an answer holds.
    pub(super) fn codes(&mut self, stood: &Stood, list: &str, value: &Json) -> MappedCodes<'a> {
        let mut mapped = MappedCodes::default();
        let mut out: Vec<Json> = Vec::new();
        let many = value.as_array();
        for code in many.map_or(std::slice::from_ref(value), Vec::as_slice) {
            let to = match code.as_str() {
                None => Some(code.clone()),
                Some(text) => self.code(stood, list, text, &mut mapped).map(Json::String),
            };
            out.extend(to.filter(|to| !out.contains(to)));
        }
        mapped.value = match (many, out.is_empty()) {
            (_, true) => Json::Null,
            (Some(_), _) => Json::Array(out),
            (None, _) => out.swap_remove(0),
        };
        mapped
    }

    fn code(
        &mut self,
        stood: &Stood,
        list: &str,
        code: &str,
        mapped: &mut MappedCodes<'a>,
    ) -> Option<String> {
        let migration = self.migration;
        let said = stood
            .form
            .and_then(|form| migration.code(&form.id, &stood.parts, list, code));
        match said {
            None => Some(code.to_owned()),
            Some(Code::To(to)) => Some(to.clone()),
            Some(Code::Retire(leaving)) => {
                mapped.leaves(code, &leaving.reason);
                let place = leaving.decide.as_ref();
                let told = |place: &&Pattern| mapped.instead.iter().any(|(other, _)| other == place);
                if let Some(place) = place.filter(|place| !told(place)) {
                    mapped.instead.push((place, &leaving.reason));
                }
                None
            }
            Some(Code::Decide(between, reason)) => {
                mapped.leaves(code, reason);
                mapped.decisions.push((between.clone(), reason.clone()));
                None
            }
            Some(Code::When(cases)) => {
                let holds = cases.iter().find(|(rule, _)| {
                    rule.as_ref()
                        .is_none_or(|rule| self.ask(stood, rule).as_bool() == Some(true))
                });
                if holds.is_none() {
                    let reason = self.says("moved_no_condition");
                    let between = cases.iter().map(|(_, code)| code.clone()).collect();
                    mapped.leaves(code, &reason);
                    mapped.decisions.push((between, reason));
                }
                holds.map(|(_, code)| code.clone())
            }
        }
    }
}
