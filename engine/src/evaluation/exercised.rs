//! Which rules decide something in a response, so that a method's cases can be asked which ones they never reach.

use std::collections::BTreeSet;

use super::session::Session;
use super::state::At;
use super::world::Sight;
use crate::definition::{FieldIx, Form, Options};
use crate::value::Value;

impl Session {
    /// Adds the numbers of the rules that decide something in this response: conditions that are true, constraints that are true or
    /// false, values that are not null; and of the constraints that are violated.
    pub fn exercised(&self, decided: &mut BTreeSet<usize>, violated: &mut BTreeSet<usize>) {
        let form = self.form();
        for section in form
            .sections
            .iter()
            .filter_map(|section| section.show_if.as_ref())
        {
            let whole = Sight::new(&self.world, &self.state, 0, &At::default());
            if whole.holds(section) {
                decided.insert(section.id);
            }
        }
        for constraint in &form.constraints {
            let whole = Sight::new(&self.world, &self.state, 0, &At::default());
            judge(
                constraint.rule.id,
                &whole.value(&constraint.rule),
                decided,
                violated,
            );
        }
        if let Some(rule) = &form.response_title
            && self.title().is_some()
        {
            decided.insert(rule.id);
        }
        self.exercised_in(form, 0, &At::default(), decided, violated);
    }

    fn exercised_in(
        &self,
        form: &Form,
        block: usize,
        at: &At,
        decided: &mut BTreeSet<usize>,
        violated: &mut BTreeSet<usize>,
    ) {
        let Some(inside) = form.blocks.get(block) else {
            return;
        };
        for index in &inside.fields {
            self.exercised_by(form, *index, at, decided, violated);
        }
    }

    fn exercised_by(
        &self,
        form: &Form,
        index: FieldIx,
        at: &At,
        decided: &mut BTreeSet<usize>,
        violated: &mut BTreeSet<usize>,
    ) {
        let (Some(field), Some(cell)) = (form.fields.get(index), self.state.root.cell(form, index, at))
        else {
            return;
        };
        let sight = Sight::new(&self.world, &self.state, field.block, at);
        if let Some(group) = field.group() {
            for (place, row) in cell.rows().iter().enumerate() {
                if row.relevant {
                    decided.extend(field.row_rules(&row.key).map(|rule| rule.id));
                    decided.extend(
                        field
                            .carry
                            .iter()
                            .filter_map(|carry| carry.condition.as_ref())
                            .map(|rule| rule.id),
                    );
                    decided.extend(group.row_title.iter().map(|rule| rule.id));
                    self.exercised_in(form, group.block, &at.inside(place), decided, violated);
                }
            }
        }
        if !cell.relevant {
            return;
        }
        if field.group().is_none() {
            decided.extend(field.show_if.iter().map(|rule| rule.id));
        }
        let conditions = [&field.require_if, &field.read_only_if];
        decided.extend(
            conditions
                .into_iter()
                .flatten()
                .filter(|rule| sight.holds(rule))
                .map(|rule| rule.id),
        );
        let values = [&field.initial, &field.value, &field.choices_from];
        decided.extend(
            values
                .into_iter()
                .flatten()
                .filter(|rule| !sight.value(rule).is_null())
                .map(|rule| rule.id),
        );
        if let (Some(rule), Some(Options::List(list, _))) = (&field.options_where, field.options())
            && list
                .on(self.state.now.date())
                .all()
                .iter()
                .any(|concept| sight.holds_of(rule, &concept.value()))
        {
            decided.insert(rule.id);
        }
        for constraint in &field.constraints {
            judge(
                constraint.rule.id,
                &sight.value(&constraint.rule),
                decided,
                violated,
            );
        }
    }
}

fn judge(rule: usize, value: &Value, decided: &mut BTreeSet<usize>, violated: &mut BTreeSet<usize>) {
    if let Some(holds) = value.as_bool() {
        decided.insert(rule);
        if !holds {
            violated.insert(rule);
        }
    }
}
