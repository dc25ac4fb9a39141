//! Dumping and restoring a PostgreSQL database with its own programs.

use std::path::Path;

use anyhow::{Context as _, bail};
use covibe_config::Config;
use covibe_domain::Secret;
use covibe_store::{Contents, PostgresSnapshot, postgres_environment};
use tokio::process::Command;

use crate::server_files::new_private_file;

/// Where Debian, Red Hat and Alpine keep the certificates that the system trusts.
const CERTIFICATES: [&str; 2] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// Returns the URL of the backup role.
pub(super) fn backup_url(config: &Config) -> anyhow::Result<&Secret> {
    config.postgres_backup.as_ref().context(
        "COVIBE_POSTGRES_BACKUP_URL is required: the role that reads the rows of all tenants, which \
         `covibe-server migrate --backup-role` creates",
    )
}

/// Dumps the database into a file. Returns what it contained at that moment, and the
/// names of the photos that its people had.
pub(super) async fn dump(config: &Config, to: &Path) -> anyhow::Result<(Contents, Vec<String>)> {
    let url = backup_url(config)?;
    let mut snapshot = PostgresSnapshot::begin(url).await?;
    drop(new_private_file(to)?);
    let mut command = program("pg_dump", url)?;
    command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password"]);
    command.arg(format!("--snapshot={}", snapshot.name)).arg("--file").arg(to);
    run(command, "pg_dump").await?;
    // The transaction is still open: the rows are those of the dump.
    Ok((snapshot.contents().await?, snapshot.photos().await?))
}

/// Restores a dump into an empty database, in one transaction, as the owner of the tables.
pub(super) async fn restore(admin: &Secret, from: &Path) -> anyhow::Result<()> {
    let mut command = program("pg_restore", admin)?;
    let database = postgres_environment(admin)?.into_iter().find(|(name, _)| *name == "PGDATABASE");
    let (_, database) = database.context("the URL names no database")?;
    command.args(["--no-owner", "--no-privileges", "--no-password", "--exit-on-error"]);
    command.arg("--single-transaction").arg("--dbname").arg(database.expose()).arg(from);
    run(command, "pg_restore").await
}

fn program(name: &str, url: &Secret) -> anyhow::Result<Command> {
    let mut command = Command::new(name);
    if std::env::var_os("PGSSLROOTCERT").is_none() {
        let file = CERTIFICATES.iter().find(|path| Path::new(path).is_file());
        command.envs(file.map(|path| ("PGSSLROOTCERT", path)));
    }
    for (variable, value) in postgres_environment(url)? {
        command.env(variable, value.expose());
    }
    Ok(command)
}

async fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command.kill_on_drop(true).output().await;
    let output = output.with_context(|| {
        format!("{name} could not be started: install the client programs of the server's version")
    })?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
