//! The databases of the kinds that Coolify does not list by project.

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::unlisted_databases as table;
use crate::tx::{RunQueryDsl, Tx};

/// A database that no list of the project has, or a reason to read the list of the whole team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlistedDatabase {
    /// Coolify's id of the database; otherwise the mark of a creation whose outcome is unknown, or
    /// nothing if any may be missing.
    pub id: String,
    /// True if `id` is a database's.
    pub is_known: bool,
    /// When it was noted. The note that any may be missing holds at least until then.
    pub noted_at: Timestamp,
}

impl UnlistedDatabase {
    /// Returns the note of a database that exists, by Coolify's id.
    pub fn known_database(uuid: &str) -> Self {
        Self { id: uuid.to_owned(), is_known: true, noted_at: Timestamp::now() }
    }

    /// Returns the note of a creation whose outcome is unknown, by its mark.
    pub fn doubtful(mark: &str) -> Self {
        Self { id: mark.to_owned(), is_known: false, noted_at: Timestamp::now() }
    }

    /// Returns the note that any may be missing.
    pub fn any() -> Self {
        Self::doubtful("")
    }
}

impl Tx {
    /// Returns what is noted of a workspace's unlisted databases, in no order.
    #[boxed]
    pub async fn unlisted_databases(
        &mut self,
        workspace: &WorkspaceId,
    ) -> Result<Vec<UnlistedDatabase>> {
        let rows: Vec<(String, i64, i64)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .select((table::id, table::is_known, table::noted_at))
            .load(conn).await)?;
        let read = |(id, is_known, at)| UnlistedDatabase {
            id,
            is_known: is_known != 0,
            noted_at: Timestamp::from_millis(at),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Notes an unlisted database, or what may be one. Returns whether it was not noted before.
    #[boxed]
    pub async fn put_unlisted_database(
        &mut self,
        workspace: &WorkspaceId,
        noted: &UnlistedDatabase,
    ) -> Result<bool> {
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.to_string()),
            table::id.eq(noted.id.clone()),
            table::is_known.eq(i64::from(noted.is_known)),
            table::noted_at.eq(noted.noted_at.as_millis()),
        );
        let inserted = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        if inserted == 0 {
            on!(self, conn => diesel::update(table::table)
                .filter(table::tenant_id.eq(self.scope.tenant()))
                .filter(table::workspace_id.eq(workspace.as_str()))
                .filter(table::id.eq(noted.id.as_str()))
                .set(table::noted_at.eq(noted.noted_at.as_millis()))
                .execute(conn).await)?;
        }
        Ok(inserted == 1)
    }

    /// Forgets a note, unless it was noted again meanwhile.
    #[boxed]
    pub async fn delete_unlisted_database(
        &mut self,
        workspace: &WorkspaceId,
        noted: &UnlistedDatabase,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::id.eq(noted.id.as_str()))
            .filter(table::noted_at.le(noted.noted_at.as_millis()))
            .execute(conn).await)?;
        Ok(())
    }
}
