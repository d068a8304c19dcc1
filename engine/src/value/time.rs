//! Times of day, with or without a date.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::date::{Date, digits, number};
use super::duration::DaysDuration;
use super::number::Number;

const DAY: i64 = 86_400;
/// The Gregorian calendar repeats after 400 years of this many seconds.
const CYCLE: i64 = 146_097 * DAY;
/// Offsets from universal time are less than this many hours.
const MAX_OFFSET: i32 = 14 * 3_600;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What a time says about its place on earth.
#[derive(Clone)]
pub enum Zone {
    /// Nothing.
    Local,
    /// The offset from universal time in seconds.
    Offset(i32),
    /// A zone of the IANA time zone database.
    Named(Arc<NamedZone>),
}

/// A zone of the IANA time zone database.
pub struct NamedZone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    fn parse(text: &str) -> Option<Zone> {
        match text.chars().next() {
            None => Some(Zone::Local),
            Some('Z' | 'z') if text.len() == 1 => Some(Zone::Offset(0)),
            Some('@') => Zone::named(text.get(1..)?),
            Some(sign @ ('+' | '-')) => {
                let mut parts = text.get(1..)?.split(':');
                let hours = number(parts.next()?, 2..=2)?;
                let minutes = number(parts.next()?, 2..=2)?;
                let seconds = parts.next().map_or(Some(0), |part| number(part, 2..=2))?;
                if parts.next().is_some() || minutes > 59 || seconds > 59 {
                    return None;
                }
                let total = i32::try_from(hours * 3_600 + minutes * 60 + seconds).ok()?;
                Zone::offset(if sign == '-' { -total } else { total })
            }
            Some(_) => None,
        }
    }

    /// The zone with this name, if the database knows it.
    pub fn named(name: &str) -> Option<Zone> {
        let rules = ZONES.get(name).ok()?;
        // The database does not mind capitals; two times in one zone are in the same zone.
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Some(Zone::Named(Arc::new(NamedZone { name, rules })))
    }

    /// A fixed offset of less than 14 hours either way.
    pub fn offset(seconds: i32) -> Option<Zone> {
        (-MAX_OFFSET..=MAX_OFFSET)
            .contains(&seconds)
            .then_some(Zone::Offset(seconds))
    }

    /// The offset from universal time when the local clock shows `seconds` since 1970.
    fn offset_at_local(&self, seconds: i64) -> Option<i32> {
        match self {
            Zone::Local => None,
            Zone::Offset(offset) => Some(*offset),
            Zone::Named(zone) => {
                let date = Date::from_days(near(seconds).div_euclid(DAY))?;
                let second = near(seconds).rem_euclid(DAY) as i32;
                let civil = jiff::civil::DateTime::new(
                    i16::try_from(date.year()).ok()?,
                    date.month() as i8,
                    date.day() as i8,
                    (second / 3_600) as i8,
                    (second / 60 % 60) as i8,
                    (second % 60) as i8,
                    0,
                );
                let stamp = zone.rules.to_timestamp(civil.ok()?).ok()?;
                Some(zone.rules.to_offset(stamp).seconds())
            }
        }
    }

    /// The offset at an instant given as seconds since 1970 in universal time.
    fn offset_at(&self, seconds: i64) -> Option<i32> {
        match self {
            Zone::Local => None,
            Zone::Offset(offset) => Some(*offset),
            Zone::Named(zone) => {
                let stamp = jiff::Timestamp::from_second(near(seconds)).ok()?;
                Some(zone.rules.to_offset(stamp).seconds())
            }
        }
    }
}

/// Moves an instant by whole cycles of the calendar into the years the zone database knows.
fn near(seconds: i64) -> i64 {
    const KNOWN: std::ops::Range<i64> = -300_000_000_000..250_000_000_000;
    if KNOWN.contains(&seconds) {
        seconds
    } else {
        seconds.rem_euclid(CYCLE)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Zone::Local, Zone::Local) => true,
            (Zone::Offset(a), Zone::Offset(b)) => a == b,
            (Zone::Named(a), Zone::Named(b)) => a.name == b.name,
            _ => false,
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Local => Ok(()),
            Zone::Offset(0) => f.write_str("Z"),
            Zone::Offset(offset) => {
                let sign = if *offset < 0 { '-' } else { '+' };
                let offset = offset.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", offset / 3_600, offset / 60 % 60)?;
                if offset % 60 != 0 {
                    write!(f, ":{:02}", offset % 60)
                } else {
                    Ok(())
                }
            }
            Zone::Named(zone) => write!(f, "@{}", zone.name),
        }
    }
}

/// A time of day, to the nanosecond.
#[derive(Clone, PartialEq)]
pub struct Time {
    second: u32,
    nanos: u32,
    zone: Zone,
}

impl Time {
    /// Midnight without a zone.
    pub const MIDNIGHT: Time = Time {
        second: 0,
        nanos: 0,
        zone: Zone::Local,
    };

    /// The time with these parts; seconds may have a fraction.
    pub fn new(hour: u8, minute: u8, second: u8, nanos: u32, zone: Zone) -> Option<Time> {
        let fits = hour < 24 && minute < 60 && second < 60 && nanos < 1_000_000_000;
        let second = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second);
        fits.then_some(Time { second, nanos, zone })
    }

    /// Reads `10:30:00`, `10:30:00.5Z`, `10:30:00+01:00` or `10:30:00@Europe/Paris`.
    pub fn parse(text: &str) -> Option<Time> {
        Self::parse_or_midnight(text).map(|(time, _)| time)
    }

    /// Also says whether the time was written as 24:00:00, the end of its day.
    fn parse_or_midnight(text: &str) -> Option<(Time, bool)> {
        let end = text.find(['Z', 'z', '+', '-', '@']).unwrap_or(text.len());
        let (clock, zone) = text.split_at(end);
        let zone = Zone::parse(zone)?;
        let mut parts = clock.split(':');
        let hour = number(parts.next()?, 2..=2)? as u8;
        let minute = number(parts.next()?, 2..=2)? as u8;
        let (second, fraction) = match parts.next()?.split_once('.') {
            Some((second, fraction)) => (second, Some(fraction)),
            None => (clock.rsplit(':').next()?, None),
        };
        let second = number(second, 2..=2)? as u8;
        let nanos = match fraction {
            None => 0,
            Some(digits) if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                return None;
            }
            Some(digits) => {
                let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
                number(&nine, 9..=9)?
            }
        };
        if parts.next().is_some() {
            return None;
        }
        if (hour, minute, second, nanos) == (24, 0, 0, 0) {
            return Some((
                Time {
                    second: 0,
                    nanos: 0,
                    zone,
                },
                true,
            ));
        }
        Some((Time::new(hour, minute, second, nanos, zone)?, false))
    }

    /// The hour, 0 to 23.
    pub fn hour(&self) -> u8 {
        (self.second / 3_600) as u8
    }

    /// The minute, 0 to 59.
    pub fn minute(&self) -> u8 {
        (self.second / 60 % 60) as u8
    }

    /// The second with its fraction.
    pub fn second(&self) -> Number {
        let nanos = u128::from(self.second % 60) * 1_000_000_000 + u128::from(self.nanos);
        Number::from_parts(false, nanos, -9)
            .unwrap_or(Number::ZERO)
            .normalized()
    }

    /// What the time says about its place.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The same clock in another zone.
    pub fn with_zone(&self, zone: Zone) -> Time {
        Time { zone, ..self.clone() }
    }

    /// The name of the zone, when it has one.
    pub fn zone_name(&self) -> Option<&str> {
        match &self.zone {
            Zone::Named(zone) => Some(&zone.name),
            _ => None,
        }
    }

    /// The offset from universal time in seconds; that of a named zone is the one it had on 1970-01-01.
    pub fn offset(&self) -> Option<i32> {
        self.zone.offset_at_local(i64::from(self.second))
    }

    fn nanos_of_day(&self) -> i128 {
        i128::from(self.second) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// The time this much later, past midnight if need be.
    pub fn add(&self, duration: &DaysDuration) -> Time {
        let day = i128::from(DAY) * 1_000_000_000;
        let nanos = (self.nanos_of_day() + duration.to_nanos()).rem_euclid(day);
        let (second, nanos) = ((nanos / 1_000_000_000) as u32, (nanos % 1_000_000_000) as u32);
        Time {
            second,
            nanos,
            zone: self.zone.clone(),
        }
    }

    /// How long after `other` this time is; nothing when only one of them has a zone.
    pub fn since(&self, other: &Time) -> Option<DaysDuration> {
        let shift = match (self.offset(), other.offset()) {
            _ if self.zone == other.zone => 0,
            (Some(a), Some(b)) => i128::from(b) - i128::from(a),
            _ => return None,
        };
        DaysDuration::from_nanos(self.nanos_of_day() - other.nanos_of_day() + shift * 1_000_000_000)
    }

    /// The order of two times; nothing when only one of them has a zone.
    pub fn compare(&self, other: &Time) -> Option<Ordering> {
        Some(self.since(other)?.cmp(&DaysDuration::ZERO))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        digits(f, [self.hour(), self.minute(), (self.second % 60) as u8], ":")?;
        if self.nanos != 0 {
            let digits = format!("{:09}", self.nanos);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        self.zone.fmt(f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time on a certain day.
#[derive(Clone, PartialEq)]
pub struct DateTime {
    date: Date,
    time: Time,
}

impl DateTime {
    /// This time on this day.
    pub fn new(date: Date, time: Time) -> DateTime {
        DateTime { date, time }
    }

    /// Reads `2025-06-01T10:30:00` with any zone a time may have; a day alone means its midnight.
    pub fn parse(text: &str) -> Option<DateTime> {
        let Some((date, time)) = text.split_once('T') else {
            return Some(DateTime {
                date: Date::parse(text)?,
                time: Time::MIDNIGHT,
            });
        };
        let date = Date::parse(date)?;
        let (time, end_of_day) = Time::parse_or_midnight(time)?;
        Some(DateTime {
            date: if end_of_day { date.add_days(1)? } else { date },
            time,
        })
    }

    /// The day.
    pub fn date(&self) -> Date {
        self.date
    }

    /// The time of day.
    pub fn time(&self) -> &Time {
        &self.time
    }

    fn local_seconds(&self) -> i64 {
        self.date.to_days() * DAY + i64::from(self.time.second)
    }

    /// The offset from universal time in seconds, if the zone is known.
    pub fn offset(&self) -> Option<i32> {
        self.time.zone.offset_at_local(self.local_seconds())
    }

    /// Nanoseconds since 1970 in universal time, or on the local clock when there is no zone.
    fn nanos(&self) -> i128 {
        let seconds = self.local_seconds() - i64::from(self.offset().unwrap_or(0));
        i128::from(seconds) * 1_000_000_000 + i128::from(self.time.nanos)
    }

    /// The time this much later, on the clock of its own zone.
    pub fn add(&self, duration: &DaysDuration) -> Option<DateTime> {
        let nanos = self.nanos() + duration.to_nanos();
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
        let local = seconds.checked_add(i64::from(self.time.zone.offset_at(seconds).unwrap_or(0)))?;
        let date = Date::from_days(local.div_euclid(DAY))?;
        let second = local.rem_euclid(DAY) as u32;
        let nanos = nanos.rem_euclid(1_000_000_000) as u32;
        Some(DateTime {
            date,
            time: Time {
                second,
                nanos,
                zone: self.time.zone.clone(),
            },
        })
    }

    /// The same time of day this many months later.
    pub fn add_months(&self, months: i64) -> Option<DateTime> {
        Some(DateTime {
            date: self.date.add_months(months)?,
            time: self.time.clone(),
        })
    }

    /// How long after `other` this is; nothing when only one of them has a zone.
    pub fn since(&self, other: &DateTime) -> Option<DaysDuration> {
        let zoned = |value: &DateTime| !matches!(value.time.zone, Zone::Local);
        if zoned(self) != zoned(other) {
            return None;
        }
        DaysDuration::from_nanos(self.nanos() - other.nanos())
    }

    /// The order of two times; nothing when only one of them has a zone.
    pub fn compare(&self, other: &DateTime) -> Option<Ordering> {
        Some(self.since(other)?.cmp(&DaysDuration::ZERO))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date.fmt(f)?;
        f.write_str("T")?;
        self.time.fmt(f)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
