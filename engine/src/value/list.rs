//! Values in order.

use std::ops::Deref;

use super::Value;

/// Values in order, which know how deep they are nested.
#[derive(Clone, Debug, Default)]
pub struct List {
    items: Vec<Value>,
    depth: u16,
}

impl List {
    /// How many lists and contexts stand in each other, this one included.
    pub fn depth(&self) -> u16 {
        self.depth
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or(0);
        List { items, depth }
    }
}

impl From<List> for Vec<Value> {
    fn from(list: List) -> Self {
        list.items
    }
}

impl Extend<Value> for List {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, more: I) {
        let depth = &mut self.depth;
        self.items.extend(
            more.into_iter()
                .inspect(|item| *depth = (*depth).max(1 + item.depth())),
        );
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}
