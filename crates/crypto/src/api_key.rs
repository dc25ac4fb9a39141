//! API keys: `vibn_sk_` and 32 random bytes in base64url. Only their SHA-256 digest is stored.

use covibe_domain::{KeyDigest, Secret};

use crate::digest::digest;
use crate::person_token::random_text;

pub use covibe_domain::secret::KEY_PREFIX as TOKEN_PREFIX;

/// The number of characters of a key that its public record shows: the prefix and four more.
const SHOWN: usize = TOKEN_PREFIX.len() + 4;

/// A new key.
#[derive(Debug)]
pub struct MintedKey {
    /// The key itself, which is shown once.
    pub token: Secret,
    /// Its first characters, which its record shows.
    pub prefix: String,
    /// Its digest, which is stored and looked up.
    pub digest: KeyDigest,
}

/// Creates a key.
pub fn mint_key() -> MintedKey {
    let token = Secret::new(format!("{TOKEN_PREFIX}{}", *random_text()));
    let prefix = token.expose().chars().take(SHOWN).collect();
    MintedKey { prefix, digest: digest(token.expose()), token }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_keys_of_256_bits_that_show_four_characters() {
        let key = mint_key();
        assert_eq!(key.token.expose().len(), TOKEN_PREFIX.len() + 43);
        assert!(key.token.expose().starts_with(&key.prefix) && key.prefix.len() == 12);
        assert_eq!(digest(key.token.expose()), key.digest);
        assert_eq!(digest("abc").to_string().get(..16), Some("ba7816bf8f01cfea"));
    }
}
