//! A simulated Coolify, a client on it, and a project to work in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use covibe_coolify::{
    Client, CloneUrl, Config, Contents, Description, Error, Limits, Mark, NewComposeService,
    NewDatabase, NewImageApplication, NewRepositoryApplication, NewService, Placement,
};
use covibe_domain::entities::BuildPack;
use covibe_domain::{AppUuid, ProjectUuid, Secret};
use covibe_sandbox::Simulator;
use covibe_sandbox::coolify::{DESTINATION, Options, Version, start};

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    pub(crate) project: ProjectUuid,
}

pub(crate) const CLONE_URL: &str =
    "https://mark-bot:0123456789abcdef0123456789abcdef01234567@git.test/vibn-mark/my-site.git";

pub(crate) fn clone_url(text: &str) -> CloneUrl {
    Secret::new(text).try_into().unwrap()
}

const COMPOSE: &str = "services:
  web:
    image: nginx:1
    environment: ['PASSWORD=${SERVICE_PASSWORD_WEB}']
    volumes: ['uploads:/data']
  db: {image: 'postgres:16', volumes: ['pg:/var/lib/postgresql/data']}
";

/// The usual options: no budget in the way, deployments done in no time.
pub(crate) fn options(version: Version) -> Options {
    Options {
        version,
        pace: Duration::from_millis(40),
        budget_per_minute: None,
        ..Options::default()
    }
}

pub(crate) async fn world(options: Options) -> World {
    let simulator = start(options).await.unwrap();
    let client = client(&simulator, Duration::from_secs(10));
    let project = client.create_project("vibn-ws-mark", "Workspace mark").await.unwrap();
    World { simulator, client: client.in_project(&project), project }
}

pub(crate) fn client(simulator: &Simulator, timeout: Duration) -> Client {
    Client::new(config(simulator, timeout)).unwrap()
}

/// The settings of a client that no rate limit holds up.
pub(crate) fn config(simulator: &Simulator, timeout: Duration) -> Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(simulator.url.parse().unwrap(), simulator.token.clone());
    config.per_minute = 60_000;
    config.timeout = timeout;
    config.destination = Some(DESTINATION.to_owned());
    config
}

impl World {
    /// The environment that new resources go into.
    pub(crate) fn placement(&self) -> Placement {
        Placement {
            project: self.project.clone(),
            environment: "production".to_owned(),
            environment_uuid: None,
            destination: None,
        }
    }

    /// Returns the contents of the project.
    pub(crate) async fn contents(&self) -> Arc<Contents> {
        self.contents_by(&self.client).await.unwrap()
    }

    /// Returns the same, read by another client.
    pub(crate) async fn contents_by(&self, client: &Client) -> Result<Arc<Contents>, Error> {
        client.contents(&self.project, &["production".to_owned()]).await
    }

    /// The same environment, by its uuid.
    pub(crate) async fn at_by_uuid(&self) -> Placement {
        let project = self.client.project(&self.project).await.unwrap();
        Placement { environment_uuid: project.environments[0].uuid.clone(), ..self.placement() }
    }

    pub(crate) fn repository_application(name: &str) -> NewRepositoryApplication {
        NewRepositoryApplication {
            name: name.to_owned(),
            description: Description::default(),
            organisation: "vibn-mark".to_owned(),
            repository: "my-site".parse().unwrap(),
            private_key: None,
            branch: "main".parse().unwrap(),
            build_pack: BuildPack::Nixpacks,
            ports: "3000".parse().unwrap(),
            domains: vec![format!("https://{name}.mark.vibnai.com")],
            base_directory: None,
            dockerfile_location: None,
            docker_compose_location: None,
            compose_domains: Vec::new(),
            limits: Limits { memory: Some("4g".to_owned()), ..Limits::default() },
            restart_limit: None,
        }
    }

    pub(crate) fn image_application(name: &str, image: &str) -> NewImageApplication {
        NewImageApplication {
            name: name.to_owned(),
            description: description_with_mark("A third party's"),
            image: image.parse().unwrap(),
            ports: "80".parse().unwrap(),
            domains: Vec::new(),
            limits: Limits { memory: Some("512m".to_owned()), ..Limits::default() },
            restart_limit: None,
        }
    }

    pub(crate) fn database(name: &str) -> NewDatabase {
        NewDatabase {
            name: name.to_owned(),
            description: description_with_mark("Orders"),
            image: None,
            is_public: false,
            public_port: None,
            credentials: BTreeMap::new(),
            limits: Limits::default(),
        }
    }

    /// A stack of `web`, which asks for a URL and a password, and `db`, which does not run at once.
    pub(crate) fn compose_service(name: &str) -> NewComposeService {
        NewComposeService {
            name: name.to_owned(),
            description: description_with_mark("A third party's"),
            compose: COMPOSE.to_owned(),
            urls: Vec::new(),
        }
    }

    /// An application of a compose file with a service `app`, which Coolify has read.
    pub(crate) async fn compose_application(&self, name: &str) -> AppUuid {
        let new = NewRepositoryApplication {
            build_pack: BuildPack::Dockercompose,
            ..World::repository_application(name)
        };
        let made = self.client.create_repository_application(&self.placement(), &new).await;
        let uuid = made.unwrap();
        self.client.set_git_repository(&uuid, &clone_url(CLONE_URL)).await.unwrap();
        self.client.deploy(&uuid, false).await.unwrap();
        // Coolify has the compose file once the deployment has read it.
        self.simulator.advance(Duration::from_secs(1));
        uuid
    }

    pub(crate) fn service(name: &str, service_type: &str) -> NewService {
        NewService {
            name: name.to_owned(),
            description: Description::default(),
            service_type: service_type.to_owned(),
            urls: Vec::new(),
        }
    }

    /// An application of a repository that can be deployed.
    pub(crate) async fn site(&self) -> AppUuid {
        let uuid = self
            .client
            .create_repository_application(
                &self.placement(),
                &World::repository_application("my-site"),
            )
            .await
            .unwrap();
        let patch = covibe_coolify::ApplicationPatch {
            git_repository: Some(clone_url(CLONE_URL)),
            ..covibe_coolify::ApplicationPatch::default()
        };
        self.client.update_application(&uuid, &patch).await.unwrap();
        uuid
    }
}

/// A description with a mark.
pub(crate) fn description_with_mark(text: &str) -> Description {
    Description { text: Some(text.to_owned()), mark: Some(Mark::from_random([7; 12])) }
}
