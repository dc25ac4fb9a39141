//! Object storage: its providers and its states.

use super::words;

words! {
    /// The provider of a workspace's object storage.
    StorageProvider {
        /// Google Cloud Storage, where this server creates everything that it needs.
        Gcs = "gcs",
        /// A server that speaks S3, with a bucket and a key that its operator created.
        S3 = "s3",
    }
}

words! {
    /// The state of a workspace's object storage.
    StorageState {
        /// The workspace has no object storage.
        None = "none",
        /// It is incomplete; another call continues its creation.
        Provisioning = "provisioning",
        /// It can be used.
        Ready = "ready",
        /// It is being removed; another call continues the removal.
        Removing = "removing",
    }
}
