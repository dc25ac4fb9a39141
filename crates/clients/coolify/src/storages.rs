//! The volumes of an application.

use covibe_domain::shell::{MountPath, VolumeName};
use covibe_domain::{AppUuid, StorageUuid};
use covibe_upstream::{Error, gone};
use serde::Deserialize;
use serde_json::json;

use crate::client::Client;
use crate::wire;

/// A docker volume that an application's container mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Coolify's id of the mount.
    pub uuid: StorageUuid,
    /// Its name within the application; docker's has the application's id in front of it.
    pub name: String,
    /// Where the container mounts it.
    pub mount_path: String,
}

/// What an application mounts. Files and compose mounts are in another list.
#[derive(Deserialize)]
struct Storages {
    #[serde(default)]
    persistent_storages: Vec<Storage>,
}

#[derive(Deserialize)]
struct Storage {
    uuid: StorageUuid,
    #[serde(default)]
    name: String,
    #[serde(default)]
    mount_path: String,
    #[serde(default, deserialize_with = "wire::text")]
    host_path: Option<String>,
}

impl Storage {
    /// Returns the volume; `None` for a folder of the host, which only an operator mounts.
    fn volume(self, app: &AppUuid) -> Option<Volume> {
        let name = self.name.strip_prefix(app.as_str())?.strip_prefix('-')?.to_owned();
        let Self { uuid, mount_path, host_path, .. } = self;
        host_path.is_none().then_some(Volume { uuid, name, mount_path })
    }
}

impl Client {
    /// Returns the volumes of an application. Coolify before 4.0.0-beta.473 has no such call and
    /// answers that it was not found.
    pub async fn volumes(&self, app: &AppUuid) -> Result<Vec<Volume>, Error> {
        let request = self.transport.get("/applications/{uuid}/storages").segment(app.as_str());
        let storages: Storages = request.json().await?;
        let volumes = storages.persistent_storages.into_iter();
        Ok(volumes.filter_map(|storage| storage.volume(app)).collect())
    }

    /// Mounts a volume from the next deployment on. A name that the application has already is a
    /// failure of Coolify (4.3.11), so look first.
    ///
    /// A volume of that name that was mounted before is still there with its data.
    pub async fn mount_volume(
        &self,
        app: &AppUuid,
        name: &VolumeName,
        at: &MountPath,
    ) -> Result<(), Error> {
        let body =
            json!({ "type": "persistent", "name": name.as_str(), "mount_path": at.as_str() });
        let request = self.transport.post("/applications/{uuid}/storages").segment(app.as_str());
        request.body(body).done().await
    }

    /// Mounts a volume elsewhere from the next deployment on.
    pub async fn move_volume(
        &self,
        app: &AppUuid,
        volume: &StorageUuid,
        to: &MountPath,
    ) -> Result<(), Error> {
        let (uuid, to) = (volume.as_str(), to.as_str());
        let body = json!({ "type": "persistent", "uuid": uuid, "mount_path": to });
        let request = self.transport.patch("/applications/{uuid}/storages").segment(app.as_str());
        request.body(body).repeatable().done().await
    }

    /// No longer mounts a volume from the next deployment on; its data stays on the server. Succeeds
    /// when it is not mounted.
    pub async fn unmount_volume(&self, app: &AppUuid, volume: &StorageUuid) -> Result<(), Error> {
        let request = self.transport.delete("/applications/{uuid}/storages/{storage}");
        let request = request.segment(app.as_str()).segment(volume.as_str());
        gone(request.repeatable().done().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_host_and_foreign_names_are_left_out() {
        let app: AppUuid = "zg4cwgc44ogc08804000gggo".parse().unwrap();
        let read = |name: &str, host_path: serde_json::Value| {
            let value = json!({ "uuid": "storage1", "name": name, "mount_path": "/data",
                                "host_path": host_path });
            serde_json::from_value::<Storage>(value).unwrap().volume(&app)
        };
        let own = read("zg4cwgc44ogc08804000gggo-data", json!(null)).unwrap();
        assert_eq!((own.name.as_str(), own.mount_path.as_str()), ("data", "/data"));
        assert_eq!(read("zg4cwgc44ogc08804000gggo-h", json!("/etc")), None);
        assert_eq!(read("other-data", json!(null)), None);
    }
}
