//! Every call of the client as a value, so that each can be tried with each fault.

use covibe_coolify::{ApplicationPatch, Deploy, EnvWrite, Error};
use covibe_domain::entities::Flavor;
use covibe_domain::{AppUuid, DeploymentUuid, PrivateKeyUuid, ProjectUuid, Secret};
use covibe_sandbox::coolify::Version;

use crate::world::{CLONE_URL, World, options, world};

/// What a call is tried on.
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

/// In an order in which none takes away what a later one needs.
pub(crate) const CALLS: [Call; 25] = [
    call("version", "GET", "/version", true),
    call("projects", "GET", "/projects$", true),
    call("create_project", "POST", "/projects$", false),
    call("private_keys", "GET", "/security/keys", true),
    call("create_private_key", "POST", "/security/keys", false),
    call("application", "GET", "/applications/*$", true),
    call("applications", "GET", "/applications$", true),
    call("create_repository_application", "POST", "/applications/public", false),
    call("create_image_application", "POST", "/applications/dockerimage", false),
    call("update_application", "PATCH", "/applications/*$", true),
    call("envs", "GET", "/applications/*/envs", true),
    call("upsert_envs", "PATCH", "/applications/*/envs/bulk", true),
    call("deploy", "POST", "/deploy$", false),
    call("deployments", "GET", "/deployments/applications/*", true),
    call("deployment", "GET", "/deployments/*$", true),
    call("create_database", "POST", "/databases/postgresql", false),
    call("databases", "GET", "/databases$", true),
    call("create_service", "POST", "/services$", false),
    call("set_git_repository", "PATCH", "/applications/*$", true),
    call("private_key", "GET", "/security/keys/*", true),
    call("update_private_key", "PATCH", "/security/keys/*", true),
    call("delete_private_key", "DELETE", "/security/keys/*", true),
    call("find_project", "GET", "/projects/*$", true),
    call("create_environment", "POST", "/projects/*/environments", true),
    call("delete_project", "DELETE", "/projects/*$", true),
];

impl Prepared {
    /// A world with an application that has a deployment.
    pub(crate) async fn new() -> Self {
        let world = world(options(Version::V4_3)).await;
        let app = world.site().await;
        let Deploy::Queued(deployment) = world.client.deploy(&app, false).await.unwrap() else {
            panic!("skipped")
        };
        world.client.server().await.unwrap();
        let [key, stored] = [(); 2].map(|()| covibe_crypto::keypair("mark").unwrap().private);
        let stored = world.client.create_private_key("stored", "", &stored).await.unwrap();
        let bare = world.client.create_project("vibn-ws-bare", "").await.unwrap();
        Self { world, app, deployment, key, stored, bare }
    }

    pub(crate) async fn make(&self, name: &str) -> Result<(), Error> {
        let (world, client) = (&self.world, &self.world.client);
        match name {
            "version" => client.version().await.map(drop),
            "projects" => client.projects().await.map(drop),
            "create_project" => client.create_project("vibn-ws-new", "").await.map(drop),
            "private_keys" => client.private_keys().await.map(drop),
            "create_private_key" => client.create_private_key("new", "", &self.key).await.map(drop),
            "application" => client.application(&self.app).await.map(drop),
            "applications" => client.applications().await.map(drop),
            "create_repository_application" => client
                .create_repository_application(
                    &world.at(),
                    &World::repository_application("new-site"),
                )
                .await
                .map(drop),
            "create_image_application" => client
                .create_image_application(
                    &world.at(),
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
            "create_database" => client
                .create_database(&world.at(), Flavor::Postgresql, &World::database("new-db"))
                .await
                .map(drop),
            "databases" => client.databases().await.map(drop),
            "create_service" => client
                .create_service(&world.at(), &World::service("new-auth", "pocketbase"))
                .await
                .map(drop),
            "set_git_repository" => {
                client.set_git_repository(&self.app, &Secret::new(CLONE_URL)).await
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
            other => panic!("no call {other}"),
        }
    }
}

fn patch() -> ApplicationPatch {
    ApplicationPatch {
        description: Some("new".to_owned()),
        git_branch: Some("next".to_owned()),
        ..ApplicationPatch::default()
    }
}

fn env() -> EnvWrite {
    EnvWrite {
        key: "NEW".to_owned(),
        value: Secret::new("$value"),
        is_preview: false,
        is_literal: true,
        is_multiline: false,
        is_shown_once: false,
        is_buildtime: Some(true),
    }
}
