//! Worked example 8.1 step by step, under names of its own.

use std::time::Duration;

use covibe_domain::CellName;
use covibe_sandbox::coolify::Collection;
use covibe_store::{OpenDeployment, QueueState};
use covibe_testkit::{AgentAnswer, World};
use serde_json::{Value, json};

use super::PACE;
use crate::support::workspace_resources::repository;

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

impl Step {
    /// The steps before it without which it can't be taken.
    const fn needs(self) -> &'static [Self] {
        match self {
            Self::CreateApp | Self::CreateImageApp | Self::CreateDatabase | Self::CreateAuth => &[],
            Self::SetUrl => &[Self::CreateApp, Self::CreateDatabase],
            Self::Deploy => &[Self::CreateApp],
            Self::Poll | Self::ReadLog => &[Self::CreateApp, Self::Deploy],
        }
    }

    /// The steps after it that show whether what it did can be used.
    const fn shown_by(self) -> &'static [Self] {
        match self {
            Self::CreateApp | Self::SetUrl => &[Self::Deploy],
            Self::Deploy => &[Self::Poll, Self::ReadLog],
            Self::Poll => &[Self::ReadLog],
            Self::CreateImageApp | Self::CreateDatabase | Self::CreateAuth | Self::ReadLog => &[],
        }
    }
}

/// One agent on its way, in mark's workspace.
#[derive(Debug, Default)]
pub(crate) struct Journey {
    pub(crate) name: String,
    taken: Vec<Step>,
    app: Value,
    image_app: Value,
    url: Value,
    deployment: Value,
}

/// Lets all deployments come to their end, also those that wait for a place and those of apps of images.
async fn end_deployments(world: &World) {
    for _ in 0..3_000 {
        world.coolify.advance(PACE * 2);
        let open = world.store.open_deployments(&CellName::default()).await.expect("the queue");
        let waits = |each: &OpenDeployment| each.state != QueueState::Handed;
        let under_way = world.operator().coolify("GET", "/deployments", &Value::Null).await;
        let is_quiet = under_way.as_array().is_none_or(Vec::is_empty)
            && under_way.as_object().is_none_or(serde_json::Map::is_empty);
        if is_quiet && !open.iter().any(waits) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("something is still being deployed");
}

impl Journey {
    /// Begins one that has this step, for which it makes the repository if one is used.
    pub(crate) async fn begin(world: &World, name: String, step: Step) -> Self {
        if step == Step::CreateApp || step.needs().contains(&Step::CreateApp) {
            repository(&world.mark.agent, &name).await;
        }
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
    pub(crate) async fn attempt(&self, world: &World, step: Step) -> AgentAnswer {
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
        self.taken.push(step);
        match step {
            Step::CreateApp => self.app = answer["uuid"].clone(),
            Step::CreateImageApp => self.image_app = answer["uuid"].clone(),
            Step::CreateDatabase => self.url = answer["internalUrl"].clone(),
            Step::Deploy => self.deployment = answer["uuid"].clone(),
            _ => {}
        }
    }

    /// The steps that one needs.
    pub(crate) async fn until(&mut self, world: &World, step: Step) {
        for before in step.needs() {
            self.take(world, *before).await;
        }
    }

    /// The steps that show that one was taken, to the end of a deployment if there is one.
    pub(crate) async fn finish(&mut self, world: &World, step: Step) {
        for after in step.shown_by() {
            self.take(world, *after).await;
        }
        end_deployments(world).await;
        if !self.taken.contains(&Step::Deploy) {
            return;
        }
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

    /// Whatever happened on the way, there is one of each that was made.
    pub(crate) async fn is_there_once(&self, world: &World) {
        let name = &self.name;
        for (by, thing, name) in [
            (Step::CreateApp, Collection::Applications, name.clone()),
            (Step::CreateImageApp, Collection::Applications, format!("{name}-img")),
            (Step::CreateDatabase, Collection::Databases, format!("{name}-db")),
            (Step::CreateAuth, Collection::Services, format!("{name}-auth")),
        ] {
            let there = world.coolify.names(thing).into_iter().filter(|each| *each == name).count();
            assert_eq!(there, usize::from(self.taken.contains(&by)), "{thing:?} {name}");
        }
        // An app from an image is deployed when it is created.
        for (by, app) in [(Step::Deploy, &self.app), (Step::CreateImageApp, &self.image_app)] {
            if self.taken.contains(&by) {
                let deployments = self.deployments(world, app).await;
                assert_eq!(deployments.as_array().map(Vec::len), Some(1), "{name}: {deployments}");
            }
        }
    }
}
