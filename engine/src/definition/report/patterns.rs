//! Which patterns of a schema a text matches: all of them in one walk along the text, and texts that come again are not walked again.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::{primitives::StateID, start};
use regex_automata::{Anchored, MatchKind};

/// The characters that all kinds of patterns read alike.
const PLAIN: std::ops::RangeInclusive<u8> = b' '..=b'~';

/// How many they are.
const COUNT: usize = (*PLAIN.end() - *PLAIN.start()) as usize + 1;

/// A machine for all patterns takes no more memory than this, in bytes, while it is made.
const MACHINE: usize = 4 << 20;

/// So many texts are remembered, of at most so many bytes.
const TEXTS: (usize, usize) = (512, 128);

/// Several patterns as one machine.
pub(super) struct Patterns {
    /// How many patterns they are.
    pub count: usize,
    /// The first state stands first.
    states: Vec<State>,
}

/// Where the machine is after a part of a text.
struct State {
    /// The patterns that are known to match, a bit for each.
    found: u32,
    /// Those that match when the text ends here.
    at_end: u32,
    /// The state after each plain character.
    next: [u16; COUNT],
}

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
        let mut known = vec![machine.start_state(&start).ok()?];
        let mut places: HashMap<StateID, u16, RandomState> = known.iter().map(|state| (*state, 0)).collect();
        let mut states = Vec::new();
        while let Some(state) = known.get(states.len()).copied() {
            let mut next = [0; COUNT];
            for (place, byte) in next.iter_mut().zip(PLAIN) {
                let after = machine.next_state(state, byte);
                *place = match places.get(&after) {
                    Some(known) => *known,
                    None => {
                        let new = u16::try_from(known.len()).ok()?;
                        known.push(after);
                        places.insert(after, new);
                        new
                    }
                };
            }
            states.push(State {
                found: found(state),
                at_end: found(machine.next_eoi_state(state)),
                next,
            });
        }
        Some(Self {
            count: patterns.len(),
            states,
        })
    }

    /// The patterns that match somewhere in a text, a bit for each; none for a text with characters that patterns might read differently.
    pub fn found(&self, text: &str) -> Option<u32> {
        let mut state = self.states.first()?;
        let mut found = state.found;
        for byte in text.bytes() {
            let next = state.next.get(usize::from(byte.wrapping_sub(*PLAIN.start())))?;
            state = self.states.get(usize::from(*next))?;
            found |= state.found;
        }
        Some(found | state.at_end)
    }
}

/// What was seen of the last texts.
pub(crate) struct Memory {
    /// Each text stands in the place that its hash says.
    texts: Vec<(String, Option<u32>)>,
    hash: RandomState,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            texts: vec![Default::default(); TEXTS.0],
            hash: RandomState::default(),
        }
    }
}

impl Memory {
    /// What is remembered of a text, or what is seen of it now.
    pub fn class(&mut self, text: &str, look: impl FnOnce(&str) -> Option<u32>) -> Option<u32> {
        let place = self.hash.hash_one(text) as usize % TEXTS.0;
        // Where no text stands yet, the empty one does.
        let worth_it = !text.is_empty() && text.len() <= TEXTS.1;
        let Some((known, class)) = self.texts.get_mut(place).filter(|_| worth_it) else {
            return look(text);
        };
        if known != text {
            *class = look(text);
            known.clear();
            known.push_str(text);
        }
        *class
    }
}
