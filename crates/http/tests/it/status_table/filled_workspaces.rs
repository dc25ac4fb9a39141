//! Three filled workspaces: the caller's, another one of its tenant, and one of another tenant.

use covibe_sandbox::coolify::Version;
use covibe_testkit_http::{Agent, World, git};
use serde_json::{Value, json};

use crate::support::{Estate, on};

/// A compose file of one service.
const STACK: &str =
    "services:\n  server:\n    image: ghcr.io/org/server:1.0\n    expose: [\"3000\"]\n";

/// A workspace's resources, and its app of a compose file.
pub(super) struct FilledWorkspace {
    pub(super) estate: Estate,
    pub(super) stack: String,
}

/// Where the calls are made.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) own: Estate,
    /// An app of a compose file.
    pub(super) stack: String,
    /// An app of a compose file in a repository, which Coolify has not read yet.
    pub(super) unread: String,
    pub(super) others: [FilledWorkspace; 2],
}

impl Scene {
    /// A scene on this release; there is an empty repository `empty` too.
    pub(super) async fn on(version: Version) -> Self {
        let world = on(version).await;
        let sibling = world.sibling(&world.mark, "annex").await;
        let others = [
            FilledWorkspace::from_estate(Estate::create(&world, &sibling, "a").await).await,
            FilledWorkspace::from_estate(Estate::create(&world, &world.justine, "a").await).await,
        ];
        let own = Estate::create(&world, &world.mark, "a").await;
        empty_repository(&own.agent).await;
        let stack = stack(&own.agent).await;
        let file = json!({ "repo": own.repo, "message": "Describe it",
                           "files": [{ "path": "docker-compose.yaml", "content": STACK }] });
        own.agent.compact("repos.commit", &file).await.expect("a commit");
        let unread = json!({ "repo": own.repo, "name": "unread", "instantDeploy": false,
                             "dockerComposeLocation": "/docker-compose.yaml" });
        let unread = create_app(&own.agent, &unread).await;
        Self { world, own, stack, unread, others }
    }

    /// Panics where an answer holds anything of the other workspaces but what the call named.
    pub(super) fn assert_nothing_foreign(&self, answer: &str, params: &Value, what: &str) {
        let named = strings(params).into_iter().filter(|text| !text.is_empty());
        let rest = named.fold(answer.to_owned(), |rest, text| rest.replace(text, "‹named›"));
        for FilledWorkspace { estate, .. } in &self.others {
            estate.assert_unseen(&rest, "", what);
        }
    }
}

impl FilledWorkspace {
    async fn from_estate(estate: Estate) -> Self {
        let stack = stack(&estate.agent).await;
        Self { estate, stack }
    }
}

async fn create_app(agent: &Agent, params: &Value) -> String {
    let app = agent.compact("apps.create", params).await.expect("an app");
    app["uuid"].as_str().expect("a text").to_owned()
}

async fn stack(agent: &Agent) -> String {
    let params = json!({ "composeRaw": STACK, "name": "stack", "instantDeploy": false });
    create_app(agent, &params).await
}

async fn empty_repository(agent: &Agent) {
    let access = git::access(agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let by = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let body = json!({ "name": "empty", "private": true, "auto_init": false });
    assert_eq!(by.json("POST", "/orgs/vibn-mark/repos", &body).await.status, 201);
}

/// Every text in a value.
fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
