//! The state of a cell's containers: those that were judged, the last lists of them and of the sizes of their volumes,
//! and Coolify's inspections.

mod container_listings;
mod coolify_inspections;
mod missing_resources;
mod volume_sizes;

use covibe_docker_host::ContainerId;
use covibe_domain::counters::Count;

pub(crate) use self::container_listings::Listing;
use self::container_listings::Listings;
use self::coolify_inspections::CoolifyInspections;
use self::missing_resources::MissingResources;
pub(crate) use self::volume_sizes::{HostVolumeSizes, VolumeSizes};
use super::known_ids::KnownIds;
use super::recent_ids::RecentIds;

/// The state of a cell's containers.
#[derive(Debug, Default)]
pub(crate) struct Containers {
    /// The containers that were judged and have no forbidden label: neither their labels nor their images change.
    pub(crate) admitted: KnownIds<ContainerId>,
    /// The resources whose containers run although Coolify does not have the resource.
    pub(crate) missing_resources: MissingResources,
    /// The containers that ran on the docker hosts when these were asked last.
    pub(crate) listings: Listings,
    /// The sizes of the volumes of the docker hosts when these were asked last.
    pub(crate) volume_sizes: VolumeSizes,
    /// The tenants whose containers a docker host did not list in time.
    pub(crate) unlisted_tenants: RecentIds,
    /// The inspections by Coolify that have not ended.
    pub(crate) inspections: CoolifyInspections,
}

/// Counts of the watch of containers since the server started.
#[derive(Debug, Default)]
pub struct WatchCounts {
    /// The number of scans of hosts that succeeded.
    pub looked: Count,
    /// The number of scans of hosts that failed.
    pub failed: Count,
    /// The number of containers that were stopped because of a label of their image.
    pub stopped: Count,
    /// The number of containers that run on, because stopping them failed.
    pub unstopped: Count,
    /// The number of times that a container with such a label was seen that belongs to no workspace of this server, and
    /// was left alone.
    pub unknown: Count,
}
