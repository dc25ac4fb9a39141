//! Coolify's resources in its answers, read leniently.

mod application;
mod application_settings;
mod container_labels;
mod database;
mod description;
mod destination;
mod git_url;
mod project_contents;
mod resource_status;
mod service;

pub use application::Application;
pub(crate) use application_settings::Switches;
pub use application_settings::{BuildPack, Volume};
pub use container_labels::ContainerKind;
pub use database::Database;
pub use description::{Description, Mark};
pub use destination::Destination;
pub use git_url::GitUrl;
pub use project_contents::Contents;
pub(crate) use project_contents::EnvironmentContents;
pub use resource_status::{Health, RunState, Status};
pub use service::{Service, ServiceApplication, ServiceDatabase, ServiceFile};
