//! Conversions from columns to types of the domain.

use covibe_domain::Timestamp;

use crate::{Error, Result};

/// Parses an id, a slug or the like.
pub(crate) fn parse<T: TryFrom<String>>(text: String, column: &'static str) -> Result<T> {
    T::try_from(text).map_err(|_| Error::Corrupt(column))
}

/// Parses a nullable column.
pub(crate) fn parse_some<T: TryFrom<String>>(
    text: Option<String>,
    column: &'static str,
) -> Result<Option<T>> {
    text.map(|text| parse(text, column)).transpose()
}

/// Unwraps a word that was looked up in a list of known ones.
pub(crate) fn word<T>(entry: Option<T>, column: &'static str) -> Result<T> {
    entry.ok_or(Error::Corrupt(column))
}

/// Converts a nullable time, in milliseconds since 1970.
pub(crate) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}

/// How far ahead the end of a lease can be, in milliseconds: longer than any lease lasts. One that is further
/// ahead was written by a clock that was wrong, and nobody renews it.
const LONGEST_LEASE: i64 = 3_600_000;

/// Returns the end after which a lease is none at the time `now`, in milliseconds since 1970.
pub(crate) fn farthest_lease(now: Timestamp) -> i64 {
    now.as_millis().saturating_add(LONGEST_LEASE)
}

/// Converts the end of a lease; 0 if it is further ahead than it can be.
pub(crate) fn lease(millis: i64) -> Timestamp {
    let is_possible = millis <= farthest_lease(Timestamp::now());
    Timestamp::from_millis(if is_possible { millis } else { 0 })
}
