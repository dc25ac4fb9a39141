//! The background work of a server: checkpoints, removals, and tables of the audit.
//!
//! Each function that starts a task requires a Tokio runtime, with which the task ends.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use covibe_background::run_with_restarts;
use covibe_identity::Identity;
use covibe_photos::Photos;
use covibe_store::Store;
use covibe_workspace::Platform;

/// The interval at which the log of an SQLite database is written into its file. A busy server does it more often.
const CHECKPOINT: Duration = Duration::from_mins(3);

/// Writes the log of an SQLite database into its file, again and again.
pub(super) fn start_checkpoints(store: Store) {
    start("checkpoints", move || checkpoints(store.clone()));
}

async fn checkpoints(store: Store) {
    loop {
        tokio::time::sleep(CHECKPOINT).await;
        if let Err(error) = store.checkpoint().await {
            tracing::warn!(%error, "the database's write-ahead log could not be written into the database file");
        }
    }
}

/// Removes photos that nobody has, such as those of a killed server.
pub(super) fn start_removal_of_lost_photos(identity: Arc<Identity>, photos: Photos) {
    start("lost_photos", move || remove_lost_photos(Arc::clone(&identity), photos.clone()));
}

async fn remove_lost_photos(identity: Arc<Identity>, photos: Photos) {
    daily(|| async {
        let removed = covibe_http::remove_lost_photos(&identity, &photos).await;
        if let Ok(removed @ 1..) = removed {
            tracing::info!(removed, "unused photos were removed");
        }
        is_done(removed, "unused photos could not be removed")
    })
    .await;
}

/// Removes the keys by which Coolify cloned apps that were deleted.
pub(super) fn start_removal_of_clone_keys(platform: Arc<Platform>) {
    start("clone_keys", move || remove_clone_keys(Arc::clone(&platform)));
}

async fn remove_clone_keys(platform: Arc<Platform>) {
    daily(|| async {
        is_done(Platform::look_after_clone_keys(&platform).await, "keys of deleted apps may remain")
    })
    .await;
}

/// Replaces the credentials of workspaces whose move to another company, or rotation, was interrupted.
pub(super) fn start_interrupted_replacements(platform: Arc<Platform>) {
    start("interrupted_replacements", move || finish_replacements(Arc::clone(&platform)));
}

async fn finish_replacements(platform: Arc<Platform>) {
    daily(|| async {
        let finished = Platform::finish_replacements(&platform).await;
        is_done(finished, "interrupted replacements of credentials were not finished")
    })
    .await;
}

/// Copies from WorkOS which memberships ended or changed there, also of people who don't return. Their keys would
/// stay valid otherwise.
pub(super) fn start_copies_of_memberships(identity: Arc<Identity>) {
    start("memberships", move || copy_memberships(Arc::clone(&identity)));
}

async fn copy_memberships(identity: Arc<Identity>) {
    repeat((HOUR, SOON), || async {
        let copied = identity.copy_memberships().await;
        is_done(copied, "people who were removed at WorkOS may still be members of companies")
    })
    .await;
}

/// Makes the tables of the next months' audit entries, two months ahead. A backup may prevent it.
pub(super) fn start_audit_months(store: Store) {
    start("audit_months", move || make_months_daily(store.clone()));
}

async fn make_months_daily(store: Store) {
    daily(|| make_months(&store)).await;
}

/// Does the same, and then removes records that are older than the operator keeps them, even of tenants that make no
/// calls. One after the other: entries that move to the table of their month are not seen meanwhile, and would stay
/// for another day.
pub(super) fn start_audit_months_and_removal_of_old_records(store: Store, platform: Arc<Platform>) {
    let task = move || remove_old_records(store.clone(), Arc::clone(&platform));
    start("audit_months_and_old_records", task);
}

async fn remove_old_records(store: Store, platform: Arc<Platform>) {
    daily(|| async {
        let are_made = make_months(&store).await;
        let removed = platform.remove_old_records().await;
        is_done(removed, "old records were not removed") && are_made
    })
    .await;
}

/// Creates the tables. Returns whether they exist.
async fn make_months(store: &Store) -> bool {
    let made = store.make_audit_partitions().await;
    if let Ok(made @ 1..) = made {
        tracing::info!(made, "tables for the next months' audit entries were created");
    }
    is_done(made, "the tables for the next months' audit entries were not created")
}

/// Starts a task, and starts it again after a panic.
fn start<F>(name: &'static str, task: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(run_with_restarts(name, task));
}

/// The pause after daily work, and that after hourly work, which is also the pause after daily work that failed.
const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);

/// The pause after hourly work that failed.
const SOON: Duration = Duration::from_mins(10);

/// Does work now and each day, and an hour later if it failed.
async fn daily<F: Future<Output = bool>>(work: impl Fn() -> F) {
    repeat((DAY, HOUR), work).await;
}

/// Does work now and after each pause; the second pause is that after a failure.
async fn repeat<F: Future<Output = bool>>(
    (pause, after_failure): (Duration, Duration),
    work: impl Fn() -> F,
) {
    loop {
        let pause = if work().await { pause } else { after_failure };
        tokio::time::sleep(pause).await;
    }
}

/// Returns whether work succeeded, and logs a failure.
fn is_done<T, E: Display>(done: Result<T, E>, not_done: &str) -> bool {
    done.inspect_err(|error| tracing::warn!(%error, "{not_done}")).is_ok()
}
