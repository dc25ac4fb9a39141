//! The people of a tenant, as one of them manages them in a workspace.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, InvitationId, LinkId, Secret, SessionId, UserId, boxed};
use covibe_identity::{
    Identity, Invitation, InvitationWithToken, Member, MemberLink, NewInvitationRequest,
    RevokedKey, SessionRecord, User, WorkspaceMember,
};
use covibe_policy::Principal;

use crate::audit::Author;
use crate::platform::Platform;

/// The people of the caller's tenant.
#[derive(Debug)]
pub struct People<'a> {
    platform: &'a Platform,
    identity: &'a Identity,
    principal: &'a Principal,
    author: &'a Author,
}

/// A member of the tenant, with their role in the caller's workspace.
#[derive(Clone, Debug)]
pub struct Colleague {
    /// The person and their role in the tenant.
    pub member: Member,
    /// Their role in the workspace, if they are a member of it.
    pub workspace_role: Option<Role>,
}

impl<'a> People<'a> {
    /// Restricts access to the principal's tenant.
    pub(crate) fn new(
        platform: &'a Platform,
        principal: &'a Principal,
        author: &'a Author,
    ) -> Self {
        Self { platform, identity: platform.identity(), principal, author }
    }

    /// Returns the members, by email address.
    #[boxed]
    pub async fn list(&self) -> Result<Vec<Colleague>, Failure> {
        let (members, workspaces) = self.identity.members(self.principal).await?;
        let own = &self.principal.workspace;
        let here: Vec<_> = workspaces.into_iter().filter(|one| one.workspace == *own).collect();
        let role_of = |user: &UserId| here.iter().find(|one| one.user == *user).map(|one| one.role);
        let colleague =
            |member: Member| Colleague { workspace_role: role_of(&member.user.id), member };
        Ok(members.into_iter().map(colleague).collect())
    }

    /// Returns a member.
    ///
    /// # Errors
    ///
    /// Not found if there is none with this id.
    #[boxed]
    pub async fn get(&self, user: &UserId) -> Result<Colleague, Failure> {
        let found = self.list().await?.into_iter().find(|one| one.member.user.id == *user);
        found.ok_or_else(|| Failure::not_found("The company has no such member."))
    }

    /// Creates a member. If they are not an admin, they become a member of the workspace. Returns the token of the link
    /// to choose their password; `None` if they have an account elsewhere.
    #[boxed]
    pub async fn create(
        &self,
        email: &Email,
        name: &str,
        role: Role,
    ) -> Result<(User, Option<Secret>), Failure> {
        let workspace = (role == Role::Member).then(|| self.principal.workspace.clone());
        self.identity.create_member(self.principal, email, name, role, workspace).await
    }

    /// Returns the token of a link by which a member chooses another password.
    #[boxed]
    pub async fn link(&self, user: &UserId) -> Result<Secret, Failure> {
        self.identity.create_password_link(self.principal, user).await
    }

    /// Returns the links by which members can choose another password and that nobody has used yet, the newest first.
    #[boxed]
    pub async fn links(&self) -> Result<Vec<MemberLink>, Failure> {
        self.identity.password_links(self.principal).await
    }

    /// Revokes such a link.
    #[boxed]
    pub async fn revoke_link(&self, id: &LinkId) -> Result<(), Failure> {
        self.identity.revoke_password_link(self.principal, id).await
    }

    /// Changes a member's role in the tenant. Who is an admin no more, and a member of no workspace, stays in this one.
    #[boxed]
    pub async fn set_role(&self, user: &UserId, role: Role) -> Result<(), Failure> {
        if role == Role::Member {
            let (_, workspaces) = self.identity.members(self.principal).await?;
            let is_in_one = |one: &WorkspaceMember| one.user == *user;
            if !workspaces.iter().any(is_in_one) {
                self.set_workspace_role(user, Some(Role::Member)).await?;
            }
        }
        let ended = self.identity.set_member_role(self.principal, user, role).await?;
        self.record_ended_keys(&ended, user).await
    }

    /// Changes a member's role in the workspace, or removes them from it.
    #[boxed]
    pub async fn set_workspace_role(
        &self,
        user: &UserId,
        role: Option<Role>,
    ) -> Result<(), Failure> {
        let workspace = &self.principal.workspace;
        let ended = self.identity.set_workspace_role(self.principal, user, workspace, role).await?;
        self.record_ended_keys(&ended, user).await
    }

    /// Removes a member, with their sessions and the keys that they minted.
    #[boxed]
    pub async fn remove(&self, user: &UserId) -> Result<(), Failure> {
        let ended = self.identity.remove_member(self.principal, user).await?;
        self.record_ended_keys(&ended, user).await
    }

    /// Removes the caller.
    #[boxed]
    pub async fn leave(&self) -> Result<(), Failure> {
        let user = self.person("people.leave")?;
        let ended = self.identity.leave(self.principal).await?;
        self.record_ended_keys(&ended, user).await
    }

    /// Returns the open invitations, newest first.
    #[boxed]
    pub async fn invitations(&self) -> Result<Vec<Invitation>, Failure> {
        self.identity.invitations(self.principal).await
    }

    /// Invites somebody. Who becomes no admin becomes a member of the workspace.
    #[boxed]
    pub async fn invite(&self, email: Email, role: Role) -> Result<InvitationWithToken, Failure> {
        let workspace = (role == Role::Member).then(|| self.principal.workspace.clone());
        let request = NewInvitationRequest { email, role, workspace, provider: None };
        self.identity.invite(self.principal, request).await
    }

    /// Revokes an open invitation.
    #[boxed]
    pub async fn revoke_invitation(&self, id: &InvitationId) -> Result<(), Failure> {
        self.identity.revoke_invitation(self.principal, id).await
    }

    /// Returns the caller's own sessions, the last used first.
    #[boxed]
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, Failure> {
        self.identity.sessions(self.person("sessions.list")?).await
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    ///
    /// Not found if they have none with this id.
    #[boxed]
    pub async fn end_session(&self, session: &SessionId) -> Result<(), Failure> {
        if self.identity.end_session(self.person("sessions.revoke")?, session).await? {
            return Ok(());
        }
        Err(Failure::not_found("You have no such session.").hint("List your sessions."))
    }

    /// Returns the caller.
    #[boxed]
    pub async fn profile(&self) -> Result<User, Failure> {
        self.identity.profile(self.principal).await
    }

    /// Changes the caller's name.
    #[boxed]
    pub async fn rename(&self, name: &str) -> Result<(), Failure> {
        self.identity.rename(self.principal, name).await
    }

    /// Writes down the keys that ended with the rights of a person.
    async fn record_ended_keys(&self, ended: &[RevokedKey], of: &UserId) -> Result<(), Failure> {
        self.platform.auditor().record_revocations(self.author, ended, of.as_str()).await
    }

    fn person(&self, operation: &str) -> Result<&UserId, Failure> {
        self.principal.person().ok_or_else(|| self.principal.needs_person(operation))
    }
}
