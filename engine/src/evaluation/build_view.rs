//! From an evaluated response to the tree that pages show.

use serde_json::Value as Json;

use super::answer;
use super::carry::source;
use super::cell::Cell;
use super::session::Session;
use super::state::{At, Row};
use super::view::{
    FieldView, FormView, GroupView, ItemView, Progress, RowView, SectionView, SourceChanged, Violation,
};
use super::world::Sight;
use crate::case::Provenance;
use crate::definition::{CarryMode, Concept, Field, FieldIx, Form, fill_in};
use crate::diagnostic::Severity;
use crate::value::Value;

impl Session {
    /// The response as pages show it.
    pub fn view(&self) -> FormView {
        let form = self.form();
        let builder = Builder {
            session: self,
            form,
            violations: self.violations(),
        };
        let sections: Vec<SectionView> = form
            .sections
            .iter()
            .enumerate()
            .map(|(index, section)| {
                let items = builder.items(0, &self.state.root, &At::default(), "", &[], Some(index));
                let mut progress = Progress::default();
                items.iter().for_each(|item| count(item, &mut progress));
                SectionView {
                    id: section.id.clone(),
                    title: section.title.clone(),
                    help: section.help.clone(),
                    relevant: items.iter().any(ItemView::relevant),
                    items,
                    progress,
                }
            })
            .collect();
        let own: Vec<Violation> = builder
            .violations
            .iter()
            .filter(|violation| violation.path.is_empty())
            .cloned()
            .collect();
        let mut progress = Progress::default();
        for section in &sections {
            progress.add(&section.progress);
        }
        own.iter().for_each(|violation| progress.violation(violation));
        FormView {
            form: form.id.clone(),
            title: form.title.clone(),
            response_title: self.title(),
            help: form.help.clone(),
            sections,
            violations: own,
            progress,
        }
    }

    /// A value as a title; nothing for null.
    fn in_words(&self, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.to_string()),
            Value::Date(date) => Some(answer::day(&self.world.method.texts, *date)),
            other => Some(other.to_string()),
        }
    }

    /// What tells this response apart, when the form has a rule for it.
    pub fn title(&self) -> Option<String> {
        let rule = self.form().response_title.as_ref()?;
        let value = Sight::new(&self.world, &self.state, 0, &At::default()).value(rule);
        self.in_words(&value)
    }
}

fn count(item: &ItemView, progress: &mut Progress) {
    match item {
        ItemView::Field(field) if field.relevant => {
            if !field.read_only {
                progress.fields += 1;
                progress.answered += usize::from(field.origin.is_some());
            }
            progress.missing += usize::from(field.required && field.origin.is_none());
            field
                .violations
                .iter()
                .for_each(|violation| progress.violation(violation));
        }
        ItemView::Group(group) if group.relevant => {
            group
                .violations
                .iter()
                .for_each(|violation| progress.violation(violation));
            for row in group.rows.iter().filter(|row| row.relevant) {
                row.items.iter().for_each(|item| count(item, progress));
            }
        }
        _ => {}
    }
}

impl Progress {
    fn violation(&mut self, violation: &Violation) {
        match violation.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning if violation.acknowledged.is_none() => self.warnings += 1,
            _ => {}
        }
    }

    fn add(&mut self, other: &Self) {
        self.fields += other.fields;
        self.answered += other.answered;
        self.missing += other.missing;
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

impl ItemView {
    /// Whether it is shown.
    pub fn relevant(&self) -> bool {
        match self {
            Self::Field(field) => field.relevant,
            Self::Group(group) => group.relevant,
        }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        match self {
            Self::Field(field) => &field.path,
            Self::Group(group) => &group.path,
        }
    }
}

pub(super) struct Builder<'a> {
    pub(super) session: &'a Session,
    pub(super) form: &'a Form,
    pub(super) violations: Vec<Violation>,
}

/// A row around a field: the name and concept of a `for_each` row, for labels.
type Around<'a> = (&'a str, &'a Concept);

impl<'a> Builder<'a> {
    fn items(
        &self,
        block: usize,
        row: &'a Row,
        at: &At,
        prefix: &str,
        around: &[Around<'a>],
        section: Option<usize>,
    ) -> Vec<ItemView> {
        let cells = row.fields(self.form, block);
        let cells = cells.filter_map(|(index, cell)| Some((index, self.form.fields.get(index)?, cell)));
        cells
            .filter(|(_, field, _)| section.is_none_or(|section| field.section == section))
            .map(|(index, field, cell)| {
                let path = format!("{prefix}{}", field.id);
                match field.group() {
                    Some(_) => ItemView::Group(self.group(field, cell, at, path, around)),
                    None => ItemView::Field(Box::new(self.field(index, field, cell, at, path, around))),
                }
            })
            .collect()
    }

    fn at_path(&self, path: &str) -> Vec<Violation> {
        self.violations
            .iter()
            .filter(|violation| violation.path == path)
            .cloned()
            .collect()
    }

    fn field(
        &self,
        index: FieldIx,
        field: &'a Field,
        cell: Cell,
        at: &At,
        path: String,
        around: &[Around],
    ) -> FieldView {
        let method = &self.session.world.method;
        let words = |text: &Option<String>| text.as_ref().map(|text| fill_in(text, around));
        let answer = self.session.state.answer(cell, &path);
        let provenance = self
            .session
            .state
            .answers
            .get(&path)
            .and_then(|answer| answer.provenance.as_deref());
        let carried = field.carry.as_ref().and_then(|carry| {
            let view = carry.mode == CarryMode::View;
            let current = self.session.world.current(self.session.state.seat, &carry.form)?;
            let response = match provenance {
                Some(provenance) => self.session.world.case.response(&provenance.response)?,
                None if view => self.session.world.case.responses.get(current)?,
                None => return None,
            };
            let form = method.form(&response.form)?;
            let day = answer::day(&method.texts, response.completed.unwrap_or(response.started));
            Some(method.text("carried_from", &[("form", &form.title), ("date", &day)]))
        });
        FieldView {
            label: fill_in(&field.label, around),
            question: words(&field.question),
            help: words(&field.help),
            placeholder: words(&field.placeholder),
            kind: field.kind.name(),
            options: self.options(index, field, cell, at, &path),
            value: answer.clone(),
            text: answer::words(&method.texts, field, answer, self.session.state.now.date()),
            relevant: cell.relevant,
            required: cell.required,
            read_only: cell.read_only || field.closed(),
            origin: cell.origin(),
            carried: carried.filter(|_| cell.relevant && cell.origin().is_some()),
            source_changed: provenance
                .filter(|_| cell.relevant)
                .and_then(|provenance| self.source_changed(field, answer, at, provenance)),
            violations: if cell.relevant {
                self.at_path(&path)
            } else {
                Vec::new()
            },
            marks: field.marks.clone(),
            confidential: field.confidential,
            explainable: provenance.is_some() || self.explainable(field),
            id: field.id.clone(),
            path,
        }
    }

    /// Whether a rule that looks at something decides about the field.
    fn explainable(&self, field: &Field) -> bool {
        let section = self
            .form
            .sections
            .get(field.section)
            .and_then(|section| section.show_if.as_ref());
        let rules = [
            &field.show_if,
            &field.require_if,
            &field.read_only_if,
            &field.value,
        ];
        let constraints = field.constraints.iter().map(|constraint| &constraint.rule);
        let carried = field.carry.as_ref().and_then(|carry| carry.condition.as_ref());
        let viewed = field
            .carry
            .as_ref()
            .is_some_and(|carry| carry.mode == CarryMode::View);
        if viewed && field.group().is_none() {
            return true;
        }
        let rows = field
            .group()
            .into_iter()
            .flat_map(|group| group.conditions.values());
        let rules = rules
            .into_iter()
            .flatten()
            .chain(section)
            .chain(carried)
            .chain(rows);
        let mut all = rules.chain(constraints);
        all.any(|rule| !rule.program.reads().slots.is_empty())
    }

    fn source_changed(
        &self,
        field: &Field,
        answer: &Json,
        at: &At,
        provenance: &Provenance,
    ) -> Option<SourceChanged> {
        let carry = field.carry.as_ref()?;
        let world = &self.session.world;
        let (_, now) = source(world, &self.session.state, carry, field, at)?;
        if now == provenance.value || now == *answer {
            return None;
        }
        let title = world
            .method
            .form(&carry.form)
            .map(|form| form.title.as_str())
            .unwrap_or_default();
        Some(SourceChanged {
            message: world.method.text("source_changed", &[("form", title)]),
            text: answer::words(&world.method.texts, field, &now, self.session.state.now.date()),
            value: now,
        })
    }

    pub(super) fn row_title(&self, field: &Field, row: &Row, at: &At, place: usize) -> String {
        let method = &self.session.world.method;
        let Some(group) = field.group() else {
            return String::new();
        };
        if let Some((list, _)) = &group.for_each {
            let day = self.session.state.now.date();
            let label = list.known_on(day, &row.key).map(|concept| concept.label.as_str());
            let ended = self.ended(list, &row.key).map(|ended| format!(" ({ended})"));
            return format!("{}{}", label.unwrap_or_default(), ended.unwrap_or_default());
        }
        let titled = group.row_title.as_ref().and_then(|rule| {
            self.session
                .in_words(&Sight::new(&self.session.world, &self.session.state, group.block, at).value(rule))
        });
        titled.unwrap_or_else(|| {
            let label = group.row_label.as_deref().unwrap_or(&field.label);
            method.text(
                "row_number",
                &[("label", label), ("number", &(place + 1).to_string())],
            )
        })
    }

    fn group(
        &self,
        field: &'a Field,
        cell: Cell<'a>,
        at: &At,
        path: String,
        around: &[Around<'a>],
    ) -> GroupView {
        let group = field.group();
        let fixed = group.is_none_or(|group| group.for_each.is_some()) || field.closed();
        let words = |text: &Option<String>| text.as_ref().map(|text| fill_in(text, around));
        let rows = cell.rows().iter().enumerate().filter_map(|(place, row)| {
            let group = group?;
            let row_at = at.inside(place);
            let row_path = format!("{path}.{}", row.key);
            let mut inside: Vec<Around<'a>> = around.to_vec();
            if let (Some(name), Some((list, _))) = (&group.row_name, &group.for_each)
                && let Some(concept) = list.known_on(self.session.state.now.date(), &row.key)
            {
                inside.push((name, concept));
            }
            Some(RowView {
                key: row.key.to_string(),
                title: self.row_title(field, row, &row_at, place),
                relevant: row.relevant,
                can_remove: !fixed,
                items: self.items(group.block, row, &row_at, &format!("{row_path}."), &inside, None),
                path: row_path,
            })
        });
        let rows: Vec<RowView> = rows.collect();
        let row_label = group
            .and_then(|group| group.row_label.clone())
            .unwrap_or_else(|| field.label.clone());
        let violations = self.at_path(&path);
        GroupView {
            explainable: self.explainable(field),
            id: field.id.clone(),
            label: fill_in(&field.label, around),
            question: words(&field.question),
            help: words(&field.help),
            row_label,
            can_add: !fixed && cell.relevant && !cell.read_only,
            relevant: cell.relevant
                && (!fixed || !violations.is_empty() || rows.iter().any(|row| row.relevant)),
            rows,
            violations,
            path,
        }
    }
}
