//! `covibe-server restore --drill`: shows that a backup can be restored, beside a running server.

use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database};
use covibe_store::DrillDatabase;

use super::{configured, restore};
use crate::commands::audit::verify_against;
use crate::print;
use crate::server_files::absolute_path;

/// Restores a backup into a folder, and on PostgreSQL into a database, of its own, verifies the chains of the audit there
/// against the manifest, and removes everything again.
pub(crate) async fn run(directory: &Path) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let mut builder = tempfile::Builder::new();
    builder.prefix("covibe-drill-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir()?;
    let uploads = Some(folder.path().join("uploads"));
    let place = Config { data_dir: folder.path().to_owned(), upload_dir: uploads, ..config };
    let (place, database) = with_drill_database(place).await?;
    let restored = restored_and_verified(&place, directory).await;
    if let Some(database) = database {
        database.remove().await.context("the database of the drill remains")?;
    }
    restored?;
    print::line(&format!(
        "PASS {} can be restored. The restored copy is removed.",
        absolute_path(directory)
    ));
    Ok(())
}

/// Returns the configuration with a database of its own, and what has to be removed at the end.
async fn with_drill_database(config: Config) -> anyhow::Result<(Config, Option<DrillDatabase>)> {
    let (runtime, admin) = match &config.database {
        Database::Sqlite => return Ok((config, None)),
        Database::Postgres { runtime, admin: Some(admin) } => (runtime, admin),
        Database::Postgres { admin: None, .. } => {
            bail!(
                "COVIBE_POSTGRES_ADMIN_URL is required: the role that creates the database of the drill"
            )
        }
    };
    let database = DrillDatabase::create(admin).await?;
    let (runtime, admin) = (database.url(runtime)?, Some(database.url(admin)?));
    let backup = config.postgres_backup.as_ref().map(|url| database.url(url)).transpose()?;
    let database_of = Database::Postgres { runtime, admin };
    Ok((Config { database: database_of, postgres_backup: backup, ..config }, Some(database)))
}

async fn restored_and_verified(place: &Config, directory: &Path) -> anyhow::Result<()> {
    let summary = restore::into_place(place, directory).await?;
    print::line(&format!("Restored: {summary}"));
    verify_against(place, &directory.join("manifest.json")).await
}
