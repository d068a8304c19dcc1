//! The time in Denmark; the only place where the server asks what time it is.

use jiff::{Timestamp, tz::TimeZone};
use metode::value::{Date, DateTime};

/// A moment, as it is written down and as rules see it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The moment in UTC, RFC 3339 with whole milliseconds.
    pub stamp: String,
    /// The day in Denmark, ISO 8601.
    pub day: String,
    /// The day in Denmark, for the engine.
    pub today: Date,
    /// Day and time in Denmark, for the engine.
    pub local: DateTime,
}

/// Now.
pub fn now() -> Result<Moment, String> {
    let timestamp = Timestamp::now();
    let zone = TimeZone::get("Europe/Copenhagen").map_err(|error| error.to_string())?;
    let local = timestamp.to_zoned(zone);
    let text = local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    Ok(Moment {
        stamp: format!("{timestamp:.3}"),
        today: Date::parse(&local.date().to_string()).ok_or_else(|| format!("`{text}` has no day"))?,
        day: local.date().to_string(),
        local: DateTime::parse(&text).ok_or_else(|| format!("`{text}` is not a moment"))?,
    })
}
