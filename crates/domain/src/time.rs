//! Timestamps, stored in milliseconds and shown as RFC 3339 in UTC.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since the Unix epoch; on the wire RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the current time of the wall clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Returns the milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the time since then; zero for a time to come.
    pub fn age(self) -> Duration {
        let millis = Self::now().0.saturating_sub(self.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    /// Returns the time that much later; one that is too far off is the last that there is.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Returns the time that much earlier; one that is too far off is the first that there is.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// Parses RFC 3339 such as `2026-11-20T08:00:00.000000Z`, as the upstreams write it.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(at: SystemTime) -> Self {
        Self(millis(at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{at}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a time in RFC 3339"))
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        let at = Timestamp::parse("2026-04-23T23:21:38.000000Z").unwrap();
        assert_eq!(at.to_string(), "2026-04-23T23:21:38Z");
        assert_eq!(serde_json::to_string(&at).unwrap(), r#""2026-04-23T23:21:38Z""#);
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn adding_durations_saturates_at_the_ends_of_time() {
        let (at, second) = (Timestamp::from_millis(5), Duration::from_secs(1));
        assert_eq!((at.after(second).as_millis(), at.before(second).as_millis()), (1005, -995));
        assert_eq!(at.after(Duration::MAX).as_millis(), i64::MAX);
        assert_eq!(at.before(Duration::MAX).as_millis(), 5 - i64::MAX);
    }
}
