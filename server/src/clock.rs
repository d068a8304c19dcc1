//! The only clock: the engine is told what time it is.

use metode::value::{Date, DateTime, Time, Zone};

/// Where the people are whom the rules speak of.
const PLACE: &str = "Europe/Copenhagen";

/// The present, as people in Denmark read it.
pub fn now() -> DateTime {
    let there = jiff::Timestamp::now().in_tz(PLACE).map(|zoned| zoned.datetime());
    let there = there.unwrap_or_else(|_| jiff::Zoned::now().datetime());
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    let date = Date::new(i32::from(there.year()), part(there.month()), part(there.day()));
    let time = Time::new(part(there.hour()), part(there.minute()), part(there.second()), 0, Zone::Local);
    DateTime::new(date.unwrap_or(Date::EPOCH), time.unwrap_or(Time::MIDNIGHT))
}
