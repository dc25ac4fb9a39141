//! Proof that the address of an account belongs to its holder.
//!
//! An account that an admin made, or whose password an admin's link set, may be held by somebody else than the owner of
//! its address: the admin has seen the link. So it belongs to the admin's company, and joins and founds no other, until
//! its address is proved. The server sends no mail: the operator passes a link to the address, or WorkOS has verified
//! it.
//!
//! Once its address is proved, an account belongs to the person who proved it, and no earlier credential of it works any
//! more.

use covibe_domain::{Email, Failure, Secret, TenantId, Timestamp, UserId, boxed};
use covibe_store::{LinkPurpose, RevokedKey, Tx, User};

use super::companies::read_memberships;
use super::ended_work::{EndedWork, end_all_work};
use super::session::end_old_sessions;
use crate::authentication_state::Identity;

/// A link by which the owner of an address proves it.
#[derive(Debug)]
pub struct ProofLink {
    /// The token of the link.
    pub token: Secret,
    /// The names of the companies where the account is a member.
    pub companies: Vec<String>,
}

impl Identity {
    /// Creates, in the name of the operator, a link by which the owner of this address proves it: they choose a new
    /// password, and the account is theirs. Other links for it are void. Returns `None` if nobody has an account with
    /// the address.
    ///
    /// # Errors
    ///
    /// Not found where people sign in with WorkOS, which verifies addresses itself.
    #[boxed]
    pub async fn create_proof_link(&self, email: &Email) -> Result<Option<ProofLink>, Failure> {
        self.by_passwords()?;
        let Some((user, _)) = self.find_by_email(email).await? else { return Ok(None) };
        let companies = self.company_names(&user.id).await?;
        let token = self.create_link(&user.id, LinkPurpose::Proof).await?;
        Ok(Some(ProofLink { token, companies }))
    }
}

/// Refuses that an account joins a tenant whose admins did not make it, before its address is proved.
///
/// # Errors
///
/// Forbidden, with what to do.
pub(super) fn may_join(user: &User, tenant: &TenantId) -> Result<(), Failure> {
    if user.proved_at.is_some() || user.made_in.as_ref() == Some(tenant) {
        return Ok(());
    }
    let told = "An admin of another company made this account, or set its password with a link. \
                Before it joins a second company, the owner of its email address has to prove \
                that the address is theirs.";
    Err(Failure::forbidden(told).hint(
        "Ask the operator of this server for a link that proves your address \
         (covibe-server people prove --email ADDRESS). Open it, choose a new password, and open the invitation again.",
    ))
}

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
    pub fn ended_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A session that somebody has begun with a new password.
#[derive(Debug)]
pub struct PasswordSession {
    /// The token of the session.
    pub session: Secret,
    /// The person.
    pub user: UserId,
    /// The numbers of what ended with it, if they proved that the address of an account is theirs.
    pub taken_over: Option<TakenOver>,
    /// The keys that ended with it, by company.
    pub ended_keys: Vec<EndedKeys>,
}

/// The keys that an account had minted in a company, and that ended when it was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedKeys {
    /// The tenant.
    pub tenant: TenantId,
    /// The keys, also those that had expired.
    pub keys: Vec<RevokedKey>,
}

/// Gives an account to the person of the scope, who has proved that its address is theirs: ends its sessions, its links,
/// and what it made in its tenants. The transaction is in the scope of one of these tenants afterwards. Returns the keys
/// that were revoked in each tenant, too.
pub(crate) async fn take_over(
    tx: &mut Tx,
    user: &UserId,
) -> Result<(TakenOver, Vec<EndedKeys>), Failure> {
    let now = Timestamp::now();
    tx.set_proved(now).await?;
    end_old_sessions(tx, now).await?;
    let (own, sessions) = (tx.delete_all_links(now).await?, tx.delete_sessions(None).await?);
    let (ended, keys) = end_work_everywhere(tx, user).await?;
    Ok((TakenOver { sessions, links: own + ended.links, ..ended }, keys))
}

/// Ends what the person of the scope made in all of their tenants.
async fn end_work_everywhere(
    tx: &mut Tx,
    user: &UserId,
) -> Result<(TakenOver, Vec<EndedKeys>), Failure> {
    let (mut sum, mut ended) = (TakenOver::default(), Vec::new());
    for own in tx.own_memberships().await? {
        tx.enter_membership(&own).await?;
        let EndedWork { keys, valid_keys, invitations, links } = end_all_work(tx, user).await?;
        sum.keys += valid_keys;
        sum.invitations += invitations;
        sum.links += links;
        ended.push(EndedKeys { tenant: own.tenant, keys });
    }
    Ok((sum, ended))
}

impl Identity {
    /// Evicts keys that ended with a takeover from the cache.
    pub(super) fn forget_ended(&self, ended: &[EndedKeys]) {
        for EndedKeys { keys, .. } in ended {
            self.forget_revoked(keys);
        }
    }

    /// Returns the person with this email address, and the tenants where they are a member.
    #[boxed]
    pub async fn find_account(
        &self,
        email: &Email,
    ) -> Result<Option<(UserId, Vec<TenantId>)>, Failure> {
        let Some((user, _)) = self.find_by_email(email).await? else { return Ok(None) };
        let own = read_memberships(&self.store, &user.id).await?;
        Ok(Some((user.id, own.into_iter().map(|one| one.tenant).collect())))
    }
}
