//! Memberships of people in tenants and their workspaces.

use covibe_domain::entities::Role;
use covibe_domain::{TenantId, Timestamp, UserId, WorkspaceId, boxed};
use diesel::prelude::*;

use super::{Row as UserRow, User};
use crate::error::{Error, Result};
use crate::row::{parse, parse_some, word};
use crate::schema::{memberships as table, users, workspace_memberships as workspaces};
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// A person's membership of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The person.
    pub user: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// The role that they have there.
    pub role: Role,
    /// When it began.
    pub created_at: Timestamp,
    /// The member who gave them the current role, or an earlier one as long as there are members whom they made; `None`
    /// for the operator, WorkOS, and the founder of the tenant.
    pub made_by: Option<UserId>,
}

/// A member of the transaction's tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub user: User,
    /// The role that they have in the tenant.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
    /// The member who gave them the current role, as in [`Membership`].
    pub made_by: Option<UserId>,
    /// When that one gave it.
    pub made_at: Timestamp,
}

/// A person's membership of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceMember {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The person.
    pub user: UserId,
    /// The role that they have there.
    pub role: Role,
}

type MembershipRow = (String, String, String, i64, Option<String>, i64);

fn membership((tenant, user, role, at, made_by, _): MembershipRow) -> Result<Membership> {
    Ok(Membership {
        user: parse(user, "memberships.user_id")?,
        tenant: parse(tenant, "memberships.tenant_id")?,
        role: word(Role::from_word(&role), "memberships.role")?,
        created_at: Timestamp::from_millis(at),
        made_by: parse_some(made_by, "memberships.made_by")?,
    })
}

type MemberRow = (UserRow, String, i64, Option<String>, i64);

fn member((user, role, since, made_by, made_at): MemberRow) -> Result<Member> {
    Ok(Member {
        user: user.try_into()?,
        role: word(Role::from_word(&role), "memberships.role")?,
        since: Timestamp::from_millis(since),
        made_by: parse_some(made_by, "memberships.made_by")?,
        made_at: Timestamp::from_millis(made_at),
    })
}

impl Store {
    /// Starts a transaction in the scope of a tenant that a person founds. Returns `None` if they are a member of a
    /// tenant. A second one of the same person waits for its end.
    #[boxed]
    pub async fn founding(&self, founder: &UserId, tenant: &TenantId) -> Result<Option<Tx>> {
        let mut tx = self.person(founder).await?;
        tx.lock_person().await?;
        if !tx.own_memberships().await?.is_empty() {
            tx.commit().await?;
            return Ok(None);
        }
        tx.enter(tenant).await?;
        Ok(Some(tx))
    }
}

impl Tx {
    /// Makes a person a member of the transaction's tenant.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if they are one.
    #[boxed]
    pub async fn insert_membership(&mut self, membership: &Membership) -> Result<()> {
        self.admit(&membership.tenant)?;
        let row = (
            table::tenant_id.eq(membership.tenant.as_str()),
            table::user_id.eq(membership.user.as_str()),
            table::role.eq(membership.role.as_str()),
            table::created_at.eq(membership.created_at.as_millis()),
            table::made_by.eq(membership.made_by.as_ref().map(UserId::as_str)),
            table::made_at.eq(membership.created_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns a person's membership of the transaction's tenant.
    #[boxed]
    pub async fn membership(&mut self, user: &UserId) -> Result<Option<Membership>> {
        let row: Option<MembershipRow> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .first(conn).await.optional())?;
        row.map(membership).transpose()
    }

    /// Returns the memberships of the person of the scope, oldest first.
    #[boxed]
    pub async fn own_memberships(&mut self) -> Result<Vec<Membership>> {
        let rows: Vec<MembershipRow> = on!(self, conn => table::table
            .filter(table::user_id.eq(self.scope.person()))
            .order((table::created_at, table::tenant_id))
            .load(conn).await)?;
        rows.into_iter().map(membership).collect()
    }

    /// Switches the transaction to the tenant of a membership of the person of the scope.
    ///
    /// # Errors
    ///
    /// [`Error::OtherTenant`] for a membership of somebody else.
    #[boxed]
    pub async fn enter_membership(&mut self, own: &Membership) -> Result<()> {
        if self.scope.person() != own.user.as_str() {
            return Err(Error::OtherTenant);
        }
        self.enter(&own.tenant).await
    }

    /// Returns the members of the transaction's tenant, by email address.
    #[boxed]
    pub async fn members(&mut self) -> Result<Vec<Member>> {
        let rows: Vec<MemberRow> = on!(self, conn => table::table
            .inner_join(users::table.on(users::id.eq(table::user_id)))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .order(users::email)
            .select((
                UserRow::as_select(),
                table::role,
                table::created_at,
                table::made_by,
                table::made_at,
            ))
            .load(conn).await)?;
        rows.into_iter().map(member).collect()
    }

    /// Returns the id at the provider of identities of a member of the transaction's tenant.
    #[boxed]
    pub async fn provider_of(&mut self, user: &UserId) -> Result<Option<String>> {
        let id: Option<Option<String>> = on!(self, conn => table::table
            .inner_join(users::table.on(users::id.eq(table::user_id)))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .select(users::provider_id)
            .first(conn).await.optional())?;
        Ok(id.flatten())
    }

    /// Returns the members of the transaction's tenant who have an id at the provider of identities, with their roles
    /// and these ids.
    #[boxed]
    pub async fn members_at_provider(&mut self) -> Result<Vec<(UserId, Role, String)>> {
        let rows: Vec<(String, String, Option<String>)> = on!(self, conn => table::table
            .inner_join(users::table.on(users::id.eq(table::user_id)))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .order(table::user_id)
            .select((table::user_id, table::role, users::provider_id))
            .load(conn).await)?;
        let known = rows.into_iter().filter_map(|(user, role, id)| Some((user, role, id?)));
        let read = |(user, role, id): (String, String, String)| {
            let role = word(Role::from_word(&role), "memberships.role")?;
            Ok((parse(user, "memberships.user_id")?, role, id))
        };
        known.map(read).collect()
    }

    /// Changes a member's role in the transaction's tenant, given by another member at this time. Returns false if they
    /// are no member.
    ///
    /// A member who gave others their role keeps their own maker, so that a search for all members whom that maker made
    /// finds those others too; also if one of them gives the role. An admin whom the operator or WorkOS made has no maker.
    #[boxed]
    pub async fn set_role(
        &mut self,
        user: &UserId,
        role: Role,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .set(table::role.eq(role.as_str()))
            .execute(conn).await)?;
        let is_vouched_for = role == Role::Admin && by.is_none();
        if is_vouched_for || !self.has_made_members(user).await? {
            self.set_maker(user, by, at).await?;
        }
        Ok(changed == 1)
    }

    /// Returns whether a member of the transaction's tenant gave another one their current role.
    async fn has_made_members(&mut self, user: &UserId) -> Result<bool> {
        let made: Option<String> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::made_by.eq(user.as_str()))
            .select(table::user_id)
            .first(conn).await.optional())?;
        Ok(made.is_some())
    }

    async fn set_maker(&mut self, user: &UserId, by: Option<&UserId>, at: Timestamp) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .set((
                table::made_by.eq(by.map(UserId::as_str)),
                table::made_at.eq(at.as_millis()),
            ))
            .execute(conn).await)?;
        Ok(())
    }

    /// Makes the maker of a member of the transaction's tenant, if there is one, the maker of everybody whom that
    /// member made.
    async fn hand_on_made_members(&mut self, user: &UserId) -> Result<()> {
        let maker: Option<(Option<String>, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .select((table::made_by, table::made_at))
            .first(conn).await.optional())?;
        let Some((Some(maker), made_at)) = maker else { return Ok(()) };
        on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::made_by.eq(user.as_str()))
            .set((table::made_by.eq(&maker), table::made_at.eq(made_at)))
            .execute(conn).await)?;
        Ok(())
    }

    /// Removes a person from the transaction's tenant and its workspaces. Returns false if they are no member. The
    /// members whom they made count as made by their own maker from then on.
    #[boxed]
    pub async fn delete_membership(&mut self, user: &UserId) -> Result<bool> {
        self.hand_on_made_members(user).await?;
        on!(self, conn => diesel::delete(workspaces::table)
            .filter(workspaces::tenant_id.eq(self.scope.tenant()))
            .filter(workspaces::user_id.eq(user.as_str()))
            .execute(conn).await)?;
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }

    /// Makes a member of the transaction's tenant a member of one of its workspaces, or changes their role there.
    #[boxed]
    pub async fn put_workspace_member(
        &mut self,
        member: &WorkspaceMember,
        now: Timestamp,
    ) -> Result<()> {
        let row = (
            workspaces::tenant_id.eq(self.scope.tenant()),
            workspaces::workspace_id.eq(member.workspace.as_str()),
            workspaces::user_id.eq(member.user.as_str()),
            workspaces::role.eq(member.role.as_str()),
            workspaces::created_at.eq(now.as_millis()),
        );
        let key = (workspaces::tenant_id, workspaces::workspace_id, workspaces::user_id);
        on!(self, conn => diesel::insert_into(workspaces::table)
            .values(row)
            .on_conflict(key)
            .do_update()
            .set(workspaces::role.eq(member.role.as_str()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Removes a person from a workspace of the transaction's tenant. Returns false if they are no member of it.
    #[boxed]
    pub async fn delete_workspace_member(
        &mut self,
        workspace: &WorkspaceId,
        user: &UserId,
    ) -> Result<bool> {
        let deleted = on!(self, conn => diesel::delete(workspaces::table)
            .filter(workspaces::tenant_id.eq(self.scope.tenant()))
            .filter(workspaces::workspace_id.eq(workspace.as_str()))
            .filter(workspaces::user_id.eq(user.as_str()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }

    /// Returns the memberships of all workspaces of the transaction's tenant.
    #[boxed]
    pub async fn workspace_members(&mut self) -> Result<Vec<WorkspaceMember>> {
        let rows: Vec<(String, String, String)> = on!(self, conn => workspaces::table
            .filter(workspaces::tenant_id.eq(self.scope.tenant()))
            .order((workspaces::workspace_id, workspaces::user_id))
            .select((workspaces::workspace_id, workspaces::user_id, workspaces::role))
            .load(conn).await)?;
        let member = |(workspace, user, role): (String, String, String)| {
            Ok(WorkspaceMember {
                workspace: parse(workspace, "workspace_memberships.workspace_id")?,
                user: parse(user, "workspace_memberships.user_id")?,
                role: word(Role::from_word(&role), "workspace_memberships.role")?,
            })
        };
        rows.into_iter().map(member).collect()
    }

    /// Returns a person's roles in workspaces of the transaction's tenant.
    #[boxed]
    pub async fn workspaces_of(&mut self, user: &UserId) -> Result<Vec<(WorkspaceId, Role)>> {
        let members = self.workspace_members().await?;
        let theirs = members.into_iter().filter(|member| member.user == *user);
        Ok(theirs.map(|member| (member.workspace, member.role)).collect())
    }
}
