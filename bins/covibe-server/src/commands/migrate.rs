//! `covibe-server migrate`: creates or updates the database.

use anyhow::bail;
use covibe_config::{Config, Database};

use super::configured;
use crate::{print, wiring};

/// Creates or updates schema, policies and grants, and names the database. With `backup_role`, creates
/// only the role that makes backups.
pub(crate) async fn run(backup_role: bool) -> anyhow::Result<()> {
    let config = configured()?;
    if backup_role {
        return make_backup_role(&config).await;
    }
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

async fn make_backup_role(config: &Config) -> anyhow::Result<()> {
    let Database::Postgres { admin: Some(by), .. } = &config.database else {
        bail!("COVIBE_DATABASE_BACKEND=postgres and COVIBE_POSTGRES_ADMIN_URL are required")
    };
    let Some(backup) = &config.postgres_backup else {
        bail!(
            "COVIBE_POSTGRES_BACKUP_URL is required: the role to create, its password and the database"
        )
    };
    covibe_store::make_backup_role(by, backup).await?;
    let role = covibe_store::postgres_name(backup)?;
    print::line(&format!("{role}: the role reads the rows of all tenants."));
    Ok(())
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
    drop(wiring::open_store(config).await?);
    print::line(&format!("SQLite database {}: the schema is current.", path.display()));
    Ok(())
}
