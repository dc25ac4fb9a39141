//! Taking an account over: an account belongs to the person who proves that its address is theirs, and no earlier
//! credential of it works any more.

use covibe_domain::{Failure, KeyId, Secret, Timestamp, UserId};
use covibe_store::Tx;

use super::ended_work::{EndedWork, end_all_work};
use super::session::end_old_sessions;

/// The numbers of what was valid and ended when an account was taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// The number of API keys that it had minted, in all of its companies.
    pub keys: usize,
    /// The number of its sessions.
    pub sessions: usize,
    /// The number of links: those for it, and those that it had made for others.
    pub links: usize,
    /// The number of open invitations that it had made.
    pub invitations: usize,
}

impl TakenOver {
    /// Returns whether nothing was there that could end.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A session that somebody has begun with a new password.
#[derive(Debug)]
pub struct PasswordSession {
    /// The token of the session.
    pub session: Secret,
    /// The numbers of what ended with it, if they proved that the address of an account is theirs.
    pub taken_over: Option<TakenOver>,
}

/// Gives an account to the person of the scope, who has proved that its address is theirs: ends its sessions, its links,
/// and what it made in its tenants. The transaction is in the scope of one of these tenants afterwards. Returns the keys
/// that were revoked, too.
pub(crate) async fn take_over(
    tx: &mut Tx,
    user: &UserId,
) -> Result<(TakenOver, Vec<KeyId>), Failure> {
    let now = Timestamp::now();
    tx.set_proved(now).await?;
    end_old_sessions(tx, now).await?;
    let (own, sessions) = (tx.delete_all_links(now).await?, tx.delete_sessions(None).await?);
    let EndedWork { keys, valid_keys, invitations, links } = end_work_everywhere(tx, user).await?;
    let ended = TakenOver { keys: valid_keys, sessions, links: own + links, invitations };
    Ok((ended, keys))
}

/// Ends what the person of the scope made in all of their tenants.
async fn end_work_everywhere(tx: &mut Tx, user: &UserId) -> Result<EndedWork, Failure> {
    let mut ended = EndedWork::default();
    for own in tx.own_memberships().await? {
        tx.enter_membership(&own).await?;
        let EndedWork { keys, valid_keys, invitations, links } = end_all_work(tx, user).await?;
        ended.keys.extend(keys);
        ended.valid_keys += valid_keys;
        ended.invitations += invitations;
        ended.links += links;
    }
    Ok(ended)
}
