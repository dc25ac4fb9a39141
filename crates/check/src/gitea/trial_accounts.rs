//! The accounts of the trial on Gitea: their names, and deleting them.

use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_gitea::{Client, Error, User};

/// The prefix of the names of the trial's user and organisation.
pub(crate) const PREFIX: &str = "co-vibe-check-";

/// The number of hexadecimal digits after the prefix.
const DIGITS: usize = 12;

/// A younger account may belong to a check that is still running.
const MIN_AGE: Duration = Duration::from_mins(5);

/// Returns the email address of the trial's user.
pub(crate) fn email(name: &str) -> String {
    format!("{name}@bots.invalid")
}

/// Returns the name of the trial's organisation, which differs from the user's.
pub(crate) fn organisation(name: &str) -> String {
    format!("{name}-org")
}

/// Deletes the accounts of earlier checks that were killed.
pub(crate) async fn delete(client: &Client, now: Timestamp) -> Result<(), Error> {
    for user in client.users_named(PREFIX).await? {
        if is_left(&user, now) {
            clean(client, &user.login).await?;
        }
    }
    Ok(())
}

/// Deletes the accounts that the trial has created under a name.
pub(crate) async fn clean(client: &Client, name: &str) -> Result<(), Error> {
    // Deletes the organisation with its repository once the user owns it.
    client.purge_user(name).await?;
    client.delete_org(&organisation(name)).await
}

/// Returns whether a user was created by a check that is no longer running.
fn is_left(user: &User, now: Timestamp) -> bool {
    let digits = user.login.strip_prefix(PREFIX).unwrap_or_default();
    let is_ours = digits.len() == DIGITS
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        && user.email == email(&user.login);
    let age = user.created.map_or(0, |created| now.as_millis().saturating_sub(created.as_millis()));
    is_ours && u128::try_from(age).is_ok_and(|age| age >= MIN_AGE.as_millis())
}
