//! Coolify's resources in its answers, read leniently.

mod application;
mod application_settings;
mod database;
mod description;
mod destination;
mod git_url;
mod labels;
mod project_contents;
mod service;
mod status;

pub use application::Application;
pub(crate) use application_settings::Switches;
pub use application_settings::{BuildPack, Volume};
pub use database::Database;
pub use description::{Description, Mark};
pub use destination::Destination;
pub use git_url::GitUrl;
pub use labels::ContainerKind;
pub use project_contents::Contents;
pub(crate) use project_contents::EnvironmentContents;
pub use service::{Service, ServiceApplication, ServiceDatabase, ServiceFile};
pub use status::{Health, RunState, Status};
