//! From the text in a column to a type of the domain.

use covibe_domain::Timestamp;

use crate::{Error, Result};

/// An id, slug or the like.
pub(crate) fn parse<T: TryFrom<String>>(text: String, column: &'static str) -> Result<T> {
    T::try_from(text).map_err(|_| Error::Corrupt(column))
}

/// The same where the column may be empty.
pub(crate) fn parse_some<T: TryFrom<String>>(
    text: Option<String>,
    column: &'static str,
) -> Result<Option<T>> {
    text.map(|text| parse(text, column)).transpose()
}

/// An entry of a list of words.
pub(crate) fn word<T>(entry: Option<T>, column: &'static str) -> Result<T> {
    entry.ok_or(Error::Corrupt(column))
}

/// A moment that may be absent.
pub(crate) fn moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(Timestamp::from_millis)
}
