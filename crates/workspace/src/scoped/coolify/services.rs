//! The workspace's services: compose apps, and auth providers of Coolify's templates.

use covibe_coolify::{
    Env, EnvWrite, NewComposeService, NewService, Service, ServicePatch, Start, Volumes,
};
use covibe_domain::{EnvUuid, Failure, Kind, ServiceUuid};
use covibe_policy::Owned;
use futures_util::{Stream, StreamExt as _, stream};

use super::Coolify;

/// How many services are asked for at the same time.
const AT_ONCE: usize = 4;

/// A service out of a list, and what it is by itself; none where it is gone by now.
type Looked = (Owned<Service>, Result<Option<Owned<Service>>, Failure>);

impl Coolify {
    /// The workspace's compose services.
    pub async fn services(&self) -> Result<Vec<Owned<Service>>, Failure> {
        Ok(self.boundary.keep(self.client.services().await?))
    }

    /// A compose service of the workspace.
    pub async fn service(&self, uuid: &ServiceUuid) -> Result<Owned<Service>, Failure> {
        self.admit(self.client.service(uuid).await, uuid.as_str(), "auth.list")
    }

    /// The services of a list, in its order, with their containers: lists leave those out, and they
    /// have the domains. Each costs a call.
    pub fn whole_services(&self, listed: Vec<Owned<Service>>) -> impl Stream<Item = Looked> + Send {
        let look = async |listed: Owned<Service>| {
            let found = match self.service(&listed.uuid).await {
                Ok(found) => Ok(Some(found)),
                Err(gone) if gone.kind == Kind::NotFound => Ok(None),
                Err(failure) => Err(failure),
            };
            (listed, found)
        };
        stream::iter(listed).map(look).buffered(AT_ONCE)
    }

    /// Makes a compose service.
    pub async fn create_service(&self, new: &NewService) -> Result<ServiceUuid, Failure> {
        Ok(self.client.create_service(&self.placement, new).await?)
    }

    /// Makes a service of a compose file that the policy has let through, where there is room.
    pub async fn create_compose_service(
        &self,
        new: &NewComposeService,
    ) -> Result<ServiceUuid, Failure> {
        self.check_room(new.compose.len(), None).await?;
        Ok(self.client.create_compose_service(&self.placement, new).await?)
    }

    /// Changes a service; a longer file only where there is room.
    pub async fn update_service(
        &self,
        service: &Owned<Service>,
        patch: &ServicePatch,
    ) -> Result<(), Failure> {
        if let Some(file) = &patch.compose {
            self.check_room(file.len(), Some(service)).await?;
        }
        Ok(self.client.update_service(&service.uuid, patch).await?)
    }

    /// Starts a service that does not run.
    pub async fn start_service(&self, service: &Owned<Service>) -> Result<Start, Failure> {
        Ok(self.client.start_service(&service.uuid).await?)
    }

    /// Stops a service and starts it as it is written down now, with its images pulled anew or not.
    pub async fn restart_service(
        &self,
        service: &Owned<Service>,
        pull_latest: bool,
    ) -> Result<(), Failure> {
        Ok(self.client.restart_service(&service.uuid, pull_latest).await?)
    }

    /// The variables of a service.
    pub async fn service_envs(&self, service: &Owned<Service>) -> Result<Vec<Env>, Failure> {
        Ok(self.client.service_envs(&service.uuid).await?)
    }

    /// Creates or changes variables of a service.
    pub async fn upsert_service_envs(
        &self,
        service: &Owned<Service>,
        writes: &[EnvWrite],
    ) -> Result<(), Failure> {
        self.client.upsert_service_envs(&service.uuid, writes).await?;
        Ok(())
    }

    /// Removes a variable of a service.
    pub async fn delete_service_env(
        &self,
        service: &Owned<Service>,
        env: &EnvUuid,
    ) -> Result<(), Failure> {
        Ok(self.client.delete_service_env(&service.uuid, env).await?)
    }

    /// Queues the removal of a service.
    pub async fn delete_service(
        &self,
        service: &Owned<Service>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        Ok(self.client.delete_service(&service.uuid, volumes).await?)
    }

    /// Whether a service that was the workspace's is still there.
    pub async fn has_service(&self, service: &Owned<Service>) -> Result<bool, Failure> {
        Ok(self.client.find_service(&service.uuid).await?.is_some())
    }
}
