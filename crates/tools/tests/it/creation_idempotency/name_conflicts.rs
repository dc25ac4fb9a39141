//! A name that is taken: by somebody in the same project, by something else, elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::Collection;
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use super::{FILE, WantedResource, is_busy, on_each_database, repo};
use crate::support::workspace_resources::repository;

/// Somebody who uses Coolify itself.
pub(crate) struct Operator(Agent);

impl Operator {
    pub(crate) fn new(world: &World) -> Self {
        let token = Some(world.coolify.token.clone());
        Self(Agent::new(&format!("{}/api/v1", world.coolify.url), "", token))
    }

    async fn read(&self, path: &str) -> Value {
        self.0.send("GET", path, &[("accept", "application/json")], None).await.json()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        self.0.json("POST", path, body).await.json()
    }

    /// Makes something in mark's project.
    pub(crate) async fn make(&self, world: &World, path: &str, mut body: Value) {
        let servers = self.read("/servers").await;
        body["server_uuid"] = servers[0]["uuid"].clone();
        body["destination_uuid"] = json!(covibe_sandbox::coolify::DESTINATION);
        body["project_uuid"] = json!(world.mark.record.coolify_project_uuid);
        body["environment_name"] = json!("production");
        let made = self.0.json("POST", path, &body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.text);
    }

    /// All that there is of one sort.
    pub(crate) async fn all(&self, thing: Collection) -> Value {
        let path = match thing {
            Collection::Applications => "/applications",
            Collection::Databases => "/databases",
            _ => "/services",
        };
        without_state(self.read(path).await)
    }
}

/// The same without what changes by itself, because Docker is looked at from time to time.
fn without_state(value: Value) -> Value {
    match value {
        Value::Array(all) => all.into_iter().map(without_state).collect(),
        Value::Object(members) => {
            let is_state = |name: &str| matches!(name, "status" | "last_online_at");
            let rest = members.into_iter().filter(|(name, _)| !is_state(name));
            rest.map(|(name, value)| (name, without_state(value))).collect()
        }
        other => other,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_does_not_adopt_an_operators_resource_of_the_same_name() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        let operator = Operator::new(world);
        for (path, body) in [
            (
                "/applications/dockerimage",
                json!({ "name": "hand-image", "docker_registry_image_name": "nginx",
                        "ports_exposes": "80" }),
            ),
            (
                "/applications/dockerimage",
                json!({ "name": "hand-app", "docker_registry_image_name": "nginx",
                        "ports_exposes": "80" }),
            ),
            ("/databases/postgresql", json!({ "name": "hand-db" })),
            ("/services", json!({ "name": "hand-auth", "type": "pocketbase" })),
            ("/services", json!({ "name": "hand-product", "type": "umami" })),
            (
                "/services",
                json!({ "name": "hand-stack", "docker_compose_raw": STANDARD.encode(FILE) }),
            ),
        ] {
            operator.make(world, path, body).await;
        }
        // What is listed was read before, and is kept for two seconds.
        world.restart().await;
        for wanted in WantedResource::of_each_sort(&repo, "hand") {
            let before = operator.all(wanted.thing).await;
            let answer = wanted.ask(&world.mark.agent).await;
            assert!(answer.status == 409 && !is_busy(&answer), "{wanted:?}: {}", answer.text);
            assert_eq!(operator.all(wanted.thing).await, before, "{wanted:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_creation_is_not_continued_as_another_kind_of_resource() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        let operator = Operator::new(world);
        for (lost, other) in [
            (WantedResource::app(&repo, "both"), WantedResource::image("both")),
            (WantedResource::image("again"), WantedResource::app(&repo, "again")),
            (
                WantedResource::database("both"),
                WantedResource::database("both").with_param("type", json!("mysql")),
            ),
            (WantedResource::stack("mixed"), WantedResource::image("mixed")),
            (WantedResource::image("other"), WantedResource::stack("other")),
            // Its domain is of its name, which an app must not have then.
            (
                WantedResource::auth("sole"),
                WantedResource::auth("sole").with_param("provider", json!("keycloak")),
            ),
        ] {
            lost.lose_answer(world).await;
            let before = operator.all(lost.thing).await;
            let answer = other.ask(&world.mark.agent).await;
            assert!(answer.status == 409 && !is_busy(&answer), "{other:?}: {}", answer.text);
            assert_eq!(answer.json()["details"]["mayHaveHappened"], Value::Null);
            assert_eq!(operator.all(lost.thing).await, before, "{other:?}");
            lost.create_ok(&world.mark.agent).await;
            assert_eq!(lost.count(world), 1, "{lost:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_used_in_another_workspace_can_be_used() {
    on_each_database(async |world| {
        let repo = repo(world).await;
        repository(&world.justine.agent, &repo).await;
        for wanted in WantedResource::of_each_sort(&repo, "common") {
            // Also where the other one is unfinished.
            wanted.lose_answer(world).await;
            let theirs = wanted.create_ok(&world.justine.agent).await;
            let ours = wanted.create_ok(&world.mark.agent).await;
            assert_ne!(theirs["uuid"], ours["uuid"], "{wanted:?}");
            assert_eq!(wanted.count(world), 2, "{wanted:?}");
        }
    })
    .await;
}
