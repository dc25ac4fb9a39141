//! The members of a tenant, as its admins manage them.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, Secret, TenantId, Timestamp, UserId, WorkspaceId, boxed};
use covibe_policy::Principal;
use covibe_store::{
    Error, LinkPurpose, Member, Membership, RevokedKey, Tx, User, UserCredentials, WorkspaceMember,
};

use super::accounts::{Origin, email_digest, new_user, provider_digest};
use super::admin_check::{admin, hold_session, lock_as_admin, person};
use super::ended_work::{end_all_work, end_work_as_admin};
use super::one_time_links::{maker, put_link};
use super::people_errors::no_member;
use crate::authentication_state::Identity;

/// The maximum number of members of a tenant.
const MAX_MEMBERS: usize = 1000;

impl Identity {
    /// Returns the members of the caller's tenant, by email address, and the memberships of its workspaces.
    ///
    /// # Errors
    ///
    /// Forbidden for a key.
    #[boxed]
    pub async fn members(
        &self,
        by: &Principal,
    ) -> Result<(Vec<Member>, Vec<WorkspaceMember>), Failure> {
        person(by)?;
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let (members, workspaces) = (tx.members().await?, tx.workspace_members().await?);
        tx.commit().await?;
        Ok((members, workspaces))
    }

    /// Creates a person who is a member of the caller's tenant, and returns the token of the link by which they choose
    /// their password; `None` where people sign in with WorkOS, at which they get an account.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; conflict if somebody has the
    /// address; limited after conflicts of the tenant with too many addresses.
    #[boxed]
    pub async fn create_member(
        &self,
        by: &Principal,
        email: &Email,
        name: &str,
        role: Role,
        workspace: Option<WorkspaceId>,
    ) -> Result<(User, Option<Secret>), Failure> {
        admin(by)?;
        let run = self.put_member(by, email, name, role, workspace);
        let created = self.create_unless_taken(&by.tenant, email, run).await?;
        created.ok_or_else(taken_address)
    }

    /// Creates a person likewise; returns `None` if somebody elsewhere has the address.
    async fn put_member(
        &self,
        by: &Principal,
        email: &Email,
        name: &str,
        role: Role,
        workspace: Option<WorkspaceId>,
    ) -> Result<Option<(User, Option<Secret>)>, Failure> {
        let maker = maker(by)?;
        if self.provider().is_some() {
            self.refuse_without_room(by, email).await?;
            if self.find_by_email(email).await?.is_some() {
                return Ok(None);
            }
        }
        let account = self.account_for(by, email, name, role).await?;
        let user = new_user(email, name, Origin::MadeIn(&by.tenant));
        let mut tx = self.store.tenant_and_person(&by.tenant, &user.id).await?;
        lock_as_admin(&mut tx, by).await?;
        has_room(&mut tx, email).await?;
        if !add(&mut tx, by, (&user, account.as_deref()), role, workspace).await? {
            return Ok(None);
        }
        let mut token = None;
        if account.is_none() {
            token = Some(put_link(&mut tx, &user.id, LinkPurpose::Password, maker).await?);
        }
        tx.commit().await?;
        Ok(Some((user, token)))
    }

    /// Fails where [`has_room`] would, before an account is created elsewhere.
    async fn refuse_without_room(&self, by: &Principal, email: &Email) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        has_room(&mut tx, email).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Creates the account of somebody who is new, where people sign in with WorkOS, and returns its id.
    async fn account_for(
        &self,
        by: &Principal,
        email: &Email,
        name: &str,
        role: Role,
    ) -> Result<Option<String>, Failure> {
        let Some(provider) = self.provider_for_changes_of(&by.tenant) else { return Ok(None) };
        provider.create_account(&by.tenant, email, name, role).await.map(Some)
    }

    /// Changes a member's role in the caller's tenant, which voids the links for them. An admin who becomes a member
    /// loses the keys that they minted with scope `tenant` or in workspaces which are no longer open to them, and what
    /// they made as an admin is void: open invitations and links for others. Returns the keys that ended.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; not found if there is no such
    /// member; conflict for its last admin.
    #[boxed]
    pub async fn set_member_role(
        &self,
        by: &Principal,
        user: &UserId,
        role: Role,
    ) -> Result<Vec<RevokedKey>, Failure> {
        admin(by)?;
        if let Some(provider) = self.provider_for_changes_of(&by.tenant) {
            self.check_admins(by, user, role).await?;
            if role == Role::Member {
                provider.revoke_invitations_of(&by.tenant, user).await?;
            }
            provider.set_role(&by.tenant, user, role).await?;
        }
        let mut tx = self.store.tenant_and_person(&by.tenant, user).await?;
        lock_as_admin(&mut tx, by).await?;
        if role == Role::Member {
            keep_an_admin(&mut tx, user).await?;
        }
        if !tx.set_role(user, role, by.person(), Timestamp::now()).await? {
            return Err(no_member());
        }
        tx.delete_links().await?;
        let mut revoked = Vec::new();
        if role == Role::Member {
            revoked = end_work_as_admin(&mut tx, user).await?.keys;
        }
        tx.commit().await?;
        self.forget_revoked(&revoked);
        Ok(revoked)
    }

    /// Makes a member of the caller's tenant a member of one of its workspaces with this role; without one, ends their
    /// membership of it. A person who is no longer a member loses the keys that they minted there, which are returned.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; not found if there is no such
    /// member or workspace.
    #[boxed]
    pub async fn set_workspace_role(
        &self,
        by: &Principal,
        user: &UserId,
        workspace: &WorkspaceId,
        role: Option<Role>,
    ) -> Result<Vec<RevokedKey>, Failure> {
        admin(by)?;
        let now = Timestamp::now();
        let mut tx = self.store.tenant(&by.tenant).await?;
        lock_as_admin(&mut tx, by).await?;
        let membership = tx.membership(user).await?.ok_or_else(no_member)?;
        tx.workspace(workspace).await?.ok_or_else(no_member)?;
        let mut revoked = Vec::new();
        if let Some(role) = role {
            let (workspace, user) = (workspace.clone(), user.clone());
            tx.put_workspace_member(&WorkspaceMember { workspace, user, role }, now).await?;
        } else {
            tx.delete_workspace_member(workspace, user).await?;
            if membership.role == Role::Member {
                revoked = tx.revoke_workspace_keys_minted_by(workspace, user, now).await?;
            }
        }
        tx.commit().await?;
        self.forget_revoked(&revoked);
        Ok(revoked)
    }

    /// Removes a member from the caller's tenant: their sessions in it end, the keys that they minted are revoked, and
    /// the links for them and what they made as an admin are void: open invitations and links for others. Returns these
    /// keys.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; not found if there is no such
    /// member; conflict for its last admin.
    #[boxed]
    pub async fn remove_member(
        &self,
        by: &Principal,
        user: &UserId,
    ) -> Result<Vec<RevokedKey>, Failure> {
        admin(by)?;
        self.part(by, user).await
    }

    /// Removes the caller from the tenant, as [`Identity::remove_member`] does.
    ///
    /// # Errors
    ///
    /// Forbidden for a key; conflict for the last admin of the tenant; unauthenticated if the session has ended.
    #[boxed]
    pub async fn leave(&self, by: &Principal) -> Result<Vec<RevokedKey>, Failure> {
        self.part(by, person(by)?).await
    }

    /// Fails for a change that takes the last admin from the caller's tenant, or concerns somebody who is not a member,
    /// before anybody else learns of it.
    async fn check_admins(&self, by: &Principal, user: &UserId, role: Role) -> Result<(), Failure> {
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        tx.membership(user).await?.ok_or_else(no_member)?;
        if role == Role::Member {
            keep_an_admin(&mut tx, user).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn part(&self, by: &Principal, user: &UserId) -> Result<Vec<RevokedKey>, Failure> {
        if let Some(provider) = self.provider_for_changes_of(&by.tenant) {
            self.check_admins(by, user, Role::Member).await?;
            provider.revoke_invitations_of(&by.tenant, user).await?;
            provider.remove(&by.tenant, user).await?;
        }
        let mut tx = self.store.tenant_and_person(&by.tenant, user).await?;
        if by.person() == Some(user) {
            tx.lock_tenant().await?;
            hold_session(&mut tx, by).await?;
        } else {
            lock_as_admin(&mut tx, by).await?;
        }
        keep_an_admin(&mut tx, user).await?;
        let revoked = end_membership(&mut tx, &by.tenant, user).await?.ok_or_else(no_member)?;
        tx.commit().await?;
        self.forget_revoked(&revoked);
        Ok(revoked)
    }
}

/// Ends a membership of the transaction's tenant with all that it gave. Returns the keys that were revoked, or `None`
/// if the person is not a member.
pub(super) async fn end_membership(
    tx: &mut Tx,
    tenant: &TenantId,
    user: &UserId,
) -> Result<Option<Vec<RevokedKey>>, Failure> {
    if !tx.delete_membership(user).await? {
        return Ok(None);
    }
    let revoked = end_all_work(tx, user).await?.keys;
    tx.delete_links().await?;
    let is_elsewhere = !tx.own_memberships().await?.is_empty();
    tx.delete_sessions(is_elsewhere.then_some(tenant)).await?;
    Ok(Some(revoked))
}

/// Fails for a further member of a full tenant, and for an address that a member of it has.
async fn has_room(tx: &mut Tx, email: &Email) -> Result<(), Failure> {
    let members = tx.members().await?;
    if members.len() >= MAX_MEMBERS {
        return Err(Failure::conflict(format!(
            "The company has {MAX_MEMBERS} members, which is the limit."
        ))
        .hint("Remove members who no longer need access, then repeat the call."));
    }
    if members.iter().any(|member| member.user.email == *email) {
        return Err(Failure::conflict("Somebody with this email address is already a member."));
    }
    Ok(())
}

/// Inserts a person as a member of the tenant. Returns false if somebody has the address.
async fn add(
    tx: &mut Tx,
    by: &Principal,
    (user, account): (&User, Option<&str>),
    role: Role,
    workspace: Option<WorkspaceId>,
) -> Result<bool, Failure> {
    let credentials = UserCredentials {
        email: email_digest(&user.email),
        provider: account.map(|id| (id.to_owned(), provider_digest(id))),
        password: None,
    };
    match tx.insert_user(user, &credentials).await {
        Ok(()) => {}
        Err(Error::Conflict) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let (id, tenant, now) = (user.id.clone(), by.tenant.clone(), Timestamp::now());
    let made_by = by.person().cloned();
    let membership = Membership { user: id.clone(), tenant, role, created_at: now, made_by };
    tx.insert_membership(&membership).await?;
    if let Some(workspace) = workspace {
        tx.workspace(&workspace).await?.ok_or_else(no_member)?;
        let member = WorkspaceMember { workspace, user: id, role: Role::Member };
        tx.put_workspace_member(&member, now).await?;
    }
    Ok(true)
}

/// Returns whether a person is the only admin of a tenant, whose row is locked.
pub(crate) async fn is_last_admin(tx: &mut Tx, user: &UserId) -> Result<bool, Failure> {
    let members = tx.members().await?;
    let mut admins = members.iter().filter(|member| member.role == Role::Admin);
    Ok(admins.clone().count() == 1 && admins.any(|admin| admin.user.id == *user))
}

/// Fails if a change would take the last admin from a tenant, whose row is locked.
async fn keep_an_admin(tx: &mut Tx, user: &UserId) -> Result<(), Failure> {
    if is_last_admin(tx, user).await? {
        return Err(Failure::conflict("This is the last admin of the company.")
            .hint("Make somebody else an admin first."));
    }
    Ok(())
}

fn taken_address() -> Failure {
    Failure::conflict("No account can be created with this email address.")
        .hint("Invite the address instead.")
}
