//! What rules say of a field besides its value: whether it is required or closed, and what is wrong with it.

use serde_json::Value as Json;

use super::answer;
use super::cell::{Cell, Wrong};
use super::propagate::Work;
use super::state::{At, path};
use super::world::Sight;
use crate::definition::{Field, FieldIx, List, Options, Rule};

impl Work<'_> {
    /// Works out what does not change the value: required, closed, what is wrong.
    pub(super) fn check(&mut self, field: FieldIx, at: At) {
        let form = self.form();
        let Some(definition) = form.fields.get(field) else {
            return;
        };
        let Some(cell) = self.state.root.cell(form, field, &at) else {
            return;
        };
        let holds = |rule: &Option<Rule>| {
            let rule = rule.as_ref().filter(|_| cell.relevant);
            rule.is_some_and(|rule| self.sight(definition, &at).holds(rule))
        };
        let required = holds(&definition.require_if);
        let read_only = holds(&definition.read_only_if);
        let mut wrong = Wrong::default();
        if cell.relevant && !definition.constraints.is_empty() {
            let sight = self.sight(definition, &at);
            let constraints = definition.constraints.iter().enumerate();
            let violated =
                constraints.filter(|(_, constraint)| sight.value(&constraint.rule).as_bool() == Some(false));
            wrong.violated = violated.map(|(place, _)| place).collect();
        }
        let choosing = definition.options_where.is_some() || definition.choices_from.is_some();
        if cell.relevant && choosing {
            wrong.not_offered = self.not_offered(field, definition, cell, &at);
        }
        if let Some(Options::List(list, _)) = definition.options()
            && list.is_dated()
            && cell.relevant
            && !read_only
            && !definition.closed()
        {
            self.not_holding(
                list,
                &mut wrong,
                self.state.answer(cell, &path(form, &self.state.root, field, &at)),
            );
        }
        let same = (cell.required, cell.read_only) == (required, read_only)
            && match cell.wrong().filter(|before| !before.is_nothing()) {
                None => wrong.is_nothing(),
                Some(before) => *before == wrong,
            };
        if choosing || !same {
            self.touched.push((field, at));
        }
        if !same && let Some(cells) = self.state.root.cells_mut(form, definition.block, &at) {
            cells.judge(definition.cell, required, read_only, wrong);
        }
    }

    pub(super) fn check_form(&mut self, index: usize) {
        let form = self.form();
        let Some(constraint) = form.constraints.get(index) else {
            return;
        };
        let sight = Sight::new(self.world, self.state, 0, &At::default());
        let violated = sight.value(&constraint.rule).as_bool() == Some(false);
        let different = match violated {
            true => self.state.violated.insert(index),
            false => self.state.violated.remove(&index),
        };
        let outermost = |field: &FieldIx| form.fields.get(*field).is_some_and(|field| field.block == 0);
        if let Some(field) = constraint.at.filter(outermost).filter(|_| different) {
            self.touched.push((field, At::default()));
        }
    }

    /// Notes chosen options that do not hold on the day of the response.
    fn not_holding(&self, list: &List, wrong: &mut Wrong, answer: &Json) {
        let day = self.day();
        for code in codes(answer).into_iter().filter(|code| !list.holds(day, code)) {
            let Some(concept) = list.known_on(day, code) else {
                continue;
            };
            match list.ended(day, code) {
                Some(end) => wrong.ended.push((concept.full_label(), end)),
                None => wrong.not_offered.push(concept.full_label()),
            }
        }
    }

    /// The labels of chosen options that the field's rule does not offer now.
    fn not_offered(&self, field: FieldIx, definition: &Field, cell: Cell, at: &At) -> Vec<String> {
        let sight = self.sight(definition, at);
        let path = path(self.form(), &self.state.root, field, at);
        let codes = codes(self.state.answer(cell, &path));
        if codes.is_empty() {
            return Vec::new();
        }
        if let (Some(rule), Some(options)) = (&definition.options_where, definition.options()) {
            let concept = |code: &&str| answer::concept(options, code, self.day());
            let refused = codes.iter().filter_map(concept);
            let refused = refused.filter(|concept| !sight.holds_of(rule, &concept.value()));
            return refused.map(|concept| concept.full_label()).collect();
        }
        let Some(rule) = &definition.choices_from else {
            return Vec::new();
        };
        let texts = sight.value(rule);
        let texts = texts.as_list().unwrap_or_default();
        let refused = |code: &&&str| !texts.iter().any(|text| text.as_str() == Some(**code));
        codes
            .iter()
            .filter(refused)
            .map(|code| (*code).to_owned())
            .collect()
    }
}

/// The codes that an answer chooses.
fn codes(answer: &Json) -> Vec<&str> {
    match answer {
        Json::String(code) => vec![code],
        Json::Array(codes) => codes.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}
