//! A server over simulated upstreams, and further processes of it.

mod app_variables;
pub mod dns;
mod http_front;
mod instance;
mod location;
mod member;
mod options;
mod process;
mod s3;
mod variables;
mod wiring;
mod world;

pub use http_front::{Front, RunningFront};
pub use instance::Instance;
pub use location::Location;
pub use member::{Member, mint, new_workspace};
pub use options::Options;
pub use process::Process;
pub use s3::S3Client;
pub use world::World;

pub(crate) use options::ADMIN;
