//! The Coolify API, v4.0.0-beta.473 to 4.3: hand-written types, with its quirks handled.
//!
//! The client does not know tenants: lists contain every resource of the token's team, and a tenant
//! check compares their numeric `environment_id`s. All members but ids are optional and unknown
//! ones are ignored. Only fields that Coolify allows are sent, because it refuses all others.

mod answer_reading;
mod application_volumes;
mod applications;
mod client;
mod container_limits;
mod container_logs;
mod databases;
mod deployments;
mod env_escaping;
mod envs;
pub mod forwarded_fields;
mod instance;
mod live_state;
mod project_contents;
mod records;
mod removal;
mod services;
mod template_public_containers;

pub use applications::{
    ApplicationPatch, BuildSource, CloneUrl, DomainsError, HealthCheck, HealthTiming,
    InvalidCloneUrl, NewImageApplication, NewRepositoryApplication,
};
pub use client::{Client, Config, OwnDestination, Placement};
pub use container_limits::Limits;
pub use container_logs::ContainerLog;
pub use covibe_upstream::{
    BoxFuture, Cause, ConfigError, Conflict, Effect, Error, Grant, Priority, Rate, RateBudget,
    Share,
};
pub use databases::{CreatedDatabase, Credentials, DatabasePatch, NewDatabase, NoSuchCredential};
pub use deployments::{DeployOutcome, Deployment, Link, Log, LogLine, command_to_free_place};
pub use env_escaping::{Alteration, EnvForm, alterations, exact_form};
pub use envs::{Env, EnvKey, EnvWrite, InvalidEnvKey};
pub use instance::{
    Abilities, Environment, PrivateKey, Project, Proxy, Server, ServerCondition, Support,
    UnreadableVersion, Version,
};
pub use live_state::LiveState;
pub use records::{
    Application, BuildPack, ContainerKind, Contents, Database, Description, Destination, GitUrl,
    Health, Mark, RunState, Service, ServiceApplication, ServiceDatabase, ServiceFile, Status,
    Volume,
};
pub use removal::Volumes;
pub use services::{NewComposeService, NewService, ServicePatch, StartOutcome, StopOutcome};
pub use template_public_containers::public_service;
