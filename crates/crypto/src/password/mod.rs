//! Passwords of people: Argon2id hashes in the PHC string format.
//!
//! Hashing takes tens of milliseconds and 19 MiB: callers place it on a thread that may block, and bound how many run.

mod common_passwords;
mod hasher;

use std::fmt;
use std::str::FromStr as _;

use argon2::password_hash::phc;
use argon2::{Algorithm, Params, Version};
use covibe_domain::Secret;
use unicode_normalization::UnicodeNormalization as _;

pub use hasher::Hasher;

/// The length of a password, in characters.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=256;

/// Why a text can't be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has fewer than 8 characters.
    #[error("the password has fewer than 8 characters")]
    Short,
    /// It has more than 256 characters.
    #[error("the password has more than 256 characters")]
    Long,
    /// It is one of the passwords that are guessed first.
    #[error("the password is one of the most common ones")]
    Common,
}

/// A password that somebody has chosen: 8 to 256 characters as typed, and none of the most common ones. Systems that
/// type the same letter differently (`ü`, or `u` with two dots) type the same password: it is in Normalization Form C,
/// as RFC 8265 says.
pub struct Password(Secret);

impl Password {
    /// Checks a text that somebody has chosen.
    pub fn new(text: &Secret) -> Result<Self, PasswordError> {
        let text = composed(text.expose());
        let length = text.expose().chars().take(PASSWORD_LENGTH.end() + 1).count();
        if length < *PASSWORD_LENGTH.start() {
            return Err(PasswordError::Short);
        }
        if length > *PASSWORD_LENGTH.end() {
            return Err(PasswordError::Long);
        }
        if common_passwords::is_common(text.expose()) {
            return Err(PasswordError::Common);
        }
        Ok(Self(text))
    }
}

/// The hash of a password: `$argon2id$v=19$m=19456,t=2,p=1$…`. It is kept like a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Returns the hash that was stored as this text.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the hash has other parameters than today's.
    fn is_outdated(&self) -> bool {
        phc::PasswordHash::from_str(&self.0).is_ok_and(|hash| {
            hash.algorithm != Algorithm::Argon2id.ident()
                || hash.version != Some(Version::V0x13.into())
                || Params::try_from(&hash).is_ok_and(|params| !is_current(&params))
        })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The outcome of comparing a typed password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is a different one, or none is stored.
    Wrong,
    /// The password matches.
    Right,
    /// The password matches, but its hash has outdated parameters: hash it again.
    Outdated,
}

/// A password can't be hashed: memory is short, or the stored text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError;

fn is_current(params: &Params) -> bool {
    let now = Params::default();
    let of = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    of(params) == of(&now)
}

/// The maximum number of characters of a text that can be a password once it is composed: the longest decomposition of
/// one character has four.
const MAX_TYPED: usize = 4 * *PASSWORD_LENGTH.end();

/// Returns the text, or an empty one if it is too long for a password: that matches no hash, for the same work.
fn bounded(text: &str) -> &str {
    if text.chars().nth(MAX_TYPED).is_some() { "" } else { text }
}

fn composed(text: &str) -> Secret {
    Secret::new(text.nfc().collect::<String>())
}

#[cfg(test)]
mod tests {
    use argon2::{Argon2, PasswordHasher as _};

    use super::*;

    fn hash_password(password: &Password) -> Result<PasswordHash, HashError> {
        Hasher::default().hash(password)
    }

    fn verify_password(
        typed: &Secret,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, HashError> {
        Hasher::default().verify(typed, stored)
    }

    fn password(text: &str) -> Result<Password, PasswordError> {
        Password::new(&Secret::new(text))
    }

    fn verify(text: &str, stored: &PasswordHash) -> Verdict {
        verify_password(&Secret::new(text), Some(stored)).unwrap()
    }

    #[test]
    fn accepts_8_to_256_characters_as_typed() {
        for good in ["grün-ist", " spaced ", "日本語の合言葉です", "correct horse battery staple"]
        {
            assert!(password(good).is_ok(), "{good}");
        }
        assert_eq!(password("ﬀﬀﬀﬀﬀﬀﬀ").err(), Some(PasswordError::Short));
        let long = "abcd".repeat(64);
        assert!(password(&long).is_ok());
        assert_eq!(password(&format!("{long}c")).err(), Some(PasswordError::Long));
    }

    #[test]
    fn common_passwords_are_refused() {
        for common in
            ["password", "PassWord1", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "CoVibe2026"]
        {
            assert_eq!(password(common).err(), Some(PasswordError::Common), "{common}");
        }
    }

    #[test]
    fn verifies_only_the_exact_password_with_salted_argon2id() {
        let stored = hash_password(&password(" hunter2 hunter2 ").unwrap()).unwrap();
        assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(verify(" hunter2 hunter2 ", &stored), Verdict::Right);
        for wrong in ["hunter2 hunter2", "", " Hunter2 hunter2 ", "\0"] {
            assert_eq!(verify(wrong, &stored), Verdict::Wrong, "{wrong:?}");
        }
        let again = hash_password(&password(" hunter2 hunter2 ").unwrap()).unwrap();
        assert_ne!(stored, again, "each has a salt of its own");
        assert_eq!(format!("{stored:?}"), "PasswordHash(…)");
    }

    #[test]
    fn accepts_equivalent_unicode_spellings_of_a_password() {
        let stored = hash_password(&password("gr\u{fc}n-ist-gut").unwrap()).unwrap();
        assert_eq!(verify("gru\u{308}n-ist-gut", &stored), Verdict::Right);
        assert_eq!(verify("grun-ist-gut", &stored), Verdict::Wrong);
        let long = "u\u{308}b\u{e9}".repeat(85);
        let stored = hash_password(&password(&long).unwrap()).unwrap();
        assert_eq!(verify(&long, &stored), Verdict::Right);
    }

    #[test]
    fn a_text_that_is_too_long_matches_no_password() {
        assert_eq!(verify_password(&Secret::new("x".repeat(9_000)), None), Ok(Verdict::Wrong));
        let stored = hash_password(&password(&"abcd".repeat(64)).unwrap()).unwrap();
        assert_eq!(verify(&"abcd".repeat(65), &stored), Verdict::Wrong);
    }

    #[test]
    fn without_a_hash_every_password_is_wrong() {
        assert_eq!(verify_password(&Secret::new("hunter2 hunter2"), None), Ok(Verdict::Wrong));
    }

    #[test]
    fn a_hash_with_other_parameters_is_reported_as_outdated() {
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        for algorithm in [Algorithm::Argon2id, Algorithm::Argon2i] {
            let weak = Argon2::new(algorithm, Version::V0x13, params.clone());
            let weak = weak.hash_password_with_salt(b"hunter2 hunter2", &[7; 16]).unwrap();
            let weak = PasswordHash::from_stored(weak.to_string());
            assert_eq!(verify("hunter2 hunter2", &weak), Verdict::Outdated);
            assert_eq!(verify("hunter2 hunter3", &weak), Verdict::Wrong);
        }
    }

    #[test]
    fn a_damaged_hash_is_an_error() {
        for damaged in ["", "$argon2id$", "hunter2", "$2b$12$abcdefghijklmnopqrstuv"] {
            let stored = PasswordHash::from_stored(damaged);
            assert_eq!(
                verify_password(&Secret::new(damaged), Some(&stored)),
                Err(HashError),
                "{damaged}"
            );
        }
    }
}
