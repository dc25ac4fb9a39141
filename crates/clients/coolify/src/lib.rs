//! The Coolify API, v4.0.0-beta.473 to 4.3: hand-written types, its quirks handled.
//!
//! It knows nothing of tenants: lists hold everything of the token's team, and numeric
//! `environment_id`s are what a tenant check compares. Everything but ids is optional, unknown
//! fields are ignored, and only fields that Coolify allows are sent, because it refuses all others.

mod abilities;
mod applications;
mod build_pack;
mod cache;
mod client;
mod databases;
mod deployments;
mod envs;
pub mod forwarded;
mod keys;
mod listing;
mod location;
mod projects;
mod refusal;
mod removal;
mod sentence;
mod servers;
mod services;
mod status;
mod templates;
mod version;
mod wire;

pub use abilities::Abilities;
pub use applications::{
    Application, ApplicationPatch, CloneUrl, DomainsError, GitUrl, InvalidCloneUrl,
    NewImageApplication, NewRepositoryApplication,
};
pub use build_pack::BuildPack;
pub use client::{Client, Config, Placement};
pub use covibe_upstream::{BoxFuture, Budget, Cause, ConfigError, Conflict, Effect, Error, Grant};
pub use databases::{
    CreatedDatabase, Credentials, Database, DatabasePatch, Limits, NewDatabase, NoSuchCredential,
};
pub use deployments::{Deploy, Deployment, LogLine};
pub use envs::{Env, EnvKey, EnvWrite, InvalidEnvKey};
pub use keys::PrivateKey;
pub use projects::{Environment, Project};
pub use removal::Volumes;
pub use servers::{Proxy, Server, ServerCondition};
pub use services::{
    NewComposeService, NewService, Service, ServiceApplication, ServiceDatabase, ServicePatch,
    Start,
};
pub use status::{Health, State, Status};
pub use templates::public_service;
pub use version::{UnreadableVersion, Version};
