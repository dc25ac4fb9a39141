//! Worked example 8.1 step by step, under names of its own.

use std::time::Duration;

use covibe_sandbox::coolify::Collection;
use covibe_testkit::{Answer, World};
use serde_json::{Value, json};

use super::PACE;
use crate::support::estate::repository;

/// A step of the journey; the image is beside it, for what a repository has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    CreateApp,
    CreateImageApp,
    CreateDatabase,
    SetUrl,
    CreateAuth,
    Deploy,
    Poll,
    ReadLog,
}

impl Step {
    pub(crate) const ALL: [Self; 8] = [
        Self::CreateApp,
        Self::CreateImageApp,
        Self::CreateDatabase,
        Self::SetUrl,
        Self::CreateAuth,
        Self::Deploy,
        Self::Poll,
        Self::ReadLog,
    ];

    pub(crate) const fn tool(self) -> &'static str {
        match self {
            Self::CreateApp | Self::CreateImageApp => "apps.create",
            Self::CreateDatabase => "databases.create",
            Self::SetUrl => "apps.envs.upsert",
            Self::CreateAuth => "auth.create",
            Self::Deploy => "apps.deploy",
            Self::Poll => "apps.deployments",
            Self::ReadLog => "deployments.logs",
        }
    }
}

/// One agent on its way, in mark's workspace.
#[derive(Debug, Default)]
pub(crate) struct Journey {
    pub(crate) name: String,
    app: Value,
    image_app: Value,
    url: Value,
    deployment: Value,
}

impl Journey {
    /// Makes the repository.
    pub(crate) async fn begin(world: &World, name: String) -> Self {
        repository(&world.mark.agent, &name).await;
        Self { name, ..Self::default() }
    }

    fn params(&self, step: Step) -> Value {
        let name = &self.name;
        match step {
            Step::CreateApp => json!({ "repo": name, "ports": "3000", "instantDeploy": false }),
            Step::CreateImageApp => json!({
                "image": "nginx:1.27", "name": format!("{name}-img"),
                "envs": [{ "key": "MODE", "value": "on" }, { "key": "LEVEL", "value": "2" }],
            }),
            Step::CreateDatabase => json!({ "type": "postgresql", "name": format!("{name}-db") }),
            Step::SetUrl => json!({ "uuid": self.app, "key": "DATABASE_URL", "value": self.url }),
            Step::CreateAuth => json!({ "provider": "pocketbase", "name": format!("{name}-auth") }),
            Step::Deploy | Step::Poll => json!({ "uuid": self.app }),
            Step::ReadLog => json!({ "uuid": self.deployment }),
        }
    }

    /// One try of a step, as the answer came.
    pub(crate) async fn attempt(&self, world: &World, step: Step) -> Answer {
        let tool = crate::support::tool(world, step.tool());
        world.mark.agent.rest_raw(&tool, &self.params(step)).await
    }

    /// A try that must succeed, once what is being made may be looked for.
    pub(crate) async fn take(&mut self, world: &World, step: Step) {
        let mut answer = self.attempt(world, step).await;
        while answer.status == 409 && answer.headers.contains_key("retry-after") {
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer = self.attempt(world, step).await;
        }
        assert!(answer.status < 300, "{step:?} of {}: {}", self.name, answer.text);
        self.keep(step, &answer.json());
    }

    /// Keeps what later steps need.
    pub(crate) fn keep(&mut self, step: Step, answer: &Value) {
        match step {
            Step::CreateApp => self.app = answer["uuid"].clone(),
            Step::CreateImageApp => self.image_app = answer["uuid"].clone(),
            Step::CreateDatabase => self.url = answer["internalUrl"].clone(),
            Step::Deploy => self.deployment = answer["uuid"].clone(),
            _ => {}
        }
    }

    /// The steps before one.
    pub(crate) async fn until(&mut self, world: &World, step: Step) {
        for before in Step::ALL.into_iter().filter(|each| *each < step) {
            self.take(world, before).await;
        }
    }

    /// The steps after one, to the end of the deployment.
    pub(crate) async fn finish(&mut self, world: &World, step: Step) {
        for after in Step::ALL.into_iter().filter(|each| *each > step) {
            self.take(world, after).await;
        }
        // Once for a deployment to begin, and once for it to end.
        world.coolify.advance(PACE * 2);
        for _ in 0..3_000 {
            let listed = self.deployments(world, &self.app).await;
            match listed[0]["status"].as_str() {
                Some("finished") => return,
                // The simulator still looks at the repository.
                Some("queued" | "in_progress") => {}
                _ => panic!("{} was not deployed: {listed}", self.name),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} is still being deployed", self.name);
    }

    async fn deployments(&self, world: &World, app: &Value) -> Value {
        let listed = world.mark.agent.compact("apps.deployments", &json!({ "uuid": app })).await;
        listed.expect("deployments")["deployments"].clone()
    }

    /// Whatever happened on the way, there is one of each.
    pub(crate) async fn is_there_once(&self, world: &World) {
        let name = &self.name;
        for (thing, name) in [
            (Collection::Applications, name.clone()),
            (Collection::Applications, format!("{name}-img")),
            (Collection::Databases, format!("{name}-db")),
            (Collection::Services, format!("{name}-auth")),
        ] {
            let there = world.coolify.names(thing).into_iter().filter(|each| *each == name).count();
            assert_eq!(there, 1, "{thing:?} {name}");
        }
        for app in [&self.app, &self.image_app] {
            let deployments = self.deployments(world, app).await;
            assert_eq!(deployments.as_array().map(Vec::len), Some(1), "{name}: {deployments}");
        }
    }
}
