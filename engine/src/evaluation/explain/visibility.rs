//! Why a field is shown or hidden: from the outside in, section, rows around, the field's own rule.

use std::sync::Arc;

use super::Effect;
use super::prose::{Prose, Role};
use super::reasons::{Asked, Inquiry};
use super::subject::{Spot, Subject, Whereabouts};
use crate::definition::{Field, FieldIx};
use crate::evaluation::carry::source_row;
use crate::evaluation::state::At;
use crate::evaluation::world::Seat;

impl<'s> Inquiry<'s> {
    /// Why it is shown, or the first condition from the outside that hides it. Whether it is hidden.
    pub fn visibility(&mut self, index: FieldIx, field: &'s Field, at: &At, row: Option<usize>) -> bool {
        if let Some(section) = self.form.sections.get(field.section)
            && let Some(rule) = &section.show_if
        {
            let asked = self.asked(rule, field.block, at);
            let title = Prose::one(Role::Label, &section.title);
            let keys = ("why_section_shown", "why_section_hidden");
            if self.shown(&asked, keys, &title) {
                return true;
            }
        }
        let own = row.map(|place| (index, at.inside(place)));
        let around: Vec<FieldIx> = self.form.groups_around(field.block).collect();
        let around = around
            .into_iter()
            .enumerate()
            .map(|(depth, group)| (group, at.outer(depth + 1)));
        for (group, inside) in around.chain(own) {
            if self.row_hidden(group, &inside) {
                return true;
            }
        }
        if field.group().is_none()
            && let Some(rule) = &field.show_if
        {
            let asked = self.asked(rule, field.block, at);
            return self.shown(&asked, ("why_shown", "why_hidden"), &Prose::default());
        }
        false
    }

    /// Whether a row is hidden, with the reason; `at` is the row's place.
    fn row_hidden(&mut self, group: FieldIx, at: &At) -> bool {
        let root = &self.session.state.root;
        let Some(definition) = self.form.fields.get(group) else {
            return false;
        };
        let outer = at.outer(at.rows().len().saturating_sub(1));
        let place = at.rows().last().map(|place| *place as usize);
        let rows = root.cell(self.form, group, &outer).map(|cell| cell.rows());
        let Some(row) = place.and_then(|place| rows?.get(place)) else {
            return false;
        };
        let teller = self.teller(definition.block, &outer);
        let mut spot = self.spot(&teller);
        if let Some(keys) = &mut spot.keys {
            keys.push(Arc::clone(&row.key));
        }
        let title = teller.name(&Subject::Row(spot, group)).unwrap_or_default();
        if let Some(carry) = &definition.carry
            && let Some(rule) = &carry.condition
            && let Some((response, context)) = source_row(
                &self.session.world,
                &self.session.state,
                definition,
                &outer,
                &row.key,
            )
            && let Some(form) = self
                .session
                .world
                .method
                .forms()
                .iter()
                .position(|form| form.id == carry.form)
        {
            let keys = self.sight(definition.block, &outer).keys();
            let keys = keys
                .into_iter()
                .map(Arc::from)
                .chain([Arc::clone(&row.key)])
                .collect();
            let from = Spot {
                form,
                seat: Whereabouts::At(Seat::Response(response)),
                keys: Some(keys),
            };
            let named = teller.name(&Subject::Row(from.clone(), carry.field));
            let title = named.unwrap_or_else(|| title.clone());
            let asked = Asked {
                sight: self.sight(definition.block, &outer).with(&context),
                local: Some(Subject::Row(from, carry.field)),
                ..self.asked(rule, definition.block, &outer)
            };
            if self.shown(&asked, ("why_row_carried", "why_row_not_carried"), &title) {
                return true;
            }
        }
        definition.row_rules(&row.key).any(|rule| {
            let asked = Asked {
                sight: self.sight(definition.block, &outer).within(row),
                row: Some((group, row)),
                ..self.asked(rule, definition.block, &outer)
            };
            self.shown(&asked, ("why_row_shown", "why_row_hidden"), &title)
        })
    }

    /// Adds why something is shown or hidden; whether it is hidden.
    fn shown(&mut self, asked: &Asked<'_>, keys: (&'static str, &'static str), title: &Prose) -> bool {
        let holds = asked.sight.holds(asked.rule);
        let (effect, key) = if holds {
            (Effect::Shown, keys.0)
        } else {
            // What is shown around it explains nothing about a hidden field.
            self.reasons.clear();
            (Effect::Hidden, keys.1)
        };
        self.add(effect, asked, |teller, seen| {
            teller.say(key, &[("title", title), ("because", &teller.clause(seen))])
        });
        !holds
    }
}
