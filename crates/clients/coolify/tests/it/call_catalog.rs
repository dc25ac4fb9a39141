//! Every call of the client as a value, so that each can be tried with each fault.

use covibe_coolify::{
    ApplicationPatch, DatabasePatch, DeployOutcome, EnvWrite, Error, ServicePatch, Volumes,
};
use covibe_domain::entities::Flavor;
use covibe_domain::{
    AppUuid, DatabaseUuid, DeploymentUuid, EnvUuid, PrivateKeyUuid, ProjectUuid, Secret,
    ServiceUuid,
};
use covibe_sandbox::coolify::Version;

use crate::simulated_coolify::{CLONE_URL, World, clone_url, options, world};

/// The resources that a call is tried on.
pub(crate) struct Prepared {
    pub(crate) world: World,
    pub(crate) app: AppUuid,
    pub(crate) deployment: DeploymentUuid,
    /// A key that is not stored yet.
    pub(crate) key: Secret,
    /// One that is.
    pub(crate) stored: PrivateKeyUuid,
    /// A project with nothing in it.
    pub(crate) bare: ProjectUuid,
    /// An application of a compose file that Coolify has read.
    pub(crate) compose: AppUuid,
    pub(crate) database: DatabaseUuid,
    /// A service that does not run.
    pub(crate) service: ServiceUuid,
    /// A variable of it.
    pub(crate) variable: EnvUuid,
}

/// A call, by method and path (as a fault's pattern), and whether it changes something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Sent again after a dropped connection.
    pub(crate) repeats: bool,
}

const fn call(name: &'static str, method: &'static str, path: &'static str, repeats: bool) -> Call {
    Call { name, method, path, repeats }
}

/// The calls, in an order in which none removes a resource that a later one needs.
pub(crate) const CALLS: [Call; 49] = [
    call("version", "GET", "/version", true),
    call("projects", "GET", "/projects$", true),
    call("create_project", "POST", "/projects$", false),
    call("private_keys", "GET", "/security/keys", true),
    call("create_private_key", "POST", "/security/keys", false),
    call("applications", "GET", "/applications$", true),
    call("application", "GET", "/applications/*$", true),
    call("contents", "GET", "/projects/*/production$", true),
    call("create_repository_application", "POST", "/applications/public", false),
    call("create_image_application", "POST", "/applications/dockerimage", false),
    call("update_application", "PATCH", "/applications/*$", true),
    call("envs", "GET", "/applications/*/envs", true),
    call("upsert_envs", "PATCH", "/applications/*/envs/bulk", true),
    call("deploy", "POST", "/deploy$", false),
    call("deployments", "GET", "/deployments/applications/*", true),
    call("deployment", "GET", "/deployments/*$", true),
    call("deployments_under_way", "GET", "/deployments$", true),
    call("look_at_application", "GET", "/applications/*/logs", true),
    call("create_database", "POST", "/databases/postgresql", false),
    call("all_databases", "GET", "/databases$", true),
    call("create_service", "POST", "/services$", false),
    call("set_git_repository", "PATCH", "/applications/*$", true),
    call("private_key", "GET", "/security/keys/*", true),
    call("update_private_key", "PATCH", "/security/keys/*", true),
    call("delete_private_key", "DELETE", "/security/keys/*", true),
    call("find_project", "GET", "/projects/*$", true),
    call("create_environment", "POST", "/projects/*/environments", true),
    call("delete_project", "DELETE", "/projects/*$", true),
    call("probed", "GET", "/version", true),
    call("find_application", "GET", "/applications/*$", true),
    call("set_compose_domains", "PATCH", "/applications/*$", true),
    call("find_database", "GET", "/databases/*$", true),
    call("update_database", "PATCH", "/databases/*$", true),
    call("find_service", "GET", "/services/*$", true),
    call("create_compose_service", "POST", "/services$", false),
    call("update_service", "PATCH", "/services/*$", true),
    call("start_service", "POST", "/services/*/start", false),
    call("restart_service", "POST", "/services/*/restart", false),
    call("start_database", "POST", "/databases/*/start", false),
    call("stop_service", "POST", "/services/*/stop", false),
    call("stop_application", "POST", "/applications/*/stop", false),
    call("stop_database", "POST", "/databases/*/stop", false),
    call("service_envs", "GET", "/services/*/envs", true),
    call("upsert_service_envs", "PATCH", "/services/*/envs/bulk", true),
    call("delete_service_env", "DELETE", "/services/*/envs/*", false),
    call("delete_application", "DELETE", "/applications/*$", true),
    call("delete_database", "DELETE", "/databases/*$", true),
    call("delete_service", "DELETE", "/services/*$", true),
    call("server", "GET", "/servers$", true),
];

impl Prepared {
    /// A world with an application that has a deployment.
    pub(crate) async fn new() -> Self {
        Self::with_version(Version::V4_3).await
    }

    /// The same on that release.
    pub(crate) async fn with_version(version: Version) -> Self {
        let world = world(options(version)).await;
        let app = world.site().await;
        let DeployOutcome::Queued(deployment) = world.client.deploy(&app, false).await.unwrap()
        else {
            panic!("skipped")
        };
        world.client.server().await.unwrap();
        let [key, stored] = [(); 2].map(|()| covibe_crypto::keypair("mark").unwrap().private);
        let stored = world.client.create_private_key("stored", "spare", &stored).await.unwrap();
        let bare = world.client.create_project("vibn-ws-bare", "").await.unwrap();
        let compose = world.compose_application("stacked").await;
        let new = World::database("prepared-db");
        let made = world.client.create_database(&world.placement(), Flavor::Redis, &new).await;
        let database = made.unwrap().uuid;
        let new = World::compose_service("prepared-stack");
        let service = world.client.create_compose_service(&world.placement(), &new).await.unwrap();
        let variable = world.client.service_envs(&service).await.unwrap().remove(0).uuid;
        Self { world, app, deployment, key, stored, bare, compose, database, service, variable }
    }

    pub(crate) async fn make_call(&self, name: &str) -> Result<(), Error> {
        let (world, client) = (&self.world, &self.world.client);
        match name {
            "version" => client.version().await.map(drop),
            "projects" => client.projects().await.map(drop),
            "create_project" => client.create_project("vibn-ws-new", "").await.map(drop),
            "private_keys" => client.private_keys().await.map(drop),
            "create_private_key" => {
                client.create_private_key("new", "spare", &self.key).await.map(drop)
            }
            "applications" => client.applications().await.map(drop),
            "application" => client.application(&self.app).await.map(drop),
            "contents" => world.contents_by(client).await.map(drop),
            "create_repository_application" => client
                .create_repository_application(
                    &world.placement(),
                    &World::repository_application("new-site"),
                )
                .await
                .map(drop),
            "create_image_application" => client
                .create_image_application(
                    &world.placement(),
                    &World::image_application("new-image", "nginx:alpine"),
                )
                .await
                .map(drop),
            "update_application" => client.update_application(&self.app, &patch()).await,
            "envs" => client.envs(&self.app).await.map(drop),
            "upsert_envs" => client.upsert_envs(&self.app, &[env()]).await,
            "deploy" => client.deploy(&self.app, true).await.map(drop),
            "deployments" => client.deployments(&self.app, 0, 5).await.map(drop),
            "deployment" => client.deployment(&self.deployment).await.map(drop),
            "deployments_under_way" => client.deployments_under_way().await.map(drop),
            "look_at_application" => client.look_at_application(&self.app).await.map(drop),
            "create_database" => client
                .create_database(&world.placement(), Flavor::Postgresql, &World::database("new-db"))
                .await
                .map(drop),
            "all_databases" => client.all_databases().await.map(drop),
            "create_service" => client
                .create_service(&world.placement(), &World::service("new-auth", "pocketbase"))
                .await
                .map(drop),
            "set_git_repository" => {
                client.set_git_repository(&self.app, &clone_url(CLONE_URL)).await
            }
            _ => self.make_in_place(name).await,
        }
    }
}

impl Prepared {
    /// Of keys and projects.
    async fn make_in_place(&self, name: &str) -> Result<(), Error> {
        let client = &self.world.client;
        match name {
            "private_key" => client.private_key(&self.stored).await.map(drop),
            "update_private_key" => {
                let other = covibe_crypto::keypair("mark").unwrap().private;
                client.update_private_key(&self.stored, "renewed", "d", &other).await
            }
            "delete_private_key" => client.delete_private_key(&self.stored).await,
            "find_project" => client.find_project(&self.bare).await.map(drop),
            "create_environment" => client.create_environment(&self.bare, "staging").await,
            "delete_project" => client.delete_project(&self.bare).await,
            "probed" => client.probed().await.map(drop),
            "server" => client.servers().await.map(drop),
            "find_application" => client.find_application(&self.app).await.map(drop),
            "set_compose_domains" => {
                let urls = vec!["https://stacked.mark.vibnai.com".to_owned()];
                Ok(client.set_compose_domains(&self.compose, &[("app".to_owned(), urls)]).await?)
            }
            "find_database" => client.find_database(&self.database).await.map(drop),
            "update_database" => client.update_database(&self.database, &database_patch()).await,
            "stop_application" => client.stop_application(&self.app).await,
            "start_database" => client.start_database(&self.database).await.map(drop),
            "stop_database" => client.stop_database(&self.database).await.map(drop),
            "delete_application" => client.delete_application(&self.app, Volumes::Keep).await,
            "delete_database" => client.delete_database(&self.database, Volumes::Keep).await,
            _ => self.make_on_service(name).await,
        }
    }

    async fn make_on_service(&self, name: &str) -> Result<(), Error> {
        let (client, uuid) = (&self.world.client, &self.service);
        match name {
            "find_service" => client.find_service(uuid).await.map(drop),
            "create_compose_service" => {
                let new = World::compose_service("new-stack");
                client.create_compose_service(&self.world.placement(), &new).await.map(drop)
            }
            "update_service" => client.update_service(uuid, &service_patch()).await,
            "start_service" => client.start_service(uuid).await.map(drop),
            "restart_service" => client.restart_service(uuid, true).await,
            "stop_service" => client.stop_service(uuid).await.map(drop),
            "service_envs" => client.service_envs(uuid).await.map(drop),
            "upsert_service_envs" => client.upsert_service_envs(uuid, &[env()]).await,
            "delete_service_env" => client.delete_service_env(uuid, &self.variable).await,
            "delete_service" => client.delete_service(uuid, Volumes::Keep).await,
            other => panic!("no call {other}"),
        }
    }
}

pub(crate) fn database_patch() -> DatabasePatch {
    DatabasePatch { name: Some("renamed-db".to_owned()), ..DatabasePatch::default() }
}

fn service_patch() -> ServicePatch {
    let urls = vec![("web".to_owned(), "https://web.mark.vibnai.com:3000".to_owned())];
    ServicePatch { urls: Some(urls), ..ServicePatch::default() }
}

fn patch() -> ApplicationPatch {
    ApplicationPatch {
        description: Some("new".to_owned()),
        git_branch: Some("next".parse().unwrap()),
        ..ApplicationPatch::default()
    }
}

fn env() -> EnvWrite {
    EnvWrite {
        key: "NEW".parse().unwrap(),
        value: Secret::new("$value"),
        is_preview: false,
        is_literal: true,
        is_multiline: false,
        is_shown_once: false,
        is_buildtime: Some(true),
    }
}
