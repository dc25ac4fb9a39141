//! The names of buckets and of service accounts.

use std::fmt;

use sha2::{Digest as _, Sha256};

use covibe_upstream::Owner;

/// The prefix of the names of everything that this server makes.
const PREFIX: &str = "vibn-ws-";

/// The digits of base 32 in lower case (RFC 4648).
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The longest id of an account: 6 to 30 characters.
const LONGEST_ACCOUNT: usize = 30;

/// The longest name of a bucket without dots, in characters.
const LONGEST_BUCKET: usize = 63;

/// The random characters at the end of a bucket's name: 40 bits.
const RANDOM: usize = 8;

/// The id of a service account: the part of its address before the `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountId(String);

impl AccountId {
    /// Returns the id of an owner's account, always the same: `vibn-ws-` and 22 digits in base 32 of the
    /// owner's hash. A slug would be too long for the 30 characters that Google allows.
    pub fn for_owner(owner: &Owner) -> Self {
        let hash = Sha256::digest(owner.as_str().as_bytes());
        let digits = base32(&hash);
        Self(PREFIX.chars().chain(digits).take(LONGEST_ACCOUNT).collect())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The error for a text that is not the name of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a bucket's name must have 3 to 63 lower-case letters, digits, dots, hyphens and underscores, with a letter or digit at both ends"
)]
pub struct InvalidBucketName;

/// The name of a bucket, which all customers of a provider share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketName(String);

impl BucketName {
    /// Reads a name: 3 to 63 of `a-z0-9._-`, a letter or digit at both ends, and no two dots in a row.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidBucketName> {
        let text = text.into();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let ends = [text.bytes().next(), text.bytes().last()];
        let is_fine = (3..=LONGEST_BUCKET).contains(&text.len())
            && text.bytes().all(|b| is_plain(b) || b"._-".contains(&b))
            && ends.into_iter().all(|end| end.is_some_and(is_plain))
            && !text.contains("..");
        if is_fine { Ok(Self(text)) } else { Err(InvalidBucketName) }
    }

    /// Returns a name that nobody has: `vibn-ws-`, the slug as far as it fits, and eight random
    /// characters. `None` if the system has no random numbers.
    ///
    /// Google refuses names that contain `google` or something similar, so that such a slug is replaced by
    /// its hash.
    pub fn random(slug: &str) -> Option<Self> {
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).ok()?;
        let random: String = base32(&random).take(RANDOM).collect();
        let room = LONGEST_BUCKET - PREFIX.len() - 1 - RANDOM;
        let is_refused = slug.replace('0', "o").contains("goog");
        let hash = Sha256::digest(slug.as_bytes());
        let slug: String = if is_refused {
            base32(&hash).take(RANDOM).collect()
        } else {
            slug.chars().take(room).collect()
        };
        Self::parse(format!("{PREFIX}{}-{random}", slug.trim_matches('-'))).ok()
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns a digit for each byte.
fn base32(bytes: &[u8]) -> impl Iterator<Item = char> {
    let digit = |byte: &u8| BASE32.get(usize::from(byte % 32)).copied().unwrap_or(b'a');
    bytes.iter().map(digit).map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_bounded_stable_and_distinct_per_owner() {
        let of = |text: &str| AccountId::for_owner(&Owner::new(text).unwrap());
        let longest = of(&"w".repeat(63));
        assert_eq!(longest.as_str().len(), LONGEST_ACCOUNT);
        assert_eq!(of("ws_1"), of("ws_1"));
        assert_ne!(of("ws_1"), of("ws_2"));
        assert!(longest.as_str().starts_with(PREFIX));
    }

    #[test]
    fn a_bucket_name_contains_the_slug_and_is_random_and_bounded() {
        let of = |slug: &str| BucketName::random(slug).unwrap();
        assert!(of("acme").as_str().starts_with("vibn-ws-acme-"));
        assert_ne!(of("acme"), of("acme"));
        assert_eq!(of(&"long".repeat(20)).as_str().len(), LONGEST_BUCKET);
        for refused in ["my-google-shop", "g00gle", "goog"] {
            assert!(!of(refused).as_str().contains(refused), "{refused}");
        }
    }

    #[test]
    fn invalid_bucket_names_are_refused() {
        for good in ["abc", "a.b-c_d", "0x0"] {
            assert_eq!(BucketName::parse(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(64);
        for bad in ["", "ab", "Abc", "-abc", "abc-", "a..b", "a/b", "a b", "ä-bc", &long] {
            assert_eq!(BucketName::parse(bad), Err(InvalidBucketName), "{bad}");
        }
    }
}
