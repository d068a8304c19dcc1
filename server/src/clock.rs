//! The only clock: the engine is told what time it is.

use jiff::{Timestamp, tz::TimeZone};
use metode::value::{Date, DateTime, Time, Zone};

/// Where the people are whom the rules speak of.
const PLACE: &str = "Europe/Copenhagen";

/// The present, as people in Denmark read it.
pub fn now() -> DateTime {
    let there = jiff::Timestamp::now()
        .in_tz(PLACE)
        .unwrap_or_else(|_| jiff::Zoned::now());
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    let date = Date::new(i32::from(there.year()), part(there.month()), part(there.day()));
    let time = Time::new(
        part(there.hour()),
        part(there.minute()),
        part(there.second()),
        0,
        Zone::offset(there.offset().seconds()).unwrap_or(Zone::Local),
    );
    DateTime::new(date.unwrap_or(Date::EPOCH), time.unwrap_or(Time::MIDNIGHT))
}

/// A moment, as it is written down and as rules see it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The moment in UTC, RFC 3339 with whole milliseconds.
    pub stamp: String,
    /// Day and time in Denmark, for the engine.
    pub local: DateTime,
}

/// The present, to be written down.
pub fn moment() -> Moment {
    Moment {
        stamp: format!("{:.3}", Timestamp::now()),
        local: now(),
    }
}

/// A moment that was written down, as a calendar day and hour and minute in Denmark.
pub fn local(stamp: &str) -> Option<(jiff::civil::Date, i8, i8)> {
    let timestamp: Timestamp = stamp.parse().ok()?;
    let zoned = timestamp.to_zoned(TimeZone::get(PLACE).ok()?);
    Some((zoned.date(), zoned.hour(), zoned.minute()))
}
