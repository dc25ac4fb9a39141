//! The workspace's Coolify project.

mod applications;
mod apps_of_both_kinds;
mod clone_keys;
mod compose_release;
mod compose_size;
mod container_logs;
mod container_states;
mod databases;
mod deleted_resources;
mod deployment_polling;
mod deployments;
mod first_visitor_providers;
mod project_contents;
mod queue;
mod rejected_versions;
mod resource_origin;
mod services;
mod stopping;
mod unlisted_databases;
mod unmanaged_resources;
mod unstarted_compose_apps;
mod uuids_of_names;
mod volumes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_coolify::{Client, OwnDestination, Placement, Priority, Service, Share};
use covibe_docker_host::ContainerId;
use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, Located, Slug};
use covibe_policy::Owned;
use covibe_store::WorkspaceRecord;

use self::resource_origin::Origins;
use super::resource_access_errors::missing_resource;
use crate::cells::{Cell, CoolifyNeeds, KnownIds, StartPermit, Territory, VolumeSizes, share_of};
use crate::platform::Platform;
use crate::settings::{Ceilings, ReleaseTimes, StartLimits};
use crate::workspace_failures::unprovisioned_workspace;

pub use apps_of_both_kinds::AnyApp;
pub(super) use apps_of_both_kinds::is_app;
pub use container_states::Inspections;
pub use databases::any_public_port;
pub(crate) use deployment_polling::polled_deployments;
pub use deployments::DeploymentBar;
pub use first_visitor_providers::{unopened_env, waits_for_person};
pub use queue::{ClaimedDeployment, EnqueueOutcome, StartPlace, StartTurn, WaitingDeployment};
pub(crate) use rejected_versions::Version;
pub use resource_origin::Marked;
pub use unstarted_compose_apps::NotedFile;

/// Coolify, restricted to this workspace's project.
#[derive(Clone, Debug)]
pub struct Coolify {
    client: Client,
    territory: Arc<Territory>,
    /// The place of new resources; only [`Coolify::place`] returns it.
    placement: Placement,
    /// The slug of a workspace that must get a network of its own before anything is created in it.
    waits_for_network: Option<Slug>,
    cell: Arc<Cell>,
    origins: Origins,
    start_limits: StartLimits,
    /// The minimum time between two readings of a start's state.
    start_look: Duration,
    /// The maximum numbers of the tenant's places, if the operator sets them.
    ceilings: Ceilings,
    /// The maximum number of the tenant's deployments that wait.
    max_waiting_deployments: usize,
    /// The number of Coolify's workers.
    workers: usize,
    /// The time to wait for the process that hands a deployment over.
    queue_lease: Duration,
    server_look: Duration,
    /// The size limit of a repository that is released, in bytes.
    release_limit: u64,
    release_times: ReleaseTimes,
    /// The time for which Coolify may keep working on an abandoned request.
    late: Duration,
    /// True if it is for an operation that changes something.
    changes: bool,
    /// True if its lists delete strays: resources whose creation was never answered.
    removes_strays: bool,
}

impl Coolify {
    /// Restricts the client of the workspace's cell to its project. Its calls have this priority.
    pub(crate) async fn enter(
        platform: &Platform,
        record: &WorkspaceRecord,
        needs: CoolifyNeeds,
        priority: Priority,
    ) -> Result<Self, Failure> {
        let project = record.coolify_project_uuid.clone();
        let missing =
            || unprovisioned_workspace(&record.slug, "The workspace has no Coolify project yet.");
        let project = project.ok_or_else(missing)?;
        let cell = Arc::clone(platform.cell(record)?);
        let client = cell.coolify_for(needs)?.for_share(share_of(record));
        let client = client.in_project(&project).at_priority(priority);
        let territory = cell.boundaries.for_project(&record.slug, &project, &client).await?;
        let environment = record.coolify_environment_name.clone();
        let environment_uuid = territory.environment(&environment).map(str::to_owned);
        let destination = own_destination(record);
        let waits_for_network = awaited_network(&cell, record).await?;
        let placement = Placement { project, environment, environment_uuid, destination };
        let origins = Origins::for_workspace(platform, record);
        let (changes, removes_strays) = (needs.access.changes(), needs.removes_strays);
        let settings = platform.settings();
        Ok(Self {
            client,
            territory,
            placement,
            waits_for_network,
            cell,
            origins,
            start_limits: settings.start_limits,
            start_look: settings.start_look(),
            ceilings: settings.ceilings(),
            max_waiting_deployments: settings.max_waiting_deployments,
            workers: settings.coolify_workers,
            queue_lease: settings.queue_lease,
            server_look: settings.server_look(),
            release_limit: settings.tree_limits.clone,
            release_times: settings.release_times,
            late: settings.late,
            changes,
            removes_strays,
        })
    }

    /// Returns the same with the priority of polls: after calls that somebody waits for.
    #[must_use]
    pub fn polling(&self) -> Self {
        Self { client: self.client.at_priority(Priority::Poll), ..self.clone() }
    }

    /// Returns the same for the watch of containers, with a share of its own in the rate budget: a workspace with many
    /// calls must not delay the watch of it, nor a tenant that of others.
    pub(crate) fn watching(&self) -> Self {
        let Origins { record, .. } = &self.origins;
        let share = Share::new(&format!("watch of {}", record.tenant), record.slug.as_str());
        Self { client: self.client.for_share(&share), ..self.clone() }
    }

    /// Returns whether the rate budget has calls to spare: half of those that can be made at once are reserved for
    /// calls that somebody waits for.
    pub fn has_spare_calls(&self) -> bool {
        self.client.spare_calls() > 0
    }

    /// Drops the cached contents of the project, which may be two seconds old, so that the next lists
    /// are current.
    #[must_use]
    pub fn refreshed(self) -> Self {
        self.client.forget_contents();
        self
    }

    /// Returns the permit to start a service that was read at `seen`. Returns `None` if another
    /// call is starting it or started it after `seen`, unless this call pulls images and that one
    /// did not.
    pub fn permit_start(
        &self,
        service: &Owned<Service>,
        pull: bool,
        seen: Instant,
    ) -> Option<StartPermit<'_>> {
        self.cell.apps.service_starts.begin(&service.uuid, pull, seen)
    }

    /// Returns the containers whose labels are admitted.
    pub(super) fn admitted_containers(&self) -> &KnownIds<ContainerId> {
        &self.cell.containers.admitted
    }

    /// Returns the last sizes of the volumes of docker hosts.
    pub(super) fn known_volume_sizes(&self) -> &VolumeSizes {
        &self.cell.containers.volume_sizes
    }

    /// Returns whether a call of this process is starting a service, or did in the last two minutes.
    pub fn is_start_recent(&self, service: &Owned<Service>) -> bool {
        self.cell.apps.service_starts.is_recent(&service.uuid)
    }

    /// Returns the place of new resources.
    ///
    /// # Errors
    ///
    /// Unready if the workspace is being set up and has no network of its own yet, because a resource cannot be moved
    /// to it later.
    fn place(&self) -> Result<&Placement, Failure> {
        let what = "The workspace does not have its own Docker network yet.";
        self.waits_for_network
            .as_ref()
            .map_or(Ok(&self.placement), |slug| Err(unprovisioned_workspace(slug, what)))
    }

    fn admit<T: Located>(
        &self,
        found: Result<T, covibe_upstream::Error>,
        id: &str,
        list: &str,
    ) -> Result<Owned<T>, Failure> {
        self.territory
            .boundary
            .admit(found.map_err(|error| missing_resource(error.into(), T::NOUN, id, list))?)
    }
}

/// Returns the destination that is recorded as the workspace's own.
fn own_destination(record: &WorkspaceRecord) -> Option<OwnDestination> {
    let (uuid, server) = (&record.coolify_destination_uuid, &record.coolify_destination_server);
    Some(OwnDestination { uuid: uuid.clone()?, server: server.clone()? })
}

/// Returns the slug of a workspace that never became ready and that provisioning still gives a network.
async fn awaited_network(cell: &Cell, record: &WorkspaceRecord) -> Result<Option<Slug>, Failure> {
    let is_complete = record.provision_status == ProvisionStatus::Ready
        || record.coolify_destination_uuid.is_some();
    if is_complete || cell.network_host().await?.is_none() {
        return Ok(None);
    }
    Ok(Some(record.slug.clone()))
}
