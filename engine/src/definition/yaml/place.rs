//! Where the letters of a scalar stand in its source: behind quotes and escapes, in folded and literal blocks.

use granit_parser::ScalarStyle;

use crate::source::Span;

/// For each byte of a scalar's text, where its letter stands in the raw source. Blanks, which folding changes, follow the
/// letter before them.
pub(super) fn align(text: &str, raw: &str, style: ScalarStyle) -> Vec<Span> {
    let mut letters = letters(raw, style).into_iter();
    let mut places = Vec::with_capacity(text.len());
    let mut place = letters
        .as_slice()
        .first()
        .map_or(0..0, |(span, _)| span.start..span.start);
    for letter in text.chars() {
        if letter.is_whitespace() {
            place = place.end..place.end + letter.len_utf8();
        } else {
            let found = letters.find(|(_, other)| *other == letter);
            place = found.map_or(raw.len()..raw.len(), |(span, _)| span);
        }
        places.extend(std::iter::repeat_n(place.clone(), letter.len_utf8()));
    }
    places
}

/// The letters that a scalar's source stands for, with the place of each.
fn letters(raw: &str, style: ScalarStyle) -> Vec<(Span, char)> {
    let mut rest = raw.char_indices().peekable();
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded if raw.starts_with(['|', '>']) => {
            while rest.next_if(|(_, letter)| *letter != '\n').is_some() {}
        }
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => drop(rest.next()),
        _ => {}
    }
    let mut letters = Vec::with_capacity(raw.len());
    while let Some((start, mut letter)) = rest.next() {
        match (style, letter) {
            (ScalarStyle::SingleQuoted, '\'') => drop(rest.next()),
            (ScalarStyle::DoubleQuoted, '\\') => letter = escaped(&mut rest),
            _ => {}
        }
        let end = rest.peek().map_or(raw.len(), |(index, _)| *index);
        letters.push((start..end, letter));
    }
    letters
}

/// What stands behind a backslash.
fn escaped(rest: &mut impl Iterator<Item = (usize, char)>) -> char {
    let Some((_, letter)) = rest.next() else {
        return '\\';
    };
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        't' | 'n' | 'r' | 'v' | 'f' | 'N' | 'L' | 'P' | '_' => return ' ',
        other => return other,
    };
    let digits: String = rest.take(digits).map(|(_, digit)| digit).collect();
    u32::from_str_radix(&digits, 16)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(' ')
}
