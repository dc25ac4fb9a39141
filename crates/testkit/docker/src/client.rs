//! Docker's client for one engine.

use std::path::PathBuf;
use std::process::Command;

/// The program and the socket that it asks.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) program: PathBuf,
    pub(crate) socket: PathBuf,
}

impl Client {
    /// Returns a command of the client.
    pub(crate) fn command(&self) -> Command {
        let mut docker = Command::new(&self.program);
        docker.arg("--host").arg(format!("unix://{}", self.socket.display()));
        docker
    }
}
