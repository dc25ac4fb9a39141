//! The state of a cell's deployments of applications, except the order in which they are handed to Coolify.
//!
//! The order is in the [queue](super::queue), which deployments share with the starts of services and databases.

mod polled;

use covibe_domain::{KeyedSemaphore, TenantId};

use self::polled::PolledDeployments;
pub(crate) use self::polled::{KeptDeployments, PollSource};
use super::recent_ids::RecentIds;

/// The state of a cell's deployments.
#[derive(Debug, Default)]
pub(crate) struct Deployments {
    /// The deployments that callers poll, as they were read last.
    pub(crate) polled: PolledDeployments,
    /// The turns to queue a deployment, by tenant.
    pub(crate) turns: KeyedSemaphore<TenantId>,
    /// The applications whose deletion was requested in the last minutes, and which are no longer deployed.
    pub(crate) deleted_apps: RecentIds,
}
