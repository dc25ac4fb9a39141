//! Appending to the audit: entries of several tenants in one transaction.

mod group;
mod postgres;
mod sqlite;

use diesel::result::Error as Diesel;

use self::group::{Group, Presence, groups};
use super::entry::AuditEntry;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::tx::Tx;
use crate::tx::{Access, Conn, Scope};

impl Store {
    /// Appends entries of any tenants, all or none, each to the chain of its tenant. Skips entries
    /// that exist already, so a write whose acknowledgement was lost can be repeated.
    ///
    /// # Errors
    ///
    /// [`Error::BrokenChain`] if a chain cannot be continued.
    pub async fn append_audit(&self, entries: &[AuditEntry]) -> Result<()> {
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
        let mut tx = self.begin(Scope::Tenant(first.tenant.clone()), Access::Write).await?;
        let appended = tx.append(groups, presence).await;
        let ended = tx.commit().await;
        // The error of the append says more than that of the rollback.
        appended.and(ended)
    }
}

impl Tx {
    async fn append(&mut self, groups: Vec<Group>, presence: Presence) -> Result<()> {
        if let Some(Conn::Sqlite(conn)) = self.conn.as_mut() {
            // One switch to the blocking thread; each statement is prepared once there.
            let work = move |conn: &mut diesel::SqliteConnection| {
                groups.into_iter().try_for_each(|group| sqlite::append(conn, group, presence))
            };
            let result = conn.spawn_blocking(work).await;
            return self.track(result);
        }
        for group in groups {
            if self.scope.tenant() != group.tenant.as_str() {
                self.enter(&group.tenant).await?;
            }
            let result = match self.conn.as_mut() {
                Some(Conn::Postgres(conn)) => postgres::append(conn, group, presence).await,
                _ => Err(Diesel::NotInTransaction),
            };
            self.track(result)?;
        }
        Ok(())
    }
}
