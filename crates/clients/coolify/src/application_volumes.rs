//! The volumes of an application.

use covibe_domain::shell::{MountPath, VolumeName};
use covibe_domain::{AppUuid, Secret, ServiceUuid, StorageUuid, boxed};
use covibe_upstream::{Error, Request, ignore_not_found};
use serde::Deserialize;
use serde_json::json;

use crate::answer_reading;
use crate::client::Client;
use crate::records::{Service, ServiceFile, Volume};

/// The mounts of an application or a service, by kind.
#[derive(Deserialize)]
struct Storages {
    #[serde(default)]
    persistent_storages: Vec<Storage>,
    #[serde(default)]
    file_storages: Vec<FileStorage>,
}

/// A file or folder that Coolify makes on the host.
#[derive(Deserialize)]
struct FileStorage {
    /// The id of the service's container that mounts it.
    #[serde(default, deserialize_with = "answer_reading::text")]
    resource_uuid: Option<String>,
    #[serde(default)]
    mount_path: String,
    /// Only tokens that may read sensitive fields get it.
    #[serde(default)]
    content: Option<Secret>,
    #[serde(default, deserialize_with = "answer_reading::flag")]
    is_directory: bool,
    #[serde(default, deserialize_with = "answer_reading::flag")]
    is_binary: bool,
    #[serde(default, deserialize_with = "answer_reading::flag")]
    is_too_large: bool,
}

impl FileStorage {
    /// Returns the file with the name of its container; `None` for a folder.
    fn file(self, of: &Service) -> Option<ServiceFile> {
        let service = of.container_name(self.resource_uuid.as_deref()?)?.to_owned();
        // Coolify writes a remark in place of a content that it can't show.
        let is_shown = !self.is_binary && !self.is_too_large;
        let (target, content) = (self.mount_path, self.content.filter(|_| is_shown));
        (!self.is_directory).then_some(ServiceFile { service, target, content })
    }
}

#[derive(Deserialize)]
struct Storage {
    uuid: StorageUuid,
    #[serde(default)]
    name: String,
    #[serde(default)]
    mount_path: String,
    #[serde(default, deserialize_with = "answer_reading::text")]
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
    #[boxed]
    pub async fn volumes(&self, app: &AppUuid) -> Result<Vec<Volume>, Error> {
        let request = self.transport.get("/applications/{uuid}/storages").segment(app.as_str());
        let storages: Storages = request.json().await?;
        let volumes = storages.persistent_storages.into_iter();
        Ok(volumes.filter_map(|storage| storage.volume(app)).collect())
    }

    /// Returns the same, at most 30 seconds old, fetched once for all who ask at the same time.
    #[boxed]
    pub async fn recent_volumes(&self, app: &AppUuid) -> Result<Vec<Volume>, Error> {
        self.shared.volumes.get(app, self.volumes(app)).await
    }

    /// Returns whether anything is mounted into the containers of an application: volumes, or folders
    /// of the host. Coolify before 4.0.0-beta.473 answers that it was not found.
    #[boxed]
    pub async fn application_has_mounts(&self, app: &AppUuid) -> Result<bool, Error> {
        let request = self.transport.get("/applications/{uuid}/storages").segment(app.as_str());
        Ok(!request.json::<Storages>().await?.persistent_storages.is_empty())
    }

    /// Returns the same of a service.
    #[boxed]
    pub async fn service_has_mounts(&self, service: &ServiceUuid) -> Result<bool, Error> {
        let request = self.transport.get("/services/{uuid}/storages").segment(service.as_str());
        Ok(!request.json::<Storages>().await?.persistent_storages.is_empty())
    }

    /// Returns the files that Coolify writes on the host for a service, because the mounts of its
    /// compose file had their contents: it takes the contents out of the file that it stores (4.3.10).
    #[boxed]
    pub async fn service_files(&self, service: &Service) -> Result<Vec<ServiceFile>, Error> {
        let request = self.transport.get("/services/{uuid}/storages");
        let storages: Storages = request.segment(service.uuid.as_str()).json().await?;
        let files = storages.file_storages.into_iter();
        Ok(files.filter_map(|file| file.file(service)).collect())
    }

    /// Sends a change of an application's volumes, before and after which they are forgotten.
    async fn change_volumes(&self, app: &AppUuid, request: Request) -> Result<(), Error> {
        self.shared.volumes.forget(app);
        let changed = request.execute().await;
        self.shared.volumes.forget(app);
        changed
    }

    /// Mounts a volume from the next deployment on. A name that the application has already is a
    /// failure of Coolify (4.3.11), so look first.
    ///
    /// A volume of that name that was mounted before is still there with its data.
    #[boxed]
    pub async fn mount_volume(
        &self,
        app: &AppUuid,
        name: &VolumeName,
        at: &MountPath,
    ) -> Result<(), Error> {
        let body =
            json!({ "type": "persistent", "name": name.as_str(), "mount_path": at.as_str() });
        let request = self.transport.post("/applications/{uuid}/storages").segment(app.as_str());
        self.change_volumes(app, request.body(body)).await
    }

    /// Mounts a volume elsewhere from the next deployment on.
    #[boxed]
    pub async fn move_volume(
        &self,
        app: &AppUuid,
        volume: &StorageUuid,
        to: &MountPath,
    ) -> Result<(), Error> {
        let (uuid, to) = (volume.as_str(), to.as_str());
        let body = json!({ "type": "persistent", "uuid": uuid, "mount_path": to });
        let request = self.transport.patch("/applications/{uuid}/storages").segment(app.as_str());
        self.change_volumes(app, request.body(body).repeatable()).await
    }

    /// Unmounts a volume from the next deployment on; its data stays on the server. Succeeds when
    /// it is not mounted.
    #[boxed]
    pub async fn unmount_volume(&self, app: &AppUuid, volume: &StorageUuid) -> Result<(), Error> {
        let request = self.transport.delete("/applications/{uuid}/storages/{storage}");
        let request = request.segment(app.as_str()).segment(volume.as_str());
        ignore_not_found(self.change_volumes(app, request.repeatable()).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_folders_and_volumes_of_other_apps_are_not_returned() {
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
