//! What a server does by itself from time to time, besides its calls.

use std::fmt::Display;
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

/// Removes photos that nobody has, which a killed server leaves.
pub(super) async fn remove_lost_photos(identity: Arc<Identity>, photos: Photos) {
    daily("photos that nobody has could not be removed", || async {
        let removed = covibe_http::remove_lost_photos(&identity, &photos).await?;
        if removed > 0 {
            tracing::info!(removed, "photos that nobody has were removed");
        }
        Ok::<_, covibe_domain::Failure>(())
    })
    .await;
}

/// Makes the tables of the next months' audit entries, two months ahead. A backup may prevent it.
pub(super) async fn audit_months(store: Store) {
    daily("the tables of the next months' audit entries were not made", || make_months(&store))
        .await;
}

/// Does the same, and then removes records that are older than the operator keeps them, also of tenants that make no
/// calls. One after the other: entries that move to the table of their month are not seen meanwhile, and would stay
/// for another day.
pub(super) async fn audit_months_and_old_records(store: Store, platform: Arc<Platform>) {
    daily("the audit's tables were not made, or old records not removed", || async {
        let made = make_months(&store).await;
        platform.remove_old_records().await.and(made)
    })
    .await;
}

async fn make_months(store: &Store) -> Result<(), covibe_store::Error> {
    let made = store.make_audit_partitions().await?;
    if made > 0 {
        tracing::info!(made, "tables of the next months' audit entries were made");
    }
    Ok(())
}

/// The pause after what a server does each day, and after it failed.
const DAY: Duration = Duration::from_hours(24);
const AGAIN: Duration = Duration::from_hours(1);

/// Does something now and each day; the log says so if it was not done.
async fn daily<F, E>(not_done: &str, work: impl Fn() -> F)
where
    F: Future<Output = Result<(), E>>,
    E: Display,
{
    loop {
        let done = work().await;
        if let Err(error) = &done {
            tracing::warn!(%error, "{not_done}");
        }
        let pause = if done.is_ok() { DAY } else { AGAIN };
        drop(done);
        tokio::time::sleep(pause).await;
    }
}
