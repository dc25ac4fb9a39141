//! The checks of the server itself: its database and the secrets in it, what it writes, and its addresses.

mod addresses;
mod database_tables_and_clock;
mod secret_decryption;
mod writability;

use covibe_config::{Config, Database};
use covibe_installation::unchanged_store;
use covibe_store::Store;

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};

/// Runs the checks of the server itself. Also returns its database, if it can be opened.
pub(crate) async fn checks(config: &Config) -> (Vec<Check>, Option<Store>) {
    let (database, store) = database(config).await;
    let mut checks = vec![database, secret_decryption::check(config, store.as_ref()).await];
    checks.extend(database_tables_and_clock::checks(store.as_ref()).await);
    checks.extend(writability::checks(config, store.is_some()).await);
    checks.extend(addresses::checks(config).await);
    (checks, store)
}

/// Opens the database to look at it. Returns no store if it cannot be opened or does not exist yet.
async fn database(config: &Config) -> (Check, Option<Store>) {
    const NAME: &str = "database";
    if matches!(config.database, Database::Sqlite) && !config.sqlite_path().exists() {
        let path = config.sqlite_path();
        let missing =
            format!("there is none yet: `serve` creates the SQLite file {}", path.display());
        let refused = config.refuse_unused_postgres().err();
        let told = refused.map(|error| failed_check(NAME, format!("{error:#}")));
        return (told.unwrap_or_else(|| warned_check(NAME, missing)), None);
    }
    match open_store(config).await {
        Ok((says, store)) => (passed_check(NAME, says), Some(store)),
        Err(error) => {
            let says = format!("{error:#}");
            let mend = database_tables_and_clock::mend(&says)
                .map(|mend| format!(": {mend}"))
                .unwrap_or_default();
            (failed_check(NAME, format!("{says}{mend}")), None)
        }
    }
}

async fn open_store(config: &Config) -> anyhow::Result<(String, Store)> {
    config.refuse_unused_postgres()?;
    let store = unchanged_store(config).await?;
    let says = match &config.database {
        Database::Sqlite => format!("SQLite file {}", config.sqlite_path().display()),
        Database::Postgres { runtime, .. } => covibe_store::postgres_name(runtime)?,
    };
    Ok((says, store))
}
