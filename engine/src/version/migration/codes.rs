//! What becomes of codes: as answers, and as keys of rows.

use super::{Code, CodesOf, Migration};
use crate::definition::Form;

impl Migration {
    /// What is said of a code of a list, at a place or everywhere; `None`: it stays what it is.
    pub(super) fn code(&self, form: &str, path: &[&str], list: &str, code: &str) -> Option<&Code> {
        let at_field = self.codes.iter().filter(|codes| match &codes.of {
            CodesOf::Field(pattern) => pattern.path.len() == path.len() && pattern.holds(form, path),
            CodesOf::List(_) => false,
        });
        let of_list = self
            .codes
            .iter()
            .filter(|codes| matches!(&codes.of, CodesOf::List(name) if name == list));
        at_field.chain(of_list).find_map(|codes| codes.map.get(code))
    }

    /// The path with its row keys as they are in the later version; `Err` says why a row is retired.
    pub(super) fn mapped_keys<'a>(&'a self, form: &Form, path: &[&'a str]) -> Result<Vec<&'a str>, &'a str> {
        let mut mapped = path.to_vec();
        let mut block = 0;
        for (place, pair) in path.chunks(2).enumerate() {
            let [id, key] = pair else { break };
            let group = form
                .blocks
                .get(block)
                .and_then(|inside| form.group(inside.field(id)?));
            let Some(group) = group else { break };
            block = group.block;
            let Some((list, _)) = &group.for_each else {
                continue;
            };
            let group_path = path.get(..place * 2 + 1).unwrap_or_default();
            let new = match self.code(&form.id, group_path, &list.name(), key) {
                Some(Code::To(code)) => code.as_str(),
                Some(Code::Decide(_, reason)) => return Err(reason),
                Some(Code::Retire(leaving)) => return Err(&leaving.reason),
                Some(Code::When(_)) | None => key,
            };
            if let Some(slot) = mapped.get_mut(place * 2 + 1) {
                *slot = new;
            }
        }
        Ok(mapped)
    }
}
