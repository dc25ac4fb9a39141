//! The state of a cell's apps: their kinds, the starts of their services, and the turns to write to them.
//!
//! Coolify calls an app of one container an application, and an app with a compose file a service.

mod service_starts;

use covibe_domain::{HostedUuid, KeyedSemaphore, ProjectUuid, ServiceUuid, WorkspaceId};

pub(super) use self::service_starts::ServiceStarts;
pub use self::service_starts::StartPermit;
use super::known_ids::KnownIds;

/// The state of a cell's apps.
#[derive(Debug, Default)]
pub(crate) struct Apps {
    /// The apps that are known to be services of Coolify, because an app's uuid does not show its kind.
    pub(crate) services: KnownIds<ServiceUuid>,
    /// The services that are being started, or were started a moment ago.
    pub(crate) service_starts: ServiceStarts,
    /// The turns to write a compose file, by project: the files of a project share a size limit.
    pub(crate) compose_turns: KeyedSemaphore<ProjectUuid>,
    /// The turns to change the source of an application or to deploy it, or to change the state of a database. They are
    /// also by workspace, because a turn begins before it is checked that the resource belongs to the workspace.
    pub(crate) source_turns: KeyedSemaphore<(WorkspaceId, HostedUuid)>,
    /// The turns to write an app's variables, by workspace for the same reason.
    pub(crate) variable_turns: KeyedSemaphore<(WorkspaceId, HostedUuid)>,
}
