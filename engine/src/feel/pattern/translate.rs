//! From the notation of XPath to that of the `regex` crate.

use crate::feel::fault::Fault;
use crate::feel::limits::GROUPS;

/// A piece of a pattern.
#[derive(Debug)]
pub(super) enum Token {
    /// One character, as the `regex` crate would match it.
    One(String),
    /// The start of a group and its number, if it has one.
    Open(Option<usize>),
    Close,
    Or,
    Repeat {
        least: usize,
        most: Option<usize>,
        lazy: bool,
    },
    Reference(usize),
    Start,
    End,
}

/// In how many places of a pattern a text may be at once, repetitions counted out.
pub(super) fn places(tokens: &[Token]) -> usize {
    let (mut open, mut last) = (vec![0usize], 0usize);
    for token in tokens {
        let more = match token {
            Token::Open(_) => {
                open.push(0);
                continue;
            }
            Token::Close => {
                last = open.pop().unwrap_or(0);
                last
            }
            Token::Repeat { least, most, .. } => {
                let times = most.unwrap_or(least + 1).max(1);
                last.saturating_mul(times - 1)
            }
            _ => {
                last = 1;
                1
            }
        };
        if let Some(places) = open.last_mut() {
            *places = places.saturating_add(more);
        }
    }
    open.first().copied().unwrap_or(0)
}

pub(super) struct Translator {
    rest: std::iter::Peekable<std::vec::IntoIter<char>>,
    pub out: String,
    pub tokens: Vec<Token>,
    /// Whether there are back-references, so that only the tokens are of use.
    pub has_references: bool,
    /// Whether it asks for the start of a line.
    pub has_line_starts: bool,
    /// The groups that are open, and the numbers of those that are closed.
    open_groups: Vec<Option<usize>>,
    closed: Vec<usize>,
    groups: usize,
    /// Whether white space in the pattern means nothing.
    spaced: bool,
    dot_all: bool,
    /// Whether `^` and `$` stand for the ends of lines.
    lines: bool,
    depth: usize,
}

const NAME_START: &str = r"\p{L}\p{Nl}_:";
const NAME_PART: &str = r"\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}_:.\-·";

impl Translator {
    pub fn new(pattern: &str, has: impl Fn(char) -> bool) -> Translator {
        Translator {
            rest: pattern.chars().collect::<Vec<_>>().into_iter().peekable(),
            out: String::new(),
            tokens: Vec::new(),
            has_references: false,
            has_line_starts: false,
            open_groups: Vec::new(),
            closed: Vec::new(),
            groups: 0,
            spaced: has('x'),
            dot_all: has('s'),
            lines: has('m'),
            depth: 0,
        }
    }

    pub fn run(&mut self) -> Result<(), Fault> {
        while let Some(c) = self.rest.next() {
            let start = self.out.len();
            match c {
                c if self.spaced && c.is_whitespace() => continue,
                '(' => self.open()?,
                ')' => {
                    let group = self.open_groups.pop().ok_or("a `)` has no `(`")?;
                    self.closed.extend(group);
                    self.out.push(')');
                    self.tokens.push(Token::Close);
                }
                '|' => {
                    self.out.push('|');
                    self.tokens.push(Token::Or);
                }
                '^' | '$' => {
                    self.out.push(c);
                    self.tokens.push(if c == '^' { Token::Start } else { Token::End });
                    self.has_line_starts |= c == '^' && self.lines;
                }
                '*' => self.repeat("*", 0, None)?,
                '+' => self.repeat("+", 1, None)?,
                '?' => self.repeat("?", 0, Some(1))?,
                '{' => self.quantity()?,
                '}' | ']' => return Err(format!("`{c}` must be written `\\{c}`").into()),
                '\\' if self.rest.peek().is_some_and(|next| ('1'..='9').contains(next)) => {
                    self.reference()?
                }
                _ => {
                    match c {
                        '\\' => self.escape(false)?,
                        '[' => self.class()?,
                        '.' => self
                            .out
                            .push_str(if self.dot_all { "(?s:.)" } else { r"[^\n\r]" }),
                        c => self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
                    }
                    self.tokens
                        .push(Token::One(self.out.get(start..).unwrap_or("").to_owned()));
                }
            }
        }
        if self.open_groups.is_empty() {
            Ok(())
        } else {
            Err("a `(` has no `)`".into())
        }
    }

    fn open(&mut self) -> Result<(), Fault> {
        GROUPS.allow(self.open_groups.len() + 1)?;
        let group = if self.rest.next_if_eq(&'?').is_some() {
            if self.rest.next() != Some(':') {
                return Err("`(?` is followed by `:` only".into());
            }
            self.out.push_str("(?:");
            None
        } else {
            self.out.push('(');
            self.groups += 1;
            Some(self.groups)
        };
        self.open_groups.push(group);
        self.tokens.push(Token::Open(group));
        Ok(())
    }

    fn repeat(&mut self, written: &str, least: usize, most: Option<usize>) -> Result<(), Fault> {
        if let Some(Token::Repeat { .. }) = self.tokens.last() {
            return Err("a repetition is repeated".into());
        }
        self.out.push_str(written);
        let lazy = self.rest.next_if_eq(&'?').is_some();
        if lazy {
            self.out.push('?');
        }
        self.tokens.push(Token::Repeat { least, most, lazy });
        Ok(())
    }

    /// `\1` and so on: as many digits as make the number of a group that is closed.
    fn reference(&mut self) -> Result<(), Fault> {
        let mut group = 0;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if group > 0 && longer > self.groups {
                break;
            }
            group = longer;
            self.rest.next();
        }
        if !self.closed.contains(&group) {
            return Err(format!("there is no group {group} before `\\{group}`").into());
        }
        self.has_references = true;
        self.tokens.push(Token::Reference(group));
        Ok(())
    }

    fn quantity(&mut self) -> Result<(), Fault> {
        let wrong = || "`{` is followed by numbers and `}`".to_owned();
        let mut inside = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if self.spaced && c.is_whitespace() => {}
                Some(c @ ('0'..='9' | ',')) => inside.push(c),
                _ => return Err(wrong().into()),
            }
        }
        let (least, most) = match inside.split_once(',') {
            None => (inside.as_str(), Some(inside.as_str())),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let count = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        let (least, most) = (count(least)?, most.map(count).transpose()?);
        if most.is_some_and(|most| most < least) {
            return Err(wrong().into());
        }
        self.repeat(&format!("{{{inside}}}"), least, most)
    }

    fn escape(&mut self, in_class: bool) -> Result<(), Fault> {
        let spaced = self.spaced && !in_class;
        while spaced && self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        let c = self.rest.next().ok_or("the pattern ends with `\\`")?;
        match c {
            'n' | 'r' | 't' => self.out.extend(['\\', c]),
            '\\' | '|' | '.' | '-' | '^' | '?' | '*' | '+' | '{' | '}' | '(' | ')' | '[' | ']' | '$' => {
                self.out.extend(['\\', c]);
            }
            'd' | 'D' => self.out.extend(['\\', c]),
            's' => self
                .out
                .push_str(if in_class { r" \t\n\r" } else { r"[ \t\n\r]" }),
            'S' => self.out.push_str(r"[^ \t\n\r]"),
            'w' => self.out.push_str(r"[^\p{P}\p{Z}\p{C}]"),
            'W' => self.out.push_str(if in_class {
                r"\p{P}\p{Z}\p{C}"
            } else {
                r"[\p{P}\p{Z}\p{C}]"
            }),
            'i' => self.out.push_str(&format!("[{NAME_START}]")),
            'I' => self.out.push_str(&format!("[^{NAME_START}]")),
            'c' => self.out.push_str(&format!("[{NAME_PART}]")),
            'C' => self.out.push_str(&format!("[^{NAME_PART}]")),
            'p' | 'P' => self.property(c == 'P', in_class)?,
            '0'..='9' if in_class => {
                return Err("a back-reference has no place between `[` and `]`".into());
            }
            c => return Err(format!("`\\{c}` has no meaning in a pattern").into()),
        }
        Ok(())
    }

    /// A property asks for the character as it stands, whatever else is said about capitals; between `[` and `]`
    /// the `regex` crate knows no way to say that.
    fn property(&mut self, negated: bool, in_class: bool) -> Result<(), Fault> {
        let wrong = || "`\\p` is followed by a property such as `{Lu}`".to_owned();
        if self.rest.next() != Some('{') {
            return Err(wrong().into());
        }
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some('}') => break,
                Some(c) if self.spaced && c.is_whitespace() => {}
                Some(c) if c.is_ascii_alphanumeric() || c == '-' => name.push(c),
                _ => return Err(wrong().into()),
            }
        }
        let (before, after) = if in_class { ("", "") } else { ("(?-i:", ")") };
        let hat = if negated { "^" } else { "" };
        if let Some(block) = name.strip_prefix("Is") {
            let (_, first, last) = BLOCKS
                .iter()
                .find(|(known, ..)| *known == block)
                .ok_or_else(|| format!("there is no block `{block}`"))?;
            self.out
                .push_str(&format!("{before}[{hat}\\x{{{first:X}}}-\\x{{{last:X}}}]{after}"));
        } else {
            let category =
                !name.is_empty() && name.len() <= 2 && name.starts_with(['L', 'M', 'N', 'P', 'Z', 'S', 'C']);
            if !category {
                return Err(format!("there is no property `{name}`").into());
            }
            self.out.push_str(&format!("{before}[{hat}\\p{{{name}}}]{after}"));
        }
        Ok(())
    }

    /// `[…]`, perhaps with another class subtracted at the end.
    fn class(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        GROUPS.allow(self.depth)?;
        let start = self.out.len();
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut empty = true;
        loop {
            let Some(c) = self.rest.next() else {
                return Err("a `[` has no `]`".into());
            };
            match c {
                ']' if empty => return Err("`[]` matches nothing".into()),
                ']' => break,
                '\\' => self.escape(true)?,
                '-' if self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    self.out.insert(start, '[');
                    self.out.push_str("]--");
                    self.class()?;
                    if self.rest.next() != Some(']') {
                        return Err("a subtracted class stands at the end".into());
                    }
                    break;
                }
                '-' if !empty && self.rest.peek().is_some_and(|next| *next != ']') => self.out.push('-'),
                '[' => return Err("`[` must be written `\\[`".into()),
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
