//! `covibe-server backup` and `restore`: a consistent copy of the database and the photos of people, with a manifest.

mod drill;
mod file_digests;
mod manifest;
mod photos;
mod postgres;
mod restore;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_config::{Config, Database};
use covibe_domain::Timestamp;
use covibe_store::Contents;

use self::manifest::Manifest;
use self::photos::Photos;
use super::configured;
use crate::print;
use crate::server_files::{absolute_path, create_private, new_private_file};

pub(crate) use drill::run as drill;
pub(crate) use restore::{end_restored_access, run as restore};

/// The copy of an SQLite file in a backup.
const SQLITE_COPY: &str = "covibe.sqlite";
/// The output of `pg_dump` in a backup.
const POSTGRES_DUMP: &str = "covibe.dump";

/// Writes a backup into a new directory. Servers may run meanwhile.
pub(crate) async fn run(directory: &Path) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    if directory.exists() && fs::read_dir(directory)?.next().is_some() {
        bail!("{} is not empty; name a new directory for each backup", absolute_path(directory));
    }
    create_private(directory)?;
    let uploads = config.uploads();
    Photos::copy_all(&uploads, directory)?;
    let (file, (contents, named)) = match &config.database {
        Database::Sqlite => (SQLITE_COPY, sqlite(&config, &directory.join(SQLITE_COPY)).await?),
        Database::Postgres { .. } => {
            (POSTGRES_DUMP, postgres::dump(&config, &directory.join(POSTGRES_DUMP)).await?)
        }
    };
    let photos = Photos::keep(&named, &uploads, directory)?;
    if let Some(warning) = photos.warning(&uploads) {
        print::error(&warning);
    }
    let manifest = Manifest::describe_file(directory, file, Timestamp::now(), contents, photos)?;
    // Last, so that a backup without a manifest is one that was interrupted.
    manifest.write(directory)?;
    print::line(&format!("{}: {}", absolute_path(directory), manifest.summary()));
    print::line(&format!(
        "The backup does not contain the secrets key, which is needed to restore it: {}.",
        manifest.contents.secrets_keys.join(", ")
    ));
    Ok(())
}

/// Copies the database. Returns what the copy contains, and the names of the photos that its people have.
async fn sqlite(config: &Config, to: &Path) -> anyhow::Result<(Contents, Vec<String>)> {
    // SQLite writes into the empty file, and would give a new one the usual permissions.
    new_private_file(to)?.sync_all()?;
    covibe_store::copy_sqlite(&config.sqlite_path(), to).await?;
    let contents = covibe_store::count_sqlite(to).await.context("the copy cannot be read")?;
    Ok((contents, covibe_store::photos_in_sqlite(to).await?))
}
