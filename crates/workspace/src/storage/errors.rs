//! Failures of object storage.

use std::time::Duration;

use covibe_domain::{Failure, Slug};

/// The time to wait before a retry while Google has not distributed a change everywhere.
const SETTLED: Duration = Duration::from_secs(30);

/// The time to wait before a retry while another call works on the storage.
const SOON: Duration = Duration::from_secs(5);

/// The workspace has no object storage yet.
pub(super) fn no_storage() -> Failure {
    Failure::unready("The workspace has no object storage yet.")
        .hint("Call storage.provision first.")
}

/// The tenant has as many buckets in the operator's project as the operator allows.
pub(super) fn too_many_buckets(limit: u64) -> Failure {
    Failure::conflict(format!("The tenant's limit of buckets ({limit}) is reached.")).hint(
        "Nothing was created. Each bucket that this server created for a workspace of the tenant \
         counts; a bucket that the operator provided does not. Create the app in a workspace that has a \
         bucket, or ask the operator to remove a bucket (`covibe-server tenant remove-storage`) or \
         to raise COVIBE_STORAGE_BUCKETS_PER_TENANT.",
    )
}

/// The app has the key with as many prefixes as it can have.
pub(super) fn too_many_prefixes(known: &[&str]) -> Failure {
    let known = known.join(", ");
    Failure::conflict("The app has the workspace's key with the maximum number of prefixes.").hint(
        format!("Nothing was written. Repeat the call with one of the app's prefixes: {known}."),
    )
}

/// Another call works on the storage.
pub(super) fn in_progress() -> Failure {
    Failure::unready("Another call is working on the workspace's object storage.")
        .hint("Repeat the call in a few seconds.")
        .retry_after(SOON)
}

/// Google has not distributed the new account, bucket or key everywhere yet.
pub(super) fn unsettled_change() -> Failure {
    Failure::unready("The workspace's new resources have not reached all of Google Cloud yet.")
        .hint("Call storage.provision again in half a minute: it continues.")
        .retry_after(SETTLED)
}

/// The service account with the workspace's name is not marked as the workspace's.
pub(super) fn foreign_account() -> Failure {
    Failure::conflict(
        "A service account with the workspace's name exists, but does not belong to the workspace.",
    )
    .hint(
        "It was left unchanged. Tell the operator of this server: only the operator can remove it.",
    )
}

/// The bucket is in another location than wanted.
pub(super) fn misplaced_bucket(wanted: &str, found: &str) -> Failure {
    Failure::conflict(format!("The workspace's bucket is in {found}, not in {wanted}."))
        .permanent()
        .hint("A bucket's location cannot be changed. It was left unchanged. Tell the operator.")
}

/// The bucket is gone, and somebody else has its name.
pub(super) fn bucket_lost() -> Failure {
    Failure::conflict("The workspace's bucket is gone, and somebody else has its name.")
        .permanent()
        .hint("Nothing was changed. Tell the operator of this server.")
}

/// All names of buckets that were tried are taken by others.
pub(super) fn no_free_name() -> Failure {
    Failure::conflict("Every candidate name for the bucket is taken.")
        .hint("Call storage.provision again: it tries others.")
}

/// A bucket with objects is not removed.
pub(super) fn not_empty(slug: &Slug, bucket: &str) -> Failure {
    Failure::conflict(format!("The bucket {bucket} of workspace {slug} has objects."))
        .hint("Nothing was removed. Copy the objects that you need, then delete all objects.")
}

/// The operator gave the key, so this server cannot replace it.
pub(super) fn not_ours_to_rotate() -> Failure {
    Failure::rejected(
        "The operator provides the workspace's key for object storage, so no call can \
        replace it.",
    )
    .hint("Nothing was changed. Ask the operator for another key.")
}

/// The server refuses the key that the operator gave.
pub(super) fn refused_key() -> Failure {
    Failure::unready("The object storage refuses the key that the operator gave the workspace.")
        .permanent()
        .hint("Tell the operator to give another one with `covibe-server tenant give-storage`.")
}

/// The bucket that the operator gave does not exist.
pub(super) fn missing_bucket() -> Failure {
    Failure::unready("The bucket that the operator gave the workspace does not exist.")
        .permanent()
        .hint("Tell the operator to give another one with `covibe-server tenant give-storage`.")
}

/// The operator's server cannot be used.
pub(super) fn unusable_server() -> Failure {
    Failure::unready("The object storage that the operator gave the workspace cannot be used.")
        .permanent()
        .hint("Tell the operator to check its address.")
}

/// The secret cannot be sealed.
pub(super) fn unsealable_secret() -> Failure {
    Failure::unready("The secret of the workspace's key could not be stored.")
        .hint("The operator's log has the reason. Call storage.provision again.")
}

/// The secret cannot be opened.
pub(super) fn unopenable_secret() -> Failure {
    Failure::unready("The secret of the workspace's object storage cannot be decrypted.").hint(
        "Tell the operator: the server's secrets key is not the one that encrypted it. Or call \
         storage.provision with `rotate: true`, which creates another key.",
    )
}
