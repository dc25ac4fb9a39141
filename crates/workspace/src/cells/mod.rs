//! The cells of a server: each one Coolify, one Gitea and the hosts behind them.
//!
//! A workspace's record names its cell, which is the only way to an upstream's client. So an operator can add a cell
//! without a change of any operation. Caches and rate budgets belong to a cell.
//!
//! | module | content |
//! |---|---|
//! | [`cell`] | a cell: the clients of its upstreams, and one group of caches and turns for each kind of thing below |
//! | [`upstreams`] | clients, docker hosts, addresses, rate budgets, the version and abilities of Coolify |
//! | [`tenant_boundaries`] | projects: the boundaries of workspaces |
//! | [`queue`] | the queue of deployments and starts before Coolify |
//! | [`deployments`] | deployments that callers poll, and the turns to queue one |
//! | [`apps`] | services and their starts, the turns to write compose files, sources and variables |
//! | [`resources`] | names, recent actions, and removed strays of all kinds of resources |
//! | [`containers`] | judged and listed containers, inspections by Coolify |
//! | [`running_commands`] | commands in containers |
//! | [`repositories`] | access to repositories, messages of commits and verdicts on them |
//! | [`known_ids`], [`recent_ids`] | the kinds of memory that the groups consist of |

mod apps;
mod cell;
mod containers;
mod deployments;
mod known_ids;
mod queue;
mod recent_ids;
mod repositories;
mod resources;
mod running_commands;
mod tenant_boundaries;
mod upstreams;

use std::collections::HashMap;
use std::sync::Arc;

use covibe_docker_host::DockerHost;
use covibe_domain::{CellName, Failure, TenantId, WorkspaceId};
use covibe_store::WorkspaceRecord;

pub(crate) use self::cell::Cell;
use self::cell::unconfigured_upstream;
pub(crate) use self::containers::{HostVolumeSizes, Listing, VolumeSizes};
pub(crate) use self::deployments::{KeptDeployments, PollSource};
pub(crate) use self::known_ids::KnownIds;
pub(crate) use self::queue::{Places, QueuePosition, QueueSnapshot, WorkUnderWay};
pub(crate) use self::recent_ids::RecentIds;
pub(crate) use self::repositories::{CommitVerdicts, ReadingTurn};
pub(crate) use self::running_commands::DetachedPermit;
pub(crate) use self::tenant_boundaries::Territory;
pub(crate) use self::upstreams::CoolifyNeeds;

pub use apps::StartPermit;
pub use containers::WatchCounts;
pub use queue::{QueueCondition, QueueLoad};
pub use running_commands::ExecPermit;
pub use upstreams::{
    DockerHosts, GiteaAddress, InvalidSshAddress, SharedRateBudget, SshAddress, UpstreamState,
    Upstreams,
};

/// The cells of a server, by name.
#[derive(Debug, Default)]
pub struct Cells(HashMap<CellName, Arc<Cell>>);

impl Cells {
    /// Creates the cells of a server whose only cell, `default`, has these upstreams.
    pub fn with_default_cell(upstreams: Upstreams) -> Self {
        let mut cells = Self::default();
        cells.insert(CellName::default(), upstreams);
        cells
    }

    /// Adds a cell, or replaces the one with this name.
    pub fn insert(&mut self, name: CellName, upstreams: Upstreams) {
        self.0.insert(name, Arc::new(Cell::new(upstreams)));
    }

    /// Checks every cell's Coolify in the background, logs missing features, and lets operations that need them fail.
    pub(crate) fn watch(&self) {
        self.0.values().for_each(|cell| cell.watch());
    }

    /// Checks every cell's Coolify once.
    pub(crate) async fn check_all(&self) -> Result<(), Failure> {
        for cell in self.0.values() {
            if let Some(coolify) = &cell.upstreams.coolify {
                cell.coolify_condition.refresh(coolify).await?;
            }
        }
        Ok(())
    }

    /// Returns whether any cell has a docker host.
    pub(crate) fn have_docker_hosts(&self) -> bool {
        self.0.values().any(|cell| !cell.upstreams.docker.is_empty())
    }

    /// Returns the docker hosts of all cells.
    pub(crate) fn docker_hosts(&self) -> Vec<(Arc<Cell>, DockerHost)> {
        let of_cell = |cell: &Arc<Cell>| {
            let hosts = cell.upstreams.docker.all().cloned().collect::<Vec<_>>();
            hosts.into_iter().map(|host| (Arc::clone(cell), host)).collect::<Vec<_>>()
        };
        self.0.values().flat_map(of_cell).collect()
    }

    /// Returns the states of the upstreams of every cell.
    pub(crate) fn upstreams(&self) -> Vec<UpstreamState> {
        self.0.values().flat_map(|cell| cell.upstreams.states()).collect()
    }

    /// Returns the hosts of the upstreams of every cell.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.0.values().flat_map(|cell| cell.upstreams.hosts())
    }

    /// Returns all cells with their names.
    pub(crate) fn all(&self) -> Vec<(CellName, Arc<Cell>)> {
        self.0.iter().map(|(name, cell)| (name.clone(), Arc::clone(cell))).collect()
    }

    /// Returns the cell with this name.
    pub(crate) fn get(&self, name: &CellName) -> Result<&Arc<Cell>, Failure> {
        self.0.get(name).ok_or_else(|| unconfigured_upstream(&format!("The cell {name}")))
    }
}

/// Returns the share of the rate budgets of a cell's upstreams that the calls of a workspace count against. Tenants
/// take turns, regardless of the number of their workspaces.
pub(crate) fn share_of(record: &WorkspaceRecord) -> covibe_coolify::Share {
    covibe_coolify::Share::new(record.tenant.as_str(), record.slug.as_str())
}

/// Returns the share of the rate budgets of the operator's accounts, such as that at Google Cloud, that the calls of a
/// workspace count against. As with [`share_of`], tenants take turns.
pub(crate) fn share_by_ids(tenant: &TenantId, workspace: &WorkspaceId) -> covibe_coolify::Share {
    covibe_coolify::Share::new(tenant.as_str(), workspace.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_of_an_unknown_cell_reaches_no_upstream() {
        let cells = Cells::with_default_cell(Upstreams::default());
        let failure = cells.get(&"elsewhere".parse().unwrap()).unwrap_err();
        assert_eq!(failure.message, "The cell elsewhere is not configured on this server.");
        let cell = cells.get(&CellName::default()).unwrap();
        assert!(cell.coolify().is_err() && cell.gitea().is_err() && cell.gitea_address().is_err());
    }
}
