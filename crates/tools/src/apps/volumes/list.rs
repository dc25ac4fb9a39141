//! `apps.volumes.list`.

use std::collections::BTreeMap;

use covibe_docker_host::MountKind;
use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{OnHost, Workspace};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::on_host::no_docker_host;

/// The number of containers that are looked at concurrently.
const CONCURRENCY: usize = 4;

/// List the Docker volumes of an app, database or auth provider: sizes and mounts.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListVolumes {
    uuid: AppUuid,
}

/// The volumes of an app.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Volumes {
    /// The volumes, sorted by name.
    volumes: Vec<Volume>,
    /// Why the list is empty.
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
    /// The bytes of its files, if Docker knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 8192)]
    size_bytes: Option<u64>,
    /// Whether it has no name of its own: it goes with its container.
    is_anonymous: bool,
    /// Where containers mount it.
    mounts: Vec<Mounted>,
}

/// A container that mounts a volume.
#[derive(Serialize, JsonSchema)]
struct Mounted {
    /// The service, or the container.
    #[schemars(example = &"db")]
    service: String,
    /// The path in it.
    #[schemars(example = &"/var/lib/postgresql/data")]
    path: String,
}

/// The hint of an app without volumes.
const NONE: &str = "It has no volumes: files that it writes are gone with its container.";

impl Operation<Workspace> for ListVolumes {
    const SPEC: Spec = Spec::read("apps.volumes.list", Route::get("/apps/{uuid}/volumes"));

    type Output = Volumes;

    async fn run(self, cx: &Workspace) -> Result<Volumes, Failure> {
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let host = coolify.on_host(&resource).await?.ok_or_else(no_docker_host)?;
        let mut found = mounted(&host).await?;
        for name in host.volumes().await? {
            found.entry(name).or_default();
        }
        let sizes = host.volume_sizes(found.keys().map(String::as_str)).await?;
        let volume = |(name, mounts): (String, Vec<Mounted>)| {
            let size_bytes = sizes.get(&name).copied();
            Volume { is_anonymous: is_anonymous(&name), name, size_bytes, mounts }
        };
        let volumes: Vec<_> = found.into_iter().map(volume).collect();
        let hint = volumes.is_empty().then_some(NONE);
        Ok(Volumes { volumes, hint })
    }
}

/// Returns the volumes that a resource's containers mount, and where.
async fn mounted(host: &OnHost) -> Result<BTreeMap<String, Vec<Mounted>>, Failure> {
    let containers = host.containers().await?;
    let states = stream::iter(containers).map(async |container| {
        let state = host.state(&container).await?;
        Ok::<_, Failure>((container.service().to_owned(), state.mounts))
    });
    let states: Vec<_> = states.buffered(CONCURRENCY).try_collect().await?;
    let mut volumes: BTreeMap<String, Vec<Mounted>> = BTreeMap::new();
    for (service, mounts) in states {
        for mount in mounts.into_iter().filter(|mount| mount.kind == MountKind::Volume) {
            let Some(name) = mount.name else { continue };
            let mounted = Mounted { service: service.clone(), path: mount.destination };
            volumes.entry(name).or_default().push(mounted);
        }
    }
    Ok(volumes)
}

/// Whether Docker made up the name of a volume.
fn is_anonymous(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit())
}
