//! The amounts that tenants spend on domains, for the limits on them.

use std::time::Duration;

use covibe_domain::entities::RegistrationState;
use covibe_domain::{Currency, boxed};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::DomainRecord;
use crate::error::Result;
use crate::schema::domains as table;
use crate::tx::{Conn, RunQueryDsl, Tx};

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    cents: i64,
}

impl Tx {
    /// Returns the prices of what all workspaces of the tenant together have ordered within this time, in the
    /// currency's minor unit, without what came to nothing and without the attempt `other_than`. Until this transaction
    /// ends, no other one that asks begins a registration of the tenant: so that concurrent calls do not each find the
    /// same amount left.
    #[boxed]
    pub async fn spent_on_domains(
        &mut self,
        currency: Currency,
        within: Duration,
        other_than: &str,
    ) -> Result<i64> {
        self.lock_tenant().await?;
        let now = self.lease_clock().await?;
        // A further order of a lost domain that failed leaves it expired.
        let is_ordered = table::state
            .ne(RegistrationState::Expired.as_str())
            .or(table::registered_at.is_not_null());
        let sum = diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)");
        Ok(on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::state.ne(RegistrationState::Failed.as_str()))
            .filter(is_ordered)
            .filter(table::currency.eq(currency.as_str()))
            .filter(table::attempted_at.gt(now.before(within)))
            .filter(table::attempt.ne(other_than))
            .select(sum)
            .get_result(conn).await)?)
    }

    /// Returns the prices of what all tenants together have ordered, as [`Tx::spent_on_domains`] does for one tenant.
    /// Until this transaction ends, no other one that asks begins a registration. A transaction that asks both asks for
    /// the tenant first.
    #[boxed]
    pub async fn spent_on_domains_by_all(
        &mut self,
        currency: Currency,
        within: Duration,
        other_than: &str,
    ) -> Result<i64> {
        self.lock_spending_of_all().await?;
        let since = self.lease_clock().await?.before(within);
        let query = match self.conn {
            // The server's role sees one tenant at a time; the function returns the sum, and nothing else.
            Some(Conn::Postgres(_)) => "SELECT spent_on_domains_by_all($1, $2, $3) AS cents",
            _ => {
                // The comment is for the development check that each statement names the tenant.
                "/* of all tenants */ SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS cents \
                 FROM domains WHERE state <> 'failed' AND (state <> 'expired' OR registered_at IS NOT NULL) \
                 AND currency = ? AND attempted_at > ? AND attempt <> ?"
            }
        };
        let query = diesel::sql_query(query)
            .bind::<Text, _>(currency.as_str())
            .bind::<BigInt, _>(since)
            .bind::<Text, _>(other_than);
        let sum: SumRow = on!(self, conn => query.get_result(conn).await)?;
        Ok(sum.cents)
    }

    async fn lock_spending_of_all(&mut self) -> Result<()> {
        // On SQLite there is one transaction that changes anything.
        let Some(Conn::Postgres(session)) = self.conn.as_mut() else { return Ok(()) };
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext($1))")
            .bind::<Text, _>("spending on domains");
        let locked = on_postgres!(session, conn => lock.execute(conn).await);
        self.track(locked).map(drop)
    }

    /// Counts a held order as one of now, because the registrar is about to be asked to process it.
    #[boxed]
    pub async fn count_held_order_as_new(&mut self, held: &DomainRecord) -> Result<()> {
        let now = self.lease_clock().await?;
        on!(self, conn => diesel::update(one!(self, held.workspace, held.name.as_str()))
            .filter(table::attempt.eq(&held.attempt))
            .filter(table::state.eq(RegistrationState::Held.as_str()))
            .set(table::attempted_at.eq(now.millis()))
            .execute(conn).await)?;
        Ok(())
    }
}
