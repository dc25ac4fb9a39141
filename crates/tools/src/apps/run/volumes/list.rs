//! `apps.volumes.list`.

use std::collections::BTreeMap;

use covibe_docker_host::is_anonymous_volume;
use covibe_domain::{Failure, HostedUuid};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Inventory, VolumeHolder, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::container_access::no_docker_host;

/// List the Docker volumes of an app, database or auth provider, even a deleted one: sizes and mounts.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListVolumes {
    uuid: HostedUuid,
}

/// The volumes of an app.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Volumes {
    /// The volumes, sorted by name.
    volumes: Vec<Volume>,
    /// The reason why the list is empty, or why the volumes remain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The app has no volumes.")]
    hint: Option<&'static str>,
}

/// A volume.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DockerVolume")]
struct Volume {
    /// Its name.
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco_db-data")]
    name: String,
    /// The size of its files in bytes, at most 30 seconds ago. Absent if Docker did not report it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 8192)]
    size_bytes: Option<u64>,
    /// True if it is unnamed: Docker removes it together with its container.
    is_anonymous: bool,
    /// The containers that mount it.
    mounts: Vec<Mounted>,
}

/// A container that mounts a volume.
#[derive(Serialize, JsonSchema)]
struct Mounted {
    /// The service, or the container.
    #[schemars(example = &"db")]
    service: String,
    /// The path in the container.
    #[schemars(example = &"/var/lib/postgresql/data")]
    path: String,
}

/// The hint of an app without volumes.
const NONE: &str = "The resource has no volumes: files that it writes are lost with its container.";

/// The hint for a deleted resource without volumes.
const NONE_LEFT: &str = "The resource was deleted, and all of its volumes are gone.";

/// The hint for the volumes of a deleted resource.
const LEFT: &str = "The resource was deleted, but these volumes remain. apps.volumes.wipe removes \
                    one of them.";

impl Operation<Workspace> for ListVolumes {
    const SPEC: Spec = Spec::read("apps.volumes.list", Route::get("/apps/{uuid}/volumes"));

    type Output = Volumes;

    async fn run(self, cx: &Workspace) -> Result<Volumes, Failure> {
        let coolify = cx.coolify().await?;
        let holder = coolify.volume_holder(&self.uuid).await?;
        let host = coolify.host_of(&holder).await?.ok_or_else(no_docker_host)?;
        let found = volume_mounts(&host.inventory().await?);
        let names: Vec<_> = found.keys().map(String::as_str).collect();
        let sizes = coolify.volume_sizes(&holder, &names).await?;
        let volume = |(name, mounts): (String, Vec<Mounted>)| {
            let size_bytes = sizes.get(&name).copied();
            Volume { is_anonymous: is_anonymous_volume(&name), name, size_bytes, mounts }
        };
        let volumes: Vec<_> = found.into_iter().map(volume).collect();
        let hint = match &holder {
            VolumeHolder::Present(_) => volumes.is_empty().then_some(NONE),
            VolumeHolder::Deleted(_) if volumes.is_empty() => Some(NONE_LEFT),
            VolumeHolder::Deleted(_) => Some(LEFT),
        };
        Ok(Volumes { volumes, hint })
    }
}

/// Returns the volumes of a resource, and where its containers mount them.
fn volume_mounts(seen: &Inventory) -> BTreeMap<String, Vec<Mounted>> {
    let mut volumes: BTreeMap<String, Vec<Mounted>> = BTreeMap::new();
    for name in seen.labelled() {
        volumes.entry(name.to_owned()).or_default();
    }
    for (name, container, path) in seen.mounts() {
        let mounted = Mounted { service: container.service().to_owned(), path: path.to_owned() };
        volumes.entry(name.to_owned()).or_default().push(mounted);
    }
    volumes
}
