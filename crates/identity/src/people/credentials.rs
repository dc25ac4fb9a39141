//! The digests by which people are found.

use covibe_domain::{Email, KeyDigest};

/// Returns the digest by which a person with this email address is found.
pub fn email_digest(email: &Email) -> KeyDigest {
    covibe_crypto::digest(&format!("email:{email}"))
}

/// Returns the digest by which a person with this id at WorkOS is found.
pub fn provider_digest(id: &str) -> KeyDigest {
    covibe_crypto::digest(&format!("workos:{id}"))
}
