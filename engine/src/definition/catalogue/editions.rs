//! Editions of a list one after the other: on which day which concepts can be chosen, and in whose wording.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::{Concept, List};
use crate::value::Date;

/// An edition that a method pins. It holds until the next one begins, or until that one's overlap is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// The edition.
    pub edition: String,
    /// First day on which it holds; the first of several has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// First day on which the edition before it no longer holds beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_until: Option<Date>,
}

/// What a list holds from a day on.
#[derive(Debug)]
pub(super) struct Period {
    from: Option<Date>,
    list: Arc<List>,
}

impl List {
    /// One list of all its editions, the oldest first: as the newest has it, and behind that what only earlier ones have.
    /// `None` where an edition has no such list; `None` when none has it.
    pub fn of_editions(editions: &[(&Pin, Option<&Arc<Self>>)]) -> Option<Arc<Self>> {
        if let [(_, only)] = editions {
            return only.cloned();
        }
        let all: Vec<&Self> = editions
            .iter()
            .rev()
            .filter_map(|(_, list)| Some(&***list.as_ref()?))
            .collect();
        let header = all.first().copied()?;
        let mut periods = Vec::new();
        let mut before: Option<&Arc<Self>> = None;
        for (pin, list) in editions {
            let alone = Period {
                from: pin.overlap_until.or(pin.from),
                list: list.map_or_else(|| Arc::new(header.merged(&pin.edition, &[])), Arc::clone),
            };
            if pin.overlap_until.is_some() {
                let both: Vec<&Self> = [*list, before]
                    .into_iter()
                    .flatten()
                    .map(|list| &**list)
                    .collect();
                periods.push(Period {
                    from: pin.from,
                    list: Arc::new(header.merged(&pin.edition, &both)),
                });
            }
            periods.push(alone);
            before = *list;
        }
        let mut whole = header.merged(&header.edition, &all);
        whole.dated = true;
        whole.periods = periods;
        Some(Arc::new(whole))
    }

    /// A list of this name with the concepts of several editions, those of the first before what only the others have.
    fn merged(&self, edition: &str, editions: &[&Self]) -> Self {
        let mut below: HashMap<Option<&str>, Vec<&Concept>> = HashMap::new();
        let mut known: HashSet<&str> = HashSet::new();
        for list in editions {
            for concept in &list.concepts {
                if known.insert(&concept.code) {
                    let parent = concept.parent.and_then(|parent| list.concepts.get(parent));
                    below
                        .entry(parent.map(|parent| &*parent.code))
                        .or_default()
                        .push(concept);
                }
            }
        }
        let mut merged = Self {
            catalogue: self.catalogue.clone(),
            edition: edition.to_owned(),
            id: self.id.clone(),
            title: self.title.clone(),
            system: self.system.clone(),
            source: self.source.clone(),
            note: self.note.clone(),
            dated: editions.iter().any(|list| list.dated),
            ..Self::default()
        };
        merged.put_below(None, 0, &below);
        merged
    }

    fn put_below(
        &mut self,
        parent: Option<usize>,
        depth: usize,
        below: &HashMap<Option<&str>, Vec<&Concept>>,
    ) {
        let code = parent
            .and_then(|parent| self.concepts.get(parent))
            .map(|concept| Arc::clone(&concept.code));
        for concept in below.get(&code.as_deref()).into_iter().flatten() {
            let index = self.concepts.len();
            self.by_code.insert(Arc::clone(&concept.code), index);
            self.concepts.push(Concept {
                parent,
                depth,
                ..(*concept).clone()
            });
            self.put_below(Some(index), depth + 1, below);
            let end = self.concepts.len();
            if let Some(concept) = self.concepts.get_mut(index) {
                concept.end = end;
            }
        }
    }

    /// The list as it holds on a day.
    pub fn on(&self, day: Date) -> &Self {
        let begun = |period: &&Period| period.from.is_none_or(|from| from <= day);
        self.periods
            .iter()
            .rfind(begun)
            .map_or(self, |period| &period.list)
    }

    /// What it holds in its editions, one after the other; itself when it has one.
    pub fn stages(&self) -> impl Iterator<Item = &Self> {
        let own = self.periods.is_empty().then_some(self);
        self.periods.iter().map(|period| &*period.list).chain(own)
    }

    /// The concept with a code in the wording of a day; a concept that does not hold on that day in its last one.
    pub fn known_on(&self, day: Date, code: &str) -> Option<&Concept> {
        self.on(day).get(code).or_else(|| self.get(code))
    }

    /// Whether what can be chosen is not the same on all days.
    pub fn is_dated(&self) -> bool {
        self.dated
    }

    /// Whether a concept holds on a day.
    pub fn holds(&self, day: Date, code: &str) -> bool {
        self.on(day)
            .get(code)
            .is_some_and(|concept| concept.valid_on(day))
    }

    /// The first day on which a concept holds, if there are days before.
    pub fn begin(&self, code: &str) -> Option<Date> {
        let mut holding = self
            .periods
            .iter()
            .filter_map(|period| Some((period.from, period.list.get(code)?)));
        let (from, concept) = holding.next().or_else(|| Some((None, self.get(code)?)))?;
        from.max(concept.valid_from)
    }

    /// The first day on which a concept no longer holds, for good.
    pub fn end(&self, code: &str) -> Option<Date> {
        let Some(last) = self
            .periods
            .iter()
            .rposition(|period| period.list.get(code).is_some())
        else {
            return self.get(code)?.valid_to;
        };
        let next = self.periods.get(last + 1).and_then(|period| period.from);
        let own = self
            .periods
            .get(last)
            .and_then(|period| period.list.get(code)?.valid_to);
        [next, own].into_iter().flatten().min()
    }

    /// The day on which a concept ended, if it has by this day.
    pub fn ended(&self, day: Date, code: &str) -> Option<Date> {
        self.end(code).filter(|end| *end <= day)
    }
}

impl Concept {
    /// Whether its own days let it hold on a day.
    fn valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}
