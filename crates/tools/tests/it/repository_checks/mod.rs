//! Repositories that would take over the host when they are built: pushed with git itself, refused by
//! every call that would build them.

mod build_packs;
mod build_setting;
mod commit_objects;
mod concurrent_pushes;
mod crash_recovery;
mod dockerfile_labels;
mod forbidden_contents;
mod large_objects;
mod large_trees;
mod mounted_files;
mod repository_compose;
mod slow_reads;
mod slow_releases;
mod verdict_before_build;
mod volume_changes;

use std::path::Path;
use std::time::Duration;

use covibe_testkit::git::{access, push_files};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use crate::support::workspace_resources::repository;

/// A workspace with a repository, and the host that it must not take over.
struct Site {
    world: World,
    access: Value,
}

impl Site {
    async fn new() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let world = World::start(options).await.expect("SQLite is built in");
        repository(&world.mark.agent, "site").await;
        let access = access(&world.mark.agent).await;
        Self { world, access }
    }

    /// Pushes what `fill` changes in a repository, as one commit.
    fn push_to(&self, repo: &str, fill: impl FnOnce(&Path)) -> String {
        tokio::task::block_in_place(|| push_files(&self.access, repo, fill))
    }

    fn push(&self, fill: impl FnOnce(&Path)) -> String {
        self.push_to("site", fill)
    }

    async fn call(&self, tool: &str, params: Value) -> Result<Value, Value> {
        self.world
            .mark
            .agent
            .compact(tool, &params)
            .await
            .map_err(|failure| serde_json::to_value(&failure).expect("JSON"))
    }

    async fn ok(&self, tool: &str, params: Value) -> Value {
        self.call(tool, params.clone()).await.unwrap_or_else(|why| panic!("{tool} {params}: {why}"))
    }

    /// An app of the repository, which is not deployed.
    async fn app(&self) -> String {
        let params = json!({ "repo": "site", "instantDeploy": false });
        self.ok("apps.create", params).await["uuid"].as_str().expect("a text").to_owned()
    }

    /// The paths of the problems for which a call is refused.
    async fn problems(&self, tool: &str, params: Value) -> Vec<String> {
        let refused = self.call(tool, params).await.expect_err("it is refused");
        let problems = refused["details"]["problems"].as_array();
        let problems = problems.unwrap_or_else(|| panic!("{refused}"));
        for problem in problems {
            assert!(problem["problem"].is_string() && problem["fix"].is_string(), "{problem}");
        }
        problems.iter().map(|each| each["path"].as_str().expect("a path").to_owned()).collect()
    }

    /// The commit of the newest deployment, once that has finished.
    async fn deployed_commit(&self, app: &str) -> String {
        for _ in 0..1_000 {
            let told = self.ok("apps.deployments", json!({ "uuid": app })).await;
            let newest = &told["deployments"][0];
            match newest["status"].as_str() {
                Some("finished") => return newest["commit"].as_str().expect("a hash").to_owned(),
                Some("queued" | "in_progress") => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                _ => panic!("{told}"),
            }
        }
        panic!("it does not end");
    }

    /// Returns an application as Coolify has it.
    async fn application(&self, uuid: &str) -> Value {
        let path = format!("/applications/{uuid}");
        self.world.operator().coolify("GET", &path, &Value::Null).await
    }

    /// Panics if a build has taken over the host.
    fn assert_sound(&self) {
        let breaches = self.world.options().coolify.host.breaches();
        assert!(breaches.is_empty(), "{breaches:?}");
    }
}
