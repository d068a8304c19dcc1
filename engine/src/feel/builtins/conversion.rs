//! Functions that make values of other values.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::{Builtin, Kind, optional, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::TEXT;
use crate::value::{Date, DateTime, DaysDuration, MonthsDuration, Number, Rounding, Time, Value, Zone};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "date",
        &[required("from", Kind::String)],
        Kind::Date,
        |_, args| parsed(args, |text| Date::parse(text).map(Value::Date), "date"),
        "reads a date",
        "date(\"2025-06-01\")",
    ),
    row(
        "date",
        &[required("from", Kind::Dated)],
        Kind::Date,
        |_, args| match args.first() {
            Some(Value::DateTime(time)) => Ok(Value::Date(time.date())),
            Some(date) => Ok(date.clone()),
            None => Err("a date is needed".into()),
        },
        "gives the date of a date and time",
        "date(date and time(\"2025-06-01T10:30:00\")) = date(\"2025-06-01\")",
    ),
    row(
        "date",
        &[
            required("year", Kind::Number),
            required("month", Kind::Number),
            required("day", Kind::Number),
        ],
        Kind::Date,
        |_, args| {
            let part = |at: usize| args.get(at).and_then(Value::as_number).and_then(Number::to_i64);
            let date = || {
                let (year, month, day) = (part(0)?, part(1)?, part(2)?);
                Date::new(
                    i32::try_from(year).ok()?,
                    u8::try_from(month).ok()?,
                    u8::try_from(day).ok()?,
                )
            };
            date().map(Value::Date).ok_or(Fault::new("there is no such date"))
        },
        "makes a date of its parts",
        "date(2025, 6, 1)",
    ),
    row(
        "date and time",
        &[required("from", Kind::String)],
        Kind::DateTime,
        |_, args| {
            parsed(
                args,
                |text| DateTime::parse(text).map(Value::DateTime),
                "date and time",
            )
        },
        "reads a date and time",
        "date and time(\"2025-06-01T10:30:00\")",
    ),
    row(
        "date and time",
        &[required("date", Kind::Dated), required("time", Kind::Time)],
        Kind::DateTime,
        |_, args| match args {
            [Value::Date(date), Value::Time(time)] => Ok(Value::DateTime(DateTime::new(*date, time.clone()))),
            [Value::DateTime(day), Value::Time(time)] => {
                Ok(Value::DateTime(DateTime::new(day.date(), time.clone())))
            }
            _ => Err("a date and a time are needed".into()),
        },
        "puts a date and a time together",
        "date and time(date(\"2025-06-01\"), time(\"10:30:00\"))",
    ),
    row(
        "date and time",
        &[required("from", Kind::Dated)],
        Kind::DateTime,
        |_, args| match args.first() {
            Some(Value::Date(date)) => Ok(Value::DateTime(DateTime::new(*date, Time::MIDNIGHT))),
            Some(time) => Ok(time.clone()),
            None => Err("a date is needed".into()),
        },
        "gives the midnight a date begins with",
        "date and time(@\"2025-06-01\")",
    ),
    row(
        "time",
        &[required("from", Kind::String)],
        Kind::Time,
        |_, args| parsed(args, |text| Time::parse(text).map(Value::Time), "time"),
        "reads a time",
        "time(\"10:30:00\")",
    ),
    row(
        "time",
        &[required("from", Kind::Point)],
        Kind::Time,
        |_, args| match args.first() {
            Some(Value::DateTime(time)) => Ok(Value::Time(time.time().clone())),
            Some(Value::Date(_)) => Ok(Value::Time(Time::MIDNIGHT.with_zone(Zone::Offset(0)))),
            Some(Value::Time(time)) => Ok(Value::Time(time.clone())),
            _ => Err("a time or a date and time is needed".into()),
        },
        "gives the time of a date and time",
        "time(date and time(\"2025-06-01T10:30:00\")) = time(\"10:30:00\")",
    ),
    row(
        "time",
        &[
            required("hour", Kind::Number),
            required("minute", Kind::Number),
            required("second", Kind::Number),
            optional("offset", Kind::Days).or_null(),
        ],
        Kind::Time,
        |_, args| {
            time(args)
                .map(Value::Time)
                .ok_or(Fault::new("there is no such time"))
        },
        "makes a time of its parts",
        "time(10, 30, 0, @\"PT1H\")",
    ),
    row(
        "duration",
        &[required("from", Kind::String)],
        Kind::Duration,
        |_, args| parsed(args, duration, "duration"),
        "reads a duration",
        "duration(\"P1DT2H\")",
    ),
    row(
        "years and months duration",
        &[required("from", Kind::Dated), required("to", Kind::Dated)],
        Kind::Months,
        |_, args| match args {
            [from, to] => match (day(from), day(to)) {
                (Some(from), Some(to)) => Ok(Value::Months(from.months_until(&to))),
                _ => Err("two dates are needed".into()),
            },
            _ => Err("two dates are needed".into()),
        },
        "gives the whole months between two dates",
        "years and months duration(@\"2011-12-22\", @\"2013-08-24\") = @\"P1Y8M\"",
    ),
    row(
        "number",
        &[required("from", Kind::String)],
        Kind::Number,
        |_, args| {
            parsed(
                args,
                |text| plain(text).and_then(Number::parse).map(Value::Number),
                "number",
            )
        },
        "reads a number",
        "number(\"12.50\")",
    ),
    row(
        "number",
        &[
            required("from", Kind::String),
            required("grouping separator", Kind::String).or_null(),
            required("decimal separator", Kind::String).or_null(),
        ],
        Kind::Number,
        |_, args| number(args),
        "reads a number with separators",
        "number(\"1.000,5\", \".\", \",\") = 1000.5",
    ),
    row(
        "string",
        &[required("from", Kind::Any)],
        Kind::String,
        |call, args| match args.first() {
            None | Some(Value::Null) => Err(Fault::missing("the argument `from` of `string` is null")),
            Some(Value::String(text)) => Ok(Value::String(Arc::clone(text))),
            Some(value) => {
                call.machine.budget.look_into(value)?;
                text(value).map(Value::string)
            }
        },
        "writes a value as text",
        "string(1.1) = \"1.1\"",
    ),
];

/// A value as text; text and temporal values have no quotes.
fn text(value: &Value) -> Result<String, Fault> {
    // What does not fit into this is rare.
    let mut text = Bounded(String::with_capacity(32));
    let written = match value {
        Value::String(given) => text.write_str(given),
        Value::Date(date) => write!(text, "{date}"),
        Value::Time(time) => write!(text, "{time}"),
        Value::DateTime(time) => write!(text, "{time}"),
        Value::Days(duration) => write!(text, "{duration}"),
        Value::Months(duration) => write!(text, "{duration}"),
        other => write!(text, "{other}"),
    };
    written.map_err(|_| TEXT.fault())?;
    Ok(text.0)
}

/// A text that does not become longer than it may.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.0.len() + more.len() > TEXT.most {
            return Err(fmt::Error);
        }
        self.0.push_str(more);
        Ok(())
    }
}

fn parsed(args: &[Value], read: impl Fn(&str) -> Option<Value>, what: &str) -> Outcome {
    let text = args.first().and_then(Value::as_str).unwrap_or("");
    let short = |text: &str| match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text.to_owned(),
    };
    read(text).ok_or_else(|| format!("`{}` is not a {what}", short(text)).into())
}

/// What stands between the quotes of `@"…"`.
pub(crate) fn temporal(text: &str) -> Option<Value> {
    if let Some(date) = Date::parse(text) {
        return Some(Value::Date(date));
    }
    if text.contains('T')
        && let Some(time) = DateTime::parse(text)
    {
        return Some(Value::DateTime(time));
    }
    Time::parse(text).map(Value::Time).or_else(|| duration(text))
}

pub(crate) fn duration(text: &str) -> Option<Value> {
    MonthsDuration::parse(text)
        .map(Value::Months)
        .or_else(|| DaysDuration::parse(text).map(Value::Days))
}

fn day(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::DateTime(time) => Some(time.date()),
        _ => None,
    }
}

fn time(args: &[Value]) -> Option<Time> {
    let part = |at: usize| args.get(at).and_then(Value::as_number);
    let (hour, minute, second) = (part(0)?.to_i64()?, part(1)?.to_i64()?, part(2)?);
    let whole = second.round(0, Rounding::Floor)?;
    let fraction = second
        .checked_sub(&whole)?
        .checked_mul(&Number::from(1_000_000_000i64))?
        .truncate_i64()?;
    let zone = match args.get(3) {
        Some(Value::Days(offset)) => Zone::offset(i32::try_from(offset.floor_seconds()).ok()?)?,
        _ => Zone::Local,
    };
    let small = |number: i64| u8::try_from(number).ok();
    Time::new(
        small(hour)?,
        small(minute)?,
        small(whole.to_i64()?)?,
        u32::try_from(fraction).ok()?,
        zone,
    )
}

/// The text, if it is written like a number in a rule.
fn plain(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let begins = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (begins && !digits.ends_with('.')).then_some(text)
}

fn number(args: &[Value]) -> Outcome {
    let part = |at: usize| args.get(at).and_then(Value::as_str);
    let (text, grouping, point) = (part(0).unwrap_or(""), part(1), part(2));
    if grouping.is_some_and(|sign| ![" ", ",", "."].contains(&sign)) {
        return Err("the grouping separator is a space, `,` or `.`".into());
    }
    if point.is_some_and(|sign| ![",", "."].contains(&sign)) {
        return Err("the decimal separator is `,` or `.`".into());
    }
    if grouping.is_some() && grouping == point {
        return Err("the two separators are the same".into());
    }
    let mut text = text.to_owned();
    if let Some(sign) = grouping {
        text = text.replace(sign, "");
    }
    if let Some(sign) = point.filter(|sign| *sign != ".") {
        if text.contains('.') {
            return Err("the text is not a number".into());
        }
        text = text.replace(sign, ".");
    }
    let number = plain(&text).and_then(Number::parse);
    number
        .map(Value::Number)
        .ok_or(Fault::new("the text is not a number"))
}
