//! Accounts: the record of a person who is new, the digests by which people are found, and the limit of what admins
//! learn about addresses that have one.

use std::time::Duration;

use covibe_domain::{Email, Failure, KeyDigest, TenantId, Timestamp, UserId};
use covibe_store::{AttemptRate, Error, ShareOf, User};

use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;

/// The rate at which the same address counts among those of which the admins of a tenant learn.
const ONCE_A_DAY: AttemptRate = AttemptRate { burst: 1, every: Duration::from_hours(24) };

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

impl Identity {
    /// Runs the creation of a person with an address, by an admin of a tenant or with a link that an admin has seen. It
    /// returns `None` if somebody elsewhere has the address. An address of which the admins learn this counts once a
    /// day, so that somebody who tries the same link again keeps nobody else out.
    ///
    /// # Errors
    ///
    /// Limited after too many such addresses, whether or not somebody has this one; those of the creation.
    pub(super) async fn create_unless_taken<T>(
        &self,
        tenant: &TenantId,
        email: &Email,
        run: impl Future<Output = Result<Option<T>, Failure>>,
    ) -> Result<Option<T>, Failure> {
        // Before the address is looked up, so that a refusal reveals nothing about it.
        let attempt = Attempt::TakenAddress(tenant);
        self.attempts.make(attempt).await?;
        let created = run.await;
        let is_new =
            matches!(created, Ok(None)) && self.note_learned_address(tenant, email).await?;
        if !is_new {
            self.attempts.give_back(attempt).await;
        }
        created
    }

    /// Notes that the admins of a tenant learn that somebody has this address. Returns whether they did not learn it within
    /// a day before.
    async fn note_learned_address(
        &self,
        tenant: &TenantId,
        email: &Email,
    ) -> Result<bool, Failure> {
        let address = covibe_crypto::digest(&format!("taken-address:{tenant}:{email}"));
        Ok(self.store.attempt(ShareOf::Tenant(tenant), &address, ONCE_A_DAY).await?.is_ok())
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
