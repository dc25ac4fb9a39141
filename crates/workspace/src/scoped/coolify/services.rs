//! The workspace's services: compose apps and auth providers.

use covibe_coolify::{
    Env, EnvWrite, NewComposeService, NewService, Service, ServiceApplication, ServiceFile,
    ServicePatch, StartOutcome, Volumes,
};
use covibe_domain::{Deployable, EnvUuid, Failure, Kind, ServiceUuid, boxed};
use covibe_policy::Owned;
use futures_util::{Stream, StreamExt as _, stream};

use super::Coolify;
use super::container_states::in_file_order;
use super::queue::StartPlace;
use super::resource_origin::marked_description;

/// The number of services that are read concurrently.
const CONCURRENCY: usize = 4;

/// A listed service with its containers.
#[derive(Debug)]
pub struct DetailedService {
    /// The service as it is listed.
    pub listed: Owned<Service>,
    /// The service with its containers, or `None` if it no longer exists.
    pub found: Result<Option<Owned<Service>>, Failure>,
}

impl Coolify {
    /// Returns the workspace's services. Those that are being started lack their containers.
    #[boxed]
    pub async fn services(&self) -> Result<Vec<Owned<Service>>, Failure> {
        let contents = self.contents().await?;
        contents.services.iter().for_each(|each| self.cell.apps.services.note(&each.uuid));
        let services = contents.services.iter().cloned().map(in_file_order);
        self.without_strays(self.territory.boundary.keep(services)).await
    }

    /// Returns a service of the workspace.
    #[boxed]
    pub async fn service(&self, uuid: &ServiceUuid) -> Result<Owned<Service>, Failure> {
        self.unless_hand_made(self.read_service(uuid).await?).await
    }

    /// Returns a service of the workspace, even for a change of one that was created by hand.
    async fn read_service(&self, uuid: &ServiceUuid) -> Result<Owned<Service>, Failure> {
        let found = self.client.service(uuid).await.map(in_file_order);
        if found.is_ok() {
            self.cell.apps.services.note(uuid);
        }
        let found = self.admit(found, uuid.as_str(), "auth.list")?;
        self.note_state(&found);
        Ok(found)
    }

    /// Returns listed services in order, with their containers and so their domains.
    ///
    /// An environment's answer omits the containers of a service that is being started (its status is not taken from
    /// them then: 4.0.0-beta.461 to 4.3.9), so each of those needs a call.
    pub fn whole_services(
        &self,
        listed: Vec<Owned<Service>>,
    ) -> impl Stream<Item = DetailedService> + Send {
        let read = async |listed: Owned<Service>| {
            let found = self.with_containers(&listed).await;
            DetailedService { listed, found }
        };
        stream::iter(listed).map(read).buffered(CONCURRENCY)
    }

    async fn with_containers(
        &self,
        listed: &Owned<Service>,
    ) -> Result<Option<Owned<Service>>, Failure> {
        if listed.has_containers() {
            return Ok(Some(listed.clone()));
        }
        match self.read_service(&listed.uuid).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.kind == Kind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Creates a service from a template without starting it.
    #[boxed]
    pub async fn create_service(&self, new: &NewService) -> Result<ServiceUuid, Failure> {
        Ok(self.client.create_service(self.place()?, new).await?)
    }

    /// Creates a service from a compose file that the policy accepted.
    ///
    /// # Errors
    ///
    /// Too large if the workspace's compose files would exceed their size limit.
    #[boxed]
    pub async fn create_compose_service(
        &self,
        new: &NewComposeService,
    ) -> Result<ServiceUuid, Failure> {
        let create = self.client.create_compose_service(self.place()?, new);
        let uuid = self.within_compose_size(new.compose.len(), None, Box::pin(create)).await?;
        self.cell.apps.services.note(&uuid);
        Ok(uuid)
    }

    /// Updates a service.
    ///
    /// # Errors
    ///
    /// Too large if a longer compose file would exceed the workspace's size limit.
    #[boxed]
    pub async fn update_service(
        &self,
        service: &Owned<Service>,
        patch: &ServicePatch,
    ) -> Result<(), Failure> {
        let description = marked_description(&service.description, patch.description.as_ref())?;
        let patch = ServicePatch { description, ..patch.clone() };
        let update = Box::pin(self.client.update_service(&service.uuid, &patch));
        match &patch.compose {
            Some(file) => self.within_compose_size(file.len(), Some(service), update).await?,
            None => update.await?,
        }
        self.cell.apps.service_starts.forget(&service.uuid);
        Ok(())
    }

    /// Returns the files that Coolify writes on the host because the service's compose file contained them.
    #[boxed]
    pub async fn service_files(
        &self,
        service: &Owned<Service>,
    ) -> Result<Vec<ServiceFile>, Failure> {
        Ok(self.client.service_files(service).await?)
    }

    /// Starts a stopped service in this place. If Coolify considers it running, it is restarted if `restarts`.
    ///
    /// # Errors
    ///
    /// Rejected if its containers were ended because of a label, and its file is the same.
    #[boxed]
    pub async fn start_service(
        &self,
        service: &Owned<Service>,
        restarts: bool,
        place: StartPlace,
    ) -> Result<StartOutcome, Failure> {
        self.check_file(service).await?;
        self.cell.resources.acted_on.note(service.uuid.as_str());
        let startable = self.startable(service).await;
        let start = async {
            match self.client.start_service(&service.uuid).await? {
                StartOutcome::Running if restarts => {
                    self.client.restart_service(&service.uuid, false).await?;
                    Ok(StartOutcome::Queued)
                }
                started => Ok(started),
            }
        };
        let started = place.request(Box::pin(start), |it| *it == StartOutcome::Queued).await?;
        if started == StartOutcome::Queued {
            self.end_unstarted(startable).await;
        }
        Ok(started)
    }

    /// Restarts a service with its current settings. `pull_latest` pulls its images again.
    ///
    /// # Errors
    ///
    /// Rejected if its containers were ended because of a label, and its file is the same.
    #[boxed]
    pub async fn restart_service(
        &self,
        service: &Owned<Service>,
        pull_latest: bool,
        place: StartPlace,
    ) -> Result<(), Failure> {
        self.check_file(service).await?;
        self.cell.resources.acted_on.note(service.uuid.as_str());
        let startable = self.startable(service).await;
        let restart = async { Ok(self.client.restart_service(&service.uuid, pull_latest).await?) };
        place.request(Box::pin(restart), |()| true).await?;
        self.end_unstarted(startable).await;
        Ok(())
    }

    /// Excludes a container from the state of its service, or includes it again.
    #[boxed]
    pub async fn exclude_container(
        &self,
        service: &Owned<Service>,
        container: &ServiceApplication,
        is_excluded: bool,
    ) -> Result<(), Failure> {
        Ok(self.client.exclude_container(&service.uuid, container, is_excluded).await?)
    }

    /// Returns the variables of a service.
    #[boxed]
    pub async fn service_envs(&self, service: &Owned<Service>) -> Result<Vec<Env>, Failure> {
        Ok(self.client.service_envs(&service.uuid).await?)
    }

    /// Creates or updates variables of a service.
    #[boxed]
    pub async fn upsert_service_envs(
        &self,
        service: &Owned<Service>,
        writes: &[EnvWrite],
    ) -> Result<(), Failure> {
        self.client.upsert_service_envs(&service.uuid, writes).await?;
        self.cell.apps.service_starts.forget(&service.uuid);
        Ok(())
    }

    /// Deletes a variable of a service.
    #[boxed]
    pub async fn delete_service_env(
        &self,
        service: &Owned<Service>,
        env: &EnvUuid,
    ) -> Result<(), Failure> {
        self.client.delete_service_env(&service.uuid, env).await?;
        self.cell.apps.service_starts.forget(&service.uuid);
        Ok(())
    }

    /// Queues the deletion of a service.
    #[boxed]
    pub async fn delete_service(
        &self,
        service: &Owned<Service>,
        volumes: Volumes,
    ) -> Result<(), Failure> {
        self.note_deletion(service.uuid.as_str(), service.server.as_ref()).await?;
        self.end_starts(&Deployable::Service(service.uuid.clone())).await?;
        self.client.delete_service(&service.uuid, volumes).await?;
        self.forget_unstarted(service).await.map_err(Failure::in_doubt)?;
        self.forget_rejection(service.uuid.as_str()).await.map_err(Failure::in_doubt)
    }

    /// Returns whether a service of the workspace still exists.
    #[boxed]
    pub async fn has_service(&self, service: &Owned<Service>) -> Result<bool, Failure> {
        Ok(self.client.find_service(&service.uuid).await?.is_some())
    }
}
