//! Operators: pure functions of values.
//!
//! What conditions consist of is put in place where it is called, but not in debug builds: there it would make the frames of recursion large.

use std::cmp::Ordering;

use super::ast::{Arithmetic, Comparison};
use super::fault::{Fault, Outcome};
use super::limits::{Budget, TEXT};
use crate::value::{
    Date, DateTime, DaysDuration, MonthsDuration, Number, Range, Rounding, Time, Value, Zone,
};

/// `+`, `-`, `*`, `/` and `**`.
pub(crate) fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Outcome {
    use Arithmetic::*;
    use Value as V;
    let large = || Fault::new("the result is too large");
    Ok(match (operator, left, right) {
        (Add, V::Number(a), V::Number(b)) => V::Number(a.checked_add(b).ok_or_else(large)?),
        (Subtract, V::Number(a), V::Number(b)) => V::Number(a.checked_sub(b).ok_or_else(large)?),
        (Multiply, V::Number(a), V::Number(b)) => V::Number(a.checked_mul(b).ok_or_else(large)?),
        (Divide, _, V::Number(b)) if b.is_zero() && !left.is_null() => return Err("division by zero".into()),
        (Divide, V::Number(a), V::Number(b)) => V::Number(a.checked_div(b).ok_or_else(large)?),
        (Power, V::Number(a), V::Number(b)) => V::Number(
            a.checked_pow(b)
                .ok_or(Fault::new("the power is undefined or too large"))?,
        ),
        (Add, V::String(a), V::String(b)) => {
            TEXT.allow(a.len() + b.len())?;
            V::string([&**a, &**b].concat())
        }
        (Add, V::Days(a), V::Days(b)) => days(a.to_nanos().checked_add(b.to_nanos()))?,
        (Subtract, V::Days(a), V::Days(b)) => days(a.to_nanos().checked_sub(b.to_nanos()))?,
        (Add, V::Months(a), V::Months(b)) => months(a.months().checked_add(b.months()))?,
        (Subtract, V::Months(a), V::Months(b)) => months(a.months().checked_sub(b.months()))?,
        (Multiply, V::Days(a), V::Number(b)) | (Multiply, V::Number(b), V::Days(a)) => {
            scale_days(a, b, false)?
        }
        (Divide, V::Days(a), V::Number(b)) => scale_days(a, b, true)?,
        (Multiply, V::Months(a), V::Number(b)) | (Multiply, V::Number(b), V::Months(a)) => months(
            Number::from(a.months())
                .checked_mul(b)
                .and_then(|n| n.truncate_i64()),
        )?,
        (Divide, V::Months(a), V::Number(b)) => months(
            Number::from(a.months())
                .checked_div(b)
                .and_then(|n| n.truncate_i64()),
        )?,
        (Divide, V::Days(a), V::Days(b)) => ratio(a.to_seconds(), b.to_seconds())?,
        (Divide, V::Months(a), V::Months(b)) => {
            ratio(Some(Number::from(a.months())), Some(Number::from(b.months())))?
        }
        (Add, temporal, V::Days(duration)) | (Add, V::Days(duration), temporal) if is_point(temporal) => {
            shift_days(temporal, duration)?
        }
        (Add, temporal, V::Months(duration)) | (Add, V::Months(duration), temporal) if has_date(temporal) => {
            shift_months(temporal, duration.months())?
        }
        (Subtract, temporal, V::Days(duration)) if is_point(temporal) => {
            let back = DaysDuration::from_nanos(-duration.to_nanos()).ok_or_else(large)?;
            shift_days(temporal, &back)?
        }
        (Subtract, temporal, V::Months(duration)) if has_date(temporal) => {
            shift_months(temporal, duration.months().checked_neg().ok_or_else(large)?)?
        }
        (Subtract, V::Time(a), V::Time(b)) => V::Days(a.since(b).ok_or_else(mixed)?),
        (Subtract, V::Date(a), V::Date(b)) => {
            V::Days(DaysDuration::from_seconds((a.to_days() - b.to_days()) * 86_400))
        }
        (Subtract, a, b) if has_date(a) && has_date(b) => V::Days(
            midnight(a)
                .zip(midnight(b))
                .and_then(|(a, b)| a.since(&b))
                .ok_or_else(mixed)?,
        ),
        _ => return Err(unfit(operator.symbol(), left, right)),
    })
}

fn unfit(symbol: &'static str, left: &Value, right: &Value) -> Fault {
    match (left, right) {
        (Value::Null, Value::Null) => Fault::missing("both sides are null"),
        (Value::Null, _) => Fault::missing("the left side is null"),
        (_, Value::Null) => Fault::missing("the right side is null"),
        _ => Fault::new(format!(
            "`{symbol}` does not work on {} and {}",
            left.kind(),
            right.kind()
        )),
    }
}

fn mixed() -> Fault {
    Fault::new("one side has a time zone, the other has not")
}

fn is_point(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::DateTime(_) | Value::Time(_))
}

fn has_date(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::DateTime(_))
}

/// A date and time as it is, a date as its midnight in universal time.
fn midnight(value: &Value) -> Option<DateTime> {
    match value {
        Value::DateTime(time) => Some(time.clone()),
        Value::Date(date) => Some(DateTime::new(*date, Time::MIDNIGHT.with_zone(Zone::Offset(0)))),
        _ => None,
    }
}

fn days(nanos: Option<i128>) -> Outcome {
    let duration = nanos.and_then(DaysDuration::from_nanos);
    Ok(Value::Days(
        duration.ok_or(Fault::new("the duration is too long"))?,
    ))
}

fn months(months: Option<i64>) -> Outcome {
    Ok(Value::Months(MonthsDuration::new(
        months.ok_or(Fault::new("the duration is too long"))?,
    )))
}

fn scale_days(duration: &DaysDuration, factor: &Number, divide: bool) -> Outcome {
    let seconds = duration.to_seconds();
    let scaled = seconds.and_then(|s| {
        if divide {
            s.checked_div(factor)
        } else {
            s.checked_mul(factor)
        }
    });
    let scaled = scaled.and_then(|s| s.round(9, Rounding::HalfEven));
    let result = scaled.as_ref().and_then(DaysDuration::from_number);
    Ok(Value::Days(result.ok_or(Fault::new("the duration is too long"))?))
}

fn ratio(left: Option<Number>, right: Option<Number>) -> Outcome {
    let quotient = left.zip(right).and_then(|(a, b)| a.checked_div(&b));
    Ok(Value::Number(quotient.ok_or(Fault::new("division by zero"))?))
}

fn shift_days(point: &Value, duration: &DaysDuration) -> Outcome {
    let far = || Fault::new("the result lies outside the calendar");
    Ok(match point {
        Value::Date(date) => Value::Date(
            date.add_days(duration.floor_seconds().div_euclid(86_400))
                .ok_or_else(far)?,
        ),
        Value::DateTime(time) => Value::DateTime(time.add(duration).ok_or_else(far)?),
        Value::Time(time) => Value::Time(time.add(duration)),
        _ => return Err(far()),
    })
}

fn shift_months(point: &Value, months: i64) -> Outcome {
    let far = || Fault::new("the result lies outside the calendar");
    Ok(match point {
        Value::Date(date) => Value::Date(date.add_months(months).ok_or_else(far)?),
        Value::DateTime(time) => Value::DateTime(time.add_months(months).ok_or_else(far)?),
        _ => return Err(far()),
    })
}

/// The value with the opposite sign.
pub(crate) fn negate(value: &Value) -> Outcome {
    match value {
        Value::Number(number) => Ok(Value::Number(number.negate())),
        Value::Days(duration) => days(duration.to_nanos().checked_neg()),
        Value::Months(duration) => months(duration.months().checked_neg()),
        Value::Null => Err(Fault::missing("the operand is null")),
        other => Err(format!("`-` does not work on a {}", other.kind()).into()),
    }
}

/// Whether two values are equal; nothing when they are of different types.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn equal(left: &Value, right: &Value, budget: &mut Budget) -> Result<Option<bool>, Fault> {
    use Value as V;
    match (left, right) {
        (V::String(a), V::String(b)) => {
            budget.spend(a.len().min(b.len()) / 256)?;
            Ok(Some(a == b))
        }
        (V::Null, other) | (other, V::Null) => Ok(Some(other.is_null())),
        (V::Boolean(a), V::Boolean(b)) => Ok(Some(a == b)),
        _ => same(left, right, budget),
    }
}

fn same(left: &Value, right: &Value, budget: &mut Budget) -> Result<Option<bool>, Fault> {
    use Value as V;
    budget.step()?;
    Ok(Some(match (left, right) {
        (V::Null, V::Null) => true,
        (V::Null, _) | (_, V::Null) => false,
        (V::Boolean(a), V::Boolean(b)) => a == b,
        (V::Number(a), V::Number(b)) => a == b,
        (V::String(a), V::String(b)) => a == b,
        (V::Date(a), V::Date(b)) => a == b,
        (V::Time(a), V::Time(b)) => a.compare(b) == Some(Ordering::Equal),
        (V::DateTime(a), V::DateTime(b)) => a.compare(b) == Some(Ordering::Equal),
        (V::Days(a), V::Days(b)) => a == b,
        (V::Months(a), V::Months(b)) => a == b,
        (V::Function(a), V::Function(b)) => a == b,
        (V::List(a), V::List(b)) => {
            if a.len() != b.len() {
                return Ok(Some(false));
            }
            for (x, y) in a.iter().zip(b.iter()) {
                budget.step()?;
                if equal(x, y, budget)? != Some(true) {
                    return Ok(Some(false));
                }
            }
            true
        }
        (V::Context(a), V::Context(b)) => {
            if a.len() != b.len() {
                return Ok(Some(false));
            }
            for (name, x) in a.iter() {
                budget.step()?;
                let equal = match b.get(name) {
                    Some(y) => same(x, y, budget)? == Some(true),
                    None => false,
                };
                if !equal {
                    return Ok(Some(false));
                }
            }
            true
        }
        (V::Range(a), V::Range(b)) => {
            let ends = |x: &Option<Value>, y: &Option<Value>, budget: &mut Budget| match (x, y) {
                (None, None) => Ok(true),
                (Some(x), Some(y)) => Ok(same(x, y, budget)? == Some(true)),
                _ => Ok::<bool, Fault>(false),
            };
            a.low_included == b.low_included
                && a.high_included == b.high_included
                && ends(&a.low, &b.low, budget)?
                && ends(&a.high, &b.high, budget)?
        }
        _ => return Ok(None),
    }))
}

/// The order of two values of the same ordered type.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn order(left: &Value, right: &Value) -> Result<Ordering, Fault> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => Ok(a.cmp(b)),
        _ => order_of_others(left, right),
    }
}

#[inline(never)]
fn order_of_others(left: &Value, right: &Value) -> Result<Ordering, Fault> {
    use Value as V;
    match (left, right) {
        (V::String(a), V::String(b)) => Ok(a.cmp(b)),
        (V::Date(a), V::Date(b)) => Ok(a.cmp(b)),
        (V::Time(a), V::Time(b)) => a.compare(b).ok_or_else(mixed),
        (V::DateTime(a), V::DateTime(b)) => a.compare(b).ok_or_else(mixed),
        (V::Days(a), V::Days(b)) => Ok(a.cmp(b)),
        (V::Months(a), V::Months(b)) => Ok(a.cmp(b)),
        _ => Err(no_order(left, right)),
    }
}

#[cold]
fn no_order(left: &Value, right: &Value) -> Fault {
    match (left, right) {
        (Value::Null, Value::Null) => Fault::missing("both sides are null"),
        (Value::Null, _) => Fault::missing("the left side is null"),
        (_, Value::Null) => Fault::missing("the right side is null"),
        _ => format!("a {} and a {} have no order", left.kind(), right.kind()).into(),
    }
}

/// Whether `=`, `!=`, `<`, `<=`, `>` or `>=` holds.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn holds(
    operator: Comparison,
    left: &Value,
    right: &Value,
    budget: &mut Budget,
) -> Result<bool, Fault> {
    use Comparison::*;
    Ok(match operator {
        Equal | NotEqual => {
            let Some(equal) = equal(left, right, budget)? else {
                return Err(never_equal(left, right));
            };
            equal == (operator == Equal)
        }
        _ => {
            let order = order(left, right)?;
            match operator {
                Less => order.is_lt(),
                LessOrEqual => order.is_le(),
                Greater => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    })
}

#[cold]
fn never_equal(left: &Value, right: &Value) -> Fault {
    format!("a {} and a {} are never equal", left.kind(), right.kind()).into()
}

/// Whether a value lies in a range.
pub(crate) fn in_range(value: &Value, range: &Range) -> Result<bool, Fault> {
    let mut inside = true;
    if let Some(low) = &range.low {
        let order = order(value, low)?;
        inside &= order.is_gt() || range.low_included && order.is_eq();
    }
    if let Some(high) = &range.high {
        let order = order(value, high)?;
        inside &= order.is_lt() || range.high_included && order.is_eq();
    }
    Ok(inside)
}

/// `value in test`, where the test is a range, a list of ranges and values, or a value.
pub(crate) fn contains(test: &Value, value: &Value, budget: &mut Budget) -> Result<bool, Fault> {
    budget.look_at(value)?;
    match test {
        Value::Range(range) => in_range(value, range),
        Value::List(items) => {
            for item in items.iter() {
                budget.step()?;
                let found = match item {
                    Value::Range(range) if !matches!(value, Value::Range(_)) => {
                        budget.look_at(value)?;
                        in_range(value, range).unwrap_or(false)
                    }
                    item => equal(value, item, budget)? == Some(true),
                };
                if found {
                    return Ok(true);
                }
            }
            Ok(matches!(value, Value::List(_)) && equal(value, test, budget)? == Some(true))
        }
        other => holds(Comparison::Equal, value, other, budget),
    }
}

/// A range between two values, if they can be its ends.
pub(crate) fn range(
    low: Option<Value>,
    low_included: bool,
    high: Option<Value>,
    high_included: bool,
) -> Outcome {
    for end in [&low, &high].into_iter().flatten() {
        let ordered = !matches!(
            end,
            Value::Boolean(_) | Value::List(_) | Value::Context(_) | Value::Range(_) | Value::Function(_)
        );
        if !ordered {
            return Err(format!("a range cannot end with {}", end.kind()).into());
        }
    }
    if let (Some(low), Some(high)) = (&low, &high)
        && !low.is_null()
        && !high.is_null()
        && order(low, high)?.is_gt()
    {
        return Err("the range ends before it begins".into());
    }
    Ok(Value::Range(std::sync::Arc::new(Range {
        low,
        low_included,
        high,
        high_included,
    })))
}

/// A part of a date, a time, a duration or a range.
pub(crate) fn property(value: &Value, name: &str) -> Option<Value> {
    let whole = |number: i64| Some(Value::integer(number));
    match value {
        Value::Date(date) => date_property(*date, name).or(match name {
            "hour" | "minute" | "second" => whole(0),
            "time offset" | "timezone" => Some(Value::Null),
            _ => None,
        }),
        Value::DateTime(time) => match name {
            "time offset" => Some(offset(time.offset())),
            _ => date_property(time.date(), name).or_else(|| time_property(time.time(), name)),
        },
        Value::Time(time) => match name {
            "time offset" => Some(offset(time.offset())),
            _ => time_property(time, name),
        },
        Value::Days(duration) => {
            let (days, hours, minutes, seconds) = duration.parts();
            match name {
                "days" => whole(days),
                "hours" => whole(hours),
                "minutes" => whole(minutes),
                "seconds" => Some(Value::Number(seconds)),
                _ => None,
            }
        }
        Value::Months(duration) => match name {
            "years" => whole(duration.months() / 12),
            "months" => whole(duration.months() % 12),
            _ => None,
        },
        Value::Range(range) => match name {
            "start" => Some(range.low.clone().unwrap_or_default()),
            "end" => Some(range.high.clone().unwrap_or_default()),
            "start included" => Some(Value::Boolean(range.low_included)),
            "end included" => Some(Value::Boolean(range.high_included)),
            _ => None,
        },
        _ => None,
    }
}

fn date_property(date: Date, name: &str) -> Option<Value> {
    let number = match name {
        "year" => i64::from(date.year()),
        "month" => i64::from(date.month()),
        "day" => i64::from(date.day()),
        "weekday" => i64::from(date.weekday()),
        _ => return None,
    };
    Some(Value::integer(number))
}

fn time_property(time: &Time, name: &str) -> Option<Value> {
    Some(match name {
        "hour" => Value::integer(i64::from(time.hour())),
        "minute" => Value::integer(i64::from(time.minute())),
        "second" => Value::Number(time.second()),
        "timezone" => time.zone_name().map_or(Value::Null, Value::string),
        _ => return None,
    })
}

fn offset(seconds: Option<i32>) -> Value {
    seconds.map_or(Value::Null, |seconds| {
        Value::Days(DaysDuration::from_seconds(i64::from(seconds)))
    })
}
