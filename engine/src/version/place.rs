//! Where an answer stands: from its path back to the field of the form, and every place that a form has.

use crate::definition::{Field, FieldIx, Form, Group, Kind};

/// The key of any row, where rows have keys of their own.
pub const ANY: &str = "*";

/// Something in a form: a field, a group, or a row of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot<'a> {
    /// The field; of a row, its group.
    pub field: FieldIx,
    /// Keys of the rows around it, from the outside; of a row, its own behind them.
    pub keys: Vec<&'a str>,
    /// Whether it is a row.
    pub row: bool,
}

/// What stands at a path, ids and row keys in turn.
pub fn find<'a>(form: &Form, path: &[&'a str]) -> Option<Spot<'a>> {
    let mut block = 0;
    let mut keys = Vec::new();
    let mut parts = path.iter();
    loop {
        let id = parts.next()?;
        let field = form.blocks.get(block)?.field(id)?;
        let spot = |keys: Vec<&'a str>, row| Some(Spot { field, keys, row });
        let Some(key) = parts.next() else {
            return spot(keys, false);
        };
        let group = form.group(field)?;
        if !has_row(group, &keys, key) {
            return None;
        }
        keys.push(*key);
        if parts.as_slice().is_empty() {
            return spot(keys, true);
        }
        block = group.block;
    }
}

/// Whether a group can have a row with this key.
fn has_row(group: &Group, around: &[&str], key: &str) -> bool {
    match &group.for_each {
        None => true,
        Some((list, branch)) => {
            let below = branch.code(around);
            match key {
                ANY => true,
                // Which row stands around is open, so that any code of the list may be below it.
                _ if below == Some(ANY) => list.get(key).is_some(),
                _ => list.children(below).any(|concept| &*concept.code == key),
            }
        }
    }
}

/// Is given a field, its path, and the keys of the rows around it.
type Visit<'v, 'a> = dyn FnMut(&'a Field, &[&'a str], &[&'a str]) + 'v;

/// Visits every field of a form that holds an answer, once for each row that follows a list; rows of people's own have the key
/// [`ANY`].
pub(super) fn each<'a>(form: &'a Form, visit: &mut Visit<'_, 'a>) {
    walk(form, 0, &mut Vec::new(), &mut Vec::new(), visit);
}

fn walk<'a>(
    form: &'a Form,
    block: usize,
    path: &mut Vec<&'a str>,
    keys: &mut Vec<&'a str>,
    visit: &mut Visit<'_, 'a>,
) {
    let Some(inside) = form.blocks.get(block) else {
        return;
    };
    for field in inside.fields.iter().filter_map(|field| form.fields.get(*field)) {
        path.push(&field.id);
        match &field.kind {
            Kind::Group(group) => {
                let rows: Vec<&str> = match &group.for_each {
                    None => vec![ANY],
                    Some((list, branch)) => list
                        .children(branch.code(keys))
                        .map(|concept| &*concept.code)
                        .collect(),
                };
                for key in rows {
                    path.push(key);
                    keys.push(key);
                    walk(form, group.block, path, keys, visit);
                    path.pop();
                    keys.pop();
                }
            }
            _ => visit(field, path, keys),
        }
        path.pop();
    }
}
