//! Regular expressions as XPath defines them.
//!
//! They are translated into those of the `regex` crate, which takes time in proportion to the text. Only
//! what that crate does not know, back-references and that no line starts behind the last line break, is matched
//! by trying (see `backtrack`), and gives up after so many steps.

mod backtrack;
mod translate;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

use super::fault::Fault;
use super::limits::{self, Budget, ITEMS, PATTERN, PROGRAM, TEXT};
use backtrack::{Machine, Ways};
use translate::{Token, Translator};

/// How many places of a pattern are tried for a byte of a text in one step.
const PLACES_A_STEP: usize = 100;

/// As how many bytes a character of a pattern with back-references counts, each of which is a pattern of its own.
const TOKEN_SIZE: usize = 5_000;
/// How many bytes of a pattern are made in a step.
const BYTES_MADE_A_STEP: usize = 3;

/// A regular expression that is ready to be used.
#[derive(Debug)]
pub(crate) struct Pattern {
    engine: Engine,
    /// Matches texts that end with a line break, when they need another engine.
    broken_off: Option<Engine>,
    literal: bool,
    /// How many bytes the pattern has become, roughly.
    size: usize,
    /// In how many places of the pattern a text may be at once: what each of its bytes costs at worst.
    places: usize,
    /// Whether a match may be looked for far beyond where it ends.
    unbounded: bool,
}

#[derive(Debug)]
enum Engine {
    Regex(Regex),
    Backtrack(Machine),
}

/// Where a match and its groups begin and end, in bytes; the first is the whole match.
type Groups = Vec<Option<(usize, usize)>>;

/// By pattern, then by flags.
type Ready = HashMap<String, Vec<(String, Result<Arc<Pattern>, Fault>)>>;

impl Pattern {
    /// The pattern, made ready once and kept.
    pub fn prepared(pattern: &str, flags: &str, budget: &mut Budget) -> Result<Arc<Pattern>, Fault> {
        static READY: LazyLock<Mutex<Ready>> = LazyLock::new(Mutex::default);
        PATTERN.allow(pattern.len())?;
        let lock = || READY.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |ready: &Ready| {
            let (_, found) = ready.get(pattern)?.iter().find(|(known, _)| known == flags)?;
            Some(found.clone())
        };
        // Whether it is there already makes no difference to what it takes, so that the same rule always ends the same.
        let mut paid = |made: Result<Arc<Pattern>, Fault>| {
            let size = made.as_ref().map_or(PROGRAM.most, |pattern| pattern.size);
            budget.spend(size / BYTES_MADE_A_STEP)?;
            made
        };
        let found = known(&lock());
        if let Some(found) = found {
            return paid(found);
        }
        let made = Pattern::new(pattern, flags).map(Arc::new);
        let mut ready = lock();
        if ready.len() >= limits::READY {
            ready.clear();
        }
        let same = ready.entry(pattern.to_owned()).or_default();
        if same.len() < limits::READY {
            same.push((flags.to_owned(), made.clone()));
        }
        drop(ready);
        paid(made)
    }

    fn new(pattern: &str, flags: &str) -> Result<Pattern, Fault> {
        if let Some(flag) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
            return Err(format!("`{flag}` is not a flag; the flags are s, m, i, x and q").into());
        }
        let has = |flag: char| flags.contains(flag);
        let mut broken_off = None;
        let (translated, places, unbounded) = if has('q') {
            (regex::escape(pattern), pattern.len(), false)
        } else {
            let mut translator = Translator::new(pattern, has);
            translator.run()?;
            let machine = || Machine::new(&translator.tokens, has('i'), has('m')).map(Engine::Backtrack);
            if translator.has_references {
                return Ok(Pattern {
                    engine: machine()?,
                    broken_off: None,
                    literal: false,
                    size: translator.tokens.len() * TOKEN_SIZE,
                    places: translate::places(&translator.tokens),
                    unbounded: true,
                });
            }
            broken_off = translator.has_line_starts.then(machine).transpose()?;
            let endless = |token: &Token| matches!(token, Token::Repeat { most: None, .. });
            let unbounded = translator.tokens.iter().any(endless);
            (translator.out, translate::places(&translator.tokens), unbounded)
        };
        let mut builder = RegexBuilder::new(&translated);
        builder
            .case_insensitive(has('i'))
            .multi_line(has('m'))
            .nest_limit(100);
        // The size of a pattern is known by the limit under which it can be made.
        let mut size = PROGRAM.most >> 9;
        loop {
            match builder.size_limit(size).build() {
                Ok(regex) => {
                    return Ok(Pattern {
                        engine: Engine::Regex(regex),
                        broken_off,
                        literal: has('q'),
                        size,
                        places,
                        unbounded,
                    });
                }
                Err(regex::Error::CompiledTooBig(_)) if size < PROGRAM.most => {
                    size = PROGRAM.most.min(4 * size)
                }
                Err(regex::Error::CompiledTooBig(_)) => return Err(PROGRAM.fault()),
                Err(_) => return Err(format!("`{pattern}` is not a regular expression").into()),
            }
        }
    }

    /// Takes the steps that looking through so much text may be worth at worst.
    fn look_through(&self, bytes: usize, budget: &mut Budget) -> Result<(), Fault> {
        budget.spend(1 + bytes.saturating_mul(self.places) / PLACES_A_STEP)
    }

    fn engine(&self, text: &str) -> &Engine {
        match &self.broken_off {
            Some(engine) if text.ends_with('\n') => engine,
            _ => &self.engine,
        }
    }

    /// Whether a part of the text matches.
    pub fn matches(&self, text: &str, budget: &mut Budget) -> Result<bool, Fault> {
        match self.engine(text) {
            Engine::Regex(regex) => {
                self.look_through(text.len(), budget)?;
                Ok(regex.is_match(text))
            }
            Engine::Backtrack(machine) => Ok(machine.find(text, 0, &mut Ways::new(), budget)?.is_some()),
        }
    }

    /// How many groups the pattern has.
    fn groups(&self) -> usize {
        match &self.engine {
            Engine::Regex(regex) => regex.captures_len() - 1,
            Engine::Backtrack(machine) => machine.groups,
        }
    }

    /// Visits every match from left to right.
    fn each(
        &self,
        text: &str,
        budget: &mut Budget,
        visit: &mut dyn FnMut(&Groups) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self.engine(text) {
            Engine::Regex(regex) => {
                self.look_through(text.len(), budget)?;
                for captures in regex.captures_iter(text) {
                    // The next match may be looked for up to the end of the text, and end here all the same.
                    let end = captures.get(0).map_or(0, |whole| whole.end());
                    self.look_through(if self.unbounded { text.len() - end } else { 0 }, budget)?;
                    visit(
                        &captures
                            .iter()
                            .map(|group| group.map(|group| (group.start(), group.end())))
                            .collect(),
                    )?;
                }
            }
            Engine::Backtrack(machine) => {
                let (mut at, mut ways) = (0, Ways::new());
                while let Some(groups) = machine.find(text, at, &mut ways, budget)? {
                    let (start, end) = groups.first().copied().flatten().unwrap_or((at, at));
                    visit(&groups)?;
                    let next = text
                        .get(end..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(1, char::len_utf8);
                    at = if end > start { end } else { end + next };
                    if at > text.len() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// The parts of the text between the matches.
    pub fn split(&self, text: &str, budget: &mut Budget) -> Result<Vec<String>, Fault> {
        let (mut parts, mut done) = (Vec::new(), 0);
        self.each(text, budget, &mut |groups| {
            if let Some(Some((start, end))) = groups.first() {
                parts.push(text.get(done..*start).unwrap_or("").to_owned());
                done = *end;
            }
            ITEMS.allow(parts.len() + 1)
        })?;
        // The texts themselves are made besides the list.
        budget.make(text.len() + 64 * parts.len())?;
        parts.push(text.get(done..).unwrap_or("").to_owned());
        Ok(parts)
    }

    /// The text with every match replaced; `$1` is what the first group matched.
    pub fn replace(&self, text: &str, replacement: &str, budget: &mut Budget) -> Result<String, Fault> {
        if self.matches("", budget)? {
            return Err("the pattern matches the empty text".into());
        }
        let parts = if self.literal {
            vec![Part::Text(replacement.to_owned())]
        } else {
            replacement_parts(replacement, self.groups())?
        };
        let (mut result, mut done) = (String::new(), 0);
        self.each(text, budget, &mut |groups| {
            let Some(Some((start, end))) = groups.first() else {
                return Ok(());
            };
            result.push_str(text.get(done..*start).unwrap_or(""));
            for part in &parts {
                match part {
                    Part::Text(text) => result.push_str(text),
                    Part::Group(group) => {
                        let matched = groups.get(*group).copied().flatten();
                        result.push_str(
                            matched
                                .and_then(|(start, end)| text.get(start..end))
                                .unwrap_or(""),
                        );
                    }
                }
            }
            done = *end;
            TEXT.allow(result.len())
        })?;
        result.push_str(text.get(done..).unwrap_or(""));
        Ok(result)
    }
}

enum Part {
    Text(String),
    Group(usize),
}

fn replacement_parts(replacement: &str, groups: usize) -> Result<Vec<Part>, String> {
    let mut parts = vec![];
    let mut text = String::new();
    let mut rest = replacement.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek().copied()) {
            ('\\', Some(next @ ('\\' | '$'))) => {
                rest.next();
                text.push(next);
            }
            ('$', Some(digit)) if digit.is_ascii_digit() => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                let mut group = 0;
                // As many digits belong to the number as make a group that exists.
                while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if group > 0 && longer > groups {
                        break;
                    }
                    group = longer;
                    rest.next();
                }
                parts.push(Part::Group(group));
            }
            ('\\' | '$', _) => return Err(format!("`{c}` must be written `\\{c}` in a replacement")),
            _ => text.push(c),
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}
