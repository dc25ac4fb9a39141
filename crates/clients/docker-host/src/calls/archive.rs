//! Reading files of a container, running or not.

use covibe_domain::boxed;

use crate::error::{Error, Result};
use crate::host::DockerHost;
use crate::owner::ContainerId;
use crate::wire::{Call, Query};

/// The longest path, in bytes; Linux allows as many.
const PATH: usize = 4096;

impl DockerHost {
    /// Returns a file or a directory of a container as an uncompressed tar archive, as `docker cp`
    /// does. The engine resolves symbolic links within the container, so that none leads to a file of
    /// the host. An archive above `max_bytes` is [`Error::TooLarge`].
    #[boxed]
    pub async fn archive(&self, id: &ContainerId, path: &str, max_bytes: usize) -> Result<Vec<u8>> {
        if !path.starts_with('/') || path.contains('\0') || path.len() > PATH {
            return Err(Error::Invalid("the path is absolute and has at most 4096 bytes"));
        }
        let query = Query::default().with("path", path);
        let call = Call::get(format!("/containers/{id}/archive"), &query).at_most(max_bytes);
        Ok(self.ask(call).await?.accepted()?.body)
    }
}
