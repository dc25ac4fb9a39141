//! Deploying on push: what Gitea tells, what nobody tells, and what strangers say.

mod crash_recovery;
mod deploying;
mod fairness_between_tenants;
mod forged_deliveries;
mod rejected_commits;
mod renamed_repositories;
mod settings;
mod webhook_renewal;

use std::time::{Duration, Instant};

use covibe_sandbox::gitea::Settings;
use covibe_testkit_http::git::{access, git};
use covibe_testkit_http::{Agent, Member, Options, World};
use covibe_workspace::PushWatch;
use serde_json::{Value, json};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(50);

/// A workspace with the app `shop`, which is built from the repository `site`, and a hook.
struct Shop {
    world: World,
    agent: Agent,
    app: String,
    /// The commit that the app was created from.
    first: String,
    _watch: Option<PushWatch>,
}

impl Shop {
    async fn new() -> Self {
        Self::with_options(Options::default()).await
    }

    /// A shop whose server checks a repository at most once in this time.
    async fn with_pause(pause: Duration) -> Self {
        Self::with_options(Options::default().with_settings(|it| it.push_pause = pause)).await
    }

    async fn with_options(options: Options) -> Self {
        let shop = Self::with_params(options, json!({})).await;
        shop.world.gitea.clear_requests();
        Self { _watch: Some(shop.world.watch_pushes()), ..shop }
    }

    /// Waits until the first round, which looks at everything, has looked at the branch.
    async fn first_round(&self) {
        let is_look = |one: &covibe_sandbox::Recorded| one.path.contains("/git/refs/heads/main");
        while !self.world.gitea.requests().iter().any(is_look) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A shop whose server does not act on pushes, with these parameters of the app besides.
    async fn with_params(options: Options, more: Value) -> Self {
        Self::start_in(World::start(options).await.expect("SQLite is built in"), more).await
    }

    /// A shop whose repository comes after more than a round lists.
    async fn behind_many(options: Options) -> Self {
        let world = World::start(options).await.expect("SQLite is built in");
        let operator = world.operator();
        for number in 0..505 {
            let other = json!({ "name": format!("other-{number}"), "private": true });
            operator.gitea("POST", "/orgs/vibn-mark/repos", &other).await;
        }
        Self::start_in(world, json!({})).await
    }

    async fn start_in(world: World, more: Value) -> Self {
        let mark = world.mark.clone();
        let agent = mark.agent.clone();
        let mut shop =
            Self { world, agent, app: String::new(), first: String::new(), _watch: None };
        // Boxed because the future is large.
        Box::pin(shop.create_for(&mark, more)).await;
        shop
    }

    /// Creates the repository, the hook and the app of a member, whose agent makes the calls from now on.
    async fn create_for(&mut self, member: &Member, more: Value) {
        self.agent = member.agent.clone();
        let files = json!({ "index.html": "<h1>1</h1>\n", "apps/web/a.txt": "a\n" });
        let made = self.ok("repos.create", json!({ "name": "site", "files": files })).await;
        self.first = text(&made["commit"]);
        let secret = self.world.hook_secret(member);
        let url = format!("{}/api/hooks/gitea", self.agent.origin);
        let hook = json!({ "type": "gitea", "active": true, "events": ["push"],
                           "config": { "url": url, "content_type": "json",
                                       "secret": secret.expose() } });
        let path = format!("/orgs/{}/hooks", member.record.gitea_org);
        self.world.operator().gitea("POST", &path, &hook).await;
        let mut params = json!({ "repo": "site", "name": "shop", "buildPack": "static" });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        self.app = text(&self.ok("apps.create", params).await["uuid"]);
    }

    async fn ok(&self, tool: &str, params: Value) -> Value {
        let outcome = self.agent.compact(tool, &params).await;
        outcome.unwrap_or_else(|why| panic!("{tool} {params}: {}", json!(why)))
    }

    async fn get(&self) -> Value {
        self.ok("apps.get", json!({ "uuid": self.app })).await
    }

    /// The commits of the app's deployments, the oldest first.
    async fn deployed_commits(&self) -> Vec<String> {
        let told = self.ok("apps.deployments", json!({ "uuid": self.app })).await;
        let told = told["deployments"].as_array().expect("deployments");
        told.iter().rev().map(|each| text(&each["commit"])).collect()
    }

    /// Commits a file to `main` without git, and returns the commit.
    async fn commit(&self, path: &str, message: &str) -> String {
        self.commit_to("site", path, message).await
    }

    /// Commits a file to the branch `main` of a repository without git, and returns the commit.
    async fn commit_to(&self, repo: &str, path: &str, message: &str) -> String {
        let content = format!("{message} {:?}\n", Instant::now());
        let files = json!([{ "path": path, "content": content }]);
        let params = json!({ "repo": repo, "message": message, "files": files });
        text(&self.ok("repos.commit", params).await["commit"])
    }

    /// Commits as Gitea's own page does, and returns the commit.
    fn edit(&self, path: &str) -> String {
        let edit = json!({ "repo": "vibn-mark/site", "path": path, "content": "edited\n" });
        let (status, made) = self.world.gitea.control("POST", "edits", &edit).expect("an answer");
        assert_eq!(status, 201, "{made}");
        text(&made["commit"])
    }

    /// Clones the repository with git, works in the clone, and returns the output of the last command.
    async fn git(&self, commands: &[&[&str]]) -> String {
        let access = access(&self.agent).await;
        let template = text(&access["gitea"]["cloneUrlTemplate"]);
        let url = template
            .replace("{{token}}", access["bot"]["token"].as_str().expect("a token"))
            .replace("{{repo}}", "site");
        tokio::task::block_in_place(|| {
            let folder = tempfile::tempdir().expect("a directory");
            git(folder.path(), &["clone", "--quiet", &url, "."]);
            let run = |_: String, arguments: &&[&str]| git(folder.path(), arguments);
            commands.iter().fold(String::new(), run)
        })
    }

    /// Waits until the last push that was seen is this commit, and returns what is told of it.
    async fn wait_until_seen(&self, commit: &str) -> Value {
        self.until(|app| app["lastPush"]["commit"] == commit).await["lastPush"].clone()
    }

    /// Waits until what is told of the app is as it should be.
    async fn until(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let app = self.get().await;
            if is_so(&app) {
                return app;
            }
            assert!(begun.elapsed() < LONG, "{app}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the deployment of a commit has finished and its container runs.
    async fn wait_until_built(&self, commit: &str) {
        let begun = Instant::now();
        loop {
            self.world.coolify.advance(Duration::from_mins(1));
            let told = self.ok("apps.deployments", json!({ "uuid": self.app })).await;
            let newest = &told["deployments"][0];
            if newest["commit"] == commit && newest["status"] == "finished" {
                return;
            }
            assert!(begun.elapsed() < LONG, "{told}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until Gitea shows this status of a commit, and returns it.
    async fn status(&self, commit: &str, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let path = format!("/repos/vibn-mark/site/statuses/{commit}");
            let all = self.world.operator().gitea_list(&path).await;
            if let Some(found) = all.into_iter().find(|one| one["status"] == state) {
                return found;
            }
            assert!(begun.elapsed() < LONG, "no status {state}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn lose_deliveries(&self, lost: bool) {
        self.world.gitea.set(Settings { lost_deliveries: lost, ..Settings::default() });
    }

    /// The deliveries that were sent, the oldest first.
    fn deliveries(&self) -> Vec<Value> {
        let listed = self.world.gitea.control("GET", "deliveries", &Value::Null);
        listed.expect("an answer").1["deliveries"].as_array().expect("deliveries").clone()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
