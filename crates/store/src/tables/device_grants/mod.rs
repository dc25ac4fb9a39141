//! Devices that are being set up, found by the codes that are presented.
//!
//! A grant belongs to no tenant until somebody has decided. Its state goes from pending to approved or denied, and from
//! approved to consumed or denied; each step is one conditional update, so that two at once take it once.

mod record;
mod row;

use std::time::Duration;

use covibe_domain::{KeyDigest, SessionId, TenantId, UserId, boxed};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

pub use self::record::{Decider, DeviceGrant, DeviceState, NewDeviceGrant, PolledGrant};
use self::row::Row;
use super::leases::Now;
use crate::connect::shares::ShareOf;
use crate::error::{Error, Result};
use crate::schema::device_grants as table;
use crate::store::Store;
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};

/// The time for which a grant is kept after its end once somebody has decided, so that a repeated poll learns its outcome.
const KEPT: Duration = Duration::from_hours(24);

/// The maximum number of devices with valid codes on which nobody has decided, in all. Anybody can start to set one up, and
/// somebody who has many networks is limited by nothing else.
pub const MAX_UNDECIDED_DEVICES: i64 = 5_000;

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Store {
    /// Inserts a device. If [`MAX_UNDECIDED_DEVICES`] wait for a decision, the oldest one of the network with the most of
    /// them gives way, so that nobody who has many networks keeps others out. Instances that insert at the same moment may
    /// exceed this number by a few, until the next insertion. A power failure may undo the insertion: the device then asks
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if another one has one of the codes; [`Error::StrangersShareTaken`] if too many ask.
    #[boxed]
    pub async fn insert_device_grant(&self, new: &NewDeviceGrant) -> Result<()> {
        let scope = Scope::Credential(new.device);
        let mut tx = self.begin_in_share(ShareOf::Strangers, scope, Access::WriteUnsynced).await?;
        let now = tx.lease_clock().await?;
        let waiting = tx.count_undecided(now).await?;
        if waiting >= MAX_UNDECIDED_DEVICES {
            tx.evict_undecided(now, waiting - MAX_UNDECIDED_DEVICES + 1).await?;
        }
        let row = row::pending_row(new, now);
        on!(tx, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        tx.commit().await
    }

    /// Returns the device with this code of its own, even if its codes have expired. Its user code does not find it:
    /// that one is short, and only people who are signed in may try some.
    #[boxed]
    pub async fn device_grant(&self, device: &KeyDigest) -> Result<Option<DeviceGrant>> {
        let mut tx = self.begin_read(Scope::Credential(*device)).await?;
        let now = tx.lease_clock().await?;
        let grant = tx.presented_grant(now).await?;
        tx.commit().await?;
        Ok(grant)
    }

    /// Returns the device with this user code, even if its codes have expired.
    #[boxed]
    pub async fn device_grant_by_user_code(&self, code: &KeyDigest) -> Result<Option<DeviceGrant>> {
        let mut tx = self.begin_read(Scope::Credential(*code)).await?;
        let now = tx.lease_clock().await?;
        let row: Option<Row> = on!(tx, conn => table::table
            .filter(table::user_digest.eq(code.to_string()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        tx.commit().await?;
        row.map(|row| row.into_grant(now)).transpose()
    }

    /// Notes a poll of a device. A poll that comes too early only reads, as does one with an unknown code, or of a
    /// device on which nobody can decide now: whoever polls all the time doesn't keep others from changing something.
    ///
    /// # Errors
    ///
    /// [`Error::StrangersShareTaken`] if too many poll.
    #[boxed]
    pub async fn poll_device_grant(&self, device: &KeyDigest) -> Result<Option<PolledGrant>> {
        let mut tx = self.begin_read(Scope::Credential(*device)).await?;
        let now = tx.lease_clock().await?;
        let polled = tx.presented_poll(now).await?;
        tx.commit().await?;
        match polled {
            Some(polled) if polled.is_in_time() => self.note_poll(device).await,
            polled => Ok(polled),
        }
    }

    async fn note_poll(&self, device: &KeyDigest) -> Result<Option<PolledGrant>> {
        let scope = Scope::Credential(*device);
        let mut tx = self.begin_in_share(ShareOf::Strangers, scope, Access::WriteUnsynced).await?;
        tx.lock_pending(device).await?;
        let now = tx.lease_clock().await?;
        // Another poll, or a decision, may have come first.
        let polled = tx.presented_poll(now).await?;
        if polled.as_ref().is_some_and(PolledGrant::is_in_time) {
            on!(tx, conn => diesel::update(table::table)
                .filter(table::device_digest.eq(device.to_string()))
                .filter(table::state.eq(row::PENDING))
                .set(table::polled_at.eq(now.millis()))
                .execute(conn).await)?;
        }
        tx.commit().await?;
        Ok(polled)
    }

    /// Decides on the device with this user code, in a session of the person who decides. Returns false if somebody has
    /// decided, or the code or the session has expired.
    #[boxed]
    pub async fn decide_device_grant(
        &self,
        user_code: &KeyDigest,
        (by, session): (&Decider, Option<&SessionId>),
        is_approved: bool,
    ) -> Result<bool> {
        let scope = Scope::Credential(*user_code);
        let mut tx = self.begin_in_share(ShareOf::Tenant(&by.tenant), scope, Access::Write).await?;
        tx.enter(&by.tenant).await?;
        if let Some(session) = session
            && !tx.hold_session(&by.user, session).await?
        {
            return Ok(false);
        }
        let now = tx.lease_clock().await?;
        let state = if is_approved { row::APPROVED } else { row::DENIED };
        let decided = on!(tx, conn => diesel::update(table::table)
            .filter(table::user_digest.eq(user_code.to_string()))
            .filter(table::state.eq(row::PENDING))
            .filter(table::expires_at.gt(now.millis()))
            .set((
                table::state.eq(state),
                table::tenant_id.eq(by.tenant.as_str()),
                table::workspace_id.eq(by.workspace.as_str()),
                table::user_id.eq(by.user.as_str()),
            ))
            .execute(conn).await)?;
        tx.commit().await?;
        Ok(decided == 1)
    }

    /// Starts a transaction in the scope of the tenant that approved a device, and in its share, which nobody else consumes
    /// or denies until it ends; the tenant is locked, see [`Tx::lock_tenant`]. Returns `None` if this tenant has not
    /// approved the device, or no longer has, or its codes have expired.
    #[boxed]
    pub async fn approved_device_grant(
        &self,
        tenant: &TenantId,
        device: &KeyDigest,
    ) -> Result<Option<(Tx, DeviceGrant)>> {
        let scope = Scope::Credential(*device);
        let mut tx = self.begin_in_share(ShareOf::Tenant(tenant), scope, Access::Write).await?;
        let now = tx.lease_clock().await?;
        let Some(DeviceGrant { state: DeviceState::Approved(by), .. }) =
            tx.presented_grant(now).await?
        else {
            return Ok(None);
        };
        if by.tenant != *tenant {
            return Ok(None);
        }
        tx.enter(tenant).await?;
        tx.lock_tenant().await?;
        let row: Option<Row> = on!(tx, conn => diesel::update(table::table)
            .filter(table::device_digest.eq(device.to_string()))
            .filter(table::tenant_id.eq(tenant.as_str()))
            .filter(table::state.eq(row::APPROVED))
            .filter(table::expires_at.gt(now.millis()))
            .set(table::state.eq(row::APPROVED))
            .returning(Row::as_returning())
            .get_result(conn).await.optional())?;
        let Some(row) = row else { return Ok(None) };
        let grant = row.into_grant(now)?;
        Ok(Some((tx, grant)))
    }

    /// Removes devices whose codes have expired: undecided ones at once, and decided ones a day later.
    #[boxed]
    pub async fn remove_old_device_grants(&self) -> Result<usize> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let now = tx.lease_clock().await?;
        let removed = match tx.conn {
            // A policy says which rows are old: the role that removes them does not see them.
            Some(Conn::Postgres(_)) => {
                on!(tx, conn => diesel::delete(table::table).execute(conn).await)?
            }
            _ => on!(tx, conn => diesel::delete(table::table)
                .filter(table::expires_at.lt(now.before(KEPT)).or(
                    table::tenant_id.is_null().and(table::expires_at.lt(now.millis())),
                ))
                .execute(conn).await)?,
        };
        tx.commit().await?;
        Ok(removed)
    }
}

impl Tx {
    /// Ends an approved device of the transaction's tenant: it got its keys, or its approver may no longer approve it.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if it is not approved.
    #[boxed]
    pub async fn end_device_grant(&mut self, device: &KeyDigest, has_keys: bool) -> Result<()> {
        let state = if has_keys { row::CONSUMED } else { row::DENIED };
        let ended = on!(self, conn => diesel::update(table::table)
            .filter(table::device_digest.eq(device.to_string()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::state.eq(row::APPROVED))
            .set(table::state.eq(state))
            .execute(conn).await)?;
        if ended == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Denies the devices of the transaction's tenant that a person has approved and that have no keys yet.
    #[boxed]
    pub async fn deny_devices_approved_by(&mut self, user: &UserId) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::user_id.eq(user.as_str()))
            .filter(table::state.eq(row::APPROVED))
            .set(table::state.eq(row::DENIED))
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns the number of devices with valid codes on which nobody has decided.
    async fn count_undecided(&mut self, now: Now) -> Result<i64> {
        let query = match self.conn {
            // The server's role sees the row of one code; the function returns a number, and nothing else.
            Some(Conn::Postgres(_)) => "SELECT undecided_devices($1) AS number",
            _ => {
                "SELECT count(*) AS number FROM device_grants \
                 WHERE tenant_id IS NULL AND expires_at > ?"
            }
        };
        let query = diesel::sql_query(query).bind::<BigInt, _>(now.millis());
        let counted: CountRow = on!(self, conn => query.get_result(conn).await)?;
        Ok(counted.number)
    }

    /// Removes so many devices with valid codes on which nobody has decided: the oldest ones of the network with the most
    /// of them.
    async fn evict_undecided(&mut self, now: Now, surplus: i64) -> Result<()> {
        let query = match self.conn {
            // The server's role may remove the row of no valid code.
            Some(Conn::Postgres(_)) => "SELECT evict_undecided_devices($1, $2)",
            _ => {
                "DELETE FROM device_grants WHERE tenant_id IS NULL AND device_digest IN ( \
                    SELECT device_digest FROM device_grants \
                    WHERE tenant_id IS NULL AND expires_at > ?1 AND network = ( \
                        SELECT network FROM device_grants WHERE tenant_id IS NULL AND expires_at > ?1 \
                        GROUP BY network ORDER BY count(*) DESC, min(expires_at) LIMIT 1 \
                    ) ORDER BY expires_at LIMIT ?2 \
                 )"
            }
        };
        let query =
            diesel::sql_query(query).bind::<BigInt, _>(now.millis()).bind::<BigInt, _>(surplus);
        on!(self, conn => query.execute(conn).await)?;
        Ok(())
    }

    /// Returns the device whose own code the transaction presents.
    async fn presented_grant(&mut self, now: Now) -> Result<Option<DeviceGrant>> {
        let row = self.presented_row().await?;
        row.map(|row| row.into_grant(now)).transpose()
    }

    /// Returns the same device as it polls now.
    async fn presented_poll(&mut self, now: Now) -> Result<Option<PolledGrant>> {
        let row = self.presented_row().await?;
        row.map(|row| row.into_polled(now)).transpose()
    }

    async fn presented_row(&mut self) -> Result<Option<Row>> {
        let code = self.scope.credential();
        on!(self, conn => table::table
            .filter(table::device_digest.eq(&code))
            .select(Row::as_select())
            .first(conn).await.optional())
    }

    /// Keeps others from changing the device with this code until the transaction ends, if nobody has decided.
    async fn lock_pending(&mut self, device: &KeyDigest) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::device_digest.eq(device.to_string()))
            .filter(table::state.eq(row::PENDING))
            .set(table::state.eq(row::PENDING))
            .execute(conn).await)?;
        Ok(())
    }
}
