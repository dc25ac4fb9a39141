//! The files whose text Coolify keeps beside a compose file.

use covibe_compose::{StoredFile, mounts_paths};
use covibe_coolify::{Service, ServiceFile};
use covibe_domain::{Failure, Secret};
use covibe_policy::Owned;
use covibe_workspace::Coolify;

/// The files of a service: Coolify took their texts out of the file of a template.
pub(in crate::apps) struct StoredFiles(Vec<ServiceFile>);

impl StoredFiles {
    /// Reads the files of a service if this compose file mounts any.
    pub(in crate::apps) async fn read(
        coolify: &Coolify,
        service: &Owned<Service>,
        file: &str,
    ) -> Result<Self, Failure> {
        let has_any = mounts_paths(file);
        Ok(Self(if has_any { coolify.service_files(service).await? } else { Vec::new() }))
    }

    /// Returns them as the compose policy reads them.
    pub(in crate::apps) fn texts(&self) -> Vec<StoredFile<'_>> {
        self.0.iter().map(to_stored_file).collect()
    }
}

fn to_stored_file(file: &ServiceFile) -> StoredFile<'_> {
    let text = file.content.as_ref().map(Secret::expose);
    StoredFile { service: &file.service, target: &file.target, text }
}
