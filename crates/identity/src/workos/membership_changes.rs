//! The changes of memberships and accounts here that follow WorkOS, each in the audit of the tenants that it concerns.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Kind, TenantId, Timestamp, UserId};
use covibe_store::{Invitation, Membership, RevokedKey, Tx, User, WorkspaceMember};
use covibe_workos as workos;

use super::workos_person::verified_address;
use crate::identity_provider::{CopiedChange, CopiedKind, Provider, StartedCopies};
use crate::people::{EndedKeys, end_all_work, end_work_as_admin, is_last_admin, read_memberships};

/// The outcome of a change that was made.
const DONE: &str = "ok";

/// The keys that ended with a change; `None` if there was nothing left to change.
type Changed = Option<Vec<RevokedKey>>;

impl Provider {
    /// Makes a person a member of a tenant with this role. The last admin of a tenant stays one.
    pub(super) async fn admit(
        &self,
        tenant: &TenantId,
        (user, account): (&User, &workos::User),
        role: Role,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let is_member = tx.membership(&user.id).await?.is_some();
        let invitations = invitations_of(&mut tx, (user, account)).await?;
        tx.commit().await?;
        if is_member {
            return self.change_role(tenant, &user.id, role).await;
        }
        let invited_by = inviter(&invitations);
        let change = CopiedChange::new(tenant, &user.id, CopiedKind::Joined { role, invited_by });
        self.change_audited(change, self.enter(tenant, (user, account), role)).await
    }

    async fn enter(
        &self,
        tenant: &TenantId,
        person: (&User, &workos::User),
        role: Role,
    ) -> Result<Changed, Failure> {
        let user = &person.0.id;
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        if tx.membership(user).await?.is_some() {
            return Ok(None);
        }
        let invitations = invitations_of(&mut tx, person).await?;
        insert_member(&mut tx, tenant, user, role, invitations).await?;
        tx.delete_links().await?;
        tx.commit().await?;
        Ok(Some(Vec::new()))
    }

    /// Gives a member of a tenant this role. An admin who becomes a member loses what they made as an admin. The last
    /// admin of a tenant stays one.
    pub(super) async fn change_role(
        &self,
        tenant: &TenantId,
        user: &UserId,
        role: Role,
    ) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let known = tx.membership(user).await?;
        let stays = role == Role::Member && is_last_admin(&mut tx, user).await?;
        tx.commit().await?;
        if known.is_none_or(|known| known.role == role) {
            return Ok(());
        }
        if stays {
            warn_of_kept_admin(tenant, user);
            return Ok(());
        }
        let change = CopiedChange::new(tenant, user, CopiedKind::Role(role));
        self.change_audited(change, self.put_role(tenant, user, role)).await
    }

    async fn put_role(
        &self,
        tenant: &TenantId,
        user: &UserId,
        role: Role,
    ) -> Result<Changed, Failure> {
        if role == Role::Member {
            self.revoke_invitations_of(tenant, user).await?;
        }
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        let is_same = tx.membership(user).await?.is_none_or(|known| known.role == role);
        if is_same || (role == Role::Member && is_last_admin(&mut tx, user).await?) {
            return Ok(None);
        }
        tx.set_role(user, role, None, Timestamp::now()).await?;
        let mut revoked = Vec::new();
        if role == Role::Member {
            revoked = end_work_as_admin(&mut tx, user).await?.keys;
        }
        tx.delete_links().await?;
        tx.commit().await?;
        Ok(Some(revoked))
    }

    /// Ends a person's membership of a tenant that is an organisation. The last admin of a tenant stays one.
    pub(super) async fn dismiss(&self, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(tenant).await?;
        let is_organization = tx.tenant_provider().await?.is_some();
        let is_member = tx.membership(user).await?.is_some();
        let stays = is_last_admin(&mut tx, user).await?;
        tx.commit().await?;
        if !is_organization || !is_member {
            return Ok(());
        }
        if stays {
            warn_of_kept_admin(tenant, user);
            return Ok(());
        }
        let change = CopiedChange::new(tenant, user, CopiedKind::Removed);
        self.change_audited(change, self.delete_member(tenant, user)).await
    }

    async fn delete_member(&self, tenant: &TenantId, user: &UserId) -> Result<Changed, Failure> {
        self.revoke_invitations_of(tenant, user).await?;
        let mut tx = self.store.tenant_and_person(tenant, user).await?;
        tx.lock_tenant().await?;
        if is_last_admin(&mut tx, user).await? || !tx.delete_membership(user).await? {
            return Ok(None);
        }
        let revoked = end_all_work(&mut tx, user).await?.keys;
        tx.delete_links().await?;
        tx.delete_sessions(Some(tenant)).await?;
        tx.commit().await?;
        Ok(Some(revoked))
    }

    /// Makes a change that is in the audit before it begins and once it has ended.
    async fn change_audited(
        &self,
        change: CopiedChange,
        run: impl Future<Output = Result<Changed, Failure>>,
    ) -> Result<(), Failure> {
        let started = self.begin_entries(&[change]).await?;
        let changed = run.await;
        let outcome = match &changed {
            Ok(Some(_)) => DONE,
            Ok(None) => Kind::Conflict.code(),
            Err(failure) => failure.outcome(),
        };
        let keys = changed.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
        self.forget_revoked(keys);
        let written = end_entries(started, outcome, vec![keys]).await;
        changed.and(written)
    }

    /// Takes the account of a person over likewise, which is in the audits of all of their tenants.
    pub(super) async fn take_over_audited(
        &self,
        user: &UserId,
        run: impl Future<Output = Result<Vec<EndedKeys>, Failure>>,
    ) -> Result<(), Failure> {
        let own = read_memberships(&self.store, user).await?;
        let change = |tenant| CopiedChange::new(tenant, user, CopiedKind::TakenOver);
        let changes: Vec<_> = own.iter().map(|own| change(&own.tenant)).collect();
        let started = self.begin_entries(&changes).await?;
        let ended = run.await;
        let outcome = ended.as_ref().err().map_or(DONE, Failure::outcome);
        let all = ended.as_deref().unwrap_or_default();
        for EndedKeys { keys, .. } in all {
            self.forget_revoked(keys);
        }
        let keys = changes.iter().map(|change| keys_in(all, &change.tenant)).collect();
        let written = end_entries(started, outcome, keys).await;
        ended.and(written)
    }

    /// Writes the entries that precede a change, one for each tenant, if there is an audit.
    async fn begin_entries(&self, changes: &[CopiedChange]) -> Result<StartedCopies, Failure> {
        match self.audit.get() {
            Some(audit) => audit.record_start(changes).await,
            None => Ok(Vec::new()),
        }
    }
}

/// Writes the entries of the keys that ended with each of these changes, and those with their outcome.
async fn end_entries(
    started: StartedCopies,
    outcome: &'static str,
    keys: Vec<&[RevokedKey]>,
) -> Result<(), Failure> {
    let mut written = Ok(());
    for (copy, keys) in started.into_iter().zip(keys) {
        written = copy.record_end(outcome, keys).await.and(written);
    }
    written
}

/// Returns the keys that ended in a tenant.
fn keys_in<'a>(all: &'a [EndedKeys], tenant: &TenantId) -> &'a [RevokedKey] {
    let there = all.iter().find(|ended| ended.tenant == *tenant);
    there.map(|ended| ended.keys.as_slice()).unwrap_or_default()
}

fn warn_of_kept_admin(tenant: &TenantId, user: &UserId) {
    tracing::warn!(
        %tenant, %user,
        "the last admin of a company is no longer an admin at WorkOS, and stays one here"
    );
}

/// Returns the open invitations of somebody who is new to the tenant. A person who changed their address since they were
/// invited is found by either address.
async fn invitations_of(
    tx: &mut Tx,
    (user, account): (&User, &workos::User),
) -> Result<Vec<Invitation>, Failure> {
    let changed = verified_address(account);
    let is_theirs = |email: &Email| *email == user.email || Some(email) == changed.as_ref();
    let mut theirs = tx.invitations(Timestamp::now()).await?;
    theirs.retain(|one| is_theirs(&one.email));
    Ok(theirs)
}

fn inviter(invitations: &[Invitation]) -> Option<UserId> {
    invitations.first().and_then(|one| one.invited_by.clone())
}

/// Makes somebody who is new a member, and ends their invitations, which may name workspaces.
async fn insert_member(
    tx: &mut Tx,
    tenant: &TenantId,
    user: &UserId,
    role: Role,
    invitations: Vec<Invitation>,
) -> Result<(), Failure> {
    let now = Timestamp::now();
    let made_by = inviter(&invitations);
    let (id, tenant) = (user.clone(), tenant.clone());
    let membership = Membership { user: id, tenant, role, created_at: now, made_by };
    tx.insert_membership(&membership).await?;
    for invitation in invitations {
        tx.end_invitation(&invitation.id, Some(user), now).await?;
        if let Some(workspace) = invitation.workspace {
            let member = WorkspaceMember { workspace, user: user.clone(), role: Role::Member };
            tx.put_workspace_member(&member, now).await?;
        }
    }
    Ok(())
}
