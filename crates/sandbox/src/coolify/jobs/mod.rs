//! The work of Coolify behind its API: deployments, starts, deletions, the parsing of compose
//! files.

pub(crate) mod database_proxies;
pub(crate) mod databases;
pub(crate) mod deletion;
pub(crate) mod deployments;
pub(crate) mod dotenv;
pub(crate) mod lifecycle;
pub(crate) mod looks;
pub(crate) mod neighbours;
pub(crate) mod seed;
pub(crate) mod services;
pub(crate) mod work;

mod outcome;
mod volumes;
