//! What the health page tells of the database.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Pools, Result, Store, isolation, migrate};

/// Whether the tables are those that this program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// Every migration of this program has run.
    Current,
    /// At least one has not.
    Stale,
}

/// What keeps tenants apart below the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationState {
    /// Row-level security that this role can't get around.
    Enforced,
    /// Nothing more: the database is embedded in the one program.
    Embedded,
}

/// How the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the tables are current.
    pub schema: SchemaState,
    /// What keeps tenants apart.
    pub isolation: IsolationState,
}

/// The last good answer and when it was found.
pub(crate) type Cache = Mutex<Option<(Instant, Health)>>;

/// For how long a good answer stands, so that an open page can't load the database.
const FRESH: Duration = Duration::from_secs(3);

impl Store {
    /// How the database is, at most 3 seconds old. Fails when it can't be reached, and with
    /// [`Error::Isolation`](crate::Error::Isolation) when its policies no longer hold.
    pub async fn health(&self) -> Result<Health> {
        let cached = *self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, health)) = cached.filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(health);
        }
        let health = self.examine().await?;
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), health));
        Ok(health)
    }

    async fn examine(&self) -> Result<Health> {
        match &self.pools {
            Pools::Postgres(pool) => {
                let mut conn = pool.get().await?;
                isolation::check(&mut conn).await?;
                let schema = migrate::postgres_state(&mut conn).await?;
                Ok(Health { schema, isolation: IsolationState::Enforced })
            }
            Pools::Sqlite { readers, .. } => {
                let mut conn = readers.get().await?;
                let schema = migrate::sqlite_state(&mut conn).await?;
                Ok(Health { schema, isolation: IsolationState::Embedded })
            }
        }
    }
}
