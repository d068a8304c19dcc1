//! Which patterns of a schema a text matches: all of them in one walk along the text, and texts that come again are not walked again.

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

/// Longer texts are not remembered, in bytes.
const SHORT: usize = 128;

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
    pub fn found(&self, text: &str) -> Option<u32> {
        let mut state = usize::from(START);
        let mut found = *self.found.first()?;
        for byte in text.bytes() {
            state = usize::from(*self.next.get(state)?.get(usize::from(byte))?);
            found |= *self.found.get(state)?;
        }
        Some(found | *self.at_end.get(state)?)
    }
}

/// What a schema can tell of a text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Class {
    /// It was not looked at yet.
    #[default]
    Unknown,
    /// Which of its patterns, lengths and texts fit.
    Alike(u32),
    /// Nothing less than the text itself.
    Itself,
}

/// What was seen of the last text that each rule gave: most rules often give the same.
#[derive(Default)]
pub(crate) struct Memory(Vec<(String, Class)>);

impl Memory {
    /// What is remembered of a text that a rule gives, or what is seen of it now.
    pub fn class(&mut self, rule: usize, text: &str, look: impl FnOnce(&str) -> Class) -> Class {
        if self.0.len() <= rule {
            self.0.resize_with(rule + 1, Default::default);
        }
        let Some((last, class)) = self.0.get_mut(rule).filter(|_| text.len() <= SHORT) else {
            return look(text);
        };
        if last != text || matches!(class, Class::Unknown) {
            *class = look(text);
            last.clear();
            last.push_str(text);
        }
        *class
    }
}
