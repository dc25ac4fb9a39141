//! What every floor of Co-Vibe shares: ids, names, entities, failures and secrets.
//!
//! Pure: no I/O, no clock of its own, no randomness. The wire types here are the ones the server
//! answers with and its clients read, so that a renamed field can't break only one side.

pub mod access;
pub mod actor;
pub mod cell;
pub mod entities;
pub mod failure;
pub mod ids;
pub mod image;
pub mod names;
pub mod placed;
pub mod secret;
pub mod shell;
pub mod slug;
pub mod time;
pub mod variables;

pub use access::Access;
pub use actor::Actor;
pub use cell::CellName;
pub use failure::{Failure, Kind};
pub use ids::{
    AppUuid, DatabaseUuid, DeploymentUuid, EnvUuid, InvalidId, KeyDigest, KeyId, PrivateKeyUuid,
    ProjectId, ProjectUuid, ServerUuid, ServiceUuid, TenantId, UserId, WorkspaceId,
};
pub use placed::{Place, Placed};
pub use secret::{Revealed, Secret};
pub use slug::Slug;
pub use time::Timestamp;
