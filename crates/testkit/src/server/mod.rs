//! A server over simulated upstreams, and further processes of it.

mod app_variables;
mod database_and_settings;
pub mod dns_queries;
mod further_server;
mod http_front;
mod process;
mod s3_client;
mod server_environment;
mod server_wiring;
mod workspaces_and_agents;
mod world;
mod world_options;

pub use database_and_settings::Location;
pub use further_server::Instance;
pub use http_front::{Front, RunningFront};
pub use process::Process;
pub use s3_client::S3Client;
pub use workspaces_and_agents::{Member, mint, new_workspace};
pub use world::World;
pub use world_options::{Options, Provisioned};

pub(crate) use world_options::ADMIN;
