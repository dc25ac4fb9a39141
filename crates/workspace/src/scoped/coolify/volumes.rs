//! The volumes of the workspace's applications.

use covibe_coolify::{Application, Volume};
use covibe_domain::shell::{MountPath, VolumeName};
use covibe_domain::{Failure, Kind, boxed};
use covibe_policy::Owned;
use covibe_upstream::Error;

use super::Coolify;
use super::apps_of_both_kinds::AnyApp;

impl Coolify {
    /// Returns the volumes of an application.
    #[boxed]
    pub async fn volumes(&self, app: &Owned<Application>) -> Result<Vec<Volume>, Failure> {
        self.client.volumes(&app.uuid).await.map_err(without_volumes)
    }

    /// Returns the same, at most 30 seconds old.
    #[boxed]
    pub async fn recent_volumes(&self, app: &Owned<Application>) -> Result<Vec<Volume>, Failure> {
        self.client.recent_volumes(&app.uuid).await.map_err(without_volumes)
    }

    /// Returns whether an app has volumes; `None` if that is unknown: an older Coolify does not report it, and no
    /// release does for an app with a compose file in its repository.
    #[boxed]
    pub async fn has_volumes(&self, app: &AnyApp) -> Option<bool> {
        let found = match app {
            AnyApp::Application(app) if app.is_compose() => return None,
            AnyApp::Application(app) => self.client.application_has_mounts(&app.uuid).await,
            AnyApp::Service(service) => self.client.service_has_mounts(&service.uuid).await,
        };
        found.ok()
    }

    /// Mounts a volume from the next deployment on.
    #[boxed]
    pub async fn mount_volume(
        &self,
        app: &Owned<Application>,
        name: &VolumeName,
        at: &MountPath,
    ) -> Result<(), Failure> {
        self.client.mount_volume(&app.uuid, name, at).await.map_err(without_volumes)
    }

    /// Mounts a volume elsewhere from the next deployment on.
    #[boxed]
    pub async fn move_volume(
        &self,
        app: &Owned<Application>,
        volume: &Volume,
        to: &MountPath,
    ) -> Result<(), Failure> {
        self.client.move_volume(&app.uuid, &volume.uuid, to).await.map_err(without_volumes)
    }

    /// Unmounts a volume from the next deployment on; its data stays.
    #[boxed]
    pub async fn unmount_volume(
        &self,
        app: &Owned<Application>,
        volume: &Volume,
    ) -> Result<(), Failure> {
        Ok(self.client.unmount_volume(&app.uuid, &volume.uuid).await?)
    }
}

/// Coolify before 4.0.0-beta.473 answers a 404 for every call about volumes.
fn without_volumes(error: Error) -> Failure {
    if !error.is_not_found() {
        return error.into();
    }
    Failure::new(Kind::Unready, "Coolify has no volumes for this app.").hint(
        "Check with apps.get that the app still exists. If it does, the operator has to update \
         Coolify to 4.0.0-beta.473 or later.",
    )
}
