//! The health of the database, briefly cached.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::state::{Health, IsolationState};
use crate::store::{Pools, Store};
use crate::{isolation, migrate};

/// How long a good answer is cached, so that polling clients do not load the database.
const FRESH: Duration = Duration::from_secs(3);

impl Store {
    /// Returns the state of the database, at most 3 seconds old.
    ///
    /// # Errors
    ///
    /// If it cannot be reached, or with [`Error::Isolation`](crate::Error::Isolation) if its policies
    /// no longer hold.
    pub async fn health(&self) -> Result<Health> {
        let cached = *self.last_health.lock();
        if let Some((_, health)) = cached.filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(health);
        }
        let health = self.examine().await?;
        *self.last_health.lock() = Some((Instant::now(), health));
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
            Pools::Sqlite { readers, file, .. } => {
                file.check()?;
                let mut conn = readers.get().await?;
                let schema = migrate::sqlite_state(&mut conn).await?;
                Ok(Health { schema, isolation: IsolationState::Embedded })
            }
        }
    }
}
