//! The words of object storage.

use super::words;

words! {
    /// Where the object storage of a workspace is.
    StorageProvider {
        /// Google Cloud Storage, where this server makes all that is needed.
        Gcs = "gcs",
        /// A server that speaks S3, with a bucket and a key that its operator made.
        S3 = "s3",
    }
}

words! {
    /// How far the object storage of a workspace is.
    StorageState {
        /// The workspace has none.
        None = "none",
        /// Something of it is still to be made; another call continues.
        Provisioning = "provisioning",
        /// It can be used.
        Ready = "ready",
        /// It is being removed; another call continues.
        Removing = "removing",
    }
}
