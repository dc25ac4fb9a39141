//! How object storage can't be used.

use std::time::Duration;

use covibe_domain::{Failure, Slug};

/// When another call may find that everything is known.
const SETTLED: Duration = Duration::from_secs(30);

/// When another call may find that the present one has ended.
const SOON: Duration = Duration::from_secs(5);

/// The workspace has no object storage yet.
pub(super) fn none() -> Failure {
    Failure::unready("The workspace has no object storage yet.")
        .hint("Call storage.provision first.")
}

/// Another call works on it.
pub(super) fn in_progress() -> Failure {
    Failure::unready("Another call works on the workspace's object storage.")
        .hint("Repeat the call in a few seconds.")
        .retry_after(SOON)
}

/// Google does not know everywhere yet what was made.
pub(super) fn unsettled() -> Failure {
    Failure::unready("Google Cloud does not know everywhere yet what was made for the workspace.")
        .hint("Call storage.provision again in half a minute: it continues.")
        .retry_after(SETTLED)
}

/// There is an account of the workspace's name that is not marked as the workspace's.
pub(super) fn foreign_account() -> Failure {
    Failure::conflict(
        "There is a service account of the workspace's name that is not the workspace's.",
    )
    .hint("It was left as it is. Tell the operator of this server, who alone can remove it.")
}

/// The bucket is where it must not be.
pub(super) fn elsewhere(wanted: &str, found: &str) -> Failure {
    Failure::conflict(format!("The workspace's bucket is in {found} and not in {wanted}."))
        .permanent()
        .hint("A bucket's location cannot be changed. It was left as it is. Tell the operator.")
}

/// The bucket is gone, and somebody else has its name.
pub(super) fn bucket_lost() -> Failure {
    Failure::conflict("The workspace's bucket is gone, and somebody else has its name.")
        .permanent()
        .hint("Nothing was changed. Tell the operator of this server.")
}

/// All names of buckets that were tried are somebody else's.
pub(super) fn no_free_name() -> Failure {
    Failure::conflict("Every name that the bucket was to get is somebody else's.")
        .hint("Call storage.provision again: it tries others.")
}

/// A bucket with objects stays.
pub(super) fn not_empty(slug: &Slug, bucket: &str) -> Failure {
    Failure::conflict(format!("The bucket {bucket} of workspace {slug} has objects."))
        .hint("Nothing was removed. Copy what is needed and delete all objects first.")
}

/// The key is not one that this server can replace.
pub(super) fn not_ours_to_rotate() -> Failure {
    Failure::rejected("The operator gave the workspace its key of object storage.")
        .hint("Nothing was changed. Ask the operator for another key.")
}

/// The key or the bucket that the operator gave is of no use.
pub(super) fn refused_key() -> Failure {
    Failure::unready("The object storage refuses the key that the operator gave the workspace.")
        .permanent()
        .hint("Tell the operator, who gives another one by `covibe-server tenant give-storage`.")
}

/// The bucket that the operator gave is not there.
pub(super) fn missing_bucket() -> Failure {
    Failure::unready("The bucket that the operator gave the workspace does not exist.")
        .permanent()
        .hint("Tell the operator, who gives another one by `covibe-server tenant give-storage`.")
}

/// The operator's server can't be used.
pub(super) fn unusable_server() -> Failure {
    Failure::unready("The object storage that the operator gave the workspace cannot be used.")
        .permanent()
        .hint("Tell the operator to check its address.")
}

/// The secret can't be sealed.
pub(super) fn unsealed() -> Failure {
    Failure::unready("The secret of the workspace's key could not be stored.")
        .hint("The operator's log has the reason. Call storage.provision again.")
}

/// The secret can't be opened.
pub(super) fn unopened() -> Failure {
    Failure::unready("The secret of the workspace's object storage cannot be decrypted.").hint(
        "Tell the operator: the server's secrets key is not the one that encrypted it. With \
         storage.provision and rotate: true, the workspace gets another key.",
    )
}
