//! Locations in a file.

use std::fmt;

use covibe_domain::names;

/// The longest key that is repeated in a location, in characters.
const LONGEST_KEY: usize = 64;

/// A location in the file: a path such as `services.db.volumes[0]`, or a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Location(String);

impl Location {
    /// Returns the file as a whole, which is the parent of its top level.
    pub(crate) fn file() -> Self {
        Self(String::new())
    }

    /// Returns a line, counted from 1, for use where no path is known.
    pub(crate) fn line(number: usize) -> Self {
        Self(format!("line {number}"))
    }

    /// Returns the location of a member of this mapping.
    pub(crate) fn key(&self, key: &str) -> Self {
        let dot = if self.0.is_empty() { "" } else { "." };
        Self(format!("{}{dot}{}", self.0, names::displayable(key, LONGEST_KEY)))
    }

    /// Returns the location of an item of this list, counted from 0.
    pub(crate) fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "composeRaw" } else { &self.0 })
    }
}
