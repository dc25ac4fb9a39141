//! `covibe-server migrate`: creates or updates the database.

use anyhow::bail;

use super::configured;
use crate::config::{Config, Database};
use crate::{compose, print};

/// Creates or updates schema, policies and grants, and names the database.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = configured()?;
    match &config.database {
        Database::Sqlite => sqlite(&config).await,
        Database::Postgres { runtime, admin: Some(admin) } => {
            covibe_store::migrate_postgres(admin, runtime).await?;
            let (owner, role) =
                (covibe_store::postgres_name(admin)?, covibe_store::postgres_name(runtime)?);
            print::line(&format!("{owner}: the schema is current."));
            print::line(&format!("{role}: the role has its grants."));
            Ok(())
        }
        Database::Postgres { admin: None, .. } => {
            bail!("COVIBE_POSTGRES_ADMIN_URL is required: the role that owns the schema")
        }
    }
}

/// Updates an existing file. A new one is the server's to create.
async fn sqlite(config: &Config) -> anyhow::Result<()> {
    config.refuse_unused_postgres()?;
    let path = config.sqlite_path();
    if !path.is_file() {
        let path = path.display();
        print::line(&format!("There is no SQLite database at {path} yet. `serve` creates it."));
        return Ok(());
    }
    drop(compose::open_store(config).await?);
    print::line(&format!("SQLite database {}: the schema is current.", path.display()));
    Ok(())
}
