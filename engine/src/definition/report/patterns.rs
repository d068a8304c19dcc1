//! Which patterns of a schema a text matches: all of them in one walk along the text, the sooner the more it is like the last one.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start};
use regex_automata::{Anchored, MatchKind};

/// The characters that all kinds of patterns read alike.
const PLAIN: std::ops::RangeInclusive<u8> = b' '..=b'~';

/// How many characters a state tells apart.
const ASCII: usize = 128;

/// A machine for all patterns takes no more memory than this, in bytes, while it is made.
const MACHINE: usize = 4 << 20;

/// Several patterns as one machine.
pub(super) struct Patterns {
    /// How many patterns they are.
    pub count: usize,
    /// For each state, the state after each character.
    next: Vec<[u16; ASCII]>,
    /// For each state, the patterns that are known to match, a bit for each.
    found: Vec<u32>,
    /// For each state, those that match when the text ends there.
    at_end: Vec<u32>,
}

/// So often it is tried whether a text goes on as the last one did.
const TRIES: usize = 4;

/// The state before the first character.
const START: u16 = 0;

/// The state behind a character that patterns might read differently.
const ODD: u16 = u16::MAX;

impl Patterns {
    /// Prepares at most 32 patterns; none when that is too much, or they are not for such a machine.
    pub fn new(patterns: &[&str]) -> Option<Self> {
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(MACHINE))
            .determinize_size_limit(Some(MACHINE));
        let machine = dense::Builder::new()
            .configure(config)
            .build_many(patterns)
            .ok()?;
        let found = |state: StateID| {
            let matches = if machine.is_match_state(state) {
                machine.match_len(state)
            } else {
                0
            };
            let matches = (0..matches).map(|index| machine.match_pattern(state, index).as_usize());
            matches.fold(0, |found, pattern| found | 1 << pattern)
        };
        let start = start::Config::new().anchored(Anchored::No);
        let mut states = vec![machine.start_state(&start).ok()?];
        let mut places: HashMap<StateID, u16, RandomState> =
            states.iter().map(|state| (*state, START)).collect();
        let mut next = Vec::new();
        while let Some(state) = states.get(next.len()).copied() {
            let mut row = [ODD; ASCII];
            for (after, byte) in row.iter_mut().zip(0..).filter(|(_, byte)| PLAIN.contains(byte)) {
                let state = machine.next_state(state, byte);
                *after = match places.get(&state) {
                    Some(place) => *place,
                    None => {
                        let place = u16::try_from(states.len()).ok().filter(|place| *place != ODD)?;
                        states.push(state);
                        places.insert(state, place);
                        place
                    }
                };
            }
            next.push(row);
        }
        Some(Self {
            count: patterns.len(),
            next,
            found: states.iter().map(|state| found(*state)).collect(),
            at_end: states
                .iter()
                .map(|state| found(machine.next_eoi_state(*state)))
                .collect(),
        })
    }

    /// The patterns that match somewhere in a text, a bit for each; none for a text with characters that patterns might read differently.
    ///
    /// Once it is where the last text of its length was, it mostly goes on as that did. Whether it does is seen sooner than where it goes:
    /// no step has to wait for the one before.
    pub fn found(&self, text: &str, last: &mut Way) -> Option<u32> {
        let (mut state, mut found) = (START, *self.found.first()?);
        let known = Some(&*last).filter(|last| last.states.len() == text.len());
        let mut tries = TRIES;
        let mut rest = text.as_bytes();
        while let Some((byte, behind)) = rest.split_first() {
            state = self.after(state, *byte)?;
            found |= *self.found.get(usize::from(state))?;
            rest = behind;
            let place = text.len() - rest.len() - 1;
            let Some(way) = known.and_then(|last| last.states.get(place..)) else {
                continue;
            };
            if tries > 0 && way.first() == Some(&state) {
                tries -= 1;
                if self.go(rest, way) {
                    return Some(found | last.found.get(place)?);
                }
            }
        }
        self.remember(text, last)?;
        Some(found | *self.at_end.get(usize::from(state))?)
    }

    /// Whether characters go a way, from its first state to its last.
    fn go(&self, text: &[u8], way: &[u16]) -> bool {
        let mut steps = text.iter().zip(way.windows(2));
        steps.all(|(byte, step)| matches!(step, [from, to] if self.after(*from, *byte) == Some(*to)))
    }

    /// Takes the way of a text for the next one.
    fn remember(&self, text: &str, last: &mut Way) -> Option<()> {
        last.states.clear();
        let mut state = START;
        for byte in text.bytes() {
            state = self.after(state, byte)?;
            last.states.push(state);
        }
        let mut found = *self.at_end.get(usize::from(state))?;
        last.found.clear();
        last.found.resize(text.len(), 0);
        for (behind, state) in last.found.iter_mut().zip(&last.states).rev() {
            *behind = found;
            found |= *self.found.get(usize::from(*state))?;
        }
        Some(())
    }

    #[inline]
    fn after(&self, state: u16, byte: u8) -> Option<u16> {
        self.next.get(usize::from(state))?.get(usize::from(byte)).copied()
    }
}

/// The way of a text through the machine.
#[derive(Default)]
pub(super) struct Way {
    /// The state behind each character.
    states: Vec<u16>,
    /// The patterns that are found behind each character.
    found: Vec<u32>,
}

/// What a schema can tell of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Class {
    /// It was not looked at yet.
    #[default]
    Unknown,
    /// Which of its patterns, lengths and texts fit.
    Alike(u32),
    /// Nothing less than the text itself.
    Itself,
}

/// What was seen of the last text that each rule gave: most rules give the same again, or one that is alike.
#[derive(Default)]
pub(crate) struct Memory(Vec<Seen>);

/// A text with what was seen of it.
#[derive(Default)]
pub(super) struct Seen {
    pub text: String,
    pub way: Way,
    pub class: Class,
}

impl Memory {
    /// What was seen of the last text that a rule gave.
    pub(super) fn of(&mut self, rule: usize) -> Option<&mut Seen> {
        if self.0.len() <= rule {
            self.0.resize_with(rule + 1, Seen::default);
        }
        self.0.get_mut(rule)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever texts came before.
        #[test]
        fn all_patterns_that_match_are_found_and_no_others(
            texts in prop::collection::vec("[0-9a-c-]{0,9}|[0-9]{4}-[0-9]{2}|[a-c1]{4}-[a-c1]{2}|\\PC{0,4}", 1..12),
        ) {
            let written = ["^[0-9a-c]{4}-[0-9a-c]{2}$", "^\\d{4}-\\d{2}$", "a", "b.*1$", "^$", "\\d-", "^.{3}c?"];
            let patterns = Patterns::new(&written).unwrap();
            let each: Vec<Regex> = written.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
            let mut last = Way::default();
            for text in texts {
                let found = patterns.found(&text, &mut last);
                let plain = text.bytes().all(|byte| PLAIN.contains(&byte));
                let expected = each.iter().rev().fold(0, |found, pattern| found << 1 | u32::from(pattern.is_match(&text)));
                prop_assert_eq!(found, plain.then_some(expected), "{}", text);
            }
        }
    }
}
