//! What a server does by itself from time to time, besides its calls.

use std::sync::Arc;
use std::time::Duration;

use covibe_identity::Identity;
use covibe_photos::Photos;
use covibe_store::Store;
use covibe_workspace::Platform;

/// How often the log of an SQLite database is written into its file. A busy server does it more often.
const CHECKPOINT: Duration = Duration::from_mins(3);

/// Writes the log of an SQLite database into its file, again and again.
pub(super) async fn checkpoints(store: Store) {
    loop {
        tokio::time::sleep(CHECKPOINT).await;
        if let Err(error) = store.checkpoint().await {
            tracing::warn!(%error, "the log of the database could not be written into its file");
        }
    }
}

/// How often files are looked for whose photos nobody has.
const LOST_PHOTOS: Duration = Duration::from_hours(24);

/// Removes photos that nobody has, which a killed server leaves.
pub(super) async fn remove_lost_photos(identity: Arc<Identity>, photos: Photos) {
    loop {
        match covibe_http::remove_lost_photos(&identity, &photos).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "photos that nobody has were removed"),
            Err(error) => tracing::warn!(%error, "photos that nobody has could not be removed"),
        }
        tokio::time::sleep(LOST_PHOTOS).await;
    }
}

/// How often old records are removed, and how soon again if the database did not tell whose they are.
const OLD_RECORDS: Duration = Duration::from_hours(24);
const OLD_RECORDS_AGAIN: Duration = Duration::from_hours(1);

/// Removes records that are older than the operator keeps them, also of tenants that make no calls.
pub(super) async fn remove_old_records(platform: Arc<Platform>) {
    loop {
        let pause = match platform.remove_old_records().await {
            Ok(()) => OLD_RECORDS,
            Err(error) => {
                tracing::warn!(%error, "old records were not removed");
                OLD_RECORDS_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// How often the tables of the next months' audit entries are made, two months ahead, and how soon again if that
/// failed: a backup may prevent it.
const MONTHS: Duration = Duration::from_hours(24);
const MONTHS_AGAIN: Duration = Duration::from_hours(1);

/// Makes the tables of the next months' audit entries.
pub(super) async fn audit_months(store: Store) {
    loop {
        let pause = match store.make_audit_partitions().await {
            Ok(0) => MONTHS,
            Ok(made) => {
                tracing::info!(made, "tables of the next months' audit entries were made");
                MONTHS
            }
            Err(error) => {
                tracing::warn!(%error, "the tables of the next months' audit entries were not made");
                MONTHS_AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}
