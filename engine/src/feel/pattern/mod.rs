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

use backtrack::Machine;
use translate::Translator;

/// How many patterns are kept ready.
const KEPT: usize = 256;
/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 10_000;
/// How large a pattern may become, in bytes.
const MAX_PROGRAM: usize = 2_000_000;

/// A regular expression that is ready to be used.
#[derive(Debug)]
pub(crate) struct Pattern {
    engine: Engine,
    /// Matches texts that end with a line break, when they need another engine.
    broken_off: Option<Engine>,
    literal: bool,
}

#[derive(Debug)]
enum Engine {
    Regex(Regex),
    Backtrack(Machine),
}

/// Where a match and its groups begin and end, in bytes; the first is the whole match.
type Groups = Vec<Option<(usize, usize)>>;

/// By pattern, then by flags.
type Ready = HashMap<String, Vec<(String, Result<Arc<Pattern>, String>)>>;

impl Pattern {
    /// The pattern, made ready once and kept.
    pub fn prepared(pattern: &str, flags: &str) -> Result<Arc<Pattern>, String> {
        static READY: LazyLock<Mutex<Ready>> = LazyLock::new(Mutex::default);
        if pattern.len() > MAX_PATTERN {
            return Err(format!("the pattern is longer than {MAX_PATTERN} bytes"));
        }
        let lock = || READY.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |ready: &Ready| {
            let (_, found) = ready.get(pattern)?.iter().find(|(known, _)| known == flags)?;
            Some(found.clone())
        };
        if let Some(found) = known(&lock()) {
            return found;
        }
        let made = Pattern::new(pattern, flags).map(Arc::new);
        let mut ready = lock();
        if ready.len() >= KEPT {
            ready.clear();
        }
        let same = ready.entry(pattern.to_owned()).or_default();
        if same.len() < KEPT {
            same.push((flags.to_owned(), made.clone()));
        }
        made
    }

    fn new(pattern: &str, flags: &str) -> Result<Pattern, String> {
        if let Some(flag) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
            return Err(format!("`{flag}` is not a flag; the flags are s, m, i, x and q"));
        }
        let has = |flag: char| flags.contains(flag);
        let mut broken_off = None;
        let translated = if has('q') {
            regex::escape(pattern)
        } else {
            let mut translator = Translator::new(pattern, has);
            translator.run()?;
            let machine = || Machine::new(&translator.tokens, has('i'), has('m')).map(Engine::Backtrack);
            if translator.has_references {
                return Ok(Pattern {
                    engine: machine()?,
                    broken_off: None,
                    literal: false,
                });
            }
            broken_off = translator.has_line_starts.then(machine).transpose()?;
            translator.out
        };
        let regex = RegexBuilder::new(&translated)
            .case_insensitive(has('i'))
            .multi_line(has('m'))
            .size_limit(MAX_PROGRAM)
            .nest_limit(100)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
                _ => format!("`{pattern}` is not a regular expression"),
            })?;
        Ok(Pattern {
            engine: Engine::Regex(regex),
            broken_off,
            literal: has('q'),
        })
    }

    fn engine(&self, text: &str) -> &Engine {
        match &self.broken_off {
            Some(engine) if text.ends_with('\n') => engine,
            _ => &self.engine,
        }
    }

    /// Whether a part of the text matches.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        match self.engine(text) {
            Engine::Regex(regex) => Ok(regex.is_match(text)),
            Engine::Backtrack(machine) => Ok(machine.find(text, 0, &mut backtrack::steps())?.is_some()),
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
    fn each(&self, text: &str, visit: &mut dyn FnMut(&Groups) -> Result<(), String>) -> Result<(), String> {
        match self.engine(text) {
            Engine::Regex(regex) => {
                for captures in regex.captures_iter(text) {
                    visit(
                        &captures
                            .iter()
                            .map(|group| group.map(|group| (group.start(), group.end())))
                            .collect(),
                    )?;
                }
            }
            Engine::Backtrack(machine) => {
                let (mut at, mut steps) = (0, backtrack::steps());
                while let Some(groups) = machine.find(text, at, &mut steps)? {
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
    pub fn split(&self, text: &str) -> Result<Vec<String>, String> {
        let (mut parts, mut done) = (Vec::new(), 0);
        self.each(text, &mut |groups| {
            if let Some(Some((start, end))) = groups.first() {
                parts.push(text.get(done..*start).unwrap_or("").to_owned());
                done = *end;
            }
            Ok(())
        })?;
        parts.push(text.get(done..).unwrap_or("").to_owned());
        Ok(parts)
    }

    /// The text with every match replaced; `$1` is what the first group matched.
    pub fn replace(&self, text: &str, replacement: &str, limit: usize) -> Result<String, String> {
        if self.matches("")? {
            return Err("the pattern matches the empty text".to_owned());
        }
        let parts = if self.literal {
            vec![Part::Text(replacement.to_owned())]
        } else {
            replacement_parts(replacement, self.groups())?
        };
        let (mut result, mut done) = (String::new(), 0);
        self.each(text, &mut |groups| {
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
            if result.len() > limit {
                return Err(format!("the text is longer than {limit} bytes"));
            }
            Ok(())
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
