//! The digests by which credentials are stored and looked up.

use covibe_domain::KeyDigest;
use sha2::{Digest as _, Sha256};

/// Returns the digest by which a credential is looked up. Any text has one, so that a malformed key costs
/// the same work as an unknown one.
pub fn digest(token: &str) -> KeyDigest {
    KeyDigest::new(Sha256::digest(token.as_bytes()).into())
}
