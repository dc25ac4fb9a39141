//! The status of a tenant: it may be suspended, and its operator may have begun to delete it.

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::{moment, parse};
use crate::schema::tenants as table;
use crate::tx::{RunQueryDsl, Tx};

/// A tenant with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its status.
    pub status: TenantStatus,
}

/// The status of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantStatus {
    /// Its keys and people may do what they may.
    Active,
    /// Its keys and sessions are refused, and nothing of it is started, since this time.
    Suspended(Timestamp),
    /// Its operator began to delete it at this time; it stays suspended.
    Deleting(Timestamp),
    /// Its operator deleted it, which ended at this time.
    Deleted(Timestamp),
}

impl TenantStatus {
    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended(_) => "suspended",
            Self::Deleting(_) => "deleting",
            Self::Deleted(_) => "deleted",
        }
    }

    /// Returns since when it has been so, unless it is active.
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::Active => None,
            Self::Suspended(at) | Self::Deleting(at) | Self::Deleted(at) => Some(at),
        }
    }
}

type Row = (String, String, i64, Option<i64>, Option<i64>, Option<i64>);

fn record((id, name, created_at, suspended, began, deleted): Row) -> Result<TenantRecord> {
    let status = match (moment(deleted), moment(began), moment(suspended)) {
        (Some(at), ..) => TenantStatus::Deleted(at),
        (None, Some(at), _) => TenantStatus::Deleting(at),
        (None, None, Some(at)) => TenantStatus::Suspended(at),
        (None, None, None) => TenantStatus::Active,
    };
    let id = parse(id, "tenants.id")?;
    Ok(TenantRecord { id, name, created_at: Timestamp::from_millis(created_at), status })
}

impl Tx {
    /// Returns the transaction's tenant with its status; `None` if only its audit is left.
    #[boxed]
    pub async fn tenant_record(&mut self) -> Result<Option<TenantRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::id.eq(self.scope.tenant()))
            .select((
                table::id,
                table::name,
                table::created_at,
                table::suspended_at,
                table::deletion_began_at,
                table::deleted_at,
            ))
            .first(conn).await.optional())?;
        row.map(record).transpose()
    }

    /// Returns whether the transaction's tenant is suspended.
    #[boxed]
    pub async fn is_suspended(&mut self) -> Result<bool> {
        let suspended: Option<Option<i64>> = on!(self, conn => table::table
            .filter(table::id.eq(self.scope.tenant()))
            .select(table::suspended_at)
            .first(conn).await.optional())?;
        Ok(suspended.flatten().is_some())
    }

    /// Suspends the transaction's tenant. Returns false if it is suspended, or does not exist.
    #[boxed]
    pub async fn suspend_tenant(&mut self, at: Timestamp) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.tenant()))
            .filter(table::suspended_at.is_null())
            .set(table::suspended_at.eq(at.as_millis()))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Ends the suspension of the transaction's tenant. Returns false if it is not suspended, or its deletion has begun.
    #[boxed]
    pub async fn resume_tenant(&mut self) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.tenant()))
            .filter(table::suspended_at.is_not_null())
            .filter(table::deletion_began_at.is_null())
            .set(table::suspended_at.eq(None::<i64>))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Records that the operator begins to delete the transaction's tenant, which suspends it; a repetition keeps the
    /// first times, and one after the end begins anew.
    #[boxed]
    pub async fn begin_tenant_deletion(&mut self, at: Timestamp) -> Result<()> {
        self.suspend_tenant(at).await?;
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.tenant()))
            .filter(table::deletion_began_at.is_null())
            .set(table::deletion_began_at.eq(at.as_millis()))
            .execute(conn).await)?;
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.tenant()))
            .set(table::deleted_at.eq(None::<i64>))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records that the deletion of the transaction's tenant is done, as far as one began.
    #[boxed]
    pub async fn end_tenant_deletion(&mut self, at: Timestamp) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.tenant()))
            .filter(table::deletion_began_at.is_not_null())
            .set(table::deleted_at.eq(at.as_millis()))
            .execute(conn).await)?;
        Ok(())
    }
}
