//! Failures of the operator's project of object storage, and of the names of buckets.

use covibe_domain::Failure;

/// The server cannot create buckets.
pub(crate) fn no_provider() -> Failure {
    Failure::unready("This server has no object storage.").permanent().hint(
        "Tell the operator to configure it with COVIBE_STORAGE_PROJECT, or to give the workspace a \
         bucket with `covibe-server tenant give-storage`.",
    )
}

/// The operating system returned no random numbers.
pub(crate) fn no_random_numbers() -> Failure {
    Failure::unready("The server could not choose a name for the bucket.").hint("Repeat the call.")
}

/// A stored name is not a valid name of a bucket.
pub(crate) fn unusable_bucket() -> Failure {
    Failure::unready("The name of the workspace's bucket cannot be used.")
        .permanent()
        .hint("Tell the operator of this server.")
}
