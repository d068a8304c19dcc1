//! Compares two editions of a catalogue.

use serde::Serialize;

use super::change::{Diff, What};
use super::declared::Declared;
use super::list;
use crate::definition::Lists;

/// How many concepts there are of each fate in another edition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// There before and after, under the same code.
    pub kept: usize,
    /// Kept, with another label.
    pub relabelled: usize,
    /// Kept, below another concept.
    pub moved: usize,
    /// There only after.
    pub added: usize,
    /// There only before.
    pub ended: usize,
}

/// What changed from one edition of a catalogue to another, `catalogue@edition` and the lists of each.
pub fn editions((from, old): (&str, &Lists), (to, new): (&str, &Lists)) -> (Diff, Fates) {
    let mut changes = Vec::new();
    list::compare(old.values(), new.values(), &Declared::default(), &mut changes);
    let of = |what: What, key: Option<&str>| {
        let mut count = 0;
        for change in changes.iter().filter(|one| !one.at.is_empty()) {
            count += usize::from(change.what == what && change.key == key);
        }
        count
    };
    let in_both = |lists: &Lists, others: &Lists| -> usize {
        let held =
            |name: &String, code: &str| others.get(name).is_some_and(|other| other.get(code).is_some());
        let codes = lists
            .iter()
            .flat_map(|(name, list)| list.all().iter().map(move |one| (name, &one.code)));
        codes.filter(|(name, code)| held(name, code)).count()
    };
    let total = |lists: &Lists| lists.values().map(|list| list.all().len()).sum::<usize>();
    let kept = in_both(old, new);
    let fates = Fates {
        kept,
        relabelled: of(What::Changed, Some("label")),
        moved: of(What::Moved, None),
        added: total(new) - kept,
        ended: total(old) - kept,
    };
    let diff = Diff {
        from: from.to_owned(),
        to: to.to_owned(),
        changes,
    };
    (diff, fates)
}
