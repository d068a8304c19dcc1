//! Functions of text, and `not`.

use std::sync::Arc;

use super::{Builtin, Context, Kind, optional, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::TEXT;
use crate::feel::pattern::Pattern;
use crate::value::{Number, Value};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "not",
        &[required("negand", Kind::Any)],
        Kind::Boolean,
        |_, args| match args.first() {
            Some(Value::Boolean(value)) => Ok(Value::Boolean(!value)),
            Some(Value::Null) | None => Err(Fault::missing("the argument `negand` of `not` is null")),
            Some(other) => Err(format!("a {} is neither true nor false", other.kind()).into()),
        },
        "turns true into false and false into true",
        "not(true) = false",
    ),
    row(
        "substring",
        &[
            required("string", Kind::String),
            required("start position", Kind::Number),
            optional("length", Kind::Number),
        ],
        Kind::String,
        |_, args| substring(args),
        "gives a part of a text, counting from 1 or, when negative, from the end",
        "substring(\"foobar\", 3, 3) = \"oba\"",
    ),
    row(
        "string length",
        &[required("string", Kind::String)],
        Kind::Number,
        |_, args| Ok(Value::Number(Number::from(text(args, 0).chars().count()))),
        "counts the characters",
        "string length(\"foo\") = 3",
    ),
    row(
        "upper case",
        &[required("string", Kind::String)],
        Kind::String,
        |_, args| limited(text(args, 0).to_uppercase()),
        "writes text in capitals",
        "upper case(\"aBc4\") = \"ABC4\"",
    ),
    row(
        "lower case",
        &[required("string", Kind::String)],
        Kind::String,
        |_, args| match args.first() {
            // Most text is copied once only.
            Some(Value::String(text)) if text.is_ascii() => {
                let mut small: Arc<str> = Arc::from(&**text);
                if let Some(small) = Arc::get_mut(&mut small) {
                    small.make_ascii_lowercase();
                }
                Ok(Value::String(small))
            }
            _ => limited(text(args, 0).to_lowercase()),
        },
        "writes text in small letters",
        "lower case(\"aBc4\") = \"abc4\"",
    ),
    row(
        "substring before",
        &[required("string", Kind::String), required("match", Kind::String)],
        Kind::String,
        |_, args| {
            Ok(Value::string(
                text(args, 0)
                    .split_once(text(args, 1))
                    .map_or("", |(before, _)| before),
            ))
        },
        "gives what stands before the first match",
        "substring before(\"foobar\", \"bar\") = \"foo\"",
    ),
    row(
        "substring after",
        &[required("string", Kind::String), required("match", Kind::String)],
        Kind::String,
        |_, args| {
            Ok(Value::string(
                text(args, 0)
                    .split_once(text(args, 1))
                    .map_or("", |(_, after)| after),
            ))
        },
        "gives what stands after the first match",
        "substring after(\"foobar\", \"ob\") = \"ar\"",
    ),
    row(
        "replace",
        &[
            required("input", Kind::String),
            required("pattern", Kind::String),
            required("replacement", Kind::String),
            optional("flags", Kind::String).or_null(),
        ],
        Kind::String,
        |context, args| {
            let pattern = pattern(context, args, 1, 3)?;
            let budget = &mut context.machine.budget;
            pattern
                .replace(text(args, 0), text(args, 2), budget)
                .map(Value::string)
        },
        "replaces what matches a regular expression",
        "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\") = \"[1=ab][2=]cd\"",
    ),
    row(
        "contains",
        &[required("string", Kind::String), required("match", Kind::String)],
        Kind::Boolean,
        |_, args| Ok(Value::Boolean(text(args, 0).contains(text(args, 1)))),
        "tells whether a text contains another",
        "contains(\"foobar\", \"of\") = false",
    ),
    row(
        "starts with",
        &[required("string", Kind::String), required("match", Kind::String)],
        Kind::Boolean,
        |_, args| Ok(Value::Boolean(text(args, 0).starts_with(text(args, 1)))),
        "tells whether a text begins with another",
        "starts with(\"foobar\", \"fo\") = true",
    ),
    row(
        "ends with",
        &[required("string", Kind::String), required("match", Kind::String)],
        Kind::Boolean,
        |_, args| Ok(Value::Boolean(text(args, 0).ends_with(text(args, 1)))),
        "tells whether a text ends with another",
        "ends with(\"foobar\", \"r\") = true",
    ),
    row(
        "matches",
        &[
            required("input", Kind::String),
            required("pattern", Kind::String),
            optional("flags", Kind::String).or_null(),
        ],
        Kind::Boolean,
        |context, args| {
            let pattern = pattern(context, args, 1, 2)?;
            pattern
                .matches(text(args, 0), &mut context.machine.budget)
                .map(Value::Boolean)
        },
        "tells whether a part of a text matches a regular expression",
        "matches(\"foobar\", \"^fo*b\") = true",
    ),
    row(
        "split",
        &[
            required("string", Kind::String),
            required("delimiter", Kind::String),
        ],
        Kind::Strings,
        |context, args| {
            let pattern = pattern(context, args, 1, 2)?;
            let parts = pattern.split(text(args, 0), &mut context.machine.budget)?;
            Ok(Value::list(parts.into_iter().map(Value::string).collect()))
        },
        "splits a text where a regular expression matches",
        "split(\"a;b;c\", \";\") = [\"a\", \"b\", \"c\"]",
    ),
    row(
        "string join",
        &[
            required("list", Kind::Strings),
            optional("delimiter", Kind::String).or_null(),
        ],
        Kind::String,
        |_, args| {
            let parts = args.first().and_then(Value::as_list).unwrap_or(&[]);
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            let delimiter = text(args, 1);
            TEXT.allow(parts.iter().map(|part| part.len() + delimiter.len()).sum())?;
            Ok(Value::string(parts.join(delimiter)))
        },
        "joins texts, leaving out nulls",
        "string join([\"a\", \"b\"], \" and \") = \"a and b\"",
    ),
];

fn text(args: &[Value], at: usize) -> &str {
    args.get(at).and_then(Value::as_str).unwrap_or("")
}

fn limited(text: String) -> Outcome {
    TEXT.allow(text.len())?;
    Ok(Value::string(text))
}

fn pattern(
    context: &mut Context<'_, '_>,
    args: &[Value],
    at: usize,
    flags: usize,
) -> Result<Arc<Pattern>, Fault> {
    match context.pattern {
        Some(ready) => Ok(ready.clone()),
        None => Pattern::prepared(text(args, at), text(args, flags), &mut context.machine.budget),
    }
}

fn substring(args: &[Value]) -> Outcome {
    let text = text(args, 0);
    let whole = |at: usize| {
        args.get(at)
            .and_then(Value::as_number)
            .and_then(Number::truncate_i64)
    };
    let start = whole(1).unwrap_or(0);
    let count = text.chars().count() as i64;
    let skip = match start {
        1.. => start - 1,
        0 => return Err("positions are counted from 1".into()),
        _ => count.saturating_add(start),
    };
    if skip < 0 || skip >= count.max(1) {
        return Err(format!("the text has no position {start}, it has {count} characters").into());
    }
    let rest = text.chars().skip(skip as usize);
    Ok(match args.get(2) {
        Some(Value::Number(_)) => match whole(2) {
            Some(length) if length >= 1 => Value::string(rest.take(length as usize).collect::<String>()),
            _ => return Err("the length is at least 1".into()),
        },
        _ => Value::string(rest.collect::<String>()),
    })
}
