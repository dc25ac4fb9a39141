//! The tables that PostgreSQL keeps the audit in, one for each month. SQLite has one for all.
//!
//! No unique index spans the months: only `append_audit()` inserts, which runs as the owner, holds the head of the
//! chain, and numbers the entries.

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::define_sql_function;
use diesel::sql_types::BigInt;

use crate::error::{Error, Result};
use crate::store::{Backend, Store};
use crate::tx::{Access, RunQueryDsl, Scope};

/// The maximum number of entries that one transaction removes.
const PAGE: i64 = 10_000;

/// The text of PostgreSQL's error for a lock that it did not get in time (15); diesel has no kind for it.
const LOCKED: &str = "canceling statement due to lock timeout";

define_sql_function! {
    /// Makes the tables of this month and the next two. Returns how many it made.
    fn make_audit_partitions() -> BigInt;
}

define_sql_function! {
    /// Drops the tables of months whose entries were cut for every tenant. Returns the number of dropped tables.
    fn drop_cut_audit() -> BigInt;
}

define_sql_function! {
    /// Removes entries of the tenant that were cut, come after a number and are of months that ended before a time.
    /// Returns the number of the last one.
    fn remove_cut_audit(after_seq: BigInt, most: BigInt, before: BigInt) -> Nullable<BigInt>;
}

impl Store {
    /// Makes the tables of this month's and the next two months' audit entries, if PostgreSQL lacks them. Returns
    /// how many it made. Any number of instances may do this at the same time.
    ///
    /// An append does not depend on it: entries of a month without a table are kept too, and are moved into it
    /// once it is made.
    ///
    /// # Errors
    ///
    /// If another session, such as that of a backup, reads the entries without a table for longer than a second.
    #[boxed]
    pub async fn make_audit_partitions(&self) -> Result<i64> {
        if self.backend() == Backend::Sqlite {
            return Ok(0);
        }
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let made = on!(tx, conn => diesel::select(make_audit_partitions()).get_result(conn).await)?;
        tx.commit().await?;
        Ok(made)
    }

    /// Removes the rows of entries that were cut: drops the months that no tenant needs now, and deletes what
    /// these tenants have in others that ended before `before`. What was cut of the month of `before` leaves with
    /// it. Returns how many months were dropped: none while a backup reads them, for which the tenants' own entries
    /// do not wait.
    ///
    /// Does nothing on SQLite, where nothing is left of them.
    #[boxed]
    pub async fn clear_cut_audit(&self, tenants: &[TenantId], before: Timestamp) -> Result<i64> {
        if self.backend() == Backend::Sqlite {
            return Ok(0);
        }
        let dropped = match self.drop_cut_audit().await {
            Err(Error::Database(error)) if error.to_string() == LOCKED => 0,
            other => other?,
        };
        for tenant in tenants {
            self.remove_cut_audit(tenant, before).await?;
        }
        Ok(dropped)
    }

    async fn remove_cut_audit(&self, tenant: &TenantId, before: Timestamp) -> Result<()> {
        let mut removed = Some(0);
        while let Some(after) = removed {
            let mut tx = self.tenant(tenant).await?;
            let page = remove_cut_audit(after, PAGE, before.as_millis());
            removed = on!(tx, conn => diesel::select(page).get_result(conn).await)?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Drops the months whose entries were cut for every tenant, if they ended 30 days ago.
    async fn drop_cut_audit(&self) -> Result<i64> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let dropped = on!(tx, conn => diesel::select(drop_cut_audit()).get_result(conn).await)?;
        tx.commit().await?;
        Ok(dropped)
    }
}
