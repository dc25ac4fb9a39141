//! The files whose text Coolify keeps beside a compose file.

use covibe_compose::{StoredFile, mounts_paths};
use covibe_coolify::{Service, ServiceFile};
use covibe_domain::{Failure, Secret};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

/// Reads the files of a service if this compose file mounts any: Coolify took their texts out of the file of a template.
pub(in crate::apps) async fn read_stored_files(
    coolify: &Coolify,
    service: &Owned<Service>,
    file: &str,
) -> Result<Vec<StoredFile>, Failure> {
    if !mounts_paths(file) {
        return Ok(Vec::new());
    }
    Ok(coolify.service_files(service).await?.into_iter().map(to_stored_file).collect())
}

fn to_stored_file(file: ServiceFile) -> StoredFile {
    let text = file.content.as_ref().map(Secret::expose).map(str::to_owned);
    StoredFile { service: file.service, target: file.target, text }
}
