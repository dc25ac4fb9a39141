//! A workspace with apps of every kind.

use std::time::Duration;

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Agent, Member, Options, World};
use serde_json::{Value, json};

use crate::support::workspace_resources::repository;
use crate::support::{CallStyle, served, tool};

/// A compose file with a service for people, one behind it and a database.
pub(super) const STACK: &str = "services:\n  server:\n    image: ghcr.io/org/server:1.0\n    expose: [\"3000\"]\n  \
    worker:\n    image: ghcr.io/org/worker:1.0\n    expose: [\"9000\"]\n  db:\n    image: postgres:16\n    \
    environment: {POSTGRES_PASSWORD: hunter2hunter2}\n";

/// A world of this release whose deletions take a moment.
pub(super) async fn world(version: Version) -> World {
    World::start(options(version)).await.expect("SQLite is built in")
}

/// The same behind HTTP.
pub(super) async fn served_world(version: Version) -> World {
    served(options(version)).await
}

fn options(version: Version) -> Options {
    let mut options = Options::on_release(version);
    options.coolify.deletion = Some(Duration::from_millis(300));
    options
}

/// A workspace at work.
pub(super) struct Ground<'a> {
    pub(super) world: &'a World,
    pub(super) member: &'a Member,
}

impl<'a> Ground<'a> {
    pub(super) fn new(world: &'a World, member: &'a Member) -> Self {
        Self { world, member }
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.member.agent
    }

    /// A call by this surface: its status, and the answer or the failure.
    pub(super) async fn call_by(&self, via: CallStyle, name: &str, params: &Value) -> (u16, Value) {
        let told = via.call(self.agent(), &tool(self.world, name), params).await;
        match told.outcome {
            Ok(value) => {
                let schema = &tool(self.world, name).output;
                crate::support::schema_validation::assert_valid(schema, &value, name);
                (told.status, value)
            }
            Err(value) => (told.status, value),
        }
    }

    /// A call over REST.
    pub(super) async fn call(&self, name: &str, params: Value) -> (u16, Value) {
        self.call_by(CallStyle::Rest, name, &params).await
    }

    /// The same where it must succeed.
    pub(super) async fn call_ok(&self, name: &str, params: Value) -> Value {
        let (status, value) = self.call(name, params.clone()).await;
        assert!(status < 300, "{name} {params}: {status} {value}");
        value
    }

    /// The same where it must fail with this status.
    pub(super) async fn call_refused(&self, name: &str, params: Value, with: u16) -> Value {
        let (status, value) = self.call(name, params.clone()).await;
        assert_eq!(status, with, "{name} {params}: {value}");
        value
    }

    async fn create_app(&self, params: Value) -> String {
        text(&self.call_ok("apps.create", params).await["uuid"])
    }

    /// An app of a repository of the same name.
    pub(super) async fn repo_app(&self, name: &str) -> String {
        let repo = repository(self.agent(), name).await;
        self.create_app(json!({ "repo": repo, "name": name, "instantDeploy": false })).await
    }

    /// An app from an image.
    pub(super) async fn image_app(&self, name: &str) -> String {
        self.create_app(json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false }))
            .await
    }

    /// An app of a compose file.
    pub(super) async fn stack(&self, name: &str, file: &str) -> String {
        self.create_app(json!({ "composeRaw": file, "name": name, "instantDeploy": false })).await
    }

    /// Asks Coolify itself, as an operator would.
    pub(super) async fn coolify(&self, method: &str, path: &str, body: &Value) -> Value {
        let token = self.world.coolify.token.expose();
        let operator = Agent::new(&self.world.coolify.url, "", None).with_key(Some(token));
        let path = format!("/api/v1{path}");
        let answer = match method {
            "GET" => operator.send("GET", &path, &[("accept", "application/json")], None).await,
            _ => operator.json(method, &path, body).await,
        };
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
        answer.json()
    }

    /// Asks Gitea of a repository of the workspace, as its agent does.
    pub(super) async fn gitea(&self, repo: &str, path: &str, body: &Value) {
        let access = self.call_ok("gitea.credentials", json!({})).await;
        let base = text(&access["gitea"]["apiBase"]);
        let org = text(&access["workspace"]["giteaOrg"]);
        let git = Agent::new(&base, "", None).with_key(access["bot"]["token"].as_str());
        let made = git.json("POST", &format!("/repos/{org}/{repo}/{path}"), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }

    /// Creates branches of a repository of the workspace.
    pub(super) async fn branches(&self, repo: &str, names: &[&str]) {
        for name in names {
            self.gitea(repo, "branches", &json!({ "new_branch_name": name })).await;
        }
    }

    /// Returns the commit at the tip of a repository's branch `main`.
    pub(super) async fn tip(&self, repo: &str) -> String {
        let path = format!("/repos/vibn-mark/{repo}/git/refs/heads/main");
        text(&self.world.operator().gitea("GET", &path, &Value::Null).await[0]["object"]["sha"])
    }

    /// Returns an application as Coolify has it.
    pub(super) async fn application(&self, uuid: &str) -> Value {
        self.coolify("GET", &format!("/applications/{uuid}"), &Value::Null).await
    }

    /// Returns a service as Coolify has it.
    pub(super) async fn service(&self, uuid: &str) -> Value {
        self.coolify("GET", &format!("/services/{uuid}"), &Value::Null).await
    }
}

/// A text out of an answer.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The members of a list, by this name of each.
pub(super) fn members_of<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let items = list.as_array().into_iter().flatten();
    items.map(|item| item[member].as_str().unwrap_or_default()).collect()
}
