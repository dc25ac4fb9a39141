//! The context of the coolify server: the only way from its tools to Coolify.

use std::collections::{HashMap, HashSet};

use covibe_coolify::{
    Application, Cause, Client, Config, ConfigError, ContainerLog, DeployOutcome, Deployment,
    Error, Project,
};
use covibe_domain::{AppUuid, DeploymentUuid, Failure, ProjectUuid};
use futures_util::{StreamExt as _, stream};

use crate::environment_settings::Variables;
use crate::protected_resources::{Guard, Unprotected};

/// The number of projects that are read concurrently.
const CONCURRENCY: usize = 4;

/// An operator's Coolify.
#[derive(Clone, Debug)]
pub struct CoolifyContext {
    client: Client,
    guard: Guard,
}

impl CoolifyContext {
    /// Reads `COOLIFY_API_URL`, with or without `/api/v1`, and `COOLIFY_API_TOKEN`. Returns nothing if one of them is
    /// missing or malformed, which is noted. A rustls crypto provider must be installed.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let guard = Guard::read(variables);
        let url = variables.required_url("COOLIFY_API_URL", "the address of Coolify");
        let purpose = "a Coolify token with the abilities read, read:sensitive and deploy";
        let token = variables.required_token("COOLIFY_API_TOKEN", purpose);
        if token.is_empty() {
            return None;
        }
        let made = Self::new(Config::new(url?, token), guard);
        let note =
            |error| variables.problem(format!("COOLIFY_API_URL or COOLIFY_API_TOKEN: {error}."));
        made.map_err(note).ok()
    }

    /// Creates a context from the settings of a client.
    ///
    /// # Errors
    ///
    /// The address or the token can't be used.
    pub fn new(config: Config, guard: Guard) -> Result<Self, ConfigError> {
        Ok(Self { client: Client::new(config)?, guard })
    }

    /// Returns the projects of the team, by name.
    pub(super) async fn projects(&self) -> Result<Vec<Project>, Failure> {
        let mut projects = self.client.projects().await.map_err(explained)?;
        projects.sort_by(|a, b| (&a.name, &a.uuid).cmp(&(&b.name, &b.uuid)));
        Ok(projects)
    }

    /// Returns a project, and the applications in all of its environments, by name.
    pub(super) async fn applications_of(
        &self,
        uuid: &ProjectUuid,
    ) -> Result<(Project, Vec<Application>), Failure> {
        let project = self.client.find_project(uuid).await.map_err(explained)?;
        let project = project.ok_or_else(|| unknown_project(uuid))?;
        let environments: Vec<_> = project
            .environments
            .iter()
            .map(|one| one.uuid.as_ref().unwrap_or(&one.name))
            .cloned()
            .collect();
        let contents = self.client.contents(uuid, &environments).await.map_err(explained)?;
        Ok((project, sorted(contents.applications.clone())))
    }

    /// Returns all applications of the team, by name.
    pub(super) async fn applications(&self) -> Result<Vec<Application>, Failure> {
        self.client.applications().await.map(sorted).map_err(explained)
    }

    /// Returns an application as it is now.
    pub(super) async fn application(&self, uuid: &AppUuid) -> Result<Application, Failure> {
        let found = self.client.find_application(uuid).await.map_err(explained)?;
        found.ok_or_else(|| {
            Failure::not_found(format!("There is no application {uuid}."))
                .hint("list_all_apps lists the applications with their uuids.")
        })
    }

    /// Returns the last lines that an application's container printed.
    pub(super) async fn log(&self, app: &Application, lines: u32) -> Result<ContainerLog, Failure> {
        self.client.application_log(&app.uuid, lines).await.map_err(explained)
    }

    /// Returns an application's deployments, newest first.
    pub(super) async fn deployments(
        &self,
        app: &Application,
        most: u32,
    ) -> Result<Vec<Deployment>, Failure> {
        self.client.deployments(&app.uuid, 0, most).await.map_err(explained)
    }

    /// Returns a deployment; `None` if Coolify has none of that uuid, or does not answer.
    pub(super) async fn deployment(&self, uuid: &DeploymentUuid) -> Option<Deployment> {
        self.client.deployment(uuid).await.ok()
    }

    /// Returns the application as one that may be changed.
    ///
    /// # Errors
    ///
    /// It is protected.
    pub(super) fn unprotected(
        &self,
        app: Application,
    ) -> Result<Unprotected<Application>, Failure> {
        self.guard.permit(app)
    }

    /// Asks Coolify to deploy an application.
    pub(super) async fn deploy(
        &self,
        app: &Unprotected<Application>,
        force: bool,
    ) -> Result<DeployOutcome, Failure> {
        self.client.deploy(&app.uuid, force).await.map_err(explained)
    }

    /// Returns the names of the projects that these applications are in, by the id of the environment. Reads at most
    /// `most` projects, and none if there are more than that. Projects that can't be read are left out.
    pub(super) async fn project_names(
        &self,
        apps: impl IntoIterator<Item = &Application> + Send,
        most: usize,
    ) -> HashMap<i64, String> {
        let mut wanted: HashSet<i64> =
            apps.into_iter().filter_map(|app| app.environment_id).collect();
        let mut names = HashMap::new();
        let projects = self.client.projects().await.unwrap_or_default();
        if projects.len() > most {
            return names;
        }
        let read = stream::iter(projects).map(|project| self.read_project(project.uuid));
        let mut read = Box::pin(read.buffered(CONCURRENCY));
        while !wanted.is_empty() {
            let Some(project) = read.next().await else { break };
            let Ok(Some(project)) = project else { continue };
            for environment in &project.environments {
                if wanted.remove(&environment.id) {
                    names.insert(environment.id, project.name.clone());
                }
            }
        }
        names
    }

    async fn read_project(&self, uuid: ProjectUuid) -> Result<Option<Project>, Error> {
        self.client.find_project(&uuid).await
    }
}

/// The hint where Coolify rejects the token.
const TOKEN: &str = "Set COOLIFY_API_TOKEN to a Coolify token with the abilities read, read:sensitive and \
    deploy, and start this server again.";

/// Returns the failure of a call. The person who can mend the token or the address is the one who set it.
fn explained(error: Error) -> Failure {
    let cause = error.cause.clone();
    let failure = Failure::from(error);
    match cause {
        Cause::Unauthorized => {
            let message = "Coolify rejected COOLIFY_API_TOKEN.".to_owned();
            Failure { message, ..failure }.hint(TOKEN).permanent()
        }
        Cause::Operator(trouble) => {
            let message = format!("Coolify cannot be used: {}.", trouble.what);
            let fix = trouble.fix.replace(
                "read, read:sensitive, write and deploy",
                "read, read:sensitive and deploy",
            );
            Failure { message, ..failure }.hint(format!("Tell a person: {fix}.")).permanent()
        }
        _ => failure,
    }
}

fn unknown_project(uuid: &ProjectUuid) -> Failure {
    Failure::not_found(format!("There is no project {uuid}."))
        .hint("list_projects lists the projects with their uuids.")
}

fn sorted(mut applications: Vec<Application>) -> Vec<Application> {
    applications.sort_by(|a, b| (&a.name, &a.uuid).cmp(&(&b.name, &b.uuid)));
    applications
}
