//! Connecting to an engine on this machine.

use std::io::ErrorKind;
use std::path::Path;

use tokio::net::UnixStream;

use crate::engine_http::Io;
use crate::error::{Error, Result, Trouble};

/// Connects to the engine's socket, which answers at once or not at all.
pub(super) async fn open(socket: &Path) -> Result<Io> {
    match UnixStream::connect(socket).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(Error::NotConnected(Trouble::Denied))
        }
        Err(_) => Err(Error::NotConnected(Trouble::NoEngine)),
    }
}
