//! The containers of all resources that run on a host.

use covibe_domain::boxed;

use super::containers::{Container, Wire};
use crate::error::Result;
use crate::host::DockerHost;
use crate::owner::{PROJECT, PROJECT_NAME, checked_uuid};
use crate::state::Health;
use crate::wire::{Call, Query};

/// The maximum number of bytes of the list: images can bring megabytes of labels. A gate leaves
/// those out.
const MOST: usize = 64 << 20;

/// A container of a resource, which runs, restarts or is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The container, without its labels, which can be large.
    pub container: Container,
    /// The uuid of its resource, which both its name and its label have.
    pub uuid: String,
    /// The name of Coolify's project, as Coolify puts it into a label: lower case with hyphens.
    pub project: Option<String>,
    /// The result of its health check; `None` without one.
    pub health: Option<Health>,
}

impl DockerHost {
    /// Returns the containers of all resources on the host that run, restart or are paused, by one call.
    ///
    /// # Errors
    /// [`crate::Error::Refused`] by a gate that does not know the call.
    #[boxed]
    pub async fn running(&self) -> Result<Vec<Running>> {
        let path = if self.is_gated().await? { "/covibe/containers" } else { "/containers/json" };
        let call = Call::get(path, &Query::default()).at_most(MOST);
        let listed: Vec<Wire> = self.ask(call).await?.json()?;
        listed.into_iter().filter_map(Wire::running).collect()
    }
}

impl Wire {
    /// Returns the container if its label and its name name the same resource.
    fn running(self) -> Option<Result<Running>> {
        let uuid = self.label(PROJECT).filter(|uuid| checked_uuid(uuid).is_ok())?.to_owned();
        let project = self.label(PROJECT_NAME).map(str::to_owned);
        let health = self.health();
        let owned = self.owned_by(&uuid)?;
        Some(owned.map(|mut container| {
            container.labels.clear();
            Running { container, uuid, project, health }
        }))
    }
}
