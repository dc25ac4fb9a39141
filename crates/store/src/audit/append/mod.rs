//! Appending to the audit.

mod postgres;
mod sqlite;
mod tenant_groups;

use covibe_domain::boxed;

use self::tenant_groups::{Group, Presence, groups};
use super::audit_entry::AuditEntry;
use crate::error::{Error, Result};
use crate::store::{Pools, Store};
use crate::tx::Tx;
use crate::tx::{Access, Conn, Scope};

impl Store {
    /// Appends entries of any tenants, each to the chain of its tenant. Skips entries that exist already, so
    /// a write whose acknowledgement was lost can be repeated.
    ///
    /// All or none are written on SQLite, and all or none of each tenant on PostgreSQL, where it ends within
    /// some seconds though nothing answers.
    ///
    /// # Errors
    ///
    /// [`Error::BrokenChain`] if a chain cannot be continued.
    #[boxed]
    pub async fn append_audit(&self, entries: &[AuditEntry]) -> Result<()> {
        if let Pools::Postgres(pool) = &self.pools {
            self.check_writable()?;
            for mut group in groups(entries) {
                self.append_group(pool, &mut group).await?;
            }
            return Ok(());
        }
        match self.append(groups(entries), Presence::Unlikely).await {
            Err(Error::Conflict) => match self.append(groups(entries), Presence::Known).await {
                Err(Error::Conflict) => Err(Error::BrokenChain),
                other => other,
            },
            other => other,
        }
    }

    async fn append(&self, groups: Vec<Group>, presence: Presence) -> Result<()> {
        let [first, ..] = groups.as_slice() else { return Ok(()) };
        let mut tx =
            self.begin_for_server(Scope::Tenant(first.tenant.clone()), Access::Write).await?;
        let appended = tx.append(groups, presence).await;
        let ended = tx.commit().await;
        // The error of the append says more than that of the rollback.
        appended.and(ended)
    }
}

impl Tx {
    /// Appends on SQLite: one switch to the blocking thread, where each statement is prepared once.
    async fn append(&mut self, groups: Vec<Group>, presence: Presence) -> Result<()> {
        let Some(Conn::Sqlite(conn)) = self.conn.as_mut() else { return Ok(()) };
        let work = move |conn: &mut diesel::SqliteConnection| {
            groups.into_iter().try_for_each(|group| sqlite::append(conn, group, presence))
        };
        let result = conn.spawn_blocking(work).await;
        self.track(result)
    }
}
