//! What a caller wants with a bucket, and the roles that allow it.

/// What a caller wants with a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To see that it is there.
    Bucket,
    /// To read, write and delete its objects, and to list them.
    Objects,
}

impl Access {
    /// The roles that allow it, of those that are simulated.
    pub(super) const fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Bucket => {
                &["roles/storage.legacyBucketReader", "roles/storage.legacyBucketOwner"]
            }
            Self::Objects => &["roles/storage.objectAdmin"],
        }
    }
}
