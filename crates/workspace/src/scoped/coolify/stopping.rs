//! Stops resources, and lists the containers of a service that still run.

use covibe_coolify::{Application, Database, LiveState, Service, StopOutcome};
use covibe_docker_host::Status;
use covibe_domain::{Deployable, Failure, boxed};
use covibe_policy::Owned;

use super::Coolify;
use super::container_states::Inspection;

impl Coolify {
    /// Requests that an application is stopped. Coolify removes its containers.
    #[boxed]
    pub async fn stop_application(&self, app: &Owned<Application>) -> Result<(), Failure> {
        self.cell.resources.acted_on.note(app.uuid.as_str());
        Ok(self.client.stop_application(&app.uuid).await?)
    }

    /// Requests that a database is stopped. Coolify removes its container.
    #[boxed]
    pub async fn stop_database(&self, database: &Owned<Database>) -> Result<StopOutcome, Failure> {
        self.end_starts(&Deployable::Database(database.uuid.clone())).await?;
        let answer = self.client.stop_database(&database.uuid).await?;
        if answer == StopOutcome::Queued {
            // What Coolify tells of it from now on is no older than the last start.
            self.cell.resources.acted_on.forget(database.uuid.as_str());
        }
        Ok(answer)
    }

    /// Records that Docker stopped or started a resource: the state that Coolify reports may be outdated for five
    /// minutes.
    pub fn note_control(&self, uuid: &str) {
        self.cell.resources.acted_on.note(uuid);
    }

    /// Returns whether the deletion of an application was requested in the last five minutes.
    pub fn is_being_deleted(&self, uuid: &str) -> bool {
        self.cell.deployments.deleted_apps.contains(uuid)
    }

    /// Requests that a service is stopped, even if Coolify considers it stopped while its containers run.
    #[boxed]
    pub async fn stop_service(&self, service: &Owned<Service>) -> Result<StopOutcome, Failure> {
        self.cell.apps.service_starts.forget(&service.uuid);
        self.end_starts(&Deployable::Service(service.uuid.clone())).await?;
        let answer = self.client.stop_service(&service.uuid).await?;
        if answer == StopOutcome::Refused {
            for name in self.running_containers(service).await?.unwrap_or_default() {
                self.client.stop_container(service, &name).await?;
            }
        }
        Ok(answer)
    }

    /// Returns the names of the containers of a service that run at this moment, including jobs. `None` if neither its
    /// docker host nor Coolify can list them.
    #[boxed]
    pub async fn running_containers(
        &self,
        service: &Owned<Service>,
    ) -> Result<Option<Vec<String>>, Failure> {
        let listed = self.listed_containers(service.uuid.as_str(), service.server.as_ref()).await;
        if let Some(containers) = listed {
            let running = containers.into_iter().filter(|one| one.status == Status::Running);
            return Ok(Some(running.map(|one| one.service).collect()));
        }
        let applications = service.applications.iter().map(|each| &each.name);
        let names = applications.chain(service.databases.iter().map(|each| &each.name));
        let looks = self.looks_by_coolify(service, names.cloned().collect()).await?;
        let runs = |look: Inspection| (look.live == LiveState::Running).then_some(look.name);
        Ok(looks.map(|looks| looks.into_iter().filter_map(runs).collect()))
    }
}
