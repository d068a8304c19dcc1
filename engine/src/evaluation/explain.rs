//! Why a field is as it is: its rules with the values of their parts, and where they stand.

use std::collections::BTreeSet;

use serde::Serialize;

use super::answer;
use super::session::Session;
use super::state::{At, locate};
use super::world::Sight;
use crate::definition::{Field, FieldIx, Form, Method, Rule};
use crate::feel::Trace;
use crate::value::Value;

/// Why a field is as it is.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// Path of the field.
    pub path: String,
    /// Its rules, in the order in which they decide.
    pub items: Vec<Reason>,
}

/// One rule of a field.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// What the rule decides, in words for the caseworker.
    pub title: String,
    /// The rule as written.
    pub rule_text: String,
    /// File.
    pub file: String,
    /// Line.
    pub line: usize,
    /// What it came to, in words.
    pub value_text: String,
    /// Its parts with their values.
    pub children: Vec<RulePart>,
}

/// A part of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RulePart {
    /// As written.
    pub text: String,
    /// What it came to, in words.
    pub value: String,
    /// Its own parts.
    pub children: Vec<RulePart>,
}

impl Session {
    /// Why the field at a path is as it is; `None` when there is no such field.
    pub fn explain(&self, path: &str) -> Option<Explanation> {
        let form = self.form();
        let (index, at) = locate(form, &self.state.root, path)?;
        let field = form.fields.get(index)?;
        let method = &self.world.method;
        let cell = self.state.root.cell(form, index, &at)?;
        let mut items = Vec::new();
        let shown = if cell.relevant { "why_shown" } else { "why_hidden" };
        let mut add = |key: &str, rule: Option<&Rule>, sight: &Sight| {
            if let Some(rule) = rule.filter(|rule| !rule.program.reads().slots.is_empty()) {
                items.push(reason(method, method.text(key, &[]), rule, sight));
            }
        };
        let section = form
            .sections
            .get(field.section)
            .and_then(|section| section.show_if.as_ref());
        add(shown, section, &self.sight(field, &at));
        for (depth, group) in form.groups_around(field.block).enumerate() {
            let group = form.fields.get(group)?;
            let row = self.state.root.row_at(form, field.block, &at.outer(depth + 1));
            if let Some(row) = row {
                add(
                    shown,
                    group.show_if.as_ref(),
                    &self.sight(group, &at.outer(depth)).within(row),
                );
            }
        }
        let sight = self.sight(field, &at);
        if field.group().is_none() {
            add(shown, field.show_if.as_ref(), &sight);
        }
        add("why_required", field.require_if.as_ref(), &sight);
        add("why_read_only", field.read_only_if.as_ref(), &sight);
        add("why_value", field.value.as_ref(), &sight);
        for constraint in &field.constraints {
            items.push(reason(
                method,
                constraint.message.clone(),
                &constraint.rule,
                &sight,
            ));
        }
        for constraint in form
            .constraints
            .iter()
            .filter(|constraint| constraint.at == Some(index))
        {
            let whole = Sight::new(&self.world, &self.state, 0, &At::default());
            items.push(reason(
                method,
                constraint.message.clone(),
                &constraint.rule,
                &whole,
            ));
        }
        Some(Explanation {
            path: path.to_owned(),
            items,
        })
    }

    fn sight(&self, field: &Field, at: &At) -> Sight<'_> {
        Sight::new(&self.world, &self.state, field.block, at)
    }

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
        let sight = self.sight(field, at);
        if let Some(group) = field.group() {
            for (place, row) in cell.rows().iter().enumerate() {
                if row.relevant {
                    decided.extend(field.show_if.iter().map(|rule| rule.id));
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
        if let (Some(rule), Some(crate::definition::Options::List(list, _))) =
            (&field.options_where, field.options())
            && list
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

fn reason(method: &Method, title: String, rule: &Rule, sight: &Sight) -> Reason {
    let trace = rule.program.explain(sight);
    Reason {
        title,
        rule_text: rule.program.text().to_owned(),
        file: rule.place.source.path.clone(),
        line: rule.place.position().line,
        value_text: in_words(method, &trace.value),
        children: trace.children.iter().map(|child| part(method, child)).collect(),
    }
}

fn part(method: &Method, trace: &Trace) -> RulePart {
    RulePart {
        text: trace.text.clone(),
        value: in_words(method, &trace.value),
        children: trace.children.iter().map(|child| part(method, child)).collect(),
    }
}

/// The longest value that is shown whole.
const SHOWN: usize = 120;

fn in_words(method: &Method, value: &Value) -> String {
    match value {
        Value::Null => method.text("unanswered", &[]),
        Value::Boolean(value) => method.text(if *value { "yes" } else { "no" }, &[]),
        Value::Date(date) => answer::day(method, *date),
        other => {
            let text = other.to_string();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
                None => text,
            }
        }
    }
}
