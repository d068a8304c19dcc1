//! What is wrong with data needs: names that lead nowhere.

use std::sync::Arc;

use super::super::form::{Field, Form, Options};
use super::super::lower::Lists;
use super::super::mirror;
use super::{CODED, Needs, NeedsDraft, Said, rows};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Place;

impl NeedsDraft<'_> {
    pub(super) fn error(&self, pointer: &str, message: impl Into<String>, hint: Option<String>) {
        let told = Diagnostic::error(&self.document.source, self.document.span(pointer), message);
        self.problems.borrow_mut().push(told.with_hint_of(hint));
    }

    pub(super) fn unknown<'b>(
        &self,
        pointer: &str,
        message: String,
        wanted: &str,
        known: impl Iterator<Item = &'b str>,
    ) {
        let near = nearest(wanted, known).map(|near| format!("did you mean `{near}`?"));
        self.error(pointer, message, near);
    }

    pub(super) fn phase(&self, method: &mirror::Method, phase: &str, pointer: &str) {
        let phases = || method.phases.iter().map(|phase| phase.id.as_str());
        if phases().all(|id| id != phase) {
            self.unknown(
                pointer,
                format!("the method has no phase `{phase}`"),
                phase,
                phases(),
            );
        }
    }

    /// Tells of codes that the lists of their columns do not have.
    pub(super) fn codes(&self, lists: &Lists) {
        for (column, name) in &self.file.columns {
            if !lists.contains_key(name) && !self.unreadable.has_list(name) {
                let message = format!("there is no list `{name}` in the method's catalogues");
                self.unknown(
                    &format!("/columns/{column}"),
                    message,
                    name,
                    lists.keys().map(String::as_str),
                );
            }
        }
        for (index, need) in self.file.needs.iter().enumerate() {
            for (column, said) in need
                .columns()
                .into_iter()
                .filter(|(column, _)| CODED.contains(column))
            {
                let pointer = format!("/needs/{index}/{column}");
                let Some(name) = self.file.columns.get(column) else {
                    let hint = format!("under `columns`, write `{column}: catalogue.list`");
                    self.error(
                        &pointer,
                        format!("no list says what the codes of `{column}` mean"),
                        Some(hint),
                    );
                    continue;
                };
                let Some(list) = lists.get(name) else { continue };
                let codes: Vec<(String, &str)> = match &said {
                    Said::Codes(codes) => codes
                        .iter()
                        .enumerate()
                        .map(|(place, code)| (place.to_string(), *code))
                        .collect(),
                    Said::Minutes(minutes) => {
                        minutes.keys().map(|code| (code.clone(), code.as_str())).collect()
                    }
                    _ => Vec::new(),
                };
                for (key, code) in codes.into_iter().filter(|(_, code)| list.get(code).is_none()) {
                    let at = format!("{pointer}/{key}");
                    let span = match said {
                        Said::Minutes(_) => self.document.key_span(&at),
                        _ => self.document.span(&at),
                    };
                    let near = nearest(code, list.all().iter().map(|concept| &*concept.code));
                    let told = Diagnostic::error(
                        &self.document.source,
                        span,
                        format!("`{name}` has no code `{code}`"),
                    );
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    self.problems.borrow_mut().push(told.with_hint_of(hint));
                }
            }
        }
    }

    /// The needs, when all forms stand.
    pub fn finish(&self, forms: &[&Form]) -> Option<Needs> {
        let own: Vec<&Form> = forms.iter().copied().filter(|form| self.is_own(form)).collect();
        let first = own.first()?;
        let mut groups = rows(first);
        let Some((group, list)) = groups.next() else {
            let hint = "write `for_each: needs` at a group of a section";
            self.error(
                "/sections",
                "no group has a row for each need",
                Some(hint.to_owned()),
            );
            return None;
        };
        if let Some(second) = groups.next().and_then(|(group, _)| first.fields.get(group)) {
            let message = format!("`{}` is a second group with a row for each need", second.id);
            let told = Diagnostic::error(&second.place.source, second.place.span.clone(), message);
            let hint = "put its fields into the first: a need has one row";
            self.problems.borrow_mut().push(told.with_hint(hint));
        }
        self.titles();
        let group_id = first.fields.get(group)?.id.clone();
        let inside = first.blocks.get(list)?;
        let field = |id: &str| inside.field(id).and_then(|field| first.fields.get(field));
        let named = |key: &str, id: &str, fits: &dyn Fn(&Field) -> bool, kind: &str| match field(id) {
            Some(found) if fits(found) => {}
            Some(_) => self.error(&format!("/{key}"), format!("`{id}` is no {kind}"), None),
            None => {
                let known = inside.names.iter().map(|name| &**name);
                self.unknown(
                    &format!("/{key}"),
                    format!("there is no field `{id}` in a need's row"),
                    id,
                    known,
                );
            }
        };
        named(
            "status",
            &self.file.status,
            &|field| field.options().is_some(),
            "choice",
        );
        if let Some(spent) = &self.file.spent {
            named("spent", spent, &|field| field.kind.name() == "number", "number");
        }
        if let Some(Options::List(list, _)) = field(&self.file.status).and_then(Field::options) {
            for (key, codes) in [("received", &self.file.received), ("closed", &self.file.closed)] {
                for (place, code) in codes
                    .iter()
                    .enumerate()
                    .filter(|(_, code)| list.get(code).is_none())
                {
                    let known = list.all().iter().map(|concept| &*concept.code);
                    let message = format!("`{}` has no code `{code}`", list.name());
                    self.unknown(&format!("/{key}/{place}"), message, code, known);
                }
                for (place, code) in codes.iter().enumerate() {
                    if list.get(code).is_some_and(|concept| !concept.selectable) {
                        let message = format!("nobody can choose `{code}`: it is a heading");
                        self.error(&format!("/{key}/{place}"), message, None);
                    }
                }
            }
        }
        for (place, code) in self.file.closed.iter().enumerate() {
            if self.file.received.contains(code) {
                let message = format!("with `{code}` a need is met already");
                let hint = "`closed` is for codes with which it is not, and never will be".to_owned();
                self.error(&format!("/closed/{place}"), message, Some(hint));
            }
        }
        self.uses(forms);
        let place = |index: usize| Place {
            source: Arc::clone(&self.document.source),
            span: self.document.span(&format!("/needs/{index}/id")),
        };
        Some(Needs {
            all: self.file.needs.clone(),
            places: (0..self.file.needs.len()).map(place).collect(),
            forms: own
                .iter()
                .map(|form| (form.phase.clone(), form.id.clone()))
                .collect(),
            group: group_id,
            status: self.file.status.clone(),
            spent: self.file.spent.clone(),
            received: self.file.received.clone(),
            closed: self.file.closed.clone(),
            columns: self.file.columns.clone(),
        })
    }

    /// Tells of what stands in braces and is nothing that is filled in.
    fn titles(&self) {
        let texts = [
            ("title", Some(&self.file.title)),
            ("help", self.file.help.as_ref()),
        ];
        for (key, text) in texts {
            let rest = text.map(|text| text.replace("{phase}", "")).unwrap_or_default();
            if let Some((_, rest)) = rest.split_once('{') {
                let name = rest.split('}').next().unwrap_or_default();
                let message = format!("`{{{name}}}` is nothing that is filled in here");
                let hint = "`{phase}` is the title of the phase".to_owned();
                self.error(&format!("/{key}"), message, Some(hint));
            }
        }
    }

    fn is_own(&self, form: &Form) -> bool {
        form.id == self.form_id(&form.phase) && Arc::ptr_eq(&form.place.source, &self.document.source)
    }

    /// Tells of fields that are not there.
    fn uses(&self, forms: &[&Form]) {
        for (index, need) in self.file.needs.iter().enumerate() {
            for (place, path) in need.used_in.iter().enumerate() {
                let pointer = format!("/needs/{index}/used_in/{place}");
                let (id, rest) = path.split_once('.').unwrap_or((path, ""));
                let Some(form) = forms.iter().find(|form| form.id == id && !form.phase.is_empty()) else {
                    if !self.unreadable.has_form(id) {
                        let known = forms.iter().map(|form| form.id.as_str());
                        self.unknown(&pointer, format!("there is no form `{id}`"), id, known);
                    }
                    continue;
                };
                if form.field_at(rest).is_none() {
                    let known = form.fields.iter().map(|field| field.path.as_str());
                    self.unknown(
                        &pointer,
                        format!("there is no field `{rest}` in `{id}`"),
                        rest,
                        known,
                    );
                }
            }
        }
    }
}
