//! The name of a cell: one Coolify, one Gitea and the hosts behind them.

use std::fmt;
use std::str::FromStr;

/// The name of a cell: 1 to 32 characters of `a-z`, `0-9` and `-`, the first one a letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellName(String);

/// A text that is not a valid name of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid cell name: expected 1 to 32 of a-z, 0-9 and -, the first one a letter")]
pub struct InvalidCellName;

impl CellName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CellName {
    /// Returns `default`, the cell of a server that has one Coolify and one Gitea.
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl TryFrom<String> for CellName {
    type Error = InvalidCellName;

    fn try_from(text: String) -> Result<Self, InvalidCellName> {
        text.parse()
    }
}

impl FromStr for CellName {
    type Err = InvalidCellName;

    fn from_str(text: &str) -> Result<Self, InvalidCellName> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let valid = text.len() <= 32
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(plain);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidCellName) }
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_names_with_other_characters_or_over_32_are_rejected() {
        for valid in ["default", "eu-1", "a"] {
            assert_eq!(valid.parse::<CellName>().unwrap().as_str(), valid);
        }
        for invalid in ["", "1a", "-a", "A", "a_b", "a/b", &"a".repeat(33)] {
            assert!(invalid.parse::<CellName>().is_err(), "{invalid}");
        }
    }
}
