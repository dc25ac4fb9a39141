//! The sizes of volumes.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_docker_host::DockerHost;
use covibe_domain::{Failure, boxed};

use super::VolumeHolder;
use super::errors::failure;
use crate::cells::HostVolumeSizes;
use crate::scoped::coolify::Coolify;

impl Coolify {
    /// Returns the sizes in bytes of those of a holder's volumes whose size Docker knows, at most 30 seconds old. Docker
    /// walks the files of all volumes of the host, which takes long on a large one, so all tenants share the result.
    #[boxed]
    pub async fn volume_sizes(
        &self,
        holder: &VolumeHolder,
        names: &[&str],
    ) -> Result<HashMap<String, u64>, Failure> {
        if names.is_empty() {
            return Ok(HashMap::new());
        }
        let Some(host) = self.shared_docker_host(holder.server()).await? else {
            return Ok(HashMap::new());
        };
        let all = self.known_volume_sizes().read(host.address(), read_sizes(host.clone())).await?;
        let size = |name: &&str| Some(((*name).to_owned(), *all.get(*name)?));
        Ok(names.iter().filter_map(size).collect())
    }
}

/// Reads the sizes of all volumes of a host.
async fn read_sizes(host: DockerHost) -> Result<HostVolumeSizes, Failure> {
    let sizes = host.sizes().await.map_err(|error| failure(&error))?;
    let known = sizes.into_iter().filter_map(|size| Some((size.name, size.bytes?)));
    Ok(Arc::new(known.collect()))
}
