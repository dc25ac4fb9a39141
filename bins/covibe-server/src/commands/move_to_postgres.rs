//! `covibe-server move-to-postgres`: copies the embedded database to PostgreSQL.

use anyhow::{Context as _, bail};
use covibe_config::Database;
use covibe_installation::secrets_key;
use covibe_store::Store;

use super::configured;
use crate::print;
use crate::server_files::{DirectoryLock, absolute_path};

/// Copies the SQLite database in the data directory to the configured PostgreSQL, and verifies it there.
pub(crate) async fn run() -> anyhow::Result<()> {
    let config = configured()?;
    let Database::Postgres { runtime, admin: Some(admin) } = &config.database else {
        bail!(
            "COVIBE_DATABASE_BACKEND=postgres, DATABASE_URL and COVIBE_POSTGRES_ADMIN_URL are \
             required: the database to copy to. COVIBE_DATA_DIR contains the database to copy"
        )
    };
    let path = config.sqlite_path();
    if !path.is_file() {
        bail!("there is no SQLite database at {}", absolute_path(&path));
    }
    let _lock = DirectoryLock::acquire(&config.data_dir)?;
    let old = Store::sqlite(&path).await?;
    let keys = secrets_key::existing(&config)?.context("VIBN_SECRETS_KEY is required")?;
    secrets_key::try_canaries(&old, &keys).await?;
    covibe_store::migrate_postgres(admin, runtime).await?;
    if !covibe_store::postgres_tenants(admin).await?.is_empty() {
        bail!("the PostgreSQL database has tenants: copy into an empty one");
    }
    let contents = covibe_store::count_sqlite(&path).await?;
    covibe_store::move_to_postgres(&path, admin, &contents).await?;
    let store = Store::postgres(runtime).await?;
    for head in &contents.audit_heads {
        let tenant = head.tenant.parse().context("a tenant's id")?;
        let verified = store.verify_audit(&tenant).await?;
        if let Some((_, what)) = verified.problem {
            bail!("the copied audit of {tenant} is not valid: {what}");
        }
    }
    print::line(&format!(
        "Copied and verified: {} tenants, {} workspaces, {} audit entries.",
        contents.count("tenants"),
        contents.count("vibn_workspaces"),
        contents.count("audit_log")
    ));
    print::line(&format!(
        "{} is unchanged. Move it away, so that no server is started on it again.",
        absolute_path(&path)
    ));
    Ok(())
}
