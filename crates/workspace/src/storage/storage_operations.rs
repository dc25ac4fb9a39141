//! A call that works on the storage of its workspace.

use std::time::Instant;

use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_domain::{Failure, Secret, boxed};
use covibe_storage::GoogleStorage;
use covibe_store::{StorageInjection, StorageRecord};

use super::errors::{no_storage, not_ours_to_rotate, too_many_prefixes};
use super::storage_lease::StorageLease;
use super::{bucket_keys, cloud_setup, premade_storage, sealed_secret};
use crate::platform::Platform;

/// The maximum number of prefixes with which an app has the key. A rotation writes all of them.
const MAX_PREFIXES: usize = 8;

/// The values that an app needs to use the workspace's bucket. It has no `Debug` and no `Serialize`.
pub struct StorageKey {
    /// The address of the S3 server, without the bucket.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The id of the key.
    pub access_key_id: String,
    /// The secret of the key.
    pub secret: Secret,
}

/// The right of this call to work on the workspace's storage, which no other call has at the same time. Finish it by
/// [`StorageWork::release`]: otherwise no call can work on it until the lease expires.
pub struct StorageWork<'a> {
    pub(super) platform: &'a Platform,
    pub(super) held: StorageLease<'a>,
    pub(super) slug: &'a str,
    /// The time until which this call waits for Google to distribute a change.
    pub(super) until: Instant,
}

impl std::fmt::Debug for StorageWork<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageWork").field("slug", &self.slug).finish_non_exhaustive()
    }
}

impl StorageWork<'_> {
    /// Creates what is missing of account, bucket, grant and key, after searching for each. With `rotates`, creates
    /// another key unless a rotation is under way; the former one stays active until [`Self::end_rotation`]. Returns
    /// whether it created a key.
    ///
    /// # Errors
    ///
    /// Conflict for a bucket in another location; rejected if this server cannot replace the key; unready while Google
    /// has not distributed a change everywhere, or if only the operator can repair it.
    #[boxed]
    pub async fn make(&mut self, rotates: bool) -> Result<bool, Failure> {
        let is_new = match self.held.record().place.provider {
            StorageProvider::S3 if rotates => return Err(not_ours_to_rotate()),
            StorageProvider::S3 => {
                premade_storage::verify(&premade_storage::server(
                    self.platform,
                    self.held.record(),
                )?)
                .await?;
                false
            }
            StorageProvider::Gcs => self.make_at_google(rotates).await?,
        };
        self.held.note(|it| it.state = StorageState::Ready).await?;
        Ok(is_new)
    }

    async fn make_at_google(&mut self, rotates: bool) -> Result<bool, Failure> {
        let google = self.google()?;
        let account = cloud_setup::account(&google, &mut self.held, self.until).await?;
        let bucket = cloud_setup::bucket(&google, &mut self.held, self.slug).await?;
        cloud_setup::grant(&google, &bucket, &account, self.until).await?;
        let place = (&account, self.until);
        bucket_keys::ensure(&google, &self.platform.secrets, &mut self.held, place, rotates).await
    }

    /// Returns the project of Google Cloud, for calls of the workspace.
    fn google(&self) -> Result<GoogleStorage, Failure> {
        let workspace = &self.held.record().workspace;
        self.platform.storage().google_for(self.held.tenant(), workspace)
    }

    /// Returns the record of the storage.
    pub fn record(&self) -> &StorageRecord {
        self.held.record()
    }

    /// Returns the values that an app needs.
    ///
    /// # Errors
    ///
    /// Unready if the storage is not ready, or the secret can't be decrypted.
    pub fn key(&self) -> Result<StorageKey, Failure> {
        let record = self.held.record();
        if record.state != StorageState::Ready {
            return Err(no_storage());
        }
        let key = sealed_secret::open(self.platform, record)?;
        Ok(StorageKey {
            endpoint: record.place.endpoint.clone(),
            region: record.place.region.clone(),
            bucket: record.place.bucket.clone(),
            access_key_id: key.access_key_id,
            secret: key.secret,
        })
    }

    /// Returns the apps that have another key than the current one, or an unknown one.
    #[boxed]
    pub async fn outdated_injections(&self) -> Result<Vec<StorageInjection>, Failure> {
        let mut injections = self.held.injections().await?;
        let current = self.held.record().access_key_id.as_deref().unwrap_or_default();
        injections.retain(|one| one.access_key_id != current);
        Ok(injections)
    }

    /// Returns the apps that have the current key in their variables, sorted by uuid. Their containers may run with
    /// another one.
    #[boxed]
    pub async fn current_injections(&self) -> Result<Vec<StorageInjection>, Failure> {
        let mut injections = self.held.injections().await?;
        let current = self.held.record().access_key_id.as_deref();
        injections.retain(|one| Some(one.access_key_id.as_str()) == current);
        Ok(injections)
    }

    /// Records that an app is about to get the key for the first time, so that a rotation does not miss it.
    ///
    /// # Errors
    ///
    /// Conflict if the app has the key with as many other prefixes as it can have.
    #[boxed]
    pub async fn begin_injection(&self, resource: &str, prefix: &str) -> Result<(), Failure> {
        let known = self.held.injections().await?;
        let of_app = known.iter().filter(|one| one.resource == resource);
        let prefixes: Vec<_> = of_app.map(|one| one.prefix.as_str()).collect();
        if prefixes.contains(&prefix) {
            return Ok(());
        }
        if prefixes.len() >= MAX_PREFIXES {
            return Err(too_many_prefixes(&prefixes));
        }
        self.held.put_injection(resource, prefix, "").await
    }

    /// Records that an app has the current key.
    #[boxed]
    pub async fn end_injection(&self, resource: &str, prefix: &str) -> Result<(), Failure> {
        let current = self.held.record().access_key_id.clone().unwrap_or_default();
        self.held.put_injection(resource, prefix, &current).await
    }

    /// Forgets an app that was deleted.
    #[boxed]
    pub async fn forget_app(&self, resource: &str) -> Result<(), Failure> {
        self.held.forget_injections(resource).await
    }

    /// Removes the replaced key, once all apps have the current one. Returns whether they have. The caller has checked
    /// that no container runs with the replaced key.
    #[boxed]
    pub async fn end_rotation(&mut self) -> Result<bool, Failure> {
        if self.held.record().previous_key_id.is_none() {
            return Ok(true);
        }
        if !self.outdated_injections().await?.is_empty() {
            return Ok(false);
        }
        bucket_keys::remove_previous(&self.google()?, &mut self.held).await?;
        Ok(true)
    }

    /// Ends the work, so that another call can begin.
    pub async fn release(self) {
        self.held.let_go().await;
    }
}
