//! Text literals.

/// The text between the quotes; an escape that is not one stays as it is written.
pub(super) fn unescape(quoted: &str) -> String {
    let body = quoted.trim_end();
    let body = body.strip_prefix('"').unwrap_or(body);
    let body = body.strip_suffix('"').unwrap_or(body);
    let mut result = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        result.push_str(rest.get(..at).unwrap_or(""));
        rest = rest.get(at + 1..).unwrap_or("");
        let (c, length) = match rest.chars().next() {
            Some('n') => (Some('\n'), 1),
            Some('t') => (Some('\t'), 1),
            Some('r') => (Some('\r'), 1),
            Some(c @ ('"' | '\'' | '\\')) => (Some(c), 1),
            Some('u') => unicode(rest),
            Some('U') => (hex(rest, 1, 6).and_then(char::from_u32), 7),
            _ => (None, 0),
        };
        match c {
            Some(c) => {
                result.push(c);
                rest = rest.get(length..).unwrap_or("");
            }
            None => {
                result.push('\\');
                // The next character is not looked at again, so that `\\` is never split.
                let length = rest.chars().next().map_or(0, char::len_utf8);
                result.push_str(rest.get(..length).unwrap_or(""));
                rest = rest.get(length..).unwrap_or("");
            }
        }
    }
    result.push_str(rest);
    result
}

fn hex(text: &str, start: usize, length: usize) -> Option<u32> {
    let digits = text.get(start..start + length)?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// `u` and four digits; two halves of a surrogate pair make one character.
fn unicode(text: &str) -> (Option<char>, usize) {
    let Some(first) = hex(text, 1, 4) else {
        return (None, 0);
    };
    if !(0xD800..0xDC00).contains(&first) {
        return (char::from_u32(first), 5);
    }
    let second = text
        .get(5..7)
        .filter(|prefix| *prefix == "\\u")
        .and_then(|_| hex(text, 7, 4));
    match second {
        Some(second) if (0xDC00..0xE000).contains(&second) => (
            char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)),
            11,
        ),
        _ => (None, 0),
    }
}
