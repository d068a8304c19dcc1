//! What is told of answers that left, and of what is left to people.

use serde_json::Value as Json;

use super::super::{
    Pattern,
    words::{label, words},
};
use super::formula::row_keys;
use super::{Decision, Retired, Stood, Work};
use crate::definition::Form;

impl Work<'_> {
    /// A reason that the migration does not give itself, in the words of the later version.
    pub(super) fn says(&self, key: &str) -> String {
        self.migration.to.text(key, &[])
    }

    /// That a form of the later version is not begun, in its words.
    pub(super) fn not_begun(&self, form: &Form) -> String {
        self.migration
            .to
            .text("moved_form_not_begun", &[("form", &form.title)])
    }

    pub(super) fn retire(&mut self, stood: &Stood, reason: String) {
        self.retire_as(stood, stood.value, reason);
    }

    /// Some of an answer left: it is kept as it was, and told is what left.
    pub(super) fn retire_as(&mut self, stood: &Stood, told: &Json, reason: String) {
        let Some(seat) = self.seats.get(stood.seat).filter(|_| !stood.value.is_null()) else {
            return;
        };
        let (label, text, confidential) = match stood.form {
            Some(form) => words(&self.migration.from, form, &stood.parts, (told, seat.day)),
            None => (stood.path.to_owned(), told.to_string(), false),
        };
        let title = stood.form.map_or(seat.form_id, |form| &form.title);
        self.retired.push(Retired {
            place: seat.place.to_owned(),
            form: seat.form_id.to_owned(),
            title: title.to_owned(),
            path: stood.path.to_owned(),
            label,
            value: stood.value.clone(),
            text,
            reason,
            confidential,
        });
    }

    /// Notes what a person answers instead, in the row that the answer stood in.
    pub(super) fn decide_at(&mut self, stood: &Stood, place: &Pattern, reason: &str) {
        if stood.value.is_null() {
            return;
        }
        let Some(form) = self.migration.later(&place.form) else {
            return;
        };
        let mapped = stood
            .form
            .and_then(|form| self.migration.mapped_keys(form, &stood.parts).ok());
        let keys = row_keys(mapped.as_deref().unwrap_or(&stood.parts));
        self.decide(stood, (form, &place.with(&keys).join(".")), &[], reason);
    }

    pub(super) fn decide(
        &mut self,
        stood: &Stood,
        (form, path): (&Form, &str),
        between: &[String],
        reason: &str,
    ) {
        let Some(seat) = self.seats.get(stood.seat) else {
            return;
        };
        let before = match stood.form {
            Some(old) => words(&self.migration.from, old, &stood.parts, (stood.value, seat.day)).1,
            None => stood.value.to_string(),
        };
        let parts: Vec<&str> = path.split('.').collect();
        let label = label(form, &parts);
        self.to_decide.push(Decision {
            place: seat.place.to_owned(),
            field: format!("{}.{path}", form.id),
            label,
            before,
            between: between.to_vec(),
            reason: reason.to_owned(),
        });
    }
}
