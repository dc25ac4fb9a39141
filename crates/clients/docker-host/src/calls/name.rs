//! The names of volumes and networks, before they become part of a path.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// Returns a name of one of these lengths, in bytes, that stays one segment of a path; otherwise
/// [`Error::Invalid`] with the text `wrong`.
pub(super) fn check_name<'a>(
    name: &'a str,
    lengths: RangeInclusive<usize>,
    wrong: &'static str,
) -> Result<&'a str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let is_name = lengths.contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with(['.', '_', '-']);
    is_name.then_some(name).ok_or(Error::Invalid(wrong))
}
