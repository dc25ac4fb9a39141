//! The workspace's resources that have containers.

use std::collections::HashSet;
use std::time::Duration;

use covibe_compose::{ListedService, listed_services};
use covibe_coolify::{Database, Service, Volumes};
use covibe_domain::{
    AppUuid, DatabaseUuid, Deployable, Failure, HostedUuid, ServerUuid, Timestamp, boxed,
};
use covibe_policy::Owned;
use covibe_store::QueueState;

use super::errors::missing_hosted;
use crate::scoped::coolify::{AnyApp, Coolify, is_app};

/// A resource of the workspace that has containers.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a call has only one")]
pub enum Hosted {
    /// An app.
    App(AnyApp),
    /// An auth provider.
    Provider(Owned<Service>),
    /// A database.
    Database(Owned<Database>),
}

impl Hosted {
    /// Returns its uuid.
    pub fn uuid(&self) -> &str {
        match self {
            Self::App(AnyApp::Application(app)) => app.uuid.as_str(),
            Self::App(AnyApp::Service(service)) | Self::Provider(service) => service.uuid.as_str(),
            Self::Database(database) => database.uuid.as_str(),
        }
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        match self {
            Self::App(app) => app.name(),
            Self::Provider(service) => &service.name,
            Self::Database(database) => &database.name,
        }
    }

    /// Returns its compose service, if it is one.
    pub fn service(&self) -> Option<&Owned<Service>> {
        match self {
            Self::App(AnyApp::Service(service)) | Self::Provider(service) => Some(service),
            Self::App(AnyApp::Application(_)) | Self::Database(_) => None,
        }
    }

    /// Returns whether it may have several containers at once, each with a service's name.
    pub fn is_compose(&self) -> bool {
        match self {
            Self::App(app) => app.is_compose(),
            Self::Provider(_) => true,
            Self::Database(_) => false,
        }
    }

    /// Returns a sentence that says how to start it.
    pub fn how_to_start(&self) -> &'static str {
        match self {
            Self::App(_) => "apps.deploy starts it.",
            Self::Provider(_) => "apps.control with action start starts it.",
            Self::Database(_) => "databases.control with action start starts it.",
        }
    }

    /// Returns the names of the services in its compose file that end by themselves.
    pub fn jobs(&self) -> Vec<String> {
        let is_job = |each: &ListedService| !each.runs_on;
        match self {
            Self::App(AnyApp::Application(app)) => {
                let file = app.compose().filter(|_| app.is_compose());
                names(&file.map(listed_services).unwrap_or_default(), is_job)
            }
            _ => names(self.file_services(), is_job),
        }
    }

    /// Returns the names of the services in its compose file that are to run permanently.
    pub fn lasting_services(&self) -> Vec<String> {
        names(self.file_services(), |each| each.runs_on)
    }

    /// Returns the services of its compose file; none if it is not a service of Coolify.
    pub fn file_services(&self) -> &[ListedService] {
        self.service().map(|service| service.file_services()).unwrap_or_default()
    }

    /// Returns the server that it runs on, if Coolify reports it.
    pub(super) fn server(&self) -> Option<&ServerUuid> {
        match self {
            Self::App(AnyApp::Application(app)) => app.server.as_ref(),
            Self::App(AnyApp::Service(service)) | Self::Provider(service) => {
                service.server.as_ref()
            }
            Self::Database(database) => database.server.as_ref(),
        }
    }
}

fn names(services: &[ListedService], is_named: impl Fn(&ListedService) -> bool) -> Vec<String> {
    services.iter().filter(|each| is_named(each)).map(|each| each.name.clone()).collect()
}

impl Hosted {
    /// Returns the part of it that is deployed or started.
    pub fn deployable(&self) -> Deployable {
        match self {
            Self::App(AnyApp::Application(app)) => Deployable::Application(app.uuid.clone()),
            Self::App(AnyApp::Service(service)) | Self::Provider(service) => {
                Deployable::Service(service.uuid.clone())
            }
            Self::Database(database) => Deployable::Database(database.uuid.clone()),
        }
    }
}

/// The maximum time between the request of a start and its record, in which a container may already run.
const NOTED: Duration = Duration::from_secs(10);

impl Coolify {
    /// Returns the app, auth provider or database with this uuid.
    ///
    /// # Errors
    ///
    /// Not found if the workspace has no such resource.
    #[boxed]
    pub async fn hosted(&self, uuid: &HostedUuid) -> Result<Hosted, Failure> {
        // The contents of the project, which are kept for two seconds, say what to ask for.
        let contents = self.contents().await?;
        let is_provider = |each: &&Service| each.uuid.as_str() == uuid.as_str() && !is_app(each);
        if contents.databases.iter().any(|each| each.uuid.as_str() == uuid.as_str()) {
            return self.hosted_database(uuid).await;
        }
        if let Some(provider) = contents.services.iter().find(is_provider) {
            return Ok(Hosted::Provider(self.service(&provider.uuid).await?));
        }
        if self.is_noted_database(uuid.as_str()).await? {
            return self.hosted_database(uuid).await;
        }
        let app = self.app(&AppUuid::from(uuid)).await;
        Ok(Hosted::App(app.map_err(|failure| missing_hosted(failure, uuid))?))
    }

    /// Reads a resource again.
    #[boxed]
    pub async fn reread(&self, resource: &Hosted) -> Result<Hosted, Failure> {
        Ok(match resource {
            Hosted::App(AnyApp::Application(app)) => {
                Hosted::App(AnyApp::Application(self.application(&app.uuid).await?))
            }
            Hosted::App(AnyApp::Service(service)) => {
                Hosted::App(AnyApp::Service(self.service(&service.uuid).await?))
            }
            Hosted::Provider(service) => Hosted::Provider(self.service(&service.uuid).await?),
            Hosted::Database(database) => Hosted::Database(self.database(&database.uuid).await?),
        })
    }

    /// Returns the resources with a deployment or start that may wait or be under way; [`Self::is_being_started`]
    /// checks one of them.
    #[boxed]
    pub async fn open_starts(&self) -> Result<HashSet<Deployable>, Failure> {
        Ok(self.open_queue().await?.into_iter().map(|each| each.resource).collect())
    }

    /// Returns whether a resource that runs nothing is to be started: its deployment or start waits or is under way. A
    /// start that was handed over before `ran_at`, the last start of one of its containers, is over.
    #[boxed]
    pub async fn is_being_started(
        &self,
        resource: &Hosted,
        ran_at: Option<Timestamp>,
    ) -> Result<bool, Failure> {
        let (deployable, open) = (resource.deployable(), self.open_queue().await?);
        for each in open.iter().filter(|each| each.resource == deployable) {
            let is_open = match (resource, &each.deployment) {
                _ if each.state != QueueState::Handed => true,
                // It was stopped or deleted meanwhile.
                _ if each.hold.notice >= each.hold.longest && each.deployment.is_none() => false,
                _ if ran_at
                    .zip(each.handed_for)
                    .is_some_and(|(at, handed)| at.age() <= handed + NOTED) =>
                {
                    false
                }
                (Hosted::App(AnyApp::Application(app)), Some(uuid)) => {
                    let read = self.deployment_of(app, uuid).await?;
                    read.is_none_or(|read| read.status.is_open())
                }
                _ => !self.has_start_ended(each),
            };
            if is_open {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Queues the deletion of a resource.
    #[boxed]
    pub async fn delete_hosted(&self, resource: &Hosted, volumes: Volumes) -> Result<(), Failure> {
        match resource {
            Hosted::App(app) => self.delete_app(app, volumes).await,
            Hosted::Provider(service) => self.delete_service(service, volumes).await,
            Hosted::Database(database) => self.delete_database(database, volumes).await,
        }
    }

    /// Returns whether a resource still exists.
    #[boxed]
    pub async fn has_hosted(&self, resource: &Hosted) -> Result<bool, Failure> {
        match resource {
            Hosted::App(app) => self.has_app(app).await,
            Hosted::Provider(service) => self.has_service(service).await,
            Hosted::Database(database) => self.has_database(database).await,
        }
    }

    async fn hosted_database(&self, uuid: &HostedUuid) -> Result<Hosted, Failure> {
        let missing = || Failure::not_found(format!("Database {uuid} was not found."));
        let uuid: DatabaseUuid = uuid.as_str().parse().map_err(|_| missing())?;
        Ok(Hosted::Database(self.database(&uuid).await?))
    }
}
