//! Values by name.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;

use super::{Size, Value};

/// From this many names on, one is found by hash instead of by looking at each.
const INDEXED: usize = 32;

/// Values by name, in the order they were written.
#[derive(Clone, Debug)]
pub struct Context {
    layout: Arc<Layout>,
    /// As many as the layout has names.
    values: Vec<Value>,
    size: Size,
}

/// The names of a context in order. Contexts that are made alike share one.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    names: Vec<Arc<str>>,
    index: Option<HashMap<Arc<str>, usize, RandomState>>,
}

/// A name that is looked up in one context after the other: most often it stands where it stood in the last one.
#[derive(Debug)]
pub struct Key {
    name: Arc<str>,
    place: AtomicUsize,
}

static EMPTY: LazyLock<Arc<Layout>> = LazyLock::new(Arc::default);

impl Layout {
    /// These names in order; of equal ones the first stands.
    pub fn new(names: impl IntoIterator<Item = Arc<str>>) -> Arc<Layout> {
        let mut layout = Layout::default();
        for name in names {
            if layout.position(&name).is_none() {
                layout.push(name);
            }
        }
        Arc::new(layout)
    }

    fn position(&self, name: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(name).copied(),
            None => self.names.iter().position(|key| **key == *name),
        }
    }

    fn push(&mut self, name: Arc<str>) {
        if let Some(index) = &mut self.index {
            index.insert(Arc::clone(&name), self.names.len());
        } else if self.names.len() >= INDEXED {
            let names = self.names.iter().chain([&name]);
            self.index = Some(names.cloned().zip(0..).collect());
        }
        self.names.push(name);
    }

    /// The names in order.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }
}

impl Key {
    /// The name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl From<Arc<str>> for Key {
    fn from(name: Arc<str>) -> Self {
        let place = AtomicUsize::new(0);
        Key { name, place }
    }
}

impl Context {
    /// A context without entries.
    pub fn new() -> Context {
        Context::default()
    }

    /// A value for each name of a layout, in its order; null where one is missing.
    pub fn of(layout: &Arc<Layout>, mut values: Vec<Value>) -> Context {
        values.resize(layout.names.len(), Value::Null);
        Context {
            layout: Arc::clone(layout),
            size: Size::around(&values),
            values,
        }
    }

    /// The value under this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.layout.position(name).and_then(|at| self.values.get(at))
    }

    /// The same for a name that is looked up often.
    pub fn find(&self, key: &Key) -> Option<&Value> {
        let last = key.place.load(Ordering::Relaxed);
        let known = self
            .layout
            .names
            .get(last)
            .is_some_and(|name| **name == *key.name);
        let place = if known {
            last
        } else {
            let place = self.layout.position(&key.name)?;
            key.place.store(place, Ordering::Relaxed);
            place
        };
        self.values.get(place)
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Sets an entry, in its old place if there was one of that name.
    pub fn insert(&mut self, name: Arc<str>, value: Value) {
        let place = self.layout.position(&name);
        if let Some(entry) = place.and_then(|place| self.values.get_mut(place)) {
            self.size = self.size.without(entry).and(&value);
            *entry = value;
        } else {
            self.size = self.size.and(&value);
            Arc::make_mut(&mut self.layout).push(name);
            self.values.push(value);
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.layout.names.iter().zip(&self.values)
    }

    /// The values in order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl Default for Context {
    fn default() -> Self {
        Context {
            layout: Arc::clone(&EMPTY),
            values: Vec::new(),
            size: Size::around(&[]),
        }
    }
}

impl PartialEq for Context {
    /// The order of the entries does not matter.
    fn eq(&self, other: &Self) -> bool {
        if Arc::ptr_eq(&self.layout, &other.layout) {
            return self.values == other.values;
        }
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
