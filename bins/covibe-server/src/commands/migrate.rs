//! `covibe-server migrate`: creates or updates the database.

use anyhow::bail;

use super::configured;
use crate::config::Database;
use crate::{compose, print};

/// Creates or updates schema, policies and grants.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = configured()?;
    match &config.database {
        Database::Sqlite => drop(compose::open_store(&config).await?),
        Database::Postgres { runtime, admin: Some(admin) } => {
            covibe_store::migrate_postgres(admin, runtime).await?;
        }
        Database::Postgres { admin: None, .. } => {
            bail!("COVIBE_POSTGRES_ADMIN_URL is required: the role that owns the schema")
        }
    }
    print::line("The schema is current.");
    Ok(())
}
