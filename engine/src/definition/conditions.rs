//! What the conditions of a form say together: fields that are never shown, answers that are required only while their
//! field is hidden, constraints that nothing violates.

use std::collections::HashMap;

use super::form::{Field, FieldIx, Form};
use super::lower::{Property, Site};
use super::rule::Rule;
use super::scope;
use crate::diagnostic::{Diagnostic, Severity};
use crate::feel::Condition;
use crate::source::Place;

/// The conditions of a form, while it is put together.
pub struct Conditions {
    sections: HashMap<usize, Condition>,
    shown: HashMap<FieldIx, Condition>,
    required: HashMap<FieldIx, Condition>,
    /// Where constraints stand that cannot be violated.
    idle: Vec<Place>,
}

impl Conditions {
    /// None yet.
    pub fn new() -> Self {
        Self {
            sections: HashMap::new(),
            shown: HashMap::new(),
            required: HashMap::new(),
            idle: Vec::new(),
        }
    }

    /// Takes a condition in.
    pub fn note(&mut self, site: &Site, condition: Condition, rule: &Rule) {
        match site {
            Site::Section(section) => drop(self.sections.insert(*section, condition)),
            Site::Field(field, Property::Show) => drop(self.shown.insert(*field, condition)),
            Site::Field(field, Property::Require) => drop(self.required.insert(*field, condition)),
            Site::Constraint(..) if !condition.can_be(false) => self.idle.push(rule.place.clone()),
            _ => {}
        }
    }

    /// Tells what cannot be meant.
    pub fn check(&self, form: &Form, diagnostics: &mut Vec<Diagnostic>) {
        let mut doubt = |place: &Place, message: &str, hint: String| {
            let silent = diagnostics.iter().all(|told| {
                !(told
                    .source
                    .as_ref()
                    .is_some_and(|source| source.path == place.source.path)
                    && place.span.start <= told.span.start
                    && told.span.end <= place.span.end)
            });
            if silent {
                let told = Diagnostic::new(Severity::Warning, &place.source, place.span.clone(), message);
                diagnostics.push(told.with_hint(hint));
            }
        };
        for place in &self.idle {
            let hint = "a constraint is violated by `false` only, and this never is".to_owned();
            doubt(place, "nothing violates this constraint", hint);
        }
        // The row of a group is shown by other names than those around its fields.
        let fields = form.fields.iter().enumerate();
        for (index, field) in fields.filter(|(_, field)| field.group().is_none()) {
            if let (Some(condition), Some(rule)) = (self.shown.get(&index), &field.show_if) {
                let section = self.sections.get(&field.section).filter(|_| field.block == 0);
                if section.is_some_and(|section| condition.excludes(&[section])) {
                    let hint = "its section is hidden whenever this is true".to_owned();
                    doubt(&rule.place, "the field is never shown", hint);
                } else if let Some(hint) = self.hidden_by(form, field, condition, rule, None) {
                    doubt(&rule.place, "the field is never shown", hint);
                }
            }
            if let (Some(condition), Some(rule)) = (self.required.get(&index), &field.require_if) {
                let shown = self.shown.get(&index);
                if shown.is_some_and(|shown| condition.excludes(&[shown])) {
                    let hint = "its `show_if` is not true whenever this is".to_owned();
                    doubt(&rule.place, "the field is required only while it is hidden", hint);
                } else if let Some(hint) = self.hidden_by(form, field, condition, rule, shown) {
                    doubt(&rule.place, "the field is never required", hint);
                }
            }
        }
    }

    /// The fields beside it that a condition needs a value of, when they are never all shown while it is true.
    fn hidden_by(
        &self,
        form: &Form,
        field: &Field,
        condition: &Condition,
        rule: &Rule,
        own: Option<&Condition>,
    ) -> Option<String> {
        let read = rule.program.reads().slots.iter();
        let beside = read.filter_map(|slot| match scope::Place::of(*slot) {
            scope::Place::Cell { depth, cell } => {
                let block = form
                    .blocks
                    .get(field.block)
                    .filter(|block| block.depth == depth)?;
                block.fields.get(cell).copied()
            }
            _ => None,
        });
        let needed: Vec<(&Field, &Condition)> = beside
            .filter_map(|index| Some((form.fields.get(index)?, self.shown.get(&index)?)))
            .filter(|(other, _)| other.group().is_none() && condition.needs(&other.id))
            .collect();
        let mut all: Vec<&Condition> = needed.iter().map(|(_, shown)| *shown).collect();
        if all.is_empty() {
            return None;
        }
        all.extend(own);
        let names: Vec<String> = needed
            .iter()
            .map(|(other, _)| format!("`{}`", other.id))
            .collect();
        let hint = format!("it needs {}, hidden whenever this is true", names.join(" and "));
        condition.excludes(&all).then_some(hint)
    }
}
