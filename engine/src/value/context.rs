//! Values by name.

use std::collections::HashMap;
use std::sync::Arc;

use super::Value;

/// From this many entries on, a name is found by hash instead of by looking at each entry.
const INDEXED: usize = 32;

/// Values by name, in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Context {
    entries: Vec<(Arc<str>, Value)>,
    index: Option<HashMap<Arc<str>, usize>>,
    depth: u16,
}

impl Context {
    /// A context without entries.
    pub fn new() -> Context {
        Context::default()
    }

    /// The value under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.position(name)
            .and_then(|at| self.entries.get(at))
            .map(|(_, value)| value)
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.entries.iter().position(|(key, _)| &**key == name),
        }
    }

    /// How many lists and contexts stand in each other, this one included.
    pub fn depth(&self) -> u16 {
        self.depth + 1
    }

    /// Sets an entry, in its old place if there was one of that name.
    pub fn insert(&mut self, name: Arc<str>, value: Value) {
        self.depth = self.depth.max(value.depth());
        if let Some(entry) = self.position(&name).and_then(|at| self.entries.get_mut(at)) {
            entry.1 = value;
            return;
        }
        if let Some(index) = &mut self.index {
            index.insert(name.clone(), self.entries.len());
        } else if self.entries.len() >= INDEXED {
            let names = self
                .entries
                .iter()
                .map(|(key, _)| key.clone())
                .chain([name.clone()]);
            self.index = Some(names.enumerate().map(|(at, key)| (key, at)).collect());
        }
        self.entries.push((name, value));
    }

    /// These entries, whose names are known to differ.
    pub fn of_different(entries: Vec<(Arc<str>, Value)>) -> Context {
        let depth = entries.iter().map(|(_, value)| value.depth()).max().unwrap_or(0);
        let index = (entries.len() > INDEXED).then(|| {
            let names = entries.iter().map(|(name, _)| Arc::clone(name));
            names.enumerate().map(|(at, name)| (name, at)).collect()
        });
        Context {
            entries,
            index,
            depth,
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl PartialEq for Context {
    /// The order of the entries does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl FromIterator<(Arc<str>, Value)> for Context {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Self {
        let mut context = Context::new();
        for (name, value) in entries {
            context.insert(name, value);
        }
        context
    }
}
