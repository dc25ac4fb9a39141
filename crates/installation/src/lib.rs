//! An installation as its configuration describes it, for the commands of its operator and for the checks: its database, the
//! key of the secrets in it, its tenants, its running server, and clients of its upstreams.
//!
//! Nothing here creates or changes anything on its own, except for [`secrets_key::record`].

pub mod listeners;
pub mod secrets_key;
pub mod tenants;
pub mod upstream_clients;

use covibe_config::{Config, Database};
use covibe_store::Store;

/// Opens the database that the configuration names, and creates nothing.
///
/// # Errors
///
/// There is none, it can't be reached, or its schema is not this release's.
pub async fn existing_store(config: &Config) -> anyhow::Result<Store> {
    Ok(match &config.database {
        Database::Postgres { runtime, .. } => Store::postgres(runtime).await?,
        Database::Sqlite => Store::existing_sqlite(&config.sqlite_path()).await?,
    })
}

/// Opens the database that the configuration names to look at it, and changes nothing.
///
/// # Errors
///
/// There is none, it can't be reached, or its schema is not this release's.
pub async fn unchanged_store(config: &Config) -> anyhow::Result<Store> {
    Ok(match &config.database {
        Database::Postgres { runtime, .. } => Store::read_only_postgres(runtime).await?,
        Database::Sqlite => Store::read_only_sqlite(&config.sqlite_path()).await?,
    })
}
