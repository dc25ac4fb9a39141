//! Coolify's resources in its answers, read leniently.

mod application;
mod build_pack;
mod compose_domains;
mod contents;
mod database;
mod description;
mod destination;
mod git_url;
mod labels;
mod last_seen;
mod location;
mod server_of_destination;
mod service;
mod status;
mod switches;
mod volume;

pub use application::Application;
pub use build_pack::BuildPack;
pub use contents::Contents;
pub(crate) use contents::EnvironmentContents;
pub use database::Database;
pub use description::{Description, Mark};
pub use destination::Destination;
pub use git_url::GitUrl;
pub use labels::ContainerKind;
pub use service::{Service, ServiceApplication, ServiceDatabase, ServiceFile};
pub use status::{Health, RunState, Status};
pub(crate) use switches::Switches;
pub use volume::Volume;
