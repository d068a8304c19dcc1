//! Functions of dates.

use super::{Builtin, Kind, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::value::{Date, Value};

pub(super) const TABLE: &[Builtin] = &[
    row(
        "day of year",
        &[required("date", Kind::Dated)],
        Kind::Number,
        |_, args| Ok(Value::integer(i64::from(date(args)?.day_of_year()))),
        "gives the day of the year, 1 to 366",
        "day of year(date(2019, 9, 17)) = 260",
    ),
    row(
        "day of week",
        &[required("date", Kind::Dated)],
        Kind::String,
        |_, args| named(&DAYS, date(args)?.weekday()),
        "gives the English name of the day",
        "day of week(date(2019, 9, 17)) = \"Tuesday\"",
    ),
    row(
        "month of year",
        &[required("date", Kind::Dated)],
        Kind::String,
        |_, args| named(&MONTHS, date(args)?.month()),
        "gives the English name of the month",
        "month of year(date(2019, 9, 17)) = \"September\"",
    ),
    row(
        "week of year",
        &[required("date", Kind::Dated)],
        Kind::Number,
        |_, args| Ok(Value::integer(i64::from(date(args)?.week_of_year()))),
        "gives the ISO week, 1 to 53",
        "week of year(date(2019, 9, 17)) = 38",
    ),
    row(
        "now",
        &[],
        Kind::DateTime,
        |context, _| Ok(Value::DateTime(context.machine.env.now())),
        "gives the present date and time",
        "now()",
    ),
    row(
        "today",
        &[],
        Kind::Date,
        |context, _| Ok(Value::Date(context.machine.env.now().date())),
        "gives the present date",
        "today()",
    ),
    row(
        "is",
        &[required("value1", Kind::Any), required("value2", Kind::Any)],
        Kind::Boolean,
        |_, args| match args {
            [a, b] => Ok(Value::Boolean(a == b)),
            _ => Err("two values are needed".into()),
        },
        "tells whether two values are the same in every respect, time zones included",
        "is(@\"10:30:00\", @\"10:30:00Z\") = false",
    ),
];

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn date(args: &[Value]) -> Result<Date, Fault> {
    match args.first() {
        Some(Value::Date(date)) => Ok(*date),
        Some(Value::DateTime(time)) => Ok(time.date()),
        _ => Err("a date is needed".into()),
    }
}

fn named(names: &[&str], number: u8) -> Outcome {
    let name = names.get(usize::from(number).wrapping_sub(1));
    name.map(Value::string).ok_or(Fault::new("a date is needed"))
}
