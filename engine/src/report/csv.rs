//! Tables as text (RFC 4180): a header, and a line for each element of the body.

use std::borrow::Cow;
use std::io;

use serde_json::Value as Json;

/// Writes the names of the columns.
pub fn header(columns: &[String], to: &mut impl io::Write) -> io::Result<()> {
    line(columns.iter().map(|column| Cow::Borrowed(column.as_str())), to)
}

/// Writes the elements of a list, each a mapping: what it has for each column, nothing for what it has not.
pub fn rows(body: &Json, columns: &[String], to: &mut impl io::Write) -> io::Result<()> {
    for row in body.as_array().into_iter().flatten() {
        let cells = columns.iter().map(|column| match row.get(column) {
            None | Some(Json::Null) => Cow::Borrowed(""),
            Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
            Some(other) => Cow::Owned(other.to_string()),
        });
        line(cells, to)?;
    }
    Ok(())
}

fn line<'a>(cells: impl Iterator<Item = Cow<'a, str>>, to: &mut impl io::Write) -> io::Result<()> {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            to.write_all(b",")?;
        }
        if cell.contains(['"', ',', '\r', '\n']) {
            write!(to, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            to.write_all(cell.as_bytes())?;
        }
    }
    to.write_all(b"\r\n")
}
