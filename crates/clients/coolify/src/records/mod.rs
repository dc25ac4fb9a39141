//! Coolify's resources as its answers tell them, read leniently.

mod application;
mod build_pack;
mod compose_domains;
mod contents;
mod database;
mod description;
mod destination;
mod git_url;
mod labels;
mod location;
mod placed;
mod service;
mod status;
mod volume;

use std::time::Duration;

use covibe_domain::Timestamp;

pub use application::Application;
pub(crate) use application::Switches;
pub use build_pack::BuildPack;
pub use contents::Contents;
pub(crate) use contents::EnvironmentContents;
pub use database::Database;
pub use description::{Description, Mark};
pub use destination::Destination;
pub use git_url::GitUrl;
pub use labels::Labelled;
pub use service::{Service, ServiceApplication, ServiceDatabase, ServiceFile};
pub use status::{Health, State, Status};
pub use volume::Volume;

/// Returns when Coolify looked at a resource last, as its row tells. The row of one that it never looked at has the day
/// on which Coolify was installed, the default of the column (4.3.11).
fn seen_since(created: Option<Timestamp>, last_online: Option<Timestamp>) -> Option<Timestamp> {
    // It has whole seconds only.
    let end = |at: Timestamp| at.after(Duration::from_secs(1));
    last_online.filter(|at| created.is_none_or(|created| end(*at) > created))
}
