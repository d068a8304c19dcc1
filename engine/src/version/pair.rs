//! The same thing in two versions: notes what differs in its properties.

use super::change::{Change, Class, Part, What};
use crate::definition::{Place, Rule};

/// Something that stands in both versions.
pub struct Pair<'a> {
    /// The part of the method.
    pub part: &'a Part,
    /// What it is.
    pub at: &'a str,
    /// Where it stands in the first version.
    pub old: &'a Place,
    /// Where it stands in the second version.
    pub new: &'a Place,
    /// What was found.
    pub changes: &'a mut Vec<Change>,
}

/// What it means when a rule comes, goes or is another.
#[derive(Clone, Copy)]
pub struct Meaning {
    /// There was none.
    pub added: Class,
    /// There is none any more.
    pub removed: Class,
    /// It says something else.
    pub changed: Class,
}

impl Pair<'_> {
    /// Notes that a property is another.
    pub fn text(&mut self, key: &'static str, before: Option<&str>, after: Option<&str>, class: Class) {
        if before != after {
            let change = Change::new(self.part, self.at, What::Changed, class).key(key);
            self.changes
                .push(change.texts(before, after).places(Some(self.old), Some(self.new)));
        }
    }

    /// Notes that a mark or a switch is set or not; `on` is what setting it means, `off` what taking it away means.
    pub fn flag(&mut self, key: &'static str, before: bool, after: bool, on: Class, off: Class) {
        let word = |set: bool| Some(if set { "yes" } else { "no" });
        self.text(key, word(before), word(after), if after { on } else { off });
    }

    /// Notes that a rule is another.
    pub fn rule(&mut self, key: &'static str, before: Option<&Rule>, after: Option<&Rule>, meaning: Meaning) {
        let (what, class) = match (before, after) {
            (None, Some(_)) => (What::Added, meaning.added),
            (Some(_), None) => (What::Removed, meaning.removed),
            (Some(before), Some(after)) if !same(before, after) => (What::Changed, meaning.changed),
            _ => return,
        };
        let change = Change::new(self.part, self.at, what, class)
            .key(key)
            .texts(
                before.map(|rule| rule.program.text()),
                after.map(|rule| rule.program.text()),
            )
            .places(
                Some(before.map_or(self.old, |rule| &rule.place)),
                Some(after.map_or(self.new, |rule| &rule.place)),
            );
        self.changes.push(change);
    }
}

/// Whether two rules are written the same, but for white space between words.
pub fn same(a: &Rule, b: &Rule) -> bool {
    let quoted = a.program.text().contains('"');
    if quoted {
        return a.program.text() == b.program.text();
    }
    let words = |rule: &Rule| {
        rule.program
            .text()
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    words(a) == words(b)
}
