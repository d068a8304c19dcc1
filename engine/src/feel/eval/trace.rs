//! What the parts of a rule came to, for explanations.

use crate::feel::program::Trace;
use crate::value::Value;

/// Collects what the parts of a rule came to.
#[derive(Default)]
pub(crate) struct Tracer {
    pub finished: Vec<Part>,
    pub(super) count: usize,
}

/// What one part of a rule came to.
pub(crate) struct Part {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) value: Value,
    pub(super) children: Vec<Part>,
}

impl Part {
    pub fn render(self, text: &str) -> Trace {
        let span = self.start as usize..self.end as usize;
        Trace {
            text: text.get(span.clone()).unwrap_or("").to_owned(),
            span,
            value: self.value,
            children: self
                .children
                .into_iter()
                .map(|child| child.render(text))
                .collect(),
        }
    }
}
