//! From an evaluated response to the tree that pages show.

use super::answer;
use super::session::Session;
use super::state::{At, Cell, Row};
use super::view::{
    FieldView, FormView, GroupView, ItemView, OptionView, Progress, RowView, SectionView, SourceChanged,
    Violation,
};
use super::world::{Seat, Sight};
use crate::case::Provenance;
use crate::definition::{CarryMode, Concept, Field, FieldIx, Form, Kind, Options, fill_in};
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
            Value::Date(date) => Some(answer::day(&self.world.method, *date)),
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

struct Builder<'a> {
    session: &'a Session,
    form: &'a Form,
    violations: Vec<Violation>,
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
        let Some(inside) = self.form.blocks.get(block) else {
            return Vec::new();
        };
        let cells = inside.fields.iter().zip(&row.cells);
        let cells = cells.filter_map(|(index, cell)| Some((*index, self.form.fields.get(*index)?, cell)));
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
        cell: &Cell,
        at: &At,
        path: String,
        around: &[Around],
    ) -> FieldView {
        let method = &self.session.world.method;
        let words = |text: &Option<String>| text.as_ref().map(|text| fill_in(text, around));
        let provenance = self
            .session
            .state
            .answers
            .get(&path)
            .and_then(|answer| answer.provenance.as_ref());
        let carried = field.carry.as_ref().and_then(|carry| {
            let view = carry.mode == CarryMode::View;
            let current = self.session.world.current(self.session.state.seat, &carry.form)?;
            let response = match provenance {
                Some(provenance) => self.session.world.case.response(&provenance.response)?,
                None if view => self.session.world.case.responses.get(current)?,
                None => return None,
            };
            let form = method.form(&response.form)?;
            let day = answer::day(method, response.completed.unwrap_or(response.started));
            Some(method.text("carried_from", &[("form", &form.title), ("date", &day)]))
        });
        FieldView {
            label: fill_in(&field.label, around),
            question: words(&field.question),
            help: words(&field.help),
            placeholder: words(&field.placeholder),
            kind: field.kind.name(),
            options: self.options(index, field, cell, at, &path),
            value: cell.answer.clone(),
            text: answer::words(method, field, &cell.answer),
            relevant: cell.relevant,
            required: cell.required,
            read_only: cell.read_only || field.closed(),
            origin: cell.origin,
            carried: carried.filter(|_| cell.relevant && cell.origin.is_some()),
            source_changed: provenance
                .filter(|_| cell.relevant)
                .and_then(|provenance| self.source_changed(field, cell, at, provenance)),
            violations: if cell.relevant {
                self.at_path(&path)
            } else {
                Vec::new()
            },
            marks: field.marks.clone(),
            confidential: field.confidential,
            explainable: self.explainable(field),
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
        let mut all = rules.into_iter().flatten().chain(section).chain(constraints);
        all.any(|rule| !rule.program.reads().slots.is_empty())
    }

    fn source_changed(
        &self,
        field: &Field,
        cell: &Cell,
        at: &At,
        provenance: &Provenance,
    ) -> Option<SourceChanged> {
        let carry = field.carry.as_ref()?;
        let world = &self.session.world;
        let current = world.current(self.session.state.seat, &carry.form)?;
        let source = world.state(Seat::Response(current))?;
        let form = source.form(&world.method);
        let wanted = form.fields.get(carry.field)?;
        let keys = Sight::new(world, &self.session.state, field.block, at).keys();
        let mut row = &source.root;
        for (group, key) in form.groups_around(wanted.block).zip(keys) {
            row = row
                .cells
                .get(form.fields.get(group)?.cell)?
                .rows
                .iter()
                .find(|row| &*row.key == key)?;
        }
        let now = row.cells.get(wanted.cell)?;
        if !now.relevant || now.answer == provenance.value || now.answer == cell.answer {
            return None;
        }
        let message = world.method.text("source_changed", &[("form", &form.title)]);
        Some(SourceChanged {
            message,
            text: answer::words(&world.method, wanted, &now.answer),
            value: now.answer.clone(),
        })
    }

    fn options(&self, index: FieldIx, field: &Field, cell: &Cell, at: &At, path: &str) -> Vec<OptionView> {
        if !cell.relevant {
            return Vec::new();
        }
        let sight = Sight::new(&self.session.world, &self.session.state, field.block, at);
        let chosen = |code: &str| match &cell.answer {
            serde_json::Value::Array(codes) => codes.iter().any(|other| other.as_str() == Some(code)),
            serde_json::Value::Number(number) => number.to_string() == code,
            other => other.as_str() == Some(code),
        };
        if let Kind::Reference(target) = &field.kind {
            return self.rows_to_choose(target, &chosen);
        }
        match field.options() {
            None => Vec::new(),
            Some(Options::Texts) => {
                let texts = field
                    .choices_from
                    .as_ref()
                    .map(|rule| sight.value(rule))
                    .unwrap_or_default();
                let mut codes: Vec<String> = texts
                    .as_list()
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|text| Some(text.as_str()?.to_owned()))
                    .collect();
                // What was chosen stays visible, also when it is no longer offered.
                match &cell.answer {
                    serde_json::Value::String(code) => codes.push(code.clone()),
                    serde_json::Value::Array(all) => {
                        codes.extend(all.iter().filter_map(|code| Some(code.as_str()?.to_owned())))
                    }
                    _ => {}
                }
                let mut seen = std::collections::HashSet::new();
                codes.retain(|code| seen.insert(code.clone()));
                codes.into_iter().map(|code| text_option(code, &chosen)).collect()
            }
            Some(Options::List(list, branch)) => {
                let keys = sight.keys();
                let code = branch.code(&keys);
                let base = code
                    .and_then(|code| list.get(code))
                    .map_or(0, |concept| concept.depth + 1);
                let today = self.session.state.now.date();
                let valid = |concept: &Concept| {
                    concept.valid_from.is_none_or(|from| from <= today)
                        && concept.valid_to.is_none_or(|to| today < to)
                };
                let offered = |concept: &Concept| {
                    chosen(&concept.code)
                        || (valid(concept)
                            && field
                                .options_where
                                .as_ref()
                                .is_none_or(|rule| sight.holds_of(rule, &concept.value())))
                };
                let mut options: Vec<OptionView> = list
                    .below(code)
                    .iter()
                    .filter(|concept| !concept.selectable || offered(concept))
                    .map(|concept| OptionView {
                        code: concept.code.to_string(),
                        label: concept.label.clone(),
                        help: concept.help.clone(),
                        provision: concept.provision.clone(),
                        depth: concept.depth - base.min(concept.depth),
                        heading: !concept.selectable,
                        selected: chosen(&concept.code),
                        free_text: self
                            .companion(index, &concept.code)
                            .map(|id| format!("{}{id}", path.strip_suffix(&field.id).unwrap_or_default())),
                    })
                    .collect();
                drop_empty_headings(&mut options);
                options
            }
        }
    }

    fn companion(&self, index: FieldIx, code: &str) -> Option<&str> {
        let fields = self.form.fields.iter();
        let mut own = fields.filter(|field| {
            field
                .companion_of
                .as_ref()
                .is_some_and(|(of, own)| *of == index && **own == *code)
        });
        own.next().map(|field| field.id.as_str())
    }

    fn rows_to_choose(
        &self,
        target: &crate::definition::Target,
        chosen: &dyn Fn(&str) -> bool,
    ) -> Vec<OptionView> {
        let world = &self.session.world;
        let title = |session: &Session| {
            let form = session.form();
            let Some(group) = form.fields.get(target.group) else {
                return Vec::new();
            };
            let rows = session
                .state
                .root
                .cells
                .get(group.cell)
                .map(|cell| cell.rows.as_slice())
                .unwrap_or_default();
            let builder = Builder {
                session,
                form,
                violations: Vec::new(),
            };
            let rows = rows.iter().enumerate().filter(|(_, row)| row.relevant);
            rows.map(|(place, row)| {
                let label = builder.row_title(group, row, &At::default().inside(place), place);
                OptionView {
                    selected: chosen(&row.key),
                    label,
                    ..text_option(row.key.to_string(), &|_| false)
                }
            })
            .collect()
        };
        match &target.form {
            None => title(self.session),
            Some(form) => {
                let current = world.current(self.session.state.seat, form);
                current
                    .and_then(|index| Session::seated(world, Seat::Response(index)))
                    .map(|session| title(&session))
                    .unwrap_or_default()
            }
        }
    }

    fn row_title(&self, field: &Field, row: &Row, at: &At, place: usize) -> String {
        let method = &self.session.world.method;
        let Some(group) = field.group() else {
            return String::new();
        };
        if let Some((list, _)) = &group.for_each {
            return list
                .get(&row.key)
                .map(|concept| concept.label.clone())
                .unwrap_or_default();
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
        cell: &'a Cell,
        at: &At,
        path: String,
        around: &[Around<'a>],
    ) -> GroupView {
        let group = field.group();
        let fixed = group.is_none_or(|group| group.for_each.is_some()) || field.closed();
        let words = |text: &Option<String>| text.as_ref().map(|text| fill_in(text, around));
        let rows = cell.rows.iter().enumerate().filter_map(|(place, row)| {
            let group = group?;
            let row_at = at.inside(place);
            let row_path = format!("{path}.{}", row.key);
            let mut inside: Vec<Around<'a>> = around.to_vec();
            if let (Some(name), Some((list, _))) = (&group.row_name, &group.for_each)
                && let Some(concept) = list.get(&row.key)
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
        let method = &self.session.world.method;
        let row_label = group
            .and_then(|group| group.row_label.clone())
            .unwrap_or_else(|| field.label.clone());
        let violations = self.at_path(&path);
        GroupView {
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

fn text_option(code: String, chosen: &dyn Fn(&str) -> bool) -> OptionView {
    OptionView {
        selected: chosen(&code),
        label: code.clone(),
        code,
        help: None,
        provision: None,
        depth: 0,
        heading: false,
        free_text: None,
    }
}

/// A heading without options below it says nothing.
fn drop_empty_headings(options: &mut Vec<OptionView>) {
    let needed = |place: usize, heading: &OptionView| {
        let below = options.get(place + 1..).unwrap_or_default().iter();
        below
            .take_while(|option| option.depth > heading.depth)
            .any(|option| !option.heading)
    };
    let mut keep = options
        .iter()
        .enumerate()
        .map(|(place, option)| !option.heading || needed(place, option))
        .collect::<Vec<_>>()
        .into_iter();
    options.retain(|_| keep.next().unwrap_or(true));
}
