//! Regular expressions as XPath defines them, translated into those of the `regex` crate.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// How many patterns are kept ready.
const KEPT: usize = 256;
/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 10_000;
/// How large a pattern may become, in bytes.
const MAX_PROGRAM: usize = 2_000_000;
/// How deep brackets may be nested in a pattern.
const MAX_NESTING: usize = 50;

/// A regular expression that is ready to be used.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    literal: bool,
}

type Ready = HashMap<(String, String), Result<Arc<Pattern>, String>>;

impl Pattern {
    /// The pattern, made ready once and kept.
    pub fn prepared(pattern: &str, flags: &str) -> Result<Arc<Pattern>, String> {
        static READY: LazyLock<Mutex<Ready>> = LazyLock::new(Mutex::default);
        if pattern.len() > MAX_PATTERN {
            return Err(format!("the pattern is longer than {MAX_PATTERN} bytes"));
        }
        let key = (pattern.to_owned(), flags.to_owned());
        if let Some(found) = READY.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return found.clone();
        }
        let made = Pattern::new(pattern, flags).map(Arc::new);
        let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.len() >= KEPT {
            ready.clear();
        }
        ready.insert(key, made.clone());
        made
    }

    fn new(pattern: &str, flags: &str) -> Result<Pattern, String> {
        if let Some(flag) = flags.chars().find(|flag| !"smixq".contains(*flag)) {
            return Err(format!("`{flag}` is not a flag; the flags are s, m, i, x and q"));
        }
        let has = |flag: char| flags.contains(flag);
        let translated = if has('q') {
            regex::escape(pattern)
        } else {
            let mut translator = Translator {
                rest: pattern.chars().collect::<Vec<_>>().into_iter().peekable(),
                out: String::new(),
                spaced: has('x'),
                dot_all: has('s'),
                open: 0,
                depth: 0,
            };
            translator.run()?;
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
        Ok(Pattern { regex, literal: has('q') })
    }

    /// Whether a part of the text matches.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        Ok(self.regex.is_match(text))
    }

    /// The parts of the text between the matches.
    pub fn split(&self, text: &str) -> Result<Vec<String>, String> {
        Ok(self.regex.split(text).map(str::to_owned).collect())
    }

    /// The text with every match replaced; `$1` is what the first group matched.
    pub fn replace(&self, text: &str, replacement: &str, limit: usize) -> Result<String, String> {
        if self.regex.is_match("") {
            return Err("the pattern matches the empty text".to_owned());
        }
        let parts = if self.literal {
            vec![Part::Text(replacement.to_owned())]
        } else {
            replacement_parts(replacement, self.regex.captures_len() - 1)?
        };
        let mut result = String::new();
        let mut done = 0;
        for captures in self.regex.captures_iter(text) {
            let Some(whole) = captures.get(0) else { continue };
            result.push_str(text.get(done..whole.start()).unwrap_or(""));
            for part in &parts {
                match part {
                    Part::Text(text) => result.push_str(text),
                    Part::Group(group) => result.push_str(captures.get(*group).map_or("", |group| group.as_str())),
                }
            }
            done = whole.end();
            if result.len() > limit {
                return Err(format!("the text is longer than {limit} bytes"));
            }
        }
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

struct Translator {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    out: String,
    /// Whether white space in the pattern means nothing.
    spaced: bool,
    dot_all: bool,
    /// How many groups are open.
    open: usize,
    depth: usize,
}

const NAME_START: &str = r"\p{L}\p{Nl}_:";
const NAME_PART: &str = r"\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}_:.\-·";

impl Translator {
    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.next() {
            match c {
                c if self.spaced && c.is_whitespace() => {}
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '.' => self.out.push_str(if self.dot_all { "(?s:.)" } else { r"[^\n\r]" }),
                '(' => {
                    self.open += 1;
                    if self.open > MAX_NESTING {
                        return Err("the pattern is nested too deeply".to_owned());
                    }
                    self.out.push('(');
                    if self.rest.next_if_eq(&'?').is_some() {
                        if self.rest.next() != Some(':') {
                            return Err("`(?` is followed by `:` only".to_owned());
                        }
                        self.out.push_str("?:");
                    }
                }
                ')' => {
                    self.open = self.open.checked_sub(1).ok_or("a `)` has no `(`")?;
                    self.out.push(')');
                }
                '{' => self.quantity()?,
                '}' | ']' => return Err(format!("`{c}` must be written `\\{c}`")),
                '^' | '$' | '|' | '*' | '+' | '?' => self.out.push(c),
                c => self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        if self.open > 0 { Err("a `(` has no `)`".to_owned()) } else { Ok(()) }
    }

    fn quantity(&mut self) -> Result<(), String> {
        let mut inside = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if self.spaced && c.is_whitespace() => {}
                Some(c @ ('0'..='9' | ',')) => inside.push(c),
                _ => return Err("`{` is followed by numbers and `}`".to_owned()),
            }
        }
        if !inside.starts_with(|c: char| c.is_ascii_digit()) || inside.matches(',').count() > 1 {
            return Err("`{` is followed by numbers and `}`".to_owned());
        }
        self.out.push_str(&format!("{{{inside}}}"));
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let c = self.rest.next().ok_or("the pattern ends with `\\`")?;
        match c {
            'n' | 'r' | 't' => self.out.extend(['\\', c]),
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']' | '$' => {
                self.out.extend(['\\', c]);
            }
            'd' | 'D' => self.out.extend(['\\', c]),
            's' => self.out.push_str(if in_class { r" \t\n\r" } else { r"[ \t\n\r]" }),
            'S' => self.out.push_str(r"[^ \t\n\r]"),
            'w' => self.out.push_str(r"[^\p{P}\p{Z}\p{C}]"),
            'W' => self.out.push_str(if in_class { r"\p{P}\p{Z}\p{C}" } else { r"[\p{P}\p{Z}\p{C}]" }),
            'i' => self.out.push_str(&format!("[{NAME_START}]")),
            'I' => self.out.push_str(&format!("[^{NAME_START}]")),
            'c' => self.out.push_str(&format!("[{NAME_PART}]")),
            'C' => self.out.push_str(&format!("[^{NAME_PART}]")),
            'p' | 'P' => self.property(c == 'P')?,
            '0'..='9' if in_class => return Err("a back-reference has no place between `[` and `]`".to_owned()),
            '1'..='9' => return Err("back-references are not supported".to_owned()),
            c => return Err(format!("`\\{c}` has no meaning in a pattern")),
        }
        Ok(())
    }

    fn property(&mut self, negated: bool) -> Result<(), String> {
        let wrong = || "`\\p` is followed by a property such as `{Lu}`".to_owned();
        if self.rest.next() != Some('{') {
            return Err(wrong());
        }
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if self.spaced && c.is_whitespace() => {}
                Some(c) if c.is_ascii_alphanumeric() || c == '-' => name.push(c),
                _ => return Err(wrong()),
            }
        }
        let hat = if negated { "^" } else { "" };
        if let Some(block) = name.strip_prefix("Is") {
            let (_, first, last) =
                BLOCKS.iter().find(|(known, ..)| *known == block).ok_or_else(|| format!("there is no block `{block}`"))?;
            self.out.push_str(&format!("[{hat}\\x{{{first:X}}}-\\x{{{last:X}}}]"));
        } else {
            let category = !name.is_empty()
                && name.len() <= 2
                && name.starts_with(['L', 'M', 'N', 'P', 'Z', 'S', 'C']);
            if !category {
                return Err(format!("there is no property `{name}`"));
            }
            self.out.push_str(&format!("[{hat}\\p{{{name}}}]"));
        }
        Ok(())
    }

    /// `[…]`, perhaps with another class subtracted at the end.
    fn class(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("the pattern is nested too deeply".to_owned());
        }
        let start = self.out.len();
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut empty = true;
        loop {
            let Some(c) = self.rest.next() else { return Err("a `[` has no `]`".to_owned()) };
            match c {
                ']' if empty => return Err("`[]` matches nothing".to_owned()),
                ']' => break,
                '\\' => self.escape(true)?,
                '-' if self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    self.out.insert(start, '[');
                    self.out.push_str("]--");
                    self.class()?;
                    if self.rest.next() != Some(']') {
                        return Err("a subtracted class stands at the end".to_owned());
                    }
                    break;
                }
                '-' if !empty && self.rest.peek().is_some_and(|next| *next != ']') => self.out.push('-'),
                '[' => return Err("`[` must be written `\\[`".to_owned()),
                '-' | '&' | '~' | '^' => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
            empty = false;
        }
        self.out.push(']');
        self.depth -= 1;
        Ok(())
    }
}

/// The Unicode blocks that `\p{Is…}` knows.
const BLOCKS: &[(&str, u32, u32)] = &[
    ("BasicLatin", 0x0, 0x7F),
    ("Latin-1Supplement", 0x80, 0xFF),
    ("LatinExtended-A", 0x100, 0x17F),
    ("LatinExtended-B", 0x180, 0x24F),
    ("IPAExtensions", 0x250, 0x2AF),
    ("SpacingModifierLetters", 0x2B0, 0x2FF),
    ("CombiningDiacriticalMarks", 0x300, 0x36F),
    ("Greek", 0x370, 0x3FF),
    ("GreekandCoptic", 0x370, 0x3FF),
    ("Cyrillic", 0x400, 0x4FF),
    ("Armenian", 0x530, 0x58F),
    ("Hebrew", 0x590, 0x5FF),
    ("Arabic", 0x600, 0x6FF),
    ("Devanagari", 0x900, 0x97F),
    ("Thai", 0xE00, 0xE7F),
    ("Georgian", 0x10A0, 0x10FF),
    ("HangulJamo", 0x1100, 0x11FF),
    ("LatinExtendedAdditional", 0x1E00, 0x1EFF),
    ("GreekExtended", 0x1F00, 0x1FFF),
    ("GeneralPunctuation", 0x2000, 0x206F),
    ("SuperscriptsandSubscripts", 0x2070, 0x209F),
    ("CurrencySymbols", 0x20A0, 0x20CF),
    ("LetterlikeSymbols", 0x2100, 0x214F),
    ("NumberForms", 0x2150, 0x218F),
    ("Arrows", 0x2190, 0x21FF),
    ("MathematicalOperators", 0x2200, 0x22FF),
    ("BoxDrawing", 0x2500, 0x257F),
    ("GeometricShapes", 0x25A0, 0x25FF),
    ("CJKSymbolsandPunctuation", 0x3000, 0x303F),
    ("Hiragana", 0x3040, 0x309F),
    ("Katakana", 0x30A0, 0x30FF),
    ("CJKUnifiedIdeographs", 0x4E00, 0x9FFF),
    ("HangulSyllables", 0xAC00, 0xD7A3),
    ("PrivateUse", 0xE000, 0xF8FF),
];
