//! The coolify server.

mod application_names;
mod faults;
mod lists;
mod protected_applications;
mod settings;
mod tools;

use std::time::Duration;

use covibe_agent_servers::coolify::CoolifyContext;
use covibe_agent_servers::protected_resources::Guard;
use covibe_agent_servers::tool_registry;
use covibe_coolify::{
    ApplicationPatch, Client, Config, DeployOutcome, Description, Limits, NewImageApplication,
    Placement,
};
use covibe_domain::{AppUuid, ProjectUuid};
use covibe_sandbox::Simulator;
use covibe_sandbox::coolify::{DESTINATION, Options, start};

use crate::tool_calls::{Caller, guard as guard_of};

/// The time that everything takes, unless the clock is moved.
const PACE: Duration = Duration::from_hours(1);

/// A simulated Coolify, a client to arrange what is on it, and a caller of the tools.
struct World {
    simulator: Simulator,
    client: Client,
    caller: Caller<CoolifyContext>,
}

fn options() -> Options {
    Options { pace: PACE, budget_per_minute: None, ..Options::default() }
}

impl World {
    async fn new() -> Self {
        Self::with(options(), guard_of(None, None)).await
    }

    async fn with(options: Options, guard: Guard) -> Self {
        let simulator = start(options).await.unwrap();
        let mut config = config(&simulator);
        let caller = caller(&simulator, config.clone(), guard);
        config.destination = Some(DESTINATION.to_owned());
        let client = Client::new(config).unwrap();
        Self { simulator, client, caller }
    }

    /// The same with another guard.
    fn guarded(&self, guard: Guard) -> Caller<CoolifyContext> {
        caller(&self.simulator, config(&self.simulator), guard)
    }

    async fn project(&self, name: &str) -> ProjectUuid {
        self.client.create_project(name, "").await.unwrap()
    }

    /// Creates an application of an image in a project.
    async fn app(&self, project: &ProjectUuid, name: &str, urls: &[&str]) -> AppUuid {
        let new = NewImageApplication {
            name: name.to_owned(),
            description: Description::default(),
            image: "nginx:alpine".parse().unwrap(),
            ports: "80".parse().unwrap(),
            domains: urls.iter().map(|url| (*url).to_owned()).collect(),
            limits: Limits::default(),
            restart_limit: None,
        };
        let at = Placement {
            project: project.clone(),
            environment: "production".to_owned(),
            environment_uuid: None,
            destination: None,
        };
        self.client.create_image_application(&at, &new).await.unwrap()
    }

    async fn rename(&self, app: &AppUuid, name: &str) {
        let patch = ApplicationPatch { name: Some(name.to_owned()), ..ApplicationPatch::default() };
        self.client.update_application(app, &patch).await.unwrap();
    }

    /// Deploys an application until it runs.
    async fn run(&self, app: &AppUuid) {
        let DeployOutcome::Queued(_) = self.client.deploy(app, true).await.unwrap() else {
            panic!("skipped")
        };
        for _ in 0..30 {
            self.simulator.advance(PACE);
            self.client.application(app).await.unwrap();
        }
    }

    /// The number of requests to deploy.
    fn deploys(&self) -> usize {
        let requests = self.simulator.requests();
        requests.iter().filter(|it| it.path.ends_with("/deploy")).count()
    }
}

fn config(simulator: &Simulator) -> Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(simulator.url.parse().unwrap(), simulator.token.clone());
    config.per_minute = 60_000;
    config.lists_for = Duration::ZERO;
    config
}

fn caller(simulator: &Simulator, config: Config, guard: Guard) -> Caller<CoolifyContext> {
    let context = CoolifyContext::new(config, guard).unwrap();
    Caller { registry: tool_registry::coolify(), context, token: simulator.token.clone() }
}
