//! The target of an SSH connection.

use std::path::PathBuf;
use std::time::Duration;

/// The target of an SSH connection.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) user: String,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) key_file: Option<PathBuf>,
    pub(super) known_hosts: PathBuf,
    pub(super) connect_timeout: Duration,
}
