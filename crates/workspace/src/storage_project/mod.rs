//! The operator's Google Cloud project, which contains the buckets of all workspaces.

mod errors;

use std::future::Future;
use std::time::Duration;

use covibe_domain::entities::StorageProvider;
use covibe_domain::{Failure, TenantId, WorkspaceId};
use covibe_storage::{BucketName, GoogleStorage, Usage};
use covibe_store::NewStorage;
use covibe_upstream::SingleFlights;

use crate::cells::{UpstreamState, share_by_ids};

pub(crate) use errors::{no_provider, no_random_numbers, unusable_bucket};

/// The time for which a count of objects is cached: counting takes up to twenty calls.
const LIFETIME: Duration = Duration::from_mins(2);

/// The maximum number of cached counts.
const CAPACITY: usize = 4_096;

/// The operator's configuration of object storage.
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
    /// Creates the accounts; new buckets are created in this location, as Google names it.
    pub fn new(google: Option<GoogleStorage>, location: impl Into<String>) -> Self {
        let counted = SingleFlights::new(LIFETIME, CAPACITY);
        Self { google, location: location.into().to_ascii_uppercase(), counted }
    }

    /// Returns the states of the project's APIs. The servers of buckets that the operator gave are not included.
    pub(crate) fn states(&self) -> impl Iterator<Item = UpstreamState> {
        let of = |google: &GoogleStorage| {
            let [iam, storage] = google.statistics().map(Clone::clone);
            [("google_iam", iam), ("cloud_storage", storage)]
        };
        let state = |(name, observed)| UpstreamState { name, observed, load: None };
        self.google.iter().flat_map(of).map(state)
    }

    /// Returns the Google Cloud project, if one is configured.
    pub(crate) fn project(&self) -> Option<&GoogleStorage> {
        self.google.as_ref()
    }

    /// Returns the Google Cloud project for the calls of a workspace, whose tenant takes turns with others.
    pub(crate) fn google_for(
        &self,
        tenant: &TenantId,
        workspace: &WorkspaceId,
    ) -> Result<GoogleStorage, Failure> {
        Ok(google_for(self.google()?, tenant, workspace))
    }

    fn google(&self) -> Result<&GoogleStorage, Failure> {
        self.google.as_ref().ok_or_else(no_provider)
    }

    /// Returns the storage that a workspace with this slug is to get.
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

    /// Returns the usage of a workspace's bucket as `count` reads it, at most two minutes old.
    pub(crate) async fn usage(
        &self,
        of: &WorkspaceId,
        count: impl Future<Output = Result<Usage, Failure>> + Send,
    ) -> Result<Usage, Failure> {
        // Boxed because the future is large.
        Box::pin(self.counted.get(of, count)).await
    }
}

/// Returns a project of Google Cloud for the calls of a workspace, whose tenant takes turns with others.
pub(crate) fn google_for(
    project: &GoogleStorage,
    tenant: &TenantId,
    workspace: &WorkspaceId,
) -> GoogleStorage {
    project.for_share(share_by_ids(tenant, workspace))
}

/// Parses the name of a stored bucket.
pub(crate) fn bucket_name(text: &str) -> Result<BucketName, Failure> {
    BucketName::parse(text).map_err(|_| unusable_bucket())
}
