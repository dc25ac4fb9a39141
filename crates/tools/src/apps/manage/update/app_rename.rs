//! Renaming apps. Apps of both kinds share one set of names.

use covibe_coolify::{Application, ApplicationPatch, Service, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use crate::apps::constants::KIND;
use crate::resource_rename::Rename;

/// An app that is being renamed.
pub(super) struct Renamed<'a> {
    /// The workspace's part of Coolify.
    pub(super) coolify: &'a Coolify,
    /// The app.
    pub(super) app: RenamedApp<'a>,
}

/// An app of either kind.
pub(super) enum RenamedApp<'a> {
    /// An application.
    Application(&'a Owned<Application>),
    /// A compose service.
    Service(&'a Owned<Service>),
}

impl Renamed<'_> {
    fn uuid(&self) -> &str {
        match self.app {
            RenamedApp::Application(app) => app.uuid.as_str(),
            RenamedApp::Service(service) => service.uuid.as_str(),
        }
    }
}

impl Rename for Renamed<'_> {
    const KIND: &'static str = KIND;

    const LIST: &'static str = "apps.list";

    fn name(&self) -> &str {
        match self.app {
            RenamedApp::Application(app) => &app.name,
            RenamedApp::Service(service) => &service.name,
        }
    }

    /// Reads the names from the contents of the project, which are read when the call begins, and again
    /// after the name was written.
    async fn other_names(&self, cx: &Workspace) -> Result<Vec<String>, Failure> {
        let coolify = cx.coolify().await?;
        let (applications, services) =
            tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
        let applications = applications.iter().map(|app| (&app.name, app.uuid.as_str()));
        let services = services.iter().map(|service| (&service.name, service.uuid.as_str()));
        let others = applications.chain(services).filter(|(_, uuid)| *uuid != self.uuid());
        Ok(others.map(|(name, _)| name.clone()).collect())
    }

    async fn write_name(&self, name: &str) -> Result<(), Failure> {
        let name = Some(name.to_owned());
        match self.app {
            RenamedApp::Application(app) => {
                let patch = ApplicationPatch { name, ..ApplicationPatch::default() };
                self.coolify.update_application(app, &patch).await
            }
            RenamedApp::Service(service) => {
                let patch = ServicePatch { name, ..ServicePatch::default() };
                self.coolify.update_service(service, &patch).await
            }
        }
    }
}
