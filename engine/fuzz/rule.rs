//! Makes a rule of random bytes, so that nearly every input is one that can be read.

use metode::feel::builtins;

/// Bytes to choose by; when they are at an end, the simplest is chosen.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn pick(&mut self, number: usize) -> usize {
        match number {
            0..=256 => self.next() % number.max(1),
            _ => (self.next() << 8 | self.next()) % number,
        }
    }

    fn next(&mut self) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0))
    }

    fn of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.pick(words.len())]
    }
}

const LEAVES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "2.50",
    "1e6144",
    "1e-6176",
    "9999999999999999999999999999999999",
    "12",
    "\"\"",
    "\"a\"",
    "\"aaab\"",
    "\"Zoë\"",
    "\"🐎\"",
    "\"(a+)+$\"",
    "\"(a*)\\\\1\"",
    "\"[a-z]{2,}\"",
    "\"\\\\p{L}+\"",
    "\"$1\"",
    "\"P1D\"",
    "\"2025-01-31\"",
    "@\"2024-02-29\"",
    "@\"P1Y2M\"",
    "@\"PT36H\"",
    "@\"10:30:00Z\"",
    "@\"2025-06-01T12:00:00@Europe/Vienna\"",
    "@\"-999999999-01-01\"",
    "[]",
    "[1, 2, 3]",
    "{}",
    "answer",
    "answers",
    "age",
    "born",
    "name",
    "home",
    "homes",
    "monthly salary",
    "anything",
    "x",
    "y",
    "f",
    "item",
    "partial",
    "today()",
    "now()",
];
const NAMES: &[&str] = &[
    "x",
    "y",
    "f",
    "city",
    "rooms",
    "own flat",
    "a",
    "month",
    "start",
    "long name",
];
const TYPES: &[&str] = &[
    "number",
    "string",
    "list<number>",
    "context<x: date>",
    "range<number>",
    "function<Any> -> number",
    "Any",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in",
];

/// A rule made of bytes.
pub fn rule(bytes: &[u8]) -> String {
    let mut text = String::new();
    write(&mut Bytes(bytes.iter()), 12, &mut text);
    text
}

fn write(bytes: &mut Bytes<'_>, depth: usize, text: &mut String) {
    if depth == 0 || text.len() > 20_000 {
        text.push_str(bytes.of(LEAVES));
        return;
    }
    // `$` stands for another part, the rest is written as it is.
    let shape = match bytes.pick(28) {
        0..=5 => bytes.of(LEAVES).to_owned(),
        6..=9 => format!("($) {} ($)", bytes.of(OPERATORS)),
        10 => "[$, $, $]".to_owned(),
        11 => format!(
            "{{{}: $, {}: $, z: $}}",
            bytes.of(NAMES),
            bytes.of(&["y", "f", "long name"])
        ),
        12 => bytes
            .of(&["[$..$]", "($..$)", "(< $)", "(>= $)", "]$..$["])
            .to_owned(),
        13 => "-($)".to_owned(),
        14 => "($) between ($) and ($)".to_owned(),
        15 => format!("($) in ({} ($), $)", bytes.of(&["", "<", ">=", "!="])),
        16 => format!("($) instance of {}", bytes.of(TYPES)),
        17 => format!("($).{}", bytes.of(NAMES)),
        18 => "($)[$]".to_owned(),
        19 => "if $ then $ else $".to_owned(),
        20 => format!("for {} in $ return $", bytes.of(NAMES)),
        21 => format!("for x in {}..{} return $", bytes.pick(6), bytes.pick(24)),
        22 => format!(
            "{} {} in $ satisfies $",
            bytes.of(&["some", "every"]),
            bytes.of(NAMES)
        ),
        23 => format!(
            "function(x{}, y) $",
            bytes.of(&["", ": number", ": list<string>"])
        ),
        24 => "{f: function(x) $, z: f($)}.z".to_owned(),
        25 => format!("{}($)", bytes.of(NAMES)),
        _ => {
            let all = builtins();
            let builtin = &all[bytes.pick(all.len())];
            let arguments = vec!["$"; bytes.pick(5)].join(", ");
            format!("{}({arguments})", builtin.name)
        }
    };
    for (at, part) in shape.split('$').enumerate() {
        if at > 0 && !shape.contains('"') {
            write(bytes, depth - 1, text);
        } else if at > 0 {
            text.push('$');
        }
        text.push_str(part);
    }
}
