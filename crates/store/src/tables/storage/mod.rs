//! The object storage of workspaces.
//!
//! | module | what it contains |
//! |---|---|
//! | `storage_lease` | the right to work on the storage, and the changes that its holder makes |
//! | `env_injections` | the resources that got its key |

use std::time::Duration;

use covibe_domain::entities::{StorageProvider, StorageState};
use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use super::leases::Now;
use crate::error::Result;
use crate::row::word;
use crate::schema::workspace_storage as table;
use crate::tx::{RunQueryDsl, Tx};

/// The storage of a workspace of the tenant, to be filtered further.
macro_rules! one {
    ($self:expr, $workspace:expr) => {
        table::table
            .filter(table::tenant_id.eq($self.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
    };
}

mod env_injections;
mod storage_lease;

pub use env_injections::StorageInjection;

/// Object storage that a workspace is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStorage {
    /// Where it is.
    pub provider: StorageProvider,
    /// The name of the bucket.
    pub bucket: String,
    /// Where the bucket is to be, as the provider names it; empty if that is not known.
    pub location: String,
    /// The address where S3 is spoken, without the bucket.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
}

/// The object storage of a workspace. It has no `Debug`, because a secret is in it, though sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct StorageRecord {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The state of its creation.
    pub state: StorageState,
    /// Where it is.
    pub place: NewStorage,
    /// The address of the account that may use the bucket, once it was made.
    pub account: Option<String>,
    /// The id of its key.
    pub access_key_id: Option<String>,
    /// The secret of that key, sealed.
    pub secret: Option<String>,
    /// The id of a key that was replaced, and still has to be removed.
    pub previous_key_id: Option<String>,
    /// When the lease of the call that works on it expires, by the clock of the database: compare it with no
    /// other. 0 if none does.
    pub lease_until: Timestamp,
    /// The time that was left of that lease when this was read; zero if it has expired.
    pub lease_left: Duration,
    /// When this was last changed.
    pub updated_at: Timestamp,
}

impl StorageRecord {
    /// Returns whether the secret of its key was deleted. The next call that creates missing parts replaces such a key.
    pub const fn lacks_secret(&self) -> bool {
        self.access_key_id.is_some() && self.secret.is_none()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    provider: String,
    state: String,
    bucket: String,
    location: String,
    endpoint: String,
    region: String,
    account: Option<String>,
    access_key_id: Option<String>,
    secret: Option<String>,
    previous_key_id: Option<String>,
    lease_until: i64,
    updated_at: i64,
}

impl Row {
    fn into_record(self, workspace: &WorkspaceId, now: Now) -> Result<StorageRecord> {
        let (lease_until, lease_left) = now.read_lease(self.lease_until);
        let provider = StorageProvider::from_word(&self.provider);
        let place = NewStorage {
            provider: word(provider, "workspace_storage.provider")?,
            bucket: self.bucket,
            location: self.location,
            endpoint: self.endpoint,
            region: self.region,
        };
        Ok(StorageRecord {
            workspace: workspace.clone(),
            state: word(StorageState::from_word(&self.state), "workspace_storage.state")?,
            place,
            account: self.account,
            access_key_id: self.access_key_id,
            secret: self.secret,
            previous_key_id: self.previous_key_id,
            lease_until,
            lease_left,
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

impl Tx {
    /// Returns the workspace's object storage.
    #[boxed]
    pub async fn storage(&mut self, workspace: &WorkspaceId) -> Result<Option<StorageRecord>> {
        let row: Option<Row> = on!(self, conn => one!(self, workspace)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        let Some(row) = row else { return Ok(None) };
        let now = self.lease_clock().await?;
        row.into_record(workspace, now).map(Some)
    }

    /// Returns the number of the tenant's workspaces with object storage of a provider, in any state. Lock the
    /// tenant before, so that no other one gets it meanwhile.
    #[boxed]
    pub async fn count_storage(&mut self, provider: StorageProvider) -> Result<u64> {
        let count: i64 = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::provider.eq(provider.as_str()))
            .count()
            .get_result(conn).await)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Records the object storage that a workspace is to get. An existing record stays as it is. Lock the
    /// workspace before, so that it is not removed meanwhile.
    ///
    /// # Errors
    ///
    /// Conflict if another workspace has the bucket.
    #[boxed]
    pub async fn begin_storage(&mut self, workspace: &WorkspaceId, new: &NewStorage) -> Result<()> {
        let now = self.lease_clock().await?;
        let NewStorage { provider, bucket, location, endpoint, region } = new;
        let row = (
            table::tenant_id.eq(self.scope.tenant()),
            table::workspace_id.eq(workspace.as_str()),
            table::provider.eq(provider.as_str()),
            table::state.eq(StorageState::Provisioning.as_str()),
            (table::bucket.eq(bucket), table::location.eq(location)),
            (table::endpoint.eq(endpoint), table::region.eq(region)),
            table::lease_until.eq(0_i64),
            table::updated_at.eq(now.millis()),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id))
            .do_nothing()
            .execute(conn).await)?;
        Ok(())
    }

    /// Replaces the sealed secret of a workspace's key, if it is still this one.
    #[boxed]
    pub async fn reseal_storage(
        &mut self,
        workspace: &WorkspaceId,
        sealed: &str,
        renewed: Option<String>,
    ) -> Result<()> {
        self.note_secrets_keys([&renewed]).await?;
        on!(self, conn => diesel::update(one!(self, workspace).filter(table::secret.eq(sealed)))
            .set(table::secret.eq(&renewed))
            .execute(conn).await)?;
        Ok(())
    }
}
