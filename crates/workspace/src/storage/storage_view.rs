//! The object storage of a workspace, for operations.

use std::time::{Duration, Instant};

use covibe_domain::entities::StorageProvider;
use covibe_domain::{Failure, Slug, boxed};
use covibe_policy::Principal;
use covibe_storage::{Priority, Usage};
use covibe_store::{StorageInjection, StorageRecord, Tx};

use super::errors::too_many_buckets;
use super::premade_storage::server;
use super::storage_lease::StorageLease;
use super::storage_operations::StorageWork;
use crate::journal::lease_times::Patience;
use crate::platform::Platform;
use crate::storage_project::bucket_name;

/// The time before its deadline when a call stops waiting for Google to distribute a change, so that it can still
/// answer.
const MARGIN: Duration = Duration::from_secs(1);

/// The object storage of a workspace with its usage. It has no `Debug`, because it contains a sealed secret.
pub struct StorageView {
    /// The record.
    pub record: StorageRecord,
    /// The apps that got a key.
    pub apps: Vec<StorageInjection>,
    /// The usage of the bucket, or the failure of reading it; `None` before there is a key.
    pub usage: Option<Result<Usage, Failure>>,
}

/// The object storage of this workspace.
#[derive(Clone, Copy, Debug)]
pub struct Storage<'a> {
    platform: &'a Platform,
    principal: &'a Principal,
    slug: &'a Slug,
    deadline: Instant,
}

impl<'a> Storage<'a> {
    /// Restricts the store and the accounts to the principal's workspace.
    pub(crate) const fn new(
        platform: &'a Platform,
        (principal, slug): (&'a Principal, &'a Slug),
        deadline: Instant,
    ) -> Self {
        Self { platform, principal, slug, deadline }
    }

    /// Counts the objects of the bucket, at most two minutes old. Its calls, up to twenty, are polls: an answer without
    /// this count is complete otherwise.
    async fn usage(&self, of: &StorageRecord) -> Result<Usage, Failure> {
        let accounts = self.platform.storage();
        let count = async {
            match of.place.provider {
                StorageProvider::Gcs => {
                    let google = accounts.google_for(&self.principal.tenant, &of.workspace)?;
                    let google = google.at_priority(Priority::Poll);
                    Ok(google.usage(&bucket_name(&of.place.bucket)?).await?)
                }
                StorageProvider::S3 => Ok(server(self.platform, of)?.usage().await?),
            }
        };
        accounts.usage(&of.workspace, count).await
    }

    /// Returns the storage with its usage, at most two minutes old; `None` if the workspace has none.
    #[boxed]
    pub async fn view(&self) -> Result<Option<StorageView>, Failure> {
        let Principal { tenant, workspace, .. } = self.principal;
        let mut tx = self.platform.store.tenant_read(tenant).await?;
        let record = tx.storage(workspace).await?;
        let apps = tx.storage_injections(workspace).await?;
        tx.commit().await?;
        let Some(record) = record else { return Ok(None) };
        let usage = match &record.access_key_id {
            Some(_) => Some(self.usage(&record).await),
            None => None,
        };
        Ok(Some(StorageView { record, apps, usage }))
    }

    /// Begins to work on the storage, after waiting for a call that does.
    ///
    /// # Errors
    ///
    /// Unready if the workspace has none, or another call works on it.
    #[boxed]
    pub async fn work(&self) -> Result<StorageWork<'a>, Failure> {
        let place = (&self.principal.tenant, &self.principal.workspace);
        let patience = Patience(self.deadline);
        let held = StorageLease::acquire(&self.platform.store, place, patience).await?;
        let until = self.deadline.checked_sub(MARGIN).unwrap_or(self.deadline);
        let slug = self.slug.as_str();
        Ok(StorageWork { platform: self.platform, held, slug, until })
    }

    /// Like [`Self::work`]; first records the plan for a workspace without storage.
    ///
    /// # Errors
    ///
    /// Unready if the operator has configured no storage; conflict if the tenant may not have another bucket.
    #[boxed]
    pub async fn begin(&self) -> Result<StorageWork<'a>, Failure> {
        let Principal { tenant, workspace, .. } = self.principal;
        let mut tx = self.platform.store.tenant(tenant).await?;
        // Two workspaces would otherwise count the same buckets.
        tx.lock_tenant().await?;
        tx.lock_workspace(workspace).await?;
        if tx.storage(workspace).await?.is_none() {
            let planned = self.platform.storage().planned(self.slug.as_str())?;
            self.check_bucket_limit(&mut tx).await?;
            tx.begin_storage(workspace, &planned).await?;
        }
        tx.commit().await?;
        self.work().await
    }

    /// Checks that the tenant, which is locked, may have one more bucket in the project.
    async fn check_bucket_limit(&self, tx: &mut Tx) -> Result<(), Failure> {
        let limit = self.platform.settings().buckets_per_tenant;
        let present = tx.count_storage(StorageProvider::Gcs).await?;
        if present < limit { Ok(()) } else { Err(too_many_buckets(limit)) }
    }

    /// Forgets the key of an app, because the app is gone. If that fails, the next rotation does it.
    #[boxed]
    pub async fn forget_app(&self, uuid: &str) {
        let Principal { tenant, workspace, .. } = self.principal;
        let forgotten = async {
            let mut tx = self.platform.store.tenant(tenant).await?;
            tx.delete_storage_injections(workspace, uuid).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, %workspace, uuid, "a deleted app is still recorded as a user of object storage");
        }
    }
}
