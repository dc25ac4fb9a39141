//! The owners of volumes on a docker host: a resource of the workspace, or one that it deleted.

use covibe_domain::{Failure, HostedUuid, Kind, ServerUuid, boxed};
use covibe_policy::Owned;
use covibe_store::DeletedResource;

use super::{Hosted, OnHost};
use crate::scoped::coolify::Coolify;

/// The owner of volumes.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a call has only one")]
pub enum VolumeHolder {
    /// A resource that exists.
    Present(Hosted),
    /// A resource that was deleted.
    Deleted(Owned<DeletedResource>),
}

impl VolumeHolder {
    /// Returns its uuid.
    pub fn uuid(&self) -> &str {
        match self {
            Self::Present(resource) => resource.uuid(),
            Self::Deleted(deleted) => &deleted.uuid,
        }
    }

    /// Returns the server that its volumes are on, if it is known.
    pub(super) fn server(&self) -> Option<&ServerUuid> {
        match self {
            Self::Present(resource) => resource.server(),
            Self::Deleted(deleted) => deleted.server.as_ref(),
        }
    }
}

impl Coolify {
    /// Returns the app, auth provider or database with this uuid, even if it was deleted.
    ///
    /// # Errors
    ///
    /// Not found if the workspace never had one with it.
    #[boxed]
    pub async fn volume_holder(&self, uuid: &HostedUuid) -> Result<VolumeHolder, Failure> {
        let missing = match self.hosted(uuid).await {
            Err(failure) if failure.kind == Kind::NotFound => failure,
            found => return Ok(VolumeHolder::Present(found?)),
        };
        let deleted = self.deleted(uuid.as_str()).await?;
        deleted.map(VolumeHolder::Deleted).ok_or(missing)
    }

    /// Returns the docker host of a resource that the workspace deleted; `None` if it deleted none with this uuid, or
    /// if no host is configured for its server.
    #[boxed]
    pub async fn host_of_deleted(&self, uuid: &str) -> Result<Option<OnHost>, Failure> {
        match self.deleted(uuid).await? {
            Some(deleted) => self.host_of(&VolumeHolder::Deleted(deleted)).await,
            None => Ok(None),
        }
    }

    /// Returns the docker host with these volumes; `None` if no host is configured for the server.
    #[boxed]
    pub async fn host_of(&self, holder: &VolumeHolder) -> Result<Option<OnHost>, Failure> {
        let host = self.docker_host(holder.server()).await?;
        let uuid = holder.uuid().to_owned();
        Ok(host.map(|host| OnHost { host, uuid }))
    }
}
