//! Sessions of people in browsers.

use covibe_domain::{KeyDigest, SessionId, TenantId, Timestamp, UserId, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{parse, parse_some};
use crate::schema::{sessions as table, users};
use crate::tx::{RunQueryDsl, Tx};

/// A session that is about to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The digest of its token.
    pub digest: KeyDigest,
    /// When it begins.
    pub at: Timestamp,
    /// The address from which the person signed in.
    pub address: Option<String>,
    /// The name that their browser gave itself (`User-Agent`).
    pub agent: Option<String>,
    /// The tenant where they work.
    pub tenant: Option<TenantId>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub user: UserId,
    /// True if the token that was presented is the one before the current one.
    pub is_previous: bool,
    /// When it got its current token.
    pub rotated_at: Timestamp,
    /// The tenant where the person works at present.
    pub tenant: Option<TenantId>,
    /// The workspace where they work at present.
    pub workspace: Option<WorkspaceId>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last used, accurate to a few minutes.
    pub seen_at: Timestamp,
    /// The address from which the person signed in.
    pub address: Option<String>,
    /// The name that their browser gave itself (`User-Agent`).
    pub agent: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    user_id: String,
    previous: Option<String>,
    rotated_at: i64,
    active_tenant: Option<String>,
    active_workspace: Option<String>,
    created_at: i64,
    seen_at: i64,
    address: Option<String>,
    agent: Option<String>,
}

fn record(row: Row, presented: &str) -> Result<SessionRecord> {
    Ok::<_, Error>(SessionRecord {
        id: parse(row.id, "sessions.id")?,
        user: parse(row.user_id, "sessions.user_id")?,
        is_previous: row.previous.is_some_and(|previous| previous == presented),
        rotated_at: Timestamp::from_millis(row.rotated_at),
        tenant: parse_some(row.active_tenant, "sessions.active_tenant")?,
        workspace: parse_some(row.active_workspace, "sessions.active_workspace")?,
        created_at: Timestamp::from_millis(row.created_at),
        seen_at: Timestamp::from_millis(row.seen_at),
        address: row.address,
        agent: row.agent,
    })
}

impl Tx {
    /// Inserts a session of the person of the scope.
    #[boxed]
    pub async fn insert_session(&mut self, session: &NewSession) -> Result<()> {
        let row = (
            table::id.eq(session.id.as_str()),
            table::user_id.eq(self.scope.person()),
            table::digest.eq(session.digest.to_string()),
            table::rotated_at.eq(session.at.as_millis()),
            table::created_at.eq(session.at.as_millis()),
            table::seen_at.eq(session.at.as_millis()),
            table::address.eq(&session.address),
            table::agent.eq(&session.agent),
            table::active_tenant.eq(session.tenant.as_ref().map(TenantId::as_str)),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the session whose current or previous token's digest the transaction presents.
    #[boxed]
    pub async fn presented_session(&mut self) -> Result<Option<SessionRecord>> {
        let digest = self.scope.credential();
        let is_its = table::digest.eq(&digest).or(table::previous.eq(&digest));
        let row: Option<Row> = on!(self, conn => table::table
            .filter(is_its)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(|row| record(row, &digest)).transpose()
    }

    /// Returns the sessions of the person of the scope, the last used first.
    #[boxed]
    pub async fn sessions(&mut self) -> Result<Vec<SessionRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::user_id.eq(self.scope.person()))
            .order((table::seen_at.desc(), table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(|row| record(row, "")).collect()
    }

    /// Gives a session of the person of the scope another token, in the place of the current one. Returns false
    /// if the session has another token by now, or has ended.
    #[boxed]
    pub async fn rotate_session(
        &mut self,
        from: &KeyDigest,
        to: &KeyDigest,
        now: Timestamp,
    ) -> Result<bool> {
        let (from, now) = (from.to_string(), now.as_millis());
        let rotated = on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::digest.eq(&from))
            .set((
                table::digest.eq(to.to_string()),
                table::previous.eq(&from),
                table::rotated_at.eq(now),
                table::seen_at.eq(now),
            ))
            .execute(conn).await)?;
        Ok(rotated == 1)
    }

    /// Returns whether a person's session has not ended, and holds it until the transaction ends, in whatever scope
    /// that is: a transaction that ends the session meanwhile waits, and then sees what was made by it.
    #[boxed]
    pub async fn hold_session(&mut self, user: &UserId, session: &SessionId) -> Result<bool> {
        self.see_person(Some(user)).await?;
        let held = on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(user.as_str()))
            .filter(table::id.eq(session.as_str()))
            .set(table::created_at.eq(table::created_at))
            .execute(conn).await)?;
        self.see_person(None).await?;
        Ok(held == 1)
    }

    /// Records that a session of the person of the scope was used.
    #[boxed]
    pub async fn touch_session(&mut self, session: &SessionId, now: Timestamp) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::id.eq(session.as_str()))
            .set(table::seen_at.eq(now.as_millis()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records where the person of the scope works in this session. That is the tenant where they worked last.
    #[boxed]
    pub async fn place_session(
        &mut self,
        session: &SessionId,
        tenant: Option<&TenantId>,
        workspace: Option<&WorkspaceId>,
    ) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::id.eq(session.as_str()))
            .set((
                table::active_tenant.eq(tenant.map(TenantId::as_str)),
                table::active_workspace.eq(workspace.map(WorkspaceId::as_str)),
            ))
            .execute(conn).await)?;
        let Some(tenant) = tenant else { return Ok(()) };
        on!(self, conn => diesel::update(users::table)
            .filter(users::id.eq(self.scope.person()))
            .set(users::last_tenant.eq(tenant.as_str()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Ends a session of the person of the scope. Returns false if it had ended.
    #[boxed]
    pub async fn delete_session(&mut self, session: &SessionId) -> Result<bool> {
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::id.eq(session.as_str()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }

    /// Ends the sessions of the person of the scope in which they work in this tenant; all without one. Returns
    /// how many there were.
    #[boxed]
    pub async fn delete_sessions(&mut self, of: Option<&TenantId>) -> Result<usize> {
        let theirs = table::user_id.eq(self.scope.person().to_owned());
        match of {
            Some(tenant) => on!(self, conn => diesel::delete(table::table)
                .filter(theirs)
                .filter(table::active_tenant.eq(tenant.as_str()))
                .execute(conn).await),
            None => {
                on!(self, conn => diesel::delete(table::table).filter(theirs).execute(conn).await)
            }
        }
    }

    /// Ends the sessions of the person of the scope that were last used before this moment, or began before
    /// that one.
    #[boxed]
    pub async fn delete_old_sessions(
        &mut self,
        used_before: Timestamp,
        begun_before: Timestamp,
    ) -> Result<usize> {
        let is_idle = table::seen_at.lt(used_before.as_millis());
        let is_old = table::created_at.lt(begun_before.as_millis());
        on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(is_idle.or(is_old))
            .execute(conn).await)
    }

    /// Returns the id and the sealed refresh token at the provider of identities of a session of the person of
    /// the scope.
    #[boxed]
    pub async fn provider_session(
        &mut self,
        session: &SessionId,
    ) -> Result<Option<(String, Option<String>)>> {
        let row: Option<(Option<String>, Option<String>)> = on!(self, conn => table::table
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::id.eq(session.as_str()))
            .select((table::provider_session, table::provider_refresh))
            .first(conn).await.optional())?;
        Ok(row.and_then(|(id, refresh)| Some((id?, refresh))))
    }

    /// Records the same of the session of the person of the scope whose token has this digest.
    #[boxed]
    pub async fn begin_provider_session(
        &mut self,
        token: &KeyDigest,
        id: &str,
        sealed_refresh: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::digest.eq(token.to_string()))
            .set((table::provider_session.eq(id), table::provider_refresh.eq(sealed_refresh)))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records the id and the sealed refresh token at the provider of identities of a session of the person of
    /// the scope.
    #[boxed]
    pub async fn set_provider_session(
        &mut self,
        session: &SessionId,
        id: &str,
        sealed_refresh: Option<&str>,
    ) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::id.eq(session.as_str()))
            .set((table::provider_session.eq(id), table::provider_refresh.eq(sealed_refresh)))
            .execute(conn).await)?;
        Ok(())
    }
}
