//! Tokens of people: sessions, links and invitations. A token is 32 random bytes in base64url; only its SHA-256
//! digest is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use covibe_domain::{KeyDigest, Secret};
use zeroize::Zeroizing;

use crate::digest::digest;

/// The number of characters of a token.
pub const TOKEN_LENGTH: usize = 43;

/// A new token.
#[derive(Debug)]
pub struct MintedToken {
    /// The token itself.
    pub token: Secret,
    /// Its digest, which is stored and looked up.
    pub digest: KeyDigest,
}

/// Creates a token of 256 random bits.
pub fn mint_token() -> MintedToken {
    let token = Secret::new(random_text().as_str());
    MintedToken { digest: digest(token.expose()), token }
}

/// Returns 256 random bits as 43 characters of base64url.
pub(crate) fn random_text() -> Zeroizing<String> {
    let bytes = Zeroizing::new(crate::random::<32>());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_tokens_of_256_bits() {
        let (one, other) = (mint_token(), mint_token());
        assert_eq!(one.token.expose().len(), TOKEN_LENGTH);
        assert_ne!(one.token, other.token);
        assert_eq!(digest(one.token.expose()), one.digest);
    }
}
