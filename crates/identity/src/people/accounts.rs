//! Accounts: the record of a person who is new, and the digests by which people are found.

use covibe_domain::{Email, Failure, KeyDigest, TenantId, Timestamp, UserId};
use covibe_store::{Error, User};

/// The origin of a person's account.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    /// From the person, who has proved that the address is theirs.
    Proved,
    /// From an admin of this tenant, who has seen the link to it.
    MadeIn(&'a TenantId),
}

/// Returns the record of a person who is new.
pub(crate) fn new_user(email: &Email, name: &str, origin: Origin<'_>) -> User {
    let now = Timestamp::now();
    let (proved_at, made_in) = match origin {
        Origin::Proved => (Some(now), None),
        Origin::MadeIn(tenant) => (None, Some(tenant.clone())),
    };
    User {
        id: UserId::from_random(covibe_crypto::random()),
        email: email.clone(),
        name: name.to_owned(),
        photo: None,
        created_at: now,
        proved_at,
        made_in,
    }
}

pub(super) fn taken_address(error: Error) -> Failure {
    match error {
        Error::Conflict => Failure::conflict("An account with this email address already exists.")
            .hint("Sign in with it."),
        other => other.into(),
    }
}

/// Returns the digest by which a person with this email address is found.
pub fn email_digest(email: &Email) -> KeyDigest {
    covibe_crypto::digest(&format!("email:{email}"))
}

/// Returns the digest by which a person with this id at WorkOS is found.
pub fn provider_digest(id: &str) -> KeyDigest {
    covibe_crypto::digest(&format!("workos:{id}"))
}
