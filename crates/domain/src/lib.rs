//! Types that every layer of Co-Vibe shares: ids, names, entities, failures, secrets and checked texts.
//!
//! Pure: no I/O, no clock, no randomness. The server serializes the wire types here and our clients
//! deserialize them, so that renaming a field can't break only one side.

pub mod call_effect;
pub mod companion;
pub mod counters;
pub mod email;
pub mod entities;
pub mod failure;
pub mod git_messages;
pub mod host_labels;
pub mod hosted_origin;
pub mod ids;
pub mod image;
pub mod internet;
pub mod interpreted_variables;
pub mod money;
pub mod names;
pub mod own_origins;
pub mod resource_location;
pub mod secret;
pub mod shell;
pub mod time;

/// Makes an async function return a boxed future.
///
/// The body of an async function is compiled in every crate that awaits it, with the bodies of all that it awaits. A
/// boxed one is compiled once, in its own crate, for an allocation a call. Public async functions of library crates
/// have this attribute, unless they take types of their callers; `cargo xtask tidy` checks it.
pub use async_recursion::async_recursion as boxed;

/// The target of the spans that traces are made of: those of calls and of requests to upstreams. Logs leave them out.
pub const TRACE_TARGET: &str = "covibe::trace";

pub use call_effect::Access;
pub use counters::{
    KeyedPermit, KeyedPermits, KeyedSemaphore, KeyedTurn, SharedPermit, SharedPermits,
};
pub use email::{Email, InvalidEmail};
pub use failure::{Failure, Kind, UNKNOWN_OUTCOME};
pub use ids::{
    Actor, AppUuid, CellName, CommandId, DatabaseUuid, Deployable, DeploymentUuid, DestinationUuid,
    EnvUuid, HostedUuid, InvalidId, InvitationId, KeyDigest, KeyId, LinkId, PrivateKeyUuid,
    ProjectId, ProjectUuid, ResourceKind, ServerUuid, ServiceUuid, SessionId, StorageUuid,
    TenantId, UserId, WorkspaceId, has_uuid_form,
};
pub use money::{Currency, Money};
pub use names::{DomainName, InvalidDomainName, Slug};
pub use resource_location::{Located, Location};
pub use secret::{Revealed, Secret};
pub use time::Timestamp;
