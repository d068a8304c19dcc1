//! Values in order.

use std::ops::Deref;

use super::{Size, Value};

/// Values in order, which know how large they are.
#[derive(Clone, Debug)]
pub struct List {
    items: Vec<Value>,
    size: Size,
}

impl List {
    /// How large it is.
    pub fn size(&self) -> Size {
        self.size
    }
}

impl Default for List {
    fn default() -> Self {
        List::from(Vec::new())
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        let size = Size::around(&items);
        List { items, size }
    }
}

impl From<List> for Vec<Value> {
    fn from(list: List) -> Self {
        list.items
    }
}

impl Extend<Value> for List {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, more: I) {
        let size = &mut self.size;
        self.items
            .extend(more.into_iter().inspect(|item| *size = size.and(item)));
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
