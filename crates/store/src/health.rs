//! The health of the database, briefly cached.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Timestamp, boxed};
use diesel::prelude::*;

use crate::database_state::{Health, IsolationState, SchemaState};
use crate::error::{Error, Result};
use crate::schema::health_probes as probes;
use crate::store::{Pools, Store};
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};
use crate::{migrate, row_security_check};

/// The time for which a good result is cached, so that polling clients do not load the database; then that
/// for a bad one.
const FRESH: Duration = Duration::from_secs(3);
const FRESH_IF_BAD: Duration = Duration::from_secs(1);

/// The timeout of an examination.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The row that a probe writes.
const PROBE: &str = "server";

impl Store {
    /// Returns the state of the database, at most 3 seconds old; 1 second, if it is bad. However many ask at
    /// once, it is examined once: its schema, policies and rights, its file, and whether it can be written.
    ///
    /// # Errors
    ///
    /// If it cannot be reached or written, or with [`Error::Isolation`] if its policies no longer hold.
    #[boxed]
    pub async fn health(&self) -> Result<Health, Arc<Error>> {
        let mut last = Arc::clone(&self.last_health).lock_owned().await;
        if let Some((at, health)) = &*last {
            let fresh = if health.is_ok() { FRESH } else { FRESH_IF_BAD };
            if at.elapsed() < fresh {
                return health.clone();
            }
        }
        let store = self.clone();
        // In a task of its own, so that a caller that leaves does not make the next one begin anew.
        let examined = tokio::spawn(async move {
            let examined = tokio::time::timeout(TIMEOUT, store.examine()).await;
            let late = || Error::Unavailable("it was not examined in time".to_owned());
            let health = examined.unwrap_or_else(|_| Err(late())).map_err(Arc::new);
            if let Err(error) = &health {
                tracing::warn!(%error, "the database cannot be used");
            }
            *last = Some((Instant::now(), health.clone()));
            health
        });
        examined.await.unwrap_or_else(|error| Err(Arc::new(Error::Unavailable(error.to_string()))))
    }

    /// Writes a row and rolls that back.
    ///
    /// # Errors
    ///
    /// If the database cannot be written: it is read-only, its disk is full, or rights are missing.
    #[boxed]
    pub async fn try_write(&self) -> Result<()> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        tx.probe().await
    }

    async fn examine(&self) -> Result<Health> {
        let is_low = match &self.pools {
            Pools::Sqlite { file, .. } => file.is_low(),
            Pools::Postgres(_) => false,
        };
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let (schema, isolation) = tx.examine().await?;
        if schema == SchemaState::Current {
            tx.probe().await?;
        }
        tx.commit().await?;
        Ok(Health { schema, isolation, is_low })
    }
}

impl Tx {
    async fn examine(&mut self) -> Result<(SchemaState, IsolationState)> {
        match self.conn.as_mut() {
            Some(Conn::Postgres(session)) => {
                let conn = session.connection().await?;
                row_security_check::check(conn).await?;
                let schema = migrate::postgres_state(conn).await?;
                migrate::check_grants(conn).await?;
                Ok((schema, IsolationState::Enforced))
            }
            Some(Conn::Sqlite(conn)) => {
                Ok((migrate::sqlite_state(conn).await?, IsolationState::Embedded))
            }
            None => Err(Error::Database(diesel::result::Error::NotInTransaction)),
        }
    }

    /// Writes a row: a full disk, a read-only database and missing rights are noticed before a call is.
    async fn probe(&mut self) -> Result<()> {
        let now = Timestamp::now().as_millis();
        let row = (probes::name.eq(PROBE), probes::written_at.eq(now));
        on!(self, conn => diesel::insert_into(probes::table)
            .values(row)
            .on_conflict(probes::name)
            .do_update()
            .set(probes::written_at.eq(now))
            .execute(conn).await)?;
        Ok(())
    }
}
