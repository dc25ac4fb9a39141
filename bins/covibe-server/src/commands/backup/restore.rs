//! `covibe-server restore`: a backup becomes the database again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database};
use covibe_installation::secrets_key;
use covibe_store::Store;

use super::manifest::Manifest;
use super::{POSTGRES_DUMP, SQLITE_COPY, configured, postgres};
use crate::print;
use crate::server_files::{DirectoryLock, absolute_path, new_private_file};

/// The line about the access that ends after a restore.
const ENDED: &str = "Ended: the sessions, links, device set-ups and open invitations of the backup. Its \
                     waiting deployments are cancelled.";

/// Restores a backup into an empty database and an empty folder of photos, compares what the database then contains with
/// the manifest, and ends the access that it revives.
pub(crate) async fn run(directory: &Path) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let manifest = restore_into(&config, directory).await?;
    print::line(&format!("Restored: {}", manifest.summary()));
    print::line(ENDED);
    for line in next_steps(&config, &manifest)? {
        print::line(&line);
    }
    Ok(())
}

/// Restores a backup into an empty place like [`run`]. Returns in a line what it contains.
pub(super) async fn into_place(config: &Config, directory: &Path) -> anyhow::Result<String> {
    Ok(restore_into(config, directory).await?.summary())
}

async fn restore_into(config: &Config, directory: &Path) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(directory)?;
    manifest.photos.refuse_others(&config.uploads())?;
    match (&config.database, manifest.file.as_str()) {
        (Database::Sqlite, SQLITE_COPY) => sqlite(config, &manifest, directory).await?,
        (Database::Postgres { .. }, POSTGRES_DUMP) => {
            into_postgres(config, &manifest, directory).await?;
        }
        _ => bail!(
            "the backup was not made from the kind of database that COVIBE_DATABASE_BACKEND names; \
             `covibe-server move-to-postgres` copies a restored SQLite database to PostgreSQL"
        ),
    }
    Ok(manifest)
}

/// Ends the access that a restored database revives, and cancels the deployments that wait in it.
///
/// # Errors
///
/// On PostgreSQL, `COVIBE_POSTGRES_ADMIN_URL` is not set or not that of the owner of the tables.
pub(crate) async fn end_restored_access(config: &Config) -> anyhow::Result<()> {
    match &config.database {
        Database::Sqlite => covibe_store::end_access_in_sqlite(&config.sqlite_path()).await?,
        Database::Postgres { admin: Some(admin), .. } => {
            covibe_store::end_access_in_postgres(admin).await?;
        }
        Database::Postgres { admin: None, .. } => bail!(
            "COVIBE_POSTGRES_ADMIN_URL is required: only the role that owns the tables may end the \
             sessions of all people"
        ),
    }
    print::line(ENDED);
    Ok(())
}

async fn sqlite(config: &Config, manifest: &Manifest, from: &Path) -> anyhow::Result<()> {
    let _lock = DirectoryLock::acquire(&config.data_dir)?;
    let path = config.sqlite_path();
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", path.display()));
        if file.exists() {
            bail!("{} exists: restore into an empty data directory", absolute_path(&file));
        }
    }
    let part = PathBuf::from(format!("{}-restored", path.display()));
    // What an interrupted restore left is not a database. Its journals would change the new copy.
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _missing = fs::remove_file(format!("{}{suffix}", part.display()));
    }
    let mut copy = new_private_file(&part)?;
    std::io::copy(&mut fs::File::open(from.join(SQLITE_COPY))?, &mut copy)?;
    copy.sync_all()?;
    let restored = covibe_store::count_sqlite(&part).await;
    let compared = restored.map_err(Into::into).and_then(|found| manifest.compare(&found));
    if let Err(error) = compared {
        fs::remove_file(&part)?;
        return Err(error);
    }
    // While no server can use the file.
    covibe_store::end_access_in_sqlite(&part).await?;
    // Before the database: a restore that is interrupted here can be run again.
    manifest.photos.restore(from, &config.uploads())?;
    fs::rename(&part, &path)?;
    fs::File::open(&config.data_dir)?.sync_all()?;
    // Runs the migrations that the backup lacks.
    drop(Store::sqlite(&path).await?);
    Ok(())
}

async fn into_postgres(config: &Config, manifest: &Manifest, from: &Path) -> anyhow::Result<()> {
    let Database::Postgres { runtime, admin: Some(admin) } = &config.database else {
        bail!("COVIBE_POSTGRES_ADMIN_URL is required: the role that will own the tables")
    };
    let backup = postgres::backup_url(config)?;
    if !covibe_store::postgres_is_empty(admin).await? {
        bail!("the database has tables: restore into an empty one");
    }
    // Before the database: a restore that is interrupted here can be run again.
    manifest.photos.restore(from, &config.uploads())?;
    postgres::restore(admin, &from.join(POSTGRES_DUMP)).await?;
    manifest.compare(&covibe_store::count_postgres(backup).await?)?;
    covibe_store::migrate_postgres(admin, runtime).await.context("the restored tables")?;
    covibe_store::end_access_in_postgres(admin).await.context(
        "the sessions and links of the backup are valid: before the server starts, run \
         `covibe-server reconcile --apply --restored`",
    )
}

/// Returns what is left to do.
fn next_steps(config: &Config, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let needed = &manifest.contents.secrets_keys;
    let mut steps = Vec::new();
    let configured = secrets_key::existing(config)?;
    let has = |id: &String| configured.as_ref().is_some_and(|it| it.key_ids().any(|key| key == id));
    if !needed.iter().all(has) {
        steps.push(format!(
            "Before the server starts, set the VIBN_SECRETS_KEY with the id {}, or put its file at {}.",
            needed.join(", "),
            config.secrets_path().display()
        ));
    }
    steps.push(
        "Then run `covibe-server reconcile`: the upstreams have what was created after the backup."
            .to_owned(),
    );
    Ok(steps)
}
