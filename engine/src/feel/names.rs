//! The names that are several words.
//!
//! A name like `monthly salary` or `a-b` can only be told from an expression by knowing which names there are:
//! those in scope, those of built-in functions, and those that the text itself has declared so far.

use std::collections::HashMap;
use std::sync::Arc;

use crate::source::on_one_line;

/// The names that are more than one word.
#[derive(Default)]
pub(crate) struct Vocabulary {
    by_first: HashMap<String, Vec<Entry>>,
    /// Names that are always known besides.
    base: Option<&'static Vocabulary>,
}

struct Entry {
    name: Arc<str>,
    /// The bracket depth at which the text declared it; zero for names known from outside.
    depth: usize,
    closed: bool,
    /// Whether the name could be an expression as well.
    confusable: bool,
}

impl Vocabulary {
    /// One that knows what another knows, and more as it is added.
    pub fn over(base: &'static Vocabulary) -> Self {
        Self {
            by_first: HashMap::new(),
            base: Some(base),
        }
    }

    /// Adds a name, unless it is a single word.
    pub fn add(&mut self, name: &str, depth: usize) {
        if is_word(name) {
            return;
        }
        let name = on_one_line(name);
        let first: String = name.chars().take_while(|c| is_name_part(*c)).collect();
        if first.is_empty() || first.len() == name.len() {
            return;
        }
        let word = |word: &str| is_word(word) && !["and", "or", "in", "if", "then"].contains(&word);
        let confusable = !name.split(' ').all(word);
        self.by_first.entry(first).or_default().push(Entry {
            name: Arc::from(name),
            depth,
            closed: false,
            confusable,
        });
    }

    /// Whether it knows more than what is always known.
    pub fn has_own(&self) -> bool {
        !self.by_first.is_empty()
    }

    /// Leaves brackets: what was declared deeper than `depth` and could be an expression as well is not known from here on.
    pub fn close(&mut self, depth: usize) {
        for entry in self.by_first.values_mut().flatten() {
            entry.closed |= entry.depth > depth && entry.confusable;
        }
    }

    /// The length in bytes of the longest name that `text` starts with, whose first word is `first`.
    pub fn longest(&self, first: &str, text: &str, after_dot: bool) -> Option<usize> {
        let own = self.by_first.get(first);
        let base = self.base.and_then(|base| base.by_first.get(first));
        own.into_iter()
            .chain(base)
            .flatten()
            .filter(|entry| after_dot || !entry.closed)
            .filter_map(|entry| matched(&entry.name, text))
            .max()
    }

    /// All names, those that are always known included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let base = self.base.into_iter().flat_map(|base| base.by_first.values());
        let entries = self.by_first.values().chain(base).flatten();
        entries.map(|entry| &*entry.name)
    }
}

fn matched(name: &str, text: &str) -> Option<usize> {
    let mut rest = text;
    for c in name.chars() {
        if c == ' ' {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return None;
            }
            rest = trimmed;
        } else {
            rest = rest.strip_prefix(c)?;
        }
    }
    let ends = !rest.chars().next().is_some_and(is_name_part);
    ends.then(|| text.len() - rest.len())
}

/// Whether a name is a single word.
pub(crate) fn is_word(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        || name.chars().all(is_name_part)
}

fn is_name_start(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '_' | '?' => true,
        '\u{3000}' | '\u{1680}' => false,
        c if (c as u32) < 0xA1 => false,
        c => {
            !matches!(c as u32, 0x2000..=0x200B | 0x200E..=0x203E | 0x2041..=0x206F | 0x2FF0..=0x3000 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xF0000..)
        }
    }
}

/// Whether a name may go on with a character.
pub(crate) fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '\''
}
