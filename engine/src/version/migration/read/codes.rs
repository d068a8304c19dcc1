//! What a migration says of codes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Code, Codes, CodesOf};
use super::{Reader, Sort};
use crate::definition::mirror::{self, CodeTo, To};
use crate::definition::{Field, Kind, List, Options};
use crate::diagnostic::nearest;
use crate::feel::Type;

impl Reader<'_> {
    pub(super) fn codes(&mut self, step: &mirror::Step, pointer: &str) {
        let (Some(name), Some(map)) = (step.codes.as_deref(), &step.map) else {
            return;
        };
        let at = format!("{pointer}/codes");
        let (of, known, site) = match self.parts.from.lists.get(name) {
            Some(list) => {
                let known: Vec<String> = list
                    .all()
                    .iter()
                    .map(|concept| concept.code.to_string())
                    .collect();
                (CodesOf::List(name.to_owned()), known, None)
            }
            None => {
                let lists = self.parts.from.lists.keys().map(String::as_str);
                if let Some(near) = nearest(name, lists) {
                    let message = format!("there is no list `{name}` in `{}`", self.parts.from.name());
                    return self.error(&at, message, Some(format!("did you mean `{near}`?")));
                }
                let Some((pattern, Sort::Field(field))) = self.earlier(Some(name), &at) else {
                    return;
                };
                let Some(site) = self.block(&pattern) else { return };
                let form = self.parts.from.all.get(site.0);
                let Some(list) = form.and_then(|form| held(form.fields.get(field)?)) else {
                    return self.error(&at, format!("`{name}` holds no codes"), None);
                };
                let known = list
                    .all()
                    .iter()
                    .map(|concept| concept.code.to_string())
                    .collect();
                (CodesOf::Field(pattern), known, Some(site))
            }
        };
        let mut codes = BTreeMap::new();
        for (code, to) in map {
            let below = format!("{pointer}/map/{code}");
            if !known.contains(code) {
                let near = nearest(code, known.iter().map(String::as_str));
                self.error(
                    &below,
                    format!("`{code}` is not a code there"),
                    near.map(|near| format!("did you mean `{near}`?")),
                );
                continue;
            }
            if let Some(to) = self.code(to, site, &below) {
                codes.insert(code.clone(), to);
            }
        }
        if self.migration.codes.iter().any(|codes| codes.of == of) {
            return self.error(
                &at,
                format!("another step has the codes of `{name}` already"),
                None,
            );
        }
        let becomes = match (&step.to, &of) {
            (None, _) => None,
            (Some(To::Place(list)), CodesOf::List(_)) if self.parts.to.lists.contains_key(list) => {
                Some(list.clone())
            }
            (Some(_), CodesOf::Field(_)) => {
                let hint = "the field moves with `move` or `rename`".to_owned();
                return self.error(
                    &format!("{pointer}/to"),
                    "only a list becomes another list",
                    Some(hint),
                );
            }
            (Some(_), CodesOf::List(_)) => {
                let known: Vec<&str> = self.parts.to.lists.keys().map(String::as_str).collect();
                return self.error(
                    &format!("{pointer}/to"),
                    format!("there is no such list in `{}`", self.parts.to.name()),
                    Some(format!("there are: {}", known.join(", "))),
                );
            }
        };
        self.migration.codes.push(Codes {
            of,
            becomes,
            map: codes,
        });
    }

    fn code(&self, to: &CodeTo, site: Option<(usize, usize)>, pointer: &str) -> Option<Code> {
        Some(match to {
            CodeTo::Code(code) => Code::To(code.clone()),
            CodeTo::Retire { retire, decide } => {
                Code::Retire(self.leaving(retire, decide.as_deref(), &format!("{pointer}/decide")))
            }
            CodeTo::Decide { decide, reason } => Code::Decide(decide.clone(), reason.clone()),
            CodeTo::When(cases) => {
                let mut found = Vec::new();
                for (index, case) in cases.iter().enumerate() {
                    let at = format!("{pointer}/{index}/when");
                    let rule = match (&case.when, site) {
                        (None, _) => None,
                        (Some(rule), Some((form, block))) => {
                            Some(self.compile(form, block, rule, &at, &Type::Boolean)?)
                        }
                        (Some(_), None) => {
                            self.error(
                                &at,
                                "a condition is asked where a field stands, not of a whole list",
                                Some("write `codes:` with the place of the field".to_owned()),
                            );
                            return None;
                        }
                    };
                    found.push((rule, case.to.clone()));
                }
                Code::When(found)
            }
        })
    }
}

/// The list whose codes a field holds, or whose codes are the keys of a group's rows.
fn held(field: &Field) -> Option<&Arc<List>> {
    match &field.kind {
        Kind::Choice(options) | Kind::Choices(options) | Kind::Score(options) => match options {
            Options::List(list, _) => Some(list),
            Options::Texts => None,
        },
        Kind::Group(group) => group.for_each.as_ref().map(|(list, _)| list),
        _ => None,
    }
}
