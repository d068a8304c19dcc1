//! The two kinds of duration.

use std::fmt;

use super::number::Number;

const NANOS: i128 = 1_000_000_000;

/// A length of time in seconds and fractions of a second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaysDuration {
    seconds: i64,
    nanos: i32,
}

impl DaysDuration {
    /// No time at all.
    pub const ZERO: DaysDuration = DaysDuration { seconds: 0, nanos: 0 };

    /// A duration of whole seconds.
    pub fn from_seconds(seconds: i64) -> DaysDuration {
        DaysDuration { seconds, nanos: 0 }
    }

    /// A duration of this many nanoseconds, if it fits.
    pub fn from_nanos(nanos: i128) -> Option<DaysDuration> {
        // Floored, so that the order of the fields is the order of the durations.
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).ok()?;
        Some(DaysDuration {
            seconds,
            nanos: nanos.rem_euclid(NANOS) as i32,
        })
    }

    /// The length in nanoseconds.
    pub fn to_nanos(&self) -> i128 {
        i128::from(self.seconds) * NANOS + i128::from(self.nanos)
    }

    /// The length in seconds.
    pub fn to_seconds(&self) -> Option<Number> {
        let nanos = self.to_nanos();
        Some(Number::from_parts(nanos < 0, nanos.unsigned_abs(), -9)?.normalized())
    }

    /// The whole seconds, rounded down.
    pub fn floor_seconds(&self) -> i64 {
        self.seconds
    }

    /// A duration of this many seconds, cut to nanoseconds.
    pub fn from_number(seconds: &Number) -> Option<DaysDuration> {
        use super::number::Rounding;
        let nanos = seconds.round(9, Rounding::Down)?;
        let exponent = nanos.exponent() + 9;
        let scaled = nanos
            .coefficient()
            .checked_mul(10u128.checked_pow(u32::try_from(exponent).ok()?)?)?;
        let scaled = i128::try_from(scaled).ok()?;
        DaysDuration::from_nanos(if nanos.is_negative() { -scaled } else { scaled })
    }

    /// Reads `P1DT2H30M`, `-PT1.5S` and the like.
    pub fn parse(text: &str) -> Option<DaysDuration> {
        let (negative, body) = sign(text)?;
        let (days, time) = match body.split_once('T') {
            Some((_, "")) => return None,
            Some((days, time)) => (days, time),
            None => (body, ""),
        };
        let mut rest = days;
        let mut nanos = unit(&mut rest, 'D')?.unwrap_or(0).checked_mul(86_400 * NANOS)?;
        if !rest.is_empty() || days.is_empty() && time.is_empty() {
            return None;
        }
        rest = time;
        nanos = nanos.checked_add(unit(&mut rest, 'H')?.unwrap_or(0).checked_mul(3_600 * NANOS)?)?;
        nanos = nanos.checked_add(unit(&mut rest, 'M')?.unwrap_or(0).checked_mul(60 * NANOS)?)?;
        if let Some(seconds) = rest.strip_suffix('S') {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let whole = digits(whole)?;
            nanos = nanos.checked_add(whole.checked_mul(NANOS)?)?;
            let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
            nanos = nanos.checked_add(digits(&nine)?)?;
            rest = "";
        }
        if !rest.is_empty() {
            return None;
        }
        DaysDuration::from_nanos(if negative { -nanos } else { nanos })
    }

    /// Whether the duration is shorter than none.
    pub fn is_negative(&self) -> bool {
        self.seconds < 0
    }

    /// Days, hours, minutes and seconds with the sign of the duration.
    pub fn parts(&self) -> (i64, i64, i64, Number) {
        let nanos = self.to_nanos();
        let (sign, nanos) = (nanos.signum() as i64, nanos.unsigned_abs());
        let seconds = (nanos / NANOS.unsigned_abs()) as u64;
        let fraction = nanos % (60 * NANOS.unsigned_abs());
        let second = Number::from_parts(sign < 0, fraction, -9)
            .unwrap_or(Number::ZERO)
            .normalized();
        let days = (seconds / 86_400) as i64;
        let hours = (seconds % 86_400 / 3_600) as i64;
        let minutes = (seconds % 3_600 / 60) as i64;
        (sign * days, sign * hours, sign * minutes, second)
    }
}

impl fmt::Display for DaysDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes, seconds) = self.parts();
        if self.seconds == 0 && self.nanos == 0 {
            return f.write_str("PT0S");
        }
        f.write_str(if self.is_negative() { "-P" } else { "P" })?;
        if days != 0 {
            write!(f, "{}D", days.abs())?;
        }
        if hours != 0 || minutes != 0 || !seconds.is_zero() {
            f.write_str("T")?;
        }
        if hours != 0 {
            write!(f, "{}H", hours.abs())?;
        }
        if minutes != 0 {
            write!(f, "{}M", minutes.abs())?;
        }
        if !seconds.is_zero() {
            write!(f, "{}S", seconds.abs())?;
        }
        Ok(())
    }
}

impl fmt::Debug for DaysDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A length of time in calendar months.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthsDuration(i64);

impl MonthsDuration {
    /// A duration of this many months.
    pub fn new(months: i64) -> MonthsDuration {
        MonthsDuration(months)
    }

    /// The length in months.
    pub fn months(&self) -> i64 {
        self.0
    }

    /// Reads `P1Y2M`, `-P3M` and the like.
    pub fn parse(text: &str) -> Option<MonthsDuration> {
        let (negative, body) = sign(text)?;
        let mut rest = body;
        let years = unit(&mut rest, 'Y')?;
        let months = unit(&mut rest, 'M')?;
        if !rest.is_empty() || years.is_none() && months.is_none() {
            return None;
        }
        let total = years
            .unwrap_or(0)
            .checked_mul(12)?
            .checked_add(months.unwrap_or(0))?;
        i64::try_from(if negative { -total } else { total })
            .ok()
            .map(MonthsDuration)
    }
}

impl fmt::Display for MonthsDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (years, months) = (self.0.unsigned_abs() / 12, self.0.unsigned_abs() % 12);
        f.write_str(if self.0 < 0 { "-P" } else { "P" })?;
        match (years, months) {
            (0, months) => write!(f, "{months}M"),
            (years, 0) => write!(f, "{years}Y"),
            (years, months) => write!(f, "{years}Y{months}M"),
        }
    }
}

impl fmt::Debug for MonthsDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn sign(text: &str) -> Option<(bool, &str)> {
    match text.strip_prefix('-') {
        Some(rest) => Some((true, rest.strip_prefix('P')?)),
        None => Some((false, text.strip_prefix('P')?)),
    }
}

fn digits(text: &str) -> Option<i128> {
    let plain = !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Takes `12Y` off the front. Nothing at all is fine, a unit without a number is not.
fn unit(rest: &mut &str, letter: char) -> Option<Option<i128>> {
    match rest.split_once(letter) {
        Some((number, after)) => {
            let value = digits(number)?;
            *rest = after;
            Some(Some(value))
        }
        None => Some(None),
    }
}
