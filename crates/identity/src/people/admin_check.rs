//! Checks that the person who manages people is an admin of the tenant, even at the moment of the change.

use covibe_domain::entities::Role;
use covibe_domain::{Failure, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::Tx;

use super::people_errors::no_admin;
use super::session::hold;

/// Returns the person who calls, if they are an admin of the tenant.
pub(super) fn admin(by: &Principal) -> Result<&UserId, Failure> {
    let user = person(by)?;
    if by.is_admin() { Ok(user) } else { Err(no_admin()) }
}

/// Returns the person who calls.
pub(super) fn person(by: &Principal) -> Result<&UserId, Failure> {
    by.person().ok_or_else(|| {
        Failure::forbidden("Only a person who is signed in may do this, not an API key.")
            .hint("Ask the user to do it in the console.")
    })
}

/// Holds the session of a person who calls until the transaction ends. Does nothing for a key, which is held by itself.
///
/// # Errors
///
/// Unauthenticated if it has ended since the call began.
#[boxed]
pub async fn hold_session<'a>(tx: &'a mut Tx, by: &'a Principal) -> Result<(), Failure> {
    match by.person().zip(by.session.as_ref()) {
        Some((user, session)) => hold(tx, user, session).await,
        None => Ok(()),
    }
}

/// Locks the tenant of an admin who calls, and their session, until the transaction ends.
///
/// # Errors
///
/// Forbidden if they are no longer an admin: anything that a person makes while they are removed would outlive their
/// removal. Unauthenticated if their session has ended.
pub(super) async fn lock_as_admin(tx: &mut Tx, by: &Principal) -> Result<(), Failure> {
    tx.lock_tenant().await?;
    if !is_admin(tx, admin(by)?).await? {
        return Err(no_admin());
    }
    hold_session(tx, by).await
}

/// Returns whether a person is an admin of the transaction's tenant.
pub(super) async fn is_admin(tx: &mut Tx, user: &UserId) -> Result<bool, Failure> {
    let membership = tx.membership(user).await?;
    Ok(membership.is_some_and(|membership| membership.role == Role::Admin))
}
