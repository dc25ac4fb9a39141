//! The registrar's lock: set at the end of an attachment, and later if an attachment ended without
//! it.

use std::time::Duration;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{Failure, TenantId};
use covibe_registrar::{Client, tld_of};
use covibe_store::{DomainRecord, Store};

use super::errors::not_locked;
use super::lease::DomainLease;

/// The outcome of setting the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockOutcome {
    /// It was set already.
    Unchanged,
    /// It is set now.
    Changed,
    /// It could not be set. The server sets it later, without a call.
    Later,
    /// Domains with this ending cannot be locked.
    Never,
}

/// Sets the lock and verifies it. Records before that it has to be set.
///
/// # Errors
///
/// Unready if the registrar accepted the lock but it is not set yet; those of the registrar.
pub(super) async fn lock(
    client: &Client,
    held: &mut DomainLease<'_>,
) -> Result<LockOutcome, Failure> {
    let name = held.name().to_string();
    if !tld_of(&name).lockable {
        held.note(|it| it.is_unlocked = false, None).await?;
        return Ok(LockOutcome::Never);
    }
    held.note(|it| it.is_unlocked = true, None).await?;
    if is_locked(client, &name).await? {
        held.note(|it| it.is_unlocked = false, None).await?;
        return Ok(LockOutcome::Unchanged);
    }
    client.set_lock(&name, true).await?;
    if !is_locked(client, &name).await? {
        return Err(not_locked(held.name()));
    }
    let happened = Some((DomainEventKind::AttachLock, ""));
    held.note(|it| it.is_unlocked = false, happened).await?;
    Ok(LockOutcome::Changed)
}

async fn is_locked(client: &Client, name: &str) -> Result<bool, Failure> {
    let status = client.status(name).await?;
    Ok(status.is_some_and(|status| status.locked == Some(true)))
}

/// Sets the lock of a domain that an earlier call left unlocked, unless another call works on it.
///
/// # Errors
///
/// As those of [`lock`].
pub(crate) async fn lock_again(
    client: &Client,
    (store, tenant): (&Store, &TenantId),
    seen: &DomainRecord,
    lease: Duration,
) -> Result<(), Failure> {
    let Some(mut held) = DomainLease::try_acquire(store, tenant, seen, lease).await? else {
        return Ok(());
    };
    let locked = lock(client, &mut held).await;
    held.let_go().await?;
    locked.map(drop)
}
