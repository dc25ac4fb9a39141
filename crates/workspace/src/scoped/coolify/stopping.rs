//! Stopping services, and seeing what of them still runs.

use covibe_coolify::{Live, Service, Stop};
use covibe_domain::Failure;
use covibe_policy::Owned;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Coolify;
use crate::cells::Target;

/// The number of containers of a service that are looked at concurrently.
const CONCURRENCY: usize = 4;

impl Coolify {
    /// Requests that a service is stopped, also where Coolify takes one for stopped whose containers run.
    pub async fn stop_service(&self, service: &Owned<Service>) -> Result<Stop, Failure> {
        self.cell.starts.forget(&service.uuid);
        self.ends(&Target::Service(service.uuid.clone()), service.status.state);
        let answer = self.client.stop_service(&service.uuid).await?;
        if answer == Stop::Refused {
            for name in self.running_containers(service).await?.unwrap_or_default() {
                self.client.stop_container(service, &name).await?;
            }
        }
        Ok(answer)
    }

    /// Returns the names of the containers of a service that run at this moment, jobs included. `None` if
    /// the release of Coolify cannot look.
    pub async fn running_containers(
        &self,
        service: &Owned<Service>,
    ) -> Result<Option<Vec<String>>, Failure> {
        let applications = service.applications.iter().map(|each| &each.name);
        let names = applications.chain(service.databases.iter().map(|each| &each.name));
        let looks = stream::iter(names.cloned().collect::<Vec<_>>()).map(async |name| {
            let live = self.client.look_at_container(&service.uuid, &name).await?;
            Ok::<_, Failure>(live.map(|live| (name, live)))
        });
        let looks: Vec<_> = looks.buffered(CONCURRENCY).try_collect().await?;
        let looks: Option<Vec<_>> = looks.into_iter().collect();
        let runs = |(name, live)| (live == Live::Running).then_some(name);
        Ok(looks.map(|looks| looks.into_iter().filter_map(runs).collect()))
    }
}
