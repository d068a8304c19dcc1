//! The pass before parsing: what may hold spaces and operators becomes a single word.
//!
//! A name like `monthly salary` or `a-b` can only be told from an expression by knowing which names there
//! are. This pass knows them (those in scope, those of built-in functions, and those the text itself declares
//! before), and replaces the inner spaces and operators of each with a mark of the same length in bytes, so
//! that positions stay what they are. It also blanks comments and measures nesting.

use std::collections::HashMap;
use std::sync::Arc;

use super::limits::{BRACKETS, LENGTH};
use super::problem::Problem;

/// Stands for a space or an operator inside a name.
pub(crate) const MARK: char = '\u{1F}';

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

    /// Adds a name, if it is one that needs marking.
    pub fn add(&mut self, name: &str, depth: usize) {
        if name.chars().all(is_name_part) {
            return;
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let first: String = name.chars().take_while(|c| is_name_part(*c)).collect();
        if first.is_empty() || first.len() == name.len() {
            return;
        }
        let word =
            |word: &str| word.chars().all(is_name_part) && !["and", "or", "in", "if", "then"].contains(&word);
        let confusable = !name.split(' ').all(word);
        self.by_first.entry(first).or_default().push(Entry {
            name: Arc::from(name),
            depth,
            closed: false,
            confusable,
        });
    }

    fn close(&mut self, depth: usize) {
        for entry in self.by_first.values_mut().flatten() {
            entry.closed |= entry.depth > depth && entry.confusable;
        }
    }

    /// The length in bytes of the longest name that `text` starts with.
    fn longest(&self, first: &str, text: &str, after_dot: bool) -> Option<usize> {
        let own = self.by_first.get(first);
        let base = self.base.and_then(|base| base.by_first.get(first));
        own.into_iter()
            .chain(base)
            .flatten()
            .filter(|entry| after_dot || !entry.closed)
            .filter_map(|entry| matched(&entry.name, text))
            .max()
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

pub(crate) fn is_name_start(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '_' | '?' => true,
        '\u{3000}' | '\u{1680}' => false,
        c if (c as u32) < 0xA1 => false,
        c => {
            !matches!(c as u32, 0x2000..=0x200B | 0x200E..=0x203E | 0x2041..=0x206F | 0x2FF0..=0x3000 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xF0000..)
        }
    }
}

pub(crate) fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '\''
}

/// Prepares a text for the grammar; the result has the same length in bytes.
pub(crate) fn prepare(text: &str, vocabulary: &mut Vocabulary) -> Result<String, Problem> {
    if text.len() > LENGTH.most {
        return Err(Problem::error(0..text.len(), LENGTH.to_string()));
    }
    let mut pass = Pass {
        text,
        at: 0,
        out: String::with_capacity(text.len()),
        brackets: Vec::new(),
        after_dot: false,
        after_minus: false,
    };
    pass.run(vocabulary)?;
    Ok(pass.out)
}

struct Pass<'a> {
    text: &'a str,
    at: usize,
    out: String,
    /// The open brackets: which, and how many nested expressions were begun inside.
    brackets: Vec<(char, usize)>,
    after_dot: bool,
    after_minus: bool,
}

impl Pass<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn copy(&mut self, length: usize) {
        let end = self.at + length;
        self.out.push_str(self.text.get(self.at..end).unwrap_or(""));
        self.at = end;
    }

    fn blank(&mut self, length: usize) {
        for byte in self.text.bytes().skip(self.at).take(length) {
            self.out.push(if byte == b'\n' { '\n' } else { ' ' });
        }
        self.at += length;
    }

    /// Copies a name with marks in place of whatever is not part of a word.
    fn mark(&mut self, length: usize) {
        let name = self.text.get(self.at..self.at + length).unwrap_or("");
        for c in name.chars() {
            if is_name_part(c) {
                self.out.push(c);
            } else {
                (0..c.len_utf8()).for_each(|_| self.out.push(MARK));
            }
        }
        self.at += length;
    }

    fn run(&mut self, vocabulary: &mut Vocabulary) -> Result<(), Problem> {
        let mut key_may_follow = false;
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            if c.is_whitespace() {
                if c.is_ascii() && c != '\u{B}' && c != '\u{C}' {
                    self.copy(1)
                } else {
                    self.blank(c.len_utf8())
                }
                continue;
            }
            if self.comment()? {
                continue;
            }
            if key_may_follow {
                key_may_follow = false;
                if self.key(vocabulary) {
                    continue;
                }
            }
            match c {
                '"' => self.string()?,
                '(' | '{' | '[' => {
                    self.brackets.push((c, 0));
                    key_may_follow = c != '[';
                    self.copy(1);
                }
                ')' | '}' | ']' => {
                    self.close(c);
                    vocabulary.close(self.brackets.len());
                    self.copy(1);
                }
                ',' => {
                    key_may_follow = self.brackets.last().is_some_and(|(bracket, _)| *bracket != '[');
                    if let Some((_, nested)) = self.brackets.last_mut() {
                        *nested = 0;
                    }
                    self.copy(1);
                }
                '-' => {
                    if self.after_minus {
                        self.nest();
                    }
                    self.copy(1);
                }
                '0'..='9' => {
                    let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
                    let exponent = self
                        .rest()
                        .get(digits..)
                        .is_some_and(|rest| rest.starts_with(['e', 'E']));
                    self.copy(digits + usize::from(exponent));
                }
                c if is_name_start(c) => self.word(vocabulary),
                c if (c as u32) < 0x20 || c == '\u{7F}' => {
                    let message = format!("the character U+{:04X} has no place in an expression", c as u32);
                    return Err(Problem::error(start..start + c.len_utf8(), message));
                }
                _ => self.copy(c.len_utf8()),
            }
            self.after_dot = c == '.';
            self.after_minus = c == '-';
            if self.depth() > BRACKETS.most {
                return Err(Problem::error(start..self.at, BRACKETS.to_string())
                    .hint(Some("split it into smaller ones".into())));
            }
        }
        Ok(())
    }

    fn depth(&self) -> usize {
        self.brackets.iter().map(|(_, nested)| nested + 1).sum()
    }

    fn nest(&mut self) {
        match self.brackets.last_mut() {
            Some((_, nested)) => *nested += 1,
            None => self.brackets.push((' ', 1)),
        }
    }

    fn close(&mut self, c: char) {
        // A range may be closed by any bracket, so that only the other kinds are matched exactly.
        let Some((open, _)) = self.brackets.last() else {
            return;
        };
        if *open == ' ' || (c == '}') != (*open == '{') {
            return;
        }
        self.brackets.pop();
    }

    fn comment(&mut self) -> Result<bool, Problem> {
        let rest = self.rest();
        let length = if rest.starts_with("//") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let Some(end) = rest.get(2..).and_then(|rest| rest.find("*/")) else {
                let problem = Problem::error(self.at..self.at + 2, "the comment does not end");
                return Err(problem.hint(Some("close it with `*/`".to_owned())));
            };
            end + 4
        } else {
            return Ok(false);
        };
        self.blank(length);
        Ok(true)
    }

    fn string(&mut self) -> Result<(), Problem> {
        let length = string_length(self.rest());
        let Some(length) = length else {
            let problem = Problem::error(self.at..self.text.len(), "the text does not end");
            return Err(problem.hint(Some("close it with `\"`".to_owned())));
        };
        self.copy(length);
        Ok(())
    }

    /// A key of a context, the name of an argument or a parameter: everything up to the colon.
    fn key(&mut self, vocabulary: &mut Vocabulary) -> bool {
        let rest = self.rest();
        // A parameter is known after the bracket it stands in: in the body of the function.
        let parameter = self.brackets.last().is_some_and(|(bracket, _)| *bracket == '(');
        let depth = self.brackets.len() - usize::from(parameter);
        if rest.starts_with('"') {
            let Some(length) = string_length(rest) else {
                return false;
            };
            let (string, after) = rest.split_at(length);
            if after.trim_start().starts_with(':') {
                vocabulary.add(string.trim_matches('"'), depth);
            }
            return false;
        }
        let inner = |c: char| is_name_part(c) || c.is_whitespace() || ".-+*/".contains(c);
        let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("").trim_end();
        let is_key = rest.get(end..).is_some_and(|after| after.starts_with(':'))
            && name.chars().next().is_some_and(is_name_start);
        if is_key {
            vocabulary.add(name, depth);
            self.mark(name.len());
        }
        is_key
    }

    fn word(&mut self, vocabulary: &mut Vocabulary) {
        let rest = self.rest();
        let end = rest.find(|c| !is_name_part(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("").to_owned();
        if let Some(length) = vocabulary.longest(&word, rest, self.after_dot) {
            self.mark(length);
            return;
        }
        match word.as_str() {
            "for" | "some" | "every" => {
                self.copy(end);
                self.nest();
                self.iterator(vocabulary);
                return;
            }
            "if" | "function" => self.nest(),
            _ => {}
        }
        self.copy(end);
    }

    /// The variable of an iteration, which may be several words: everything up to `in`.
    fn iterator(&mut self, vocabulary: &mut Vocabulary) {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        let body = rest.get(space..).unwrap_or("");
        let inner = |c: char| is_name_part(c) || c.is_whitespace();
        let run = body
            .get(..body.find(|c| !inner(c)).unwrap_or(body.len()))
            .unwrap_or("");
        let (mut end, mut words) = (0, 0);
        for word in run.split_inclusive(char::is_whitespace) {
            match word.trim() {
                "in" => break,
                "" => {}
                _ => words += 1,
            }
            end += word.len();
        }
        let name = run.get(..end).unwrap_or("").trim_end();
        if words > 1 && end < run.len() {
            vocabulary.add(name, self.brackets.len());
            let length = name.len();
            self.blank(space);
            self.mark(length);
        }
    }
}

fn string_length(text: &str) -> Option<usize> {
    let mut escaped = true;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
