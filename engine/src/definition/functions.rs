//! The functions that the engine gives to rules: what they take and give.

use super::catalogue::concept_type;
use super::scope::Scope;
use crate::diagnostic::nearest;
use crate::feel::{HostCall, Misuse, Type};

/// The functions that the engine gives to rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostFunction {
    /// `concept(list, code)`.
    Concept,
    /// `responses(form)`.
    Responses,
}

impl HostFunction {
    /// The function with a number.
    pub fn of(id: u32) -> Option<Self> {
        [Self::Concept, Self::Responses]
            .into_iter()
            .find(|function| *function as u32 == id)
    }
}

impl Scope<'_> {
    /// `concept(list, code)`.
    pub(super) fn concept(&self, literals: &[Option<&str>]) -> Result<HostCall, Misuse> {
        let [list, _] = literals else {
            return Err(misuse(
                None,
                "`concept` takes a list and a code",
                "`concept(\"catalogue.list\", code)`",
            ));
        };
        let found = list.and_then(|list| self.types.lists.get(list));
        if let (Some(name), None) = (list, found)
            && !self.types.unreadable.has_list(name)
        {
            let near = nearest(name, self.types.lists.keys().map(String::as_str));
            let hint = near.map_or_else(
                || "method.yaml names catalogues and editions".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(misuse(Some(0), &format!("there is no list `{name}`"), &hint));
        }
        Ok(HostCall {
            id: HostFunction::Concept as u32,
            takes: vec![Type::String, found.map_or(Type::String, |list| list.code())],
            result: found.map_or_else(
                || concept_type(Type::String, Type::String, &[]),
                |list| list.concept(),
            ),
        })
    }

    /// `responses(form)`.
    pub(super) fn responses(&self, literals: &[Option<&str>]) -> Result<HostCall, Misuse> {
        let [Some(id)] = literals else {
            return Err(misuse(
                (literals.len() == 1).then_some(0),
                "`responses` takes the id of a form, in quotes",
                "`responses(\"form\")`",
            ));
        };
        let result = match self.types.form(id) {
            Some((index, kind)) => {
                self.read_forms.borrow_mut().insert(index);
                Type::list(kind.clone())
            }
            None if self.types.unreadable.has_form(id) => Type::Any,
            None => {
                let forms = self.types.forms.iter().map(String::as_str);
                let hint = nearest(id, forms).map_or_else(
                    || "a form's id stands at the top of its file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(misuse(Some(0), &format!("there is no form `{id}`"), &hint));
            }
        };
        Ok(HostCall {
            id: HostFunction::Responses as u32,
            takes: vec![Type::String],
            result,
        })
    }
}

fn misuse(argument: Option<usize>, message: &str, hint: &str) -> Misuse {
    Misuse {
        argument,
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    }
}
