//! Calendar dates.

use std::fmt;

use super::duration::MonthsDuration;

/// The largest year, and its negative the smallest, that a date can have.
pub const MAX_YEAR: i32 = 999_999_999;

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// 1970-01-01.
    pub const EPOCH: Date = Date {
        year: 1970,
        month: 1,
        day: 1,
    };

    /// The day with this year, month and day of the month, if there is one.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Date> {
        let fits = (-MAX_YEAR..=MAX_YEAR).contains(&year) && (1..=12).contains(&month);
        (fits && day >= 1 && day <= days_in_month(year, month)).then_some(Date { year, month, day })
    }

    /// Reads `2025-06-01`; the year has four to nine digits and may be negative.
    pub fn parse(text: &str) -> Option<Date> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut parts = digits.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || year.len() > 4 && year.starts_with('0') {
            return None;
        }
        let year = i32::try_from(number(year, 4..=9)?).ok()?;
        let month = u8::try_from(number(month, 2..=2)?).ok()?;
        let day = u8::try_from(number(day, 2..=2)?).ok()?;
        Date::new(if negative { -year } else { year }, month, day)
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The number of days since 1970-01-01.
    pub fn to_days(&self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * shifted + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The day that is this many days after 1970-01-01, if its year fits.
    pub fn from_days(days: i64) -> Option<Date> {
        let days = days.checked_add(719_468)?;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = u8::try_from(day_of_year - (153 * shifted + 2) / 5 + 1).ok()?;
        let month = u8::try_from(if shifted < 10 { shifted + 3 } else { shifted - 9 }).ok()?;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date::new(i32::try_from(year).ok()?, month, day)
    }

    /// The day this many days later.
    pub fn add_days(&self, days: i64) -> Option<Date> {
        Date::from_days(self.to_days().checked_add(days)?)
    }

    /// The same day of the month this many months later, or the last day of a shorter month.
    pub fn add_months(&self, months: i64) -> Option<Date> {
        let total = self.month_count().checked_add(months)?;
        let year = i32::try_from(total.div_euclid(12)).ok()?;
        let month = u8::try_from(total.rem_euclid(12) + 1).ok()?;
        if !(-MAX_YEAR..=MAX_YEAR).contains(&year) {
            return None;
        }
        Date::new(year, month, self.day.min(days_in_month(year, month)))
    }

    fn month_count(&self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.month) - 1
    }

    /// The whole months from this day to `other`, negative when `other` is earlier.
    pub fn months_until(&self, other: &Date) -> MonthsDuration {
        let mut months = other.month_count() - self.month_count();
        if months > 0 && other.day < self.day {
            months -= 1;
        } else if months < 0 && other.day > self.day {
            months += 1;
        }
        MonthsDuration::new(months)
    }

    /// The day of the week, Monday 1 to Sunday 7.
    pub fn weekday(&self) -> u8 {
        (self.to_days() + 3).rem_euclid(7) as u8 + 1
    }

    /// The day of the year, 1 to 366.
    pub fn day_of_year(&self) -> u16 {
        let before: u16 = (1..self.month)
            .map(|month| u16::from(days_in_month(self.year, month)))
            .sum();
        before + u16::from(self.day)
    }

    /// The ISO 8601 week, 1 to 53.
    pub fn week_of_year(&self) -> u8 {
        let week = (i32::from(self.day_of_year()) - i32::from(self.weekday()) + 10) / 7;
        match week {
            0 => weeks_in_year(self.year - 1),
            53 if weeks_in_year(self.year) == 52 => 1,
            _ => week as u8,
        }
    }
}

/// Reads unsigned digits of a certain length.
pub(super) fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn weeks_in_year(year: i32) -> u8 {
    let first = |year: i32| {
        (Date {
            year,
            month: 1,
            day: 1,
        })
        .weekday()
    };
    if first(year) == 4 || (first(year) == 3 && is_leap(year)) {
        53
    } else {
        52
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match u16::try_from(self.year) {
            Ok(year) if year <= 9999 => {
                digits(f, [(year / 100) as u8, (year % 100) as u8], "")?;
            }
            _ => {
                let sign = if self.year < 0 { "-" } else { "" };
                write!(f, "{sign}{:04}", self.year.unsigned_abs())?;
            }
        }
        f.write_str("-")?;
        digits(f, [self.month, self.day], "-")
    }
}

/// Writes at most four numbers below 100 with two digits each, all at once: a day is written often.
pub(super) fn digits<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    numbers: [u8; N],
    between: &str,
) -> fmt::Result {
    let mut text = [0; 16];
    let mut free = text.iter_mut();
    let mut put = |byte| {
        if let Some(place) = free.next() {
            *place = byte;
        }
    };
    for (place, number) in numbers.into_iter().enumerate() {
        if place > 0 {
            between.bytes().for_each(&mut put);
        }
        [b'0' + number / 10 % 10, b'0' + number % 10]
            .into_iter()
            .for_each(&mut put);
    }
    let free = free.len();
    let written = text.get(..text.len() - free).unwrap_or_default();
    f.write_str(std::str::from_utf8(written).unwrap_or_default())
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
