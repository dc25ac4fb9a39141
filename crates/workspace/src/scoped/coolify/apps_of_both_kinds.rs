//! Apps: Coolify's applications, and services from a compose file.

use covibe_coolify::{Application, Env, EnvWrite, Service, Volumes};
use covibe_domain::{AppUuid, EnvUuid, Failure, Kind, ServiceUuid, boxed};
use covibe_policy::Owned;

use super::Coolify;
use super::resource_origin::is_unknown_template;

/// An app of the workspace.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a call has only one")]
pub enum AnyApp {
    /// An application: one container, or a compose file in a repository.
    Application(Owned<Application>),
    /// A service from an inline compose file.
    Service(Owned<Service>),
}

impl AnyApp {
    /// Returns the app's uuid.
    pub fn uuid(&self) -> AppUuid {
        match self {
            Self::Application(app) => app.uuid.clone(),
            Self::Service(service) => AppUuid::from(&service.uuid),
        }
    }

    /// Returns the app's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Application(app) => &app.name,
            Self::Service(service) => &service.name,
        }
    }

    /// Returns whether the app has a compose file, inline or in a repository.
    pub fn is_compose(&self) -> bool {
        match self {
            Self::Application(app) => app.is_compose(),
            Self::Service(_) => true,
        }
    }

    /// Returns whether its variables can be limited to previews or the build. Those of a service cannot.
    pub fn has_env_flags(&self) -> bool {
        matches!(self, Self::Application(_))
    }
}

/// The knowledge about a uuid.
enum KnownUuid {
    /// The uuid of a compose app.
    App(Box<Owned<Service>>),
    /// The uuid of a service that no longer exists.
    Gone,
    /// An unknown uuid, or that of an auth provider.
    Other,
}

/// Returns whether a service is an app: everything but auth providers.
pub(in crate::scoped) fn is_app(service: &Service) -> bool {
    !service.is_template() || is_unknown_template(service)
}

impl Coolify {
    /// Returns the app with this uuid.
    ///
    /// # Errors
    ///
    /// Not found if there is no such app, or if it is an auth provider.
    #[boxed]
    pub async fn app(&self, uuid: &AppUuid) -> Result<AnyApp, Failure> {
        // A service's uuid costs a call more unless it is known.
        let known = self.known_service(uuid).await?;
        if let KnownUuid::App(service) = known {
            return Ok(AnyApp::Service(*service));
        }
        let missing = match self.application(uuid).await {
            Ok(app) => return Ok(AnyApp::Application(app)),
            Err(failure) if failure.kind == Kind::NotFound => failure,
            Err(failure) => return Err(failure),
        };
        let service = uuid.as_str().parse::<ServiceUuid>().ok();
        let Some(service) = service.filter(|_| !matches!(known, KnownUuid::Gone)) else {
            return Err(missing);
        };
        match self.service(&service).await {
            Ok(service) if is_app(&service) => Ok(AnyApp::Service(service)),
            Ok(_) => Err(missing.hint("It is an auth provider: use auth.get and auth.delete.")),
            Err(failure) if failure.kind == Kind::NotFound => Err(missing),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the app with this uuid from the contents of the project, which are at most two seconds old. Apps that
    /// these lack need a call of their own: apps with a file in their repository, services that are being started, and
    /// newer apps.
    #[boxed]
    pub async fn listed_app(&self, uuid: &AppUuid) -> Result<AnyApp, Failure> {
        let contents = self.contents().await?;
        let is_whole = |app: &&Application| app.uuid == *uuid && !app.is_compose();
        if let Some(app) = contents.applications.iter().find(is_whole) {
            let app = self.territory.boundary.admit(app.clone())?;
            return Ok(AnyApp::Application(self.unless_hand_made(app).await?));
        }
        let is_whole = |service: &Owned<Service>| {
            service.uuid.as_str() == uuid.as_str() && is_app(service) && service.has_containers()
        };
        if let Some(service) = self.services().await?.into_iter().find(is_whole) {
            return Ok(AnyApp::Service(self.unless_hand_made(service).await?));
        }
        self.app(uuid).await
    }

    /// Reads the compose app with this uuid, if the uuid is known to be a service's.
    async fn known_service(&self, uuid: &AppUuid) -> Result<KnownUuid, Failure> {
        let service = uuid.as_str().parse::<ServiceUuid>().ok();
        let Some(service) = service.filter(|uuid| self.cell.apps.services.contains(uuid)) else {
            return Ok(KnownUuid::Other);
        };
        match self.service(&service).await {
            Ok(service) if is_app(&service) => Ok(KnownUuid::App(Box::new(service))),
            Ok(_) => Ok(KnownUuid::Other),
            Err(failure) if failure.kind == Kind::NotFound => Ok(KnownUuid::Gone),
            Err(failure) => Err(failure),
        }
    }

    /// Returns the workspace's services that are apps.
    #[boxed]
    pub async fn compose_apps(&self) -> Result<Vec<Owned<Service>>, Failure> {
        let services = self.services().await?;
        Ok(services.into_iter().filter(|service| is_app(service)).collect())
    }

    /// Returns whether an operator created an app by hand.
    #[boxed]
    pub async fn is_app_hand_made(&self, app: &AnyApp) -> Result<bool, Failure> {
        match app {
            AnyApp::Application(app) => self.is_hand_made(&**app).await,
            AnyApp::Service(service) => self.is_hand_made(&**service).await,
        }
    }

    /// Returns the variables of an app.
    #[boxed]
    pub async fn app_envs(&self, app: &AnyApp) -> Result<Vec<Env>, Failure> {
        match app {
            AnyApp::Application(app) => self.envs(app).await,
            AnyApp::Service(service) => self.service_envs(service).await,
        }
    }

    /// Returns the variables of an app without long values, even if all values together are too long to be read.
    #[boxed]
    pub async fn app_env_names(&self, app: &AnyApp) -> Result<Vec<Env>, Failure> {
        Ok(match app {
            AnyApp::Application(app) => self.client.env_names(&app.uuid).await?,
            AnyApp::Service(service) => self.client.service_env_names(&service.uuid).await?,
        })
    }

    /// Creates or updates variables of an app.
    #[boxed]
    pub async fn upsert_app_envs(&self, app: &AnyApp, writes: &[EnvWrite]) -> Result<(), Failure> {
        match app {
            AnyApp::Application(app) => self.upsert_envs(app, writes).await,
            AnyApp::Service(service) => self.upsert_service_envs(service, writes).await,
        }
    }

    /// Deletes a variable of an app.
    #[boxed]
    pub async fn delete_app_env(&self, app: &AnyApp, env: &EnvUuid) -> Result<(), Failure> {
        match app {
            AnyApp::Application(app) => self.delete_env(app, env).await,
            AnyApp::Service(service) => self.delete_service_env(service, env).await,
        }
    }

    /// Queues the deletion of an app.
    #[boxed]
    pub async fn delete_app(&self, app: &AnyApp, volumes: Volumes) -> Result<(), Failure> {
        match app {
            AnyApp::Application(app) => self.delete_application(app, volumes).await,
            AnyApp::Service(service) => self.delete_service(service, volumes).await,
        }
    }

    /// Returns whether an app of the workspace still exists.
    #[boxed]
    pub async fn has_app(&self, app: &AnyApp) -> Result<bool, Failure> {
        match app {
            AnyApp::Application(app) => self.has_application(app).await,
            AnyApp::Service(service) => self.has_service(service).await,
        }
    }
}
