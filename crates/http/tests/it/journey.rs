//! Worked example 8.1, from repository to finished deployment, by every surface with equal
//! outcomes, on every release of Coolify.

use std::cell::Cell;
use std::time::Duration;

use covibe_domain::entities::{Flavor, Provider};
use covibe_sandbox::coolify::Version;
use covibe_testkit_http::{Member, Options, World};
use serde_json::{Value, json};

use crate::support::outcome_normalizer::Normalizer;
use crate::support::tool_name_spelling::of_every_surface;
use crate::support::workspace_resources::repository;
use crate::support::{CallStyle, on, schema_validation, tool};

/// The agent of one workspace at work by one surface.
pub(crate) struct Walk<'a> {
    world: &'a World,
    pub(crate) member: &'a Member,
    via: CallStyle,
    plain: Normalizer,
    /// The outcomes of the calls, in plain words.
    pub(crate) told: Vec<(String, u16, Value)>,
    /// The number of calls, including those that were not written down.
    pub(crate) calls: Cell<usize>,
    /// The outcomes of the calls as they came.
    said: Vec<(String, String)>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(world: &'a World, member: &'a Member, via: CallStyle) -> Self {
        let plain = Normalizer::for_workspace(&member.agent.slug);
        Self {
            world,
            member,
            via,
            plain,
            told: Vec::new(),
            calls: Cell::default(),
            said: Vec::new(),
        }
    }

    /// A call that is written down; its result must be as the operation's schema says.
    async fn call(&mut self, name: &str, params: Value) -> Value {
        let told = self.quietly(name, &params).await;
        let (status, body) = told;
        // Creation is 201 over REST and 200 by envelopes.
        let status = if status == 201 { 200 } else { status };
        let mut plain = of_every_surface(self.via, self.plain.value(&body));
        if !name.starts_with("apps.") {
            forget_progress(&mut plain);
        }
        self.told.push((name.to_owned(), status, plain));
        self.said.push((name.to_owned(), body.to_string()));
        body
    }

    async fn quietly(&self, name: &str, params: &Value) -> (u16, Value) {
        let tool = tool(self.world, name);
        let told = self.via.call(&self.member.agent, &tool, params).await;
        self.calls.set(self.calls.get() + 1);
        match told.outcome {
            Ok(value) => {
                schema_validation::assert_valid(&tool.output, &value, name);
                (told.status, value)
            }
            Err(value) => (told.status, value),
        }
    }

    /// The build of 8.1, from an empty workspace; the app's uuid and its last deployment's.
    pub(crate) async fn build(&mut self) -> (Value, Value) {
        self.call("workspace.describe", json!({})).await;
        self.call("gitea.credentials", json!({})).await;
        repository(&self.member.agent, "my-site").await;
        let app = json!({ "repo": "my-site", "ports": "3000", "instantDeploy": false });
        let app = self.call("apps.create", app).await["uuid"].clone();
        let database = json!({ "type": "postgresql", "name": "app-db" });
        let database = self.call("databases.create", database).await;
        let url = &database["internalUrl"];
        let variable = json!({ "uuid": app, "key": "DATABASE_URL", "value": url });
        self.call("apps.envs.upsert", variable).await;
        let auth = json!({ "provider": "pocketbase", "name": "auth" });
        self.call("auth.create", auth).await;
        let deployment = self.call("apps.deploy", json!({ "uuid": app })).await["uuid"].clone();
        self.until_finished(&app).await;
        self.until_up().await;
        self.call("apps.deployments", json!({ "uuid": app })).await;
        (app, deployment)
    }

    async fn until_finished(&self, app: &Value) {
        for _ in 0..400 {
            let (_, body) = self.quietly("apps.deployments", &json!({ "uuid": app })).await;
            match body["deployments"][0]["status"].as_str() {
                Some("queued" | "in_progress") => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Some("finished") => return,
                other => panic!("{other:?}: {body}"),
            }
        }
        panic!("the deployment does not end");
    }

    /// Coolify reports the state of a container late: at some moment in between, surfaces would
    /// differ.
    async fn until_up(&self) {
        for _ in 0..400 {
            let (_, body) = self.quietly("apps.list", &json!({})).await;
            if body["apps"][0]["status"] == "running" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the app does not come up");
    }

    /// Reads everything that was built.
    pub(crate) async fn read_everything(&mut self, app: &Value, deployment: &Value) {
        self.call("deployments.logs", json!({ "uuid": deployment })).await;
        self.call("deployments.logs", json!({ "uuid": deployment, "lines": 1 })).await;
        self.call("apps.get", json!({ "uuid": app })).await;
        self.call("apps.envs.list", json!({ "uuid": app })).await;
        for list in ["apps.list", "databases.list", "auth.list"] {
            let listed = self.call(list, json!({})).await;
            if list == "databases.list" {
                let uuid = &listed["databases"][0]["uuid"];
                self.call("databases.get", json!({ "uuid": uuid })).await;
            }
        }
    }

    /// Makes mistakes, which every surface answers alike.
    pub(crate) async fn make_mistakes(&mut self, app: &Value) {
        let absent = "zzzz2345zzzz2345zzzz2345";
        for (name, params) in [
            ("apps.get", json!({ "uuid": absent })),
            ("apps.get", json!({ "uuid": "../x" })),
            ("apps.get", json!({ "uuid": app, "verbos": "x" })),
            ("deployments.logs", json!({ "uuid": absent, "line": "7" })),
            ("databases.create", json!({})),
            ("databases.create", json!({ "type": "oracle" })),
            ("databases.create", json!({ "type": "redis", "publicPort": 1 })),
            ("apps.create", json!({ "repo": "my-site" })),
            ("apps.create", json!({ "repo": "no-such-repo" })),
            ("apps.create", json!({ "repo": "vibn-elsewhere/secret" })),
            ("apps.create", json!({ "image": "nginx", "domain": "evil.example" })),
            ("apps.create", json!({})),
            ("auth.create", json!({ "provider": "wordpress" })),
            ("apps.envs.upsert", json!({ "uuid": app, "key": "no-key", "value": "" })),
        ] {
            let before = self.told.len();
            self.call(name, params.clone()).await;
            let (_, status, body) = &self.told[before];
            assert!(*status >= 400, "{name} {params}: {body}");
        }
    }
}

/// Replaces the observed progress of starting containers, which differs from run to run.
fn forget_progress(plain: &mut Value) {
    match plain {
        Value::Object(members) => {
            members.remove("health");
            members.iter_mut().for_each(|(name, member)| {
                if name == "status"
                    && ["starting", "running", "exited"].iter().any(|it| member == it)
                {
                    *member = json!("‹seen›");
                }
                forget_progress(member);
            });
        }
        Value::Array(items) => items.iter_mut().for_each(forget_progress),
        _ => {}
    }
}

/// Walks by every surface on one release, each in a workspace of its own.
async fn all_surfaces_agree(version: Version) {
    let world = on(version).await;
    let mut told: Vec<(CallStyle, Vec<_>)> = Vec::new();
    for via in CallStyle::ALL {
        let member = world.member(&format!("walker-{}", word(via))).await;
        let mut walk = Walk::new(&world, &member, via);
        let (app, deployment) = walk.build().await;
        walk.read_everything(&app, &deployment).await;
        check(&walk);
        walk.make_mistakes(&app).await;
        assert_no_pat_elsewhere(&walk, &deployment).await;
        told.push((via, walk.told));
    }
    let (_, first) = &told[0];
    for (via, other) in &told {
        assert_eq!(first.len(), other.len());
        for (one, same) in first.iter().zip(other) {
            assert_eq!(one, same, "{via:?} tells it another way, on {}", version.text());
        }
    }
}

fn word(via: CallStyle) -> &'static str {
    match via {
        CallStyle::Rest => "one",
        CallStyle::Tool => "two",
        CallStyle::Action => "three",
        CallStyle::JsonRpc => "four",
        CallStyle::Modern => "five",
    }
}

/// Checks the promises of 8.1.
fn check(walk: &Walk<'_>) {
    for (name, status, body) in &walk.told {
        assert_eq!(*status, 200, "{name}: {body}");
    }
    let of = |name: &str| {
        let found = walk.told.iter().find(|(each, ..)| each == name);
        &found.unwrap_or_else(|| panic!("{name} was called")).2
    };
    assert_eq!(of("workspace.describe")["provisionStatus"], "ready");
    assert_eq!(of("apps.create")["domains"], json!(["my-site.‹slug›.vibnai.com"]));
    assert_eq!(of("apps.create")["url"], "https://my-site.‹slug›.vibnai.com");
    assert_eq!(of("apps.create")["name"], "my-site");
    assert!(of("apps.create").get("deployment").is_none(), "instantDeploy was false");
    let database = of("databases.create");
    let url = database["internalUrl"].as_str().expect("a text");
    let host = database["uuid"].as_str().expect("a text");
    let tail = format!("›{host}:5432/postgres");
    assert!(url.starts_with("postgres‹userinfo ") && url.ends_with(&tail), "{url}");
    let variable = &of("apps.envs.list")["envs"][0];
    assert_eq!((&variable["key"], &variable["value"]), (&json!("DATABASE_URL"), &json!(url)));
    assert_eq!(of("apps.deploy")["status"], "queued");
    let deployments = &of("apps.deployments")["deployments"];
    assert_eq!(deployments.as_array().map(Vec::len), Some(1));
    assert_eq!(deployments[0]["uuid"], of("apps.deploy")["uuid"]);
    assert_eq!(deployments[0]["status"], "finished");
    assert_eq!(of("apps.get")["status"], "running");
    assert_eq!(of("apps.get")["repo"], "my-site");
    assert_eq!(of("apps.get")["url"], "https://my-site.‹slug›.vibnai.com", "it is handed back");
    let provider = &of("auth.list")["providers"][0];
    assert_eq!((&provider["name"], &provider["provider"]), (&json!("auth"), &json!("pocketbase")));
    let allowed = covibe_policy::providers(false).len();
    assert_eq!(of("auth.list")["allowed"].as_array().map(Vec::len), Some(allowed));
    assert_eq!(of("apps.list")["apps"].as_array().map(Vec::len), Some(1));
    assert_eq!(of("databases.list")["databases"].as_array().map(Vec::len), Some(1));
    assert!(of("databases.list")["databases"][0].get("internalUrl").is_none());
}

async fn assert_no_pat_elsewhere(walk: &Walk<'_>, deployment: &Value) {
    let access = walk.quietly("gitea.credentials", &json!({})).await.1;
    let token = access["bot"]["token"].as_str().expect("a token");
    let params = json!({ "uuid": deployment, "lines": 5000 });
    let logs = walk.quietly("deployments.logs", &params).await.1;
    let text = logs["logs"].as_str().expect("a text");
    assert!(text.contains("my-site"), "it is the log of the app: {text}");
    assert!(!logs.to_string().contains(token) && !text.contains("-bot:"), "{text}");
    for (name, said) in walk.said.iter().filter(|(name, _)| name != "gitea.credentials") {
        assert!(!said.contains(token), "{name} shows the PAT: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_gives_the_same_journey_on_coolify_4_0_beta_473() {
    all_surfaces_agree(Version::Beta473).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_gives_the_same_journey_on_coolify_4_1() {
    all_surfaces_agree(Version::V4_1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_gives_the_same_journey_on_coolify_4_3() {
    all_surfaces_agree(Version::V4_3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_are_created_from_images_by_every_surface() {
    let world = World::embedded().await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let mut walk = Walk::new(&world, &world.mark, via);
        let name = format!("web-{number}");
        let params = json!({ "image": "ghcr.io/org/web:1.2", "name": name, "ports": "8080",
                             "envs": [{ "key": "MODE", "value": "x", "isShownOnce": true }] });
        let made = walk.call("apps.create", params).await;
        assert_eq!(made["image"], "ghcr.io/org/web:1.2", "{made}");
        assert_eq!(made["domains"], json!([format!("{name}.mark.vibnai.com")]));
        assert_eq!(made["ports"], "8080");
        assert_eq!(made["deployment"]["status"], "queued", "it is deployed at once");
        assert!(made.get("repo").is_none() && made.get("branch").is_none(), "{made}");
        walk.until_finished(&made["uuid"]).await;
        let envs = walk.call("apps.envs.list", json!({ "uuid": made["uuid"] })).await;
        assert!(envs["envs"].to_string().contains("MODE"), "{envs}");
        assert!(envs["envs"][0].get("value").is_none(), "a secret is shown once: {envs}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_every_flavor_are_created_on_every_coolify_version() {
    for version in Version::ALL {
        let world = on(version).await;
        let mut walk = Walk::new(&world, &world.mark, CallStyle::Modern);
        for flavor in Flavor::ALL {
            let params = json!({ "type": flavor.as_str(), "name": format!("a-{flavor}") });
            let made = walk.call("databases.create", params).await;
            assert_eq!(made["type"], flavor.as_str(), "{made}");
            let url = made["internalUrl"].as_str();
            let url =
                url.unwrap_or_else(|| panic!("{flavor} has a URL on {}: {made}", version.text()));
            assert!(url.contains(made["uuid"].as_str().expect("a text")), "{url}");
        }
        let listed = walk.call("databases.list", json!({})).await;
        assert_eq!(listed["databases"].as_array().map(Vec::len), Some(Flavor::ALL.len()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_listed_auth_providers_are_created() {
    let options = Options::default().with_settings(|it| it.docker_sock_providers = true);
    let world = World::start(options).await.expect("SQLite is built in");
    for via in CallStyle::ALL {
        let mut walk = Walk::new(&world, &world.mark, via);
        let refused = walk.call("auth.create", json!({ "provider": "wordpress" })).await;
        assert_eq!(walk.told[0].1, 400, "{refused}");
        for provider in Provider::ALL {
            let hint = refused["hint"].as_str().unwrap_or_default();
            assert!(hint.contains(provider.as_str()), "{provider} is not in {hint}");
        }
    }
    let mut walk = Walk::new(&world, &world.mark, CallStyle::Tool);
    for provider in Provider::ALL {
        let made = walk.call("auth.create", json!({ "provider": provider.as_str() })).await;
        assert_eq!(made["provider"], provider.as_str(), "{made}");
    }
}
