//! The journal of creations, with which a repeated call resumes what the first one began.

use std::time::Duration;

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::leases::Now;
use crate::error::Result;
use crate::schema::creations as table;
use crate::tx::{RunQueryDsl, Tx};

/// The journal entry of a creation that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCreation {
    /// The entry's id, a random text that the caller chooses.
    pub id: String,
    /// The workspace in which something is created.
    pub workspace: WorkspaceId,
    /// The kind of resource.
    pub kind: String,
    /// Its name, unique among its kind in the workspace.
    pub name: String,
    /// The digest of the parameters that it is created from.
    pub digest: String,
    /// When the creation begins.
    pub started_at: Timestamp,
}

/// A journal entry: a resource that is being created, or was left unfinished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation {
    /// The entry's id, a random text that the caller chooses.
    pub id: String,
    /// The workspace in which it is created.
    pub workspace: WorkspaceId,
    /// The kind of resource.
    pub kind: String,
    /// Its name, unique among its kind in the workspace.
    pub name: String,
    /// The digest of the parameters that it is created from.
    pub digest: String,
    /// The upstream's id, once it is known.
    pub uuid: Option<String>,
    /// When the lease of the call that works on it expires, by the clock of the database: compare it with no
    /// other. 0 if none does.
    pub lease_until: Timestamp,
    /// The time that was left of that lease when this was read; zero if it has expired.
    pub lease_left: Duration,
    /// When the creation began.
    pub started_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    workspace_id: String,
    kind: String,
    name: String,
    digest: String,
    uuid: Option<String>,
    lease_until: i64,
    started_at: i64,
}

impl Row {
    fn new(creation: &NewCreation, lease_until: i64) -> Self {
        Self {
            id: creation.id.clone(),
            workspace_id: creation.workspace.to_string(),
            kind: creation.kind.clone(),
            name: creation.name.clone(),
            digest: creation.digest.clone(),
            uuid: None,
            lease_until,
            started_at: creation.started_at.as_millis(),
        }
    }

    fn into_creation(self, workspace: &WorkspaceId, now: Now) -> Creation {
        let (lease_until, lease_left) = now.read_lease(self.lease_until);
        Creation {
            id: self.id,
            workspace: workspace.clone(),
            kind: self.kind,
            name: self.name,
            digest: self.digest,
            uuid: self.uuid,
            lease_until,
            lease_left,
            started_at: Timestamp::from_millis(self.started_at),
        }
    }
}

/// Changes the tenant's entry with this id. Returns whether it exists.
macro_rules! change {
    ($tx:expr, $id:expr, $changes:expr) => {{
        let changed = on!($tx, conn => diesel::update(table::table)
            .filter(table::id.eq($id))
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .set($changes)
            .execute(conn).await)?;
        Ok(changed == 1)
    }};
}

impl Tx {
    /// Returns the latest entry of this kind with these parameters.
    #[boxed]
    pub async fn creation_by_digest(
        &mut self,
        workspace: &WorkspaceId,
        kind: &str,
        digest: &str,
    ) -> Result<Option<Creation>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind))
            .filter(table::digest.eq(digest))
            .order(table::started_at.desc())
            .select(Row::as_select())
            .first(conn).await.optional())?;
        self.creation(row, workspace).await
    }

    /// Returns the entry with this kind and name.
    #[boxed]
    pub async fn creation_by_name(
        &mut self,
        workspace: &WorkspaceId,
        kind: &str,
        name: &str,
    ) -> Result<Option<Creation>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind))
            .filter(table::name.eq(name))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        self.creation(row, workspace).await
    }

    /// Returns the entry with this id.
    #[boxed]
    pub async fn creation_by_id(
        &mut self,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<Option<Creation>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::id.eq(id))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        self.creation(row, workspace).await
    }

    async fn creation(
        &mut self,
        row: Option<Row>,
        workspace: &WorkspaceId,
    ) -> Result<Option<Creation>> {
        let Some(row) = row else { return Ok(None) };
        let now = self.lease_clock().await?;
        Ok(Some(row.into_creation(workspace, now)))
    }

    /// Inserts the entry of a creation that is about to begin, with a lease that lasts this long. Returns the
    /// end of the lease; nothing if an entry with this kind and name exists.
    #[boxed]
    pub async fn insert_creation(
        &mut self,
        creation: &NewCreation,
        lease: Duration,
    ) -> Result<Option<Timestamp>> {
        let until = self.lease_clock().await?.end_of(lease);
        let row = (Row::new(creation, until), table::tenant_id.eq(self.scope.tenant()));
        let inserted = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::workspace_id, table::kind, table::name))
            .do_nothing()
            .execute(conn).await)?;
        Ok((inserted == 1).then_some(Timestamp::from_millis(until)))
    }

    /// Acquires the lease of an entry, which then lasts this long, if it has not changed since it was read.
    /// Of concurrent calls, one succeeds. Returns the end of the lease if this one did.
    #[boxed]
    pub async fn claim_creation(
        &mut self,
        id: &str,
        seen_lease: Timestamp,
        lease: Duration,
        digest: &str,
    ) -> Result<Option<Timestamp>> {
        let now = self.lease_clock().await?;
        let until = now.end_of(lease);
        let impossible = table::lease_until.gt(now.farthest());
        let claimed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::lease_until.eq(seen_lease.as_millis()).or(impossible))
            .set((table::lease_until.eq(until), table::digest.eq(digest)))
            .execute(conn).await)?;
        Ok((claimed == 1).then_some(Timestamp::from_millis(until)))
    }

    /// Records the upstream's id of the resource. Returns whether the entry exists.
    #[boxed]
    pub async fn set_creation_uuid(&mut self, id: &str, uuid: &str) -> Result<bool> {
        change!(self, id, table::uuid.eq(uuid))
    }

    /// Ends the lease, so that any call may acquire it. Returns whether the entry exists.
    #[boxed]
    pub async fn release_creation(&mut self, id: &str) -> Result<bool> {
        change!(self, id, table::lease_until.eq(0))
    }

    /// Sets the digest, the upstream's id and the end of the lease of an entry to those of `entry`, which has its id, if
    /// its lease is still the one that ends at `held`. Returns whether it was.
    #[boxed]
    pub async fn replace_creation(&mut self, held: Timestamp, entry: &Creation) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(&entry.id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::lease_until.eq(held.as_millis()))
            .set((
                table::digest.eq(&entry.digest),
                table::uuid.eq(entry.uuid.as_deref()),
                table::lease_until.eq(entry.lease_until.as_millis()),
            ))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Deletes an entry if it has this digest. Returns whether it had.
    #[boxed]
    pub async fn delete_creation_of(&mut self, id: &str, digest: &str) -> Result<bool> {
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::digest.eq(digest))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }

    /// Returns the removals of a kind that began and were not seen to end: the name of each, and the text that it began
    /// with.
    #[boxed]
    pub async fn begun_removals(
        &mut self,
        workspace: &WorkspaceId,
        kind: &str,
    ) -> Result<Vec<(String, String)>> {
        let rows: Vec<(String, Option<String>)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind))
            .filter(table::digest.eq(""))
            .order(table::started_at)
            .select((table::name, table::uuid))
            .load(conn).await)?;
        Ok(rows.into_iter().filter_map(|(name, text)| Some((name, text?))).collect())
    }

    /// Deletes an entry. Returns whether it existed.
    #[boxed]
    pub async fn delete_creation(&mut self, id: &str) -> Result<bool> {
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::id.eq(id))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }

    /// Deletes the entries of a kind that began before that time and that no call works on.
    #[boxed]
    pub async fn delete_creations_before(
        &mut self,
        workspace: &WorkspaceId,
        kind: &str,
        before: Timestamp,
    ) -> Result<()> {
        let now = self.lease_clock().await?;
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::kind.eq(kind))
            .filter(table::started_at.lt(before.as_millis()))
            .filter(table::lease_until.le(now.millis()))
            .execute(conn).await)?;
        Ok(())
    }
}
