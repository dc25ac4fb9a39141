//! The operator's project of Google Cloud, which the buckets of all workspaces are in.

mod errors;

use std::future::Future;
use std::time::Duration;

use covibe_domain::entities::StorageProvider;
use covibe_domain::{Failure, WorkspaceId};
use covibe_storage::{BucketName, GoogleStorage, Usage};
use covibe_store::NewStorage;
use covibe_upstream::SingleFlights;

use crate::cells::UpstreamState;

pub(crate) use errors::{no_provider, no_random_numbers, unusable_bucket};

/// How long a count of objects is kept: it takes up to twenty calls.
const LIFETIME: Duration = Duration::from_mins(2);

/// How many counts are kept.
const CAPACITY: usize = 4_096;

/// What the operator has configured for object storage.
pub struct StorageAccounts {
    google: Option<GoogleStorage>,
    location: String,
    counted: SingleFlights<WorkspaceId, Usage, Failure>,
}

impl std::fmt::Debug for StorageAccounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageAccounts")
            .field("google", &self.google)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl StorageAccounts {
    /// Creates it; new buckets are made in this location, as Google names it.
    pub fn new(google: Option<GoogleStorage>, location: impl Into<String>) -> Self {
        let counted = SingleFlights::new(LIFETIME, CAPACITY);
        Self { google, location: location.into().to_ascii_uppercase(), counted }
    }

    /// Returns how the project's APIs answer. The servers of buckets that the operator gave are not among them.
    pub(crate) fn states(&self) -> impl Iterator<Item = UpstreamState> {
        let of = |google: &GoogleStorage| {
            let [iam, storage] = google.observed().map(Clone::clone);
            [("google_iam", iam), ("cloud_storage", storage)]
        };
        let state = |(name, observed)| UpstreamState { name, observed, load: None };
        self.google.iter().flat_map(of).map(state)
    }

    /// Returns the project of Google Cloud, if one is configured.
    pub(crate) fn project(&self) -> Option<&GoogleStorage> {
        self.google.as_ref()
    }

    /// Returns the project of Google Cloud.
    pub(crate) fn google(&self) -> Result<&GoogleStorage, Failure> {
        self.google.as_ref().ok_or_else(no_provider)
    }

    /// Returns what a workspace with this slug is to get.
    pub(crate) fn planned(&self, slug: &str) -> Result<NewStorage, Failure> {
        let google = self.google()?;
        let bucket = BucketName::random(slug).ok_or_else(no_random_numbers)?;
        Ok(NewStorage {
            provider: StorageProvider::Gcs,
            bucket: bucket.as_str().to_owned(),
            location: self.location.clone(),
            endpoint: google.endpoint().to_owned(),
            region: "auto".to_owned(),
        })
    }

    /// Returns how much is in a workspace's bucket as `count` counts it, as it was at most two minutes ago.
    pub(crate) async fn usage(
        &self,
        of: &WorkspaceId,
        count: impl Future<Output = Result<Usage, Failure>> + Send,
    ) -> Result<Usage, Failure> {
        // Boxed because the future is large.
        Box::pin(self.counted.get(of, count)).await
    }
}

/// Returns the name of a bucket that was stored.
pub(crate) fn bucket_name(text: &str) -> Result<BucketName, Failure> {
    BucketName::parse(text).map_err(|_| unusable_bucket())
}
