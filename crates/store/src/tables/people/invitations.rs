//! Invitations to a tenant.

use covibe_domain::entities::Role;
use covibe_domain::{
    Actor, Email, InvitationId, KeyDigest, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{moment, parse, parse_some, word};
use crate::schema::invitations as table;
use crate::tx::{RunQueryDsl, Tx};

/// An invitation that is about to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its public part.
    pub invitation: Invitation,
    /// The digest of the token in its link.
    pub digest: KeyDigest,
}

/// An invitation to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The tenant.
    pub tenant: TenantId,
    /// The workspace that the person becomes a member of, unless they become an admin of the tenant.
    pub workspace: Option<WorkspaceId>,
    /// Whom it is for.
    pub email: Email,
    /// The role that they get in the tenant.
    pub role: Role,
    /// Its id at the provider of identities.
    pub provider: Option<String>,
    /// The admin who invited them; none for the operator.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was accepted or revoked, if it was.
    pub ended_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    tenant_id: String,
    workspace_id: Option<String>,
    email: String,
    role: String,
    provider_id: Option<String>,
    invited_by: String,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parse(row.id, "invitations.id")?,
            tenant: parse(row.tenant_id, "invitations.tenant_id")?,
            workspace: parse_some(row.workspace_id, "invitations.workspace_id")?,
            email: parse(row.email, "invitations.email")?,
            role: word(Role::from_word(&row.role), "invitations.role")?,
            provider: row.provider_id,
            invited_by: inviter(row.invited_by)?,
            created_at: Timestamp::from_millis(row.created_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            ended_at: moment(row.ended_at),
        })
    }
}

/// Returns the admin who invited somebody; none for the operator.
fn inviter(text: String) -> Result<Option<UserId>> {
    const COLUMN: &str = "invitations.invited_by";
    match parse(text, COLUMN)? {
        Actor::Operator => Ok(None),
        Actor::Person(user) => Ok(Some(user)),
        Actor::Key(_) => Err(Error::Corrupt(COLUMN)),
    }
}

impl Tx {
    /// Inserts an invitation to the transaction's tenant.
    #[boxed]
    pub async fn insert_invitation(&mut self, new: &NewInvitation) -> Result<()> {
        let NewInvitation { invitation, digest } = new;
        self.admit(&invitation.tenant)?;
        let inviter = invitation.invited_by.clone().map_or(Actor::Operator, Actor::Person);
        let row = (
            table::id.eq(invitation.id.as_str()),
            table::tenant_id.eq(invitation.tenant.as_str()),
            table::workspace_id.eq(invitation.workspace.as_ref().map(WorkspaceId::as_str)),
            table::email.eq(invitation.email.as_str()),
            table::role.eq(invitation.role.as_str()),
            table::digest.eq(digest.to_string()),
            table::provider_id.eq(&invitation.provider),
            table::invited_by.eq(inviter.as_str()),
            table::created_at.eq(invitation.created_at.as_millis()),
            table::expires_at.eq(invitation.expires_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the invitation whose token's digest the transaction presents, even if it has ended.
    #[boxed]
    pub async fn presented_invitation(&mut self) -> Result<Option<Invitation>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::digest.eq(self.scope.credential()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the open invitations to the transaction's tenant, newest first.
    #[boxed]
    pub async fn invitations(&mut self, now: Timestamp) -> Result<Vec<Invitation>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::ended_at.is_null())
            .filter(table::expires_at.gt(now.as_millis()))
            .order((table::created_at.desc(), table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Ends an open invitation to the transaction's tenant: accepted by this person, or revoked. Returns false if
    /// it has ended.
    #[boxed]
    pub async fn end_invitation(
        &mut self,
        id: &InvitationId,
        accepted_by: Option<&UserId>,
        now: Timestamp,
    ) -> Result<bool> {
        let ended = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq(id.as_str()))
            .filter(table::ended_at.is_null())
            .filter(table::expires_at.gt(now.as_millis()))
            .set((
                table::ended_at.eq(now.as_millis()),
                table::accepted_by.eq(accepted_by.map(UserId::as_str)),
            ))
            .execute(conn).await)?;
        Ok(ended == 1)
    }

    /// Revokes the open invitations to the transaction's tenant that a person made. Returns how many there were.
    #[boxed]
    pub async fn end_invitations_made_by(
        &mut self,
        user: &UserId,
        now: Timestamp,
    ) -> Result<usize> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::invited_by.eq(user.as_str()))
            .filter(table::ended_at.is_null())
            .filter(table::expires_at.gt(now.as_millis()))
            .set(table::ended_at.eq(now.as_millis()))
            .execute(conn).await)
    }
}
