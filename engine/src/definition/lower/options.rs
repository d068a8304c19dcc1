//! What choices choose from, and the texts that options open.

use std::sync::Arc;

use super::super::catalogue::List;
use super::super::form::{BlockIx, Branch, FieldIx, Kind, Options};
use super::super::mirror::{self, RuleText};
use super::Builder;
use crate::diagnostic::{Diagnostic, Severity, nearest};

impl Builder<'_> {
    pub(super) fn options(
        &mut self,
        file: &mirror::Field,
        index: FieldIx,
        block: BlockIx,
        pointer: &str,
    ) -> Options {
        match &file.options {
            Some(name) => match self.list(name, block, &format!("{pointer}/options")) {
                Some((list, branch)) => Options::List(list, branch),
                None => {
                    self.draft.form.fields[index].guessed = true;
                    Options::Texts
                }
            },
            None => {
                if file.choices_from.is_none() && file.carry.is_none() {
                    self.error(
                        &format!("{pointer}/id"),
                        format!("the field `{}` has nothing to choose from", file.id),
                    )
                    .hint = Some("give `options` (catalogue.list) or `choices_from` (a rule)".to_owned());
                }
                Options::Texts
            }
        }
    }

    /// Finds `catalogue.list/branch`; a branch in braces is the code of a row around the field.
    pub(super) fn list(&mut self, name: &str, block: BlockIx, pointer: &str) -> Option<(Arc<List>, Branch)> {
        let (list_name, branch) = name
            .split_once('/')
            .map_or((name, None), |(list, branch)| (list, Some(branch)));
        let Some(list) = self.lists.get(list_name).cloned() else {
            if self.files.unreadable.has_list(list_name) {
                return None;
            }
            let near = nearest(list_name, self.lists.keys().map(String::as_str)).map(str::to_owned);
            self.error(
                pointer,
                format!("there is no list `{list_name}` in the method's catalogues"),
            )
            .hint = near
                .map(|near| format!("did you mean `{near}`?"))
                .or(Some("method.yaml names catalogues and editions".to_owned()));
            return None;
        };
        let branch = match branch {
            None => Branch::Whole,
            Some(branch) => match branch.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => match self.row_depth(name, block) {
                    Some(depth) => Branch::BelowRow(depth),
                    None => {
                        self.error(pointer, format!("no group around this is `as: {name}`"));
                        return None;
                    }
                },
                None if list.get(branch).is_some() => {
                    self.always(&list, branch, pointer);
                    Branch::Below(branch.into())
                }
                None => {
                    let near = nearest(branch, list.all().iter().map(|concept| concept.code.as_ref()))
                        .map(str::to_owned);
                    self.error(pointer, format!("`{list_name}` has no concept `{branch}`"))
                        .hint = near.map(|near| format!("did you mean `{near}`?"));
                    return None;
                }
            },
        };
        Some((list, branch))
    }

    /// Warns of a branch that is not there in all editions of a list.
    fn always(&mut self, list: &List, branch: &str, pointer: &str) {
        let Some(without) = list.stages().find(|stage| stage.get(branch).is_none()) else {
            return;
        };
        let message = format!(
            "in edition {} `{}` has no concept `{branch}`",
            without.edition,
            list.name()
        );
        let document = &self.draft.document;
        let warning = Diagnostic::new(
            Severity::Warning,
            &document.source,
            document.span(pointer),
            message,
        );
        self.diagnostics
            .push(warning.with_hint("there is nothing to choose while that edition holds"));
    }

    pub(super) fn row_depth(&self, name: &str, block: BlockIx) -> Option<usize> {
        let form = &self.draft.form;
        let mut groups = form.groups_around(block).enumerate();
        groups
            .find(|(_, group)| {
                form.group(*group)
                    .is_some_and(|group| group.row_name.as_deref() == Some(name))
            })
            .map(|(depth, _)| depth + 1)
    }

    /// The text fields that options with `free_text` open: fields like others, written by the catalogue.
    pub(super) fn companions(&mut self, file: &mirror::Field, index: FieldIx, pointer: &str) {
        let host = &self.draft.form.fields[index];
        let (block, section) = (host.block, host.section);
        let several = matches!(host.kind, Kind::Choices(_));
        let Some(Options::List(list, branch)) = host.options().cloned() else {
            return;
        };
        let branch = match &branch {
            Branch::Whole => None,
            Branch::Below(code) => Some(code.to_string()),
            Branch::BelowRow(_) => return,
        };
        let selectable = list
            .below(branch.as_deref())
            .iter()
            .filter(|concept| concept.selectable);
        for (concept, prompt) in selectable.filter_map(|concept| Some((concept, concept.free_text.clone()?)))
        {
            let show_if = if several {
                format!("list contains({}, \"{}\")", file.id, concept.code)
            } else {
                format!("{} = \"{}\"", file.id, concept.code)
            };
            let written = mirror::Field {
                id: format!("{}__{}", file.id, concept.code),
                kind: Some("text".to_owned()),
                label: Some(concept.label.clone()),
                help: Some(prompt),
                show_if: Some(RuleText(show_if)),
                marks: file.marks.clone(),
                source: file.source.clone(),
                confidential: file.confidential,
                ..mirror::Field::default()
            };
            let companion = self.field(&written, block, section, pointer, false);
            self.draft.form.fields[companion].companion_of = Some((index, Arc::clone(&concept.code)));
            if let Some(carry) = &file.carry {
                let from = format!("{}__{}", carry.from, concept.code);
                let carry = mirror::Carry {
                    from,
                    mode: carry.mode,
                    condition: None,
                };
                self.draft.carries.push((companion, carry, pointer.to_owned()));
            }
        }
    }
}
