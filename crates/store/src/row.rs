//! Conversions from columns to types of the domain, and a row that several queries return.

use std::time::Duration;

use covibe_domain::Timestamp;
use diesel::QueryableByName;
use diesel::sql_types::Bool;

use crate::{Error, Result};

/// The answer to a query whether there is something, which it calls `found`.
#[derive(QueryableByName)]
pub(crate) struct ExistsRow {
    #[diesel(sql_type = Bool)]
    pub(crate) found: bool,
}

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

/// Converts a duration to milliseconds; one that is too long for a column becomes the longest.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
