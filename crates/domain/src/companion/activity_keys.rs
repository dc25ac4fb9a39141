//! The keys by which the server knows repositories, worktrees, sessions, paths and machines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// An identifier that discloses nothing: 32 lowercase hexadecimal digits, the first 16 bytes of an HMAC-SHA256 with the
/// salt of the workspace, or of random bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ActivityKey(String);

/// A text that is not an [`ActivityKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected 32 lowercase hexadecimal digits")]
pub struct InvalidActivityKey;

impl ActivityKey {
    /// The number of digits.
    pub const LENGTH: usize = 32;

    /// Creates a key from the first 16 bytes of a digest.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        Self(hex::encode(&digest[..Self::LENGTH / 2]))
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ActivityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ActivityKey {
    type Err = InvalidActivityKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_key = text.len() == Self::LENGTH && text.bytes().all(is_digit);
        is_key.then(|| Self(text.to_owned())).ok_or(InvalidActivityKey)
    }
}

impl<'de> Deserialize<'de> for ActivityKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_activity_key_is_parsed_only_from_32_lowercase_hex_digits() {
        let key = ActivityKey::from_digest(&[0xab; 32]);
        assert_eq!(key.as_str(), "ab".repeat(16));
        assert_eq!(key.as_str().parse(), Ok(key));
        for text in ["", "ab", &"AB".repeat(16), &"g".repeat(32), &"a".repeat(33)] {
            assert_eq!(text.parse::<ActivityKey>(), Err(InvalidActivityKey), "{text}");
        }
    }
}
