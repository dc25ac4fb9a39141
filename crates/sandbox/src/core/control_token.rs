//! The token of the simulator's own endpoints.

use std::io;

use covibe_domain::Secret;
use sha2::{Digest as _, Sha256};

/// The token that a request for one of the endpoints has to present.
pub(crate) struct ControlToken(Secret);

impl ControlToken {
    /// Draws a token from the operating system's randomness.
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(Secret::new(hex::encode(bytes))))
    }

    /// Returns the token.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Returns whether this is the token, in a time that does not depend on the number of matching bytes.
    pub(crate) fn matches(&self, given: &[u8]) -> bool {
        Sha256::digest(given) == Sha256::digest(self.0.expose())
    }
}
