//! The answer of `apps.volumes.wipe`.

use covibe_workspace::{Hosted, VolumeHolder};
use schemars::JsonSchema;
use serde::Serialize;

use super::steps::WipeResult;

/// A volume that was removed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VolumeRemoval {
    /// Its name.
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco_db-data")]
    volume: String,
    /// `gone` if it is certainly gone; `removed` if the docker host did not confirm that.
    #[schemars(example = &"gone")]
    status: &'static str,
    /// True if this call removed it; false if an earlier one did.
    wiped: bool,
    /// The containers that ran and were stopped.
    #[schemars(example = ["web-vgsco4occ8ksgsc4s8ck4kco"])]
    stopped_containers: Vec<String>,
    /// The containers that used it and were removed, with their logs.
    #[schemars(example = ["db-vgsco4occ8ksgsc4s8ck4kco"])]
    removed_containers: Vec<String>,
    /// The unnamed volumes that were removed with these containers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = Vec::<String>::new())]
    also_removed: Vec<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &r#"apps.deploy {"uuid":"vgsco4occ8ksgsc4s8ck4kco"} starts it with an empty volume."#)]
    next: Option<String>,
}

impl VolumeRemoval {
    /// Creates the answer about a volume of this resource.
    pub(super) fn new(volume: &str, done: WipeResult, of: &VolumeHolder) -> Self {
        Self {
            volume: volume.to_owned(),
            status: if done.is_unseen { "removed" } else { "gone" },
            wiped: !done.was_gone,
            stopped_containers: done.stopped.into_iter().collect(),
            removed_containers: done.removed.into_iter().collect(),
            also_removed: done.beside.into_iter().collect(),
            next: next(of),
        }
    }
}

/// Returns the way to start the resource again; `None` for a deleted one.
fn next(of: &VolumeHolder) -> Option<String> {
    match of {
        VolumeHolder::Present(resource @ Hosted::App(_)) => {
            let uuid = resource.uuid();
            Some(format!(r#"apps.deploy {{"uuid":"{uuid}"}} starts it with an empty volume."#))
        }
        VolumeHolder::Present(resource) => {
            Some(format!("The volume will be empty at the next start. {}", resource.how_to_start()))
        }
        VolumeHolder::Deleted(_) => None,
    }
}
