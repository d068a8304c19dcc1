//! Functions of numbers.

use super::{Builtin, Kind, optional, required, row};
use crate::feel::fault::{Fault, Outcome};
use crate::feel::limits::ROOT;
use crate::value::{DaysDuration, MonthsDuration, Number, Rounding, Value};

const SCALES: std::ops::RangeInclusive<i64> = -6111..=6176;

pub(super) const TABLE: &[Builtin] = &[
    row(
        "decimal",
        &[required("n", Kind::Number), required("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::HalfEven),
        "rounds half to even",
        "decimal(2.5, 0) = 2",
    ),
    row(
        "floor",
        &[required("n", Kind::Number), optional("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::Floor),
        "rounds down",
        "floor(-1.5) = -2",
    ),
    row(
        "ceiling",
        &[required("n", Kind::Number), optional("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::Ceiling),
        "rounds up",
        "ceiling(1.2) = 2",
    ),
    row(
        "round up",
        &[required("n", Kind::Number), required("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::Up),
        "rounds away from zero",
        "round up(-1.121, 2) = -1.13",
    ),
    row(
        "round down",
        &[required("n", Kind::Number), required("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::Down),
        "rounds towards zero",
        "round down(1.129, 2) = 1.12",
    ),
    row(
        "round half up",
        &[required("n", Kind::Number), required("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::HalfUp),
        "rounds to the nearest, a tie away from zero",
        "round half up(5.5, 0) = 6",
    ),
    row(
        "round half down",
        &[required("n", Kind::Number), required("scale", Kind::Number)],
        Kind::Number,
        |_, args| round(args, Rounding::HalfDown),
        "rounds to the nearest, a tie towards zero",
        "round half down(5.5, 0) = 5",
    ),
    row(
        "abs",
        &[required("n", Kind::Number)],
        Kind::Number,
        |_, args| number(args, |n| Some(n.abs())),
        "drops the sign",
        "abs(-10) = 10",
    ),
    row(
        "abs",
        &[required("n", Kind::Duration)],
        Kind::Duration,
        |_, args| absolute(args),
        "drops the sign of a duration",
        "abs(@\"-PT5H\") = @\"PT5H\"",
    ),
    row(
        "modulo",
        &[
            required("dividend", Kind::Number),
            required("divisor", Kind::Number),
        ],
        Kind::Number,
        |_, args| match args {
            [Value::Number(a), Value::Number(b)] => a
                .checked_modulo(b)
                .map(Value::Number)
                .ok_or(Fault::new("division by zero")),
            _ => Err("two numbers are needed".into()),
        },
        "gives the remainder, with the sign of the divisor",
        "modulo(-12, 5) = 3",
    ),
    row(
        "sqrt",
        &[required("number", Kind::Number)],
        Kind::Number,
        |call, args| {
            call.machine.budget.spend(ROOT)?;
            number(args, Number::sqrt)
        },
        "gives the square root",
        "sqrt(16) = 4",
    ),
    row(
        "log",
        &[required("number", Kind::Number)],
        Kind::Number,
        |call, args| {
            call.machine.budget.spend(ROOT)?;
            number(args, Number::ln)
        },
        "gives the natural logarithm",
        "decimal(log(10), 2) = 2.30",
    ),
    row(
        "exp",
        &[required("number", Kind::Number)],
        Kind::Number,
        |call, args| {
            call.machine.budget.spend(ROOT)?;
            number(args, Number::exp)
        },
        "gives the natural exponential",
        "decimal(exp(1), 2) = 2.72",
    ),
    row(
        "odd",
        &[required("number", Kind::Number)],
        Kind::Boolean,
        |_, args| parity(args, 1),
        "tells whether a whole number is odd",
        "odd(5) = true",
    ),
    row(
        "even",
        &[required("number", Kind::Number)],
        Kind::Boolean,
        |_, args| parity(args, 0),
        "tells whether a whole number is even",
        "even(2) = true",
    ),
];

fn number(args: &[Value], function: fn(&Number) -> Option<Number>) -> Outcome {
    let result = args.first().and_then(Value::as_number).and_then(function);
    result
        .map(Value::Number)
        .ok_or(Fault::new("the result is undefined or too large"))
}

fn round(args: &[Value], how: Rounding) -> Outcome {
    let scale = match args.get(1) {
        Some(Value::Number(scale)) => scale.truncate_i64().filter(|scale| SCALES.contains(scale)),
        _ => Some(0),
    };
    let scale = scale.ok_or(Fault::new("the scale is not between -6111 and 6176"))? as i32;
    let rounded = args
        .first()
        .and_then(Value::as_number)
        .and_then(|n| n.round(scale, how));
    rounded
        .map(Value::Number)
        .ok_or(Fault::new("the result is too large"))
}

fn absolute(args: &[Value]) -> Outcome {
    Ok(match args.first() {
        Some(Value::Months(duration)) => {
            Value::Months(MonthsDuration::new(duration.months().saturating_abs()))
        }
        Some(Value::Days(duration)) => {
            let nanos = duration.to_nanos().abs();
            Value::Days(DaysDuration::from_nanos(nanos).ok_or(Fault::new("the duration is too long"))?)
        }
        _ => return Err("a duration is needed".into()),
    })
}

fn parity(args: &[Value], odd: i64) -> Outcome {
    let number = args
        .first()
        .and_then(Value::as_number)
        .filter(|number| number.is_integer());
    let rest = number.and_then(|number| number.checked_modulo(&Number::from(2i64)));
    let rest = rest.ok_or(Fault::new("a whole number is needed"))?;
    Ok(Value::Boolean(rest == Number::from(odd)))
}
