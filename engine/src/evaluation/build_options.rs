//! What can be chosen in a field as it stands.

use super::answer;
use super::build_view::Builder;
use super::cell::Cell;
use super::session::Session;
use super::state::At;
use super::view::OptionView;
use super::world::{Seat, Sight};
use crate::definition::{Concept, Field, FieldIx, Kind, List, Options};

impl Builder<'_> {
    pub(super) fn options(
        &self,
        index: FieldIx,
        field: &Field,
        cell: Cell,
        at: &At,
        path: &str,
    ) -> Vec<OptionView> {
        if !cell.relevant {
            return Vec::new();
        }
        let sight = Sight::new(&self.session.world, &self.session.state, field.block, at);
        let answer = self.session.state.answer(cell, path);
        let chosen = |code: &str| match answer {
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
                match answer {
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
                let day = self.session.state.now.date();
                let now = list.on(day);
                let base = code
                    .and_then(|code| now.get(code))
                    .map_or(0, |concept| concept.depth + 1);
                let offered = |concept: &Concept| {
                    chosen(&concept.code)
                        || (list.holds(day, &concept.code)
                            && field
                                .options_where
                                .as_ref()
                                .is_none_or(|rule| sight.holds_of(rule, &concept.value())))
                };
                let option = |concept: &Concept| OptionView {
                    code: concept.code.to_string(),
                    label: concept.label.clone(),
                    help: concept.help.clone(),
                    provision: concept.provision.clone(),
                    depth: concept.depth - base.min(concept.depth),
                    heading: !concept.selectable,
                    selected: chosen(&concept.code),
                    ended: chosen(&concept.code)
                        .then(|| self.ended(list, &concept.code))
                        .flatten(),
                    free_text: self
                        .companion(index, &concept.code)
                        .map(|id| format!("{}{id}", path.strip_suffix(&field.id).unwrap_or_default())),
                };
                let shown = now.below(code).iter();
                let shown = shown.filter(|concept| !concept.selectable || offered(concept));
                let mut options: Vec<OptionView> = shown.map(option).collect();
                drop_empty_headings(&mut options);
                if list.is_dated() {
                    // What was chosen stays, also when it holds no longer.
                    let gone = list.all().iter().filter(|concept| chosen(&concept.code));
                    let gone: Vec<&Concept> =
                        gone.filter(|one| now.within(code, &one.code).is_none()).collect();
                    options.extend(gone.into_iter().map(option));
                }
                options
            }
        }
    }

    /// That a concept has ended by now, in words.
    pub(super) fn ended(&self, list: &List, code: &str) -> Option<String> {
        let world = &self.session.world;
        let end = list.ended(world.now.date(), code)?;
        let end = answer::day(&world.method.texts, end);
        Some(world.method.text("option_ended_mark", &[("day", &end)]))
    }

    pub(super) fn companion(&self, index: FieldIx, code: &str) -> Option<&str> {
        let fields = self.form.fields.iter();
        let mut own = fields.filter(|field| {
            field
                .companion_of
                .as_ref()
                .is_some_and(|(of, own)| *of == index && **own == *code)
        });
        own.next().map(|field| field.id.as_str())
    }

    pub(super) fn rows_to_choose(
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
            let rows = session.state.root.cells.get(group.cell).rows();
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
        ended: None,
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
