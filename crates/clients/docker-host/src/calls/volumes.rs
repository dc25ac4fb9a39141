//! A resource's volumes.

use std::collections::BTreeMap;

use covibe_domain::{Timestamp, boxed};
use serde::Deserialize;

use super::containers::Wire as WireContainer;
use super::{check_name, time};
use crate::container_owner::{PROJECT, checked_uuid, holds};
use crate::engine_http::{Call, Query};
use crate::error::{Conflict, Error, Result};
use crate::host::DockerHost;

/// The maximum number of bytes of the list of all of a host's volumes.
const ALL: usize = 32 << 20;

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its label `com.docker.compose.project`: the uuid of the resource that it was made for.
    pub project: Option<String>,
    /// When it was created, if the engine knows.
    pub created_at: Option<Timestamp>,
}

/// The size of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSize {
    /// Its name.
    pub name: String,
    /// The bytes of its files; `None` if the engine does not know, as for volumes of other drivers.
    pub bytes: Option<u64>,
    /// The number of containers that use it, running or not.
    pub users: u64,
}

impl DockerHost {
    /// Returns the volumes of the resource with this uuid: those with the label
    /// `com.docker.compose.project` whose name also holds the uuid as a word.
    #[boxed]
    pub async fn volumes(&self, uuid: &str) -> Result<Vec<Volume>> {
        let uuid = checked_uuid(uuid)?;
        let query = Query::default().filter("label", &format!("{PROJECT}={uuid}"));
        let listed: WireVolumes = self.ask(Call::get("/volumes", &query)).await?.json()?;
        let volumes = listed.volumes.unwrap_or_default().into_iter().map(Volume::from);
        let is_owned =
            |volume: &Volume| volume.project.as_deref() == Some(uuid) && holds(&volume.name, uuid);
        let mut volumes: Vec<_> = volumes.filter(is_owned).collect();
        volumes.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(volumes)
    }

    /// Returns the sizes of all volumes of the host; behind a gate, only of those whose names hold a resource's uuid.
    /// The engine walks the files of all volumes, so that this is slow on a large host: it may take three times as
    /// long as other calls.
    #[boxed]
    pub async fn sizes(&self) -> Result<Vec<VolumeSize>> {
        let query = Query::default().with("type", "volume");
        let twice = self.link().call_timeout() * 2;
        let call = Call::get("/system/df", &query).at_most(ALL).longer(twice);
        let usage: WireVolumes = self.ask(call).await?.json()?;
        Ok(usage.volumes.unwrap_or_default().into_iter().map(VolumeSize::from).collect())
    }

    /// Returns whether there is a volume of this name. The gate answers [`Error::Refused`] for an
    /// anonymous one.
    #[boxed]
    pub async fn has_volume(&self, name: &str) -> Result<bool> {
        let path = format!("/volumes/{}", checked_name(name)?);
        match self.ask(Call::get(path, &Query::default())).await?.accepted() {
            Ok(_) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a volume. Succeeds if it does not exist; one that a container uses, running or not,
    /// is [`Conflict::VolumeInUse`].
    #[boxed]
    pub async fn remove_volume(&self, name: &str) -> Result<()> {
        let path = format!("/volumes/{}", checked_name(name)?);
        let removed = self.ask(Call::delete(path, &Query::default())).await?.accepted();
        match removed {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(Error::Conflict(_)) => {
                let by = self.users_of(name).await?;
                Err(Error::Conflict(Conflict::VolumeInUse { by }))
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the names of the containers that use a volume, running or not, whoever owns them.
    #[boxed]
    pub async fn users_of(&self, volume: &str) -> Result<Vec<String>> {
        let query = Query::default().with("all", "true").filter("volume", checked_name(volume)?);
        let listed: Vec<WireContainer> =
            self.ask(Call::get("/containers/json", &query)).await?.json()?;
        let mut names: Vec<_> =
            listed.iter().filter_map(|wire| wire.name().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }
}

/// Docker's answer to `GET /volumes`, and to `GET /system/df` of volumes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireVolumes {
    volumes: Option<Vec<WireVolume>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireVolume {
    name: String,
    #[serde(default)]
    created_at: String,
    labels: Option<BTreeMap<String, String>>,
    usage_data: Option<WireUse>,
}

/// Docker writes -1 for an unknown number.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireUse {
    size: i64,
    ref_count: i64,
}

impl From<WireVolume> for Volume {
    fn from(wire: WireVolume) -> Self {
        let project = wire.labels.and_then(|mut labels| labels.remove(PROJECT));
        Self { name: wire.name, project, created_at: time(&wire.created_at) }
    }
}

impl From<WireVolume> for VolumeSize {
    fn from(wire: WireVolume) -> Self {
        let (bytes, users) = wire.usage_data.map_or((-1, -1), |used| (used.size, used.ref_count));
        let (bytes, users) = (u64::try_from(bytes).ok(), u64::try_from(users).unwrap_or_default());
        Self { name: wire.name, bytes, users }
    }
}

/// Fails for a text that Docker does not accept as a volume's name, before it becomes part of a
/// path.
fn checked_name(name: &str) -> Result<&str> {
    check_name(name, 2..=255, "the name of a volume can contain only letters, digits, _, . and -")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_names_that_are_not_one_path_segment_are_refused() {
        assert_eq!(checked_name("a1_my-data"), Ok("a1_my-data"));
        for name in ["", "a", "..", "../x", "a/b", "a?force=1", "a%2fb", "-v", "a b", "a\0", "é-x"]
        {
            assert!(matches!(checked_name(name), Err(Error::Invalid(_))), "{name}");
        }
    }
}
