//! Kinds of access to a bucket, and the roles that allow them.

/// The access to a bucket that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To check that it exists.
    Bucket,
    /// To read, write and delete its objects, and to list them.
    Objects,
}

impl Access {
    /// Returns the roles that allow it, among the simulated ones.
    pub(super) const fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Bucket => {
                &["roles/storage.legacyBucketReader", "roles/storage.legacyBucketOwner"]
            }
            Self::Objects => &["roles/storage.objectAdmin"],
        }
    }
}
