//! Places of both versions, as a migration names them.

use super::super::Pattern;
use super::{Reader, Sort};
use crate::definition::mirror::To;
use crate::definition::{Method, field_type};
use crate::diagnostic::nearest;
use crate::feel::Type;
use crate::version::place::{self, ANY};

impl Reader<'_> {
    /// Finds a place of a version.
    pub(super) fn place(&self, text: &str, method: &Method, pointer: &str) -> Option<(Pattern, Sort)> {
        let mut words = text.split('.');
        let id = words.next().unwrap_or_default();
        let Some(form) = method.all.iter().find(|form| form.id == id) else {
            let near = nearest(id, method.all.iter().map(|form| form.id.as_str()));
            self.error(
                pointer,
                format!("`{}` has no form `{id}`", method.name()),
                near.map(|near| format!("did you mean `{near}`?")),
            );
            return None;
        };
        let (mut path, mut block, mut sort): (Vec<String>, usize, Sort) = (Vec::new(), 0, Sort::Form);
        for word in words {
            let group = match sort {
                Sort::Field(index) => form.group(index),
                _ => None,
            };
            // Behind a group stands a row's code, or a field of all of its rows.
            if let (Sort::Field(index), Some(group)) = (sort, group) {
                let mut with = path.clone();
                with.push(word.to_owned());
                let parts: Vec<&str> = with.iter().map(String::as_str).collect();
                let code = word == ANY || group.for_each.is_some();
                if code && place::find(form, &parts).is_some_and(|spot| spot.row) {
                    path.push(word.to_owned());
                    (block, sort) = (group.block, Sort::Row(index));
                    continue;
                }
                path.push(ANY.to_owned());
                block = group.block;
            } else if matches!(sort, Sort::Field(_)) {
                self.error(
                    pointer,
                    format!("`{}` holds nothing below it", path.join(".")),
                    None,
                );
                return None;
            }
            let fields = || {
                let fields = form.blocks.get(block).map(|block| block.fields.as_slice());
                fields
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|index| Some((*index, form.fields.get(*index)?)))
            };
            let Some((index, field)) = fields().find(|(_, field)| field.id == word) else {
                let near = nearest(word, fields().map(|(_, field)| field.id.as_str()));
                let around =
                    std::iter::once(id).chain(path.iter().map(String::as_str).filter(|part| *part != ANY));
                self.error(
                    pointer,
                    format!(
                        "there is no `{word}` in `{}` of `{}`",
                        around.collect::<Vec<_>>().join("."),
                        method.name()
                    ),
                    near.map(|near| format!("did you mean `{near}`?")),
                );
                return None;
            };
            path.push(field.id.clone());
            sort = Sort::Field(index);
        }
        let pattern = Pattern {
            form: id.to_owned(),
            path,
        };
        Some((pattern, sort))
    }

    pub(super) fn earlier(&self, text: Option<&str>, pointer: &str) -> Option<(Pattern, Sort)> {
        self.place(text?, self.parts.from, pointer)
    }

    pub(super) fn later(&self, to: Option<&To>, pointer: &str) -> Option<(Pattern, Sort)> {
        match to? {
            To::Place(text) => self.place(text, self.parts.to, &format!("{pointer}/to")),
            To::Parts(_) => {
                self.error(&format!("{pointer}/to"), "one place stands here", None);
                None
            }
        }
    }

    /// The form of the earlier version, and the block in it in which a place stands.
    pub(super) fn block(&self, pattern: &Pattern) -> Option<(usize, usize)> {
        let index = self
            .parts
            .from
            .all
            .iter()
            .position(|form| form.id == pattern.form)?;
        let form = self.parts.from.all.get(index)?;
        let parts: Vec<&str> = pattern.path.iter().map(String::as_str).collect();
        let spot = place::find(form, &parts)?;
        Some((index, form.fields.get(spot.field)?.block))
    }

    /// What a field of the later version can hold.
    pub(super) fn wanted(&self, target: &Pattern, sort: Sort) -> Option<Type> {
        let Sort::Field(index) = sort else { return None };
        let form = self.parts.to.all.iter().find(|form| form.id == target.form)?;
        let field = form.fields.get(index).filter(|field| field.group().is_none())?;
        Some(field_type(form, field, None))
    }
}
