//! Apps that Coolify clones over SSH: each by a key of its own, which opens its repository alone.

use std::time::{Duration, Instant};

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use covibe_workspace::CloneProtocol;
use serde_json::{Value, json};

use super::fixture::{Ground, text};

/// The name of the keys at Coolify.
const KEYS: &str = "vibn-ws-mark-clone";

async fn world() -> World {
    let options = Options::default().with_settings(|it| it.clone_protocol = CloneProtocol::Ssh);
    World::start(options).await.expect("SQLite is built in")
}

impl Ground<'_> {
    /// Makes a repository of a page.
    async fn page(&self, name: &str) {
        let files = json!({ "index.html": "<h1>Hello</h1>\n" });
        self.call_ok("repos.create", json!({ "name": name, "files": files })).await;
    }

    /// Makes an app `shop` of a repository, and deploys it.
    async fn shop(&self, repo: &str) -> String {
        self.app_of(repo, "shop").await
    }

    async fn app_of(&self, repo: &str, name: &str) -> String {
        let params = json!({ "repo": repo, "name": name, "buildPack": "static" });
        text(&self.call_ok("apps.create", params).await["uuid"])
    }

    async fn url(&self, app: &str) -> String {
        text(&self.application(app).await["git_repository"])
    }

    async fn deploy_and_wait(&self, app: &str) -> Value {
        let params = json!({ "uuid": app, "wait": true, "force": true });
        let (status, answer) = self.call("apps.deploy", params).await;
        assert!(status < 300, "{answer}");
        answer["status"].clone()
    }

    /// Returns the deploy keys of a repository.
    async fn deploy_keys(&self, repo: &str) -> Vec<Value> {
        self.world.operator().gitea_list(&format!("/repos/vibn-mark/{repo}/keys")).await
    }

    /// Returns the clone keys at Coolify.
    async fn keys(&self) -> Vec<Value> {
        self.world.operator().private_keys(KEYS).await
    }

    /// Returns the only clone key at Coolify.
    async fn one_key(&self) -> [Value; 1] {
        self.keys().await.try_into().expect("one key")
    }

    /// Replaces what Coolify clones with; the answer has this status.
    async fn rotate(&self, status: u16) {
        let (path, rotate) = ("/api/workspaces/mark/provision", json!({ "rotate": ["clone"] }));
        let rotated = self.agent().json("POST", path, &rotate).await;
        assert_eq!(rotated.status, status, "{}", rotated.text);
    }

    /// Checks that Coolify never got a token of the workspace.
    async fn has_told_no_token(&self) {
        let told = self.call_ok("gitea.credentials", json!({})).await;
        let pat = text(&told["bot"]["token"]);
        let state = [
            self.coolify("GET", "/applications", &Value::Null).await,
            self.coolify("GET", "/security/keys", &Value::Null).await,
            self.coolify("GET", "/resources", &Value::Null).await,
        ];
        let sent = self.world.coolify.requests();
        let sent = sent.iter().map(|request| format!("{} {:?}", request.path, request.body));
        for text in state.iter().map(Value::to_string).chain(sent) {
            assert!(!text.contains("mark-bot:") && !text.contains(&pat), "{text}");
            assert!(!text.contains("http://127.0.0.1") || !text.contains(".git\""), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_cloned_with_a_read_only_key_for_its_repository_alone() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    ground.page("other").await;
    let app = ground.shop("site").await;
    let host = world.gitea.url.trim_start_matches("http://");
    assert_eq!(ground.url(&app).await, format!("git@{host}/vibn-mark/site.git"));
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
    let [key] = ground.deploy_keys("site").await.try_into().unwrap();
    assert_eq!(key["read_only"], true);
    assert_eq!(ground.deploy_keys("other").await, Vec::<Value>::new());
    let [private] = ground.keys().await.try_into().unwrap();
    assert_eq!(private["public_key"], key["key"]);
    let seen = ground.call_ok("apps.get", json!({ "uuid": app })).await;
    assert_eq!((&seen["repo"], seen.to_string().contains("ssh")), (&json!("site"), false));
    let described = ground.call_ok("workspace.describe", json!({})).await;
    assert!(!described.to_string().contains("deploy_key"), "{described}");
    ground.has_told_no_token().await;
    // Somebody else's key is told all the same.
    let theirs = json!({ "title": "theirs", "read_only": true,
        "key": covibe_crypto::keypair("theirs").unwrap().public });
    ground.gitea("site", "keys", &theirs).await;
    ground.call_ok("apps.delete", json!({ "uuid": app, "confirm": "shop" })).await;
    assert_eq!(ground.keys().await, Vec::<Value>::new());
    let [left] = ground.deploy_keys("site").await.try_into().unwrap();
    assert_eq!(left["title"], "theirs");
    let described = ground.call_ok("workspace.describe", json!({})).await;
    assert!(described.to_string().contains("deploy_key"), "{described}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_moves_with_its_app_to_another_repository() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    ground.page("other").await;
    let app = ground.shop("site").await;
    let [before] = ground.deploy_keys("site").await.try_into().unwrap();
    let moved = ground.call_ok("apps.rewire_git", json!({ "uuid": app, "repo": "other" })).await;
    assert_eq!((&moved["repo"], &moved["changed"]), (&json!("other"), &json!(true)));
    let [after] = ground.deploy_keys("other").await.try_into().unwrap();
    assert_eq!(after["key"], before["key"]);
    assert_eq!(ground.deploy_keys("site").await, Vec::<Value>::new());
    assert!(ground.url(&app).await.starts_with("git@"));
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
    // One that somebody removed is added again.
    let path = format!("/repos/vibn-mark/other/keys/{}", after["id"]);
    world.operator().ask_gitea("DELETE", &path, &Value::Null).await;
    assert_eq!(ground.deploy_and_wait(&app).await, "failed");
    let same = ground.call_ok("apps.rewire_git", json!({ "uuid": app })).await;
    assert_eq!(same["changed"], false);
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
    ground.has_told_no_token().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_keep_their_clone_protocol_when_the_setting_changes() {
    let mut world = World::start(Options::default()).await.expect("SQLite is built in");
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    let old = ground.repo_app("old").await;
    world.set_clone_protocol(CloneProtocol::Ssh).await;
    let ground = Ground::new(&world, &world.mark);
    let new = ground.shop("site").await;
    world.set_clone_protocol(CloneProtocol::Https).await;
    let ground = Ground::new(&world, &world.mark);
    let before = [ground.url(&old).await, ground.url(&new).await];
    ground.rotate(200).await;
    let after = [ground.url(&old).await, ground.url(&new).await];
    assert!(after[0].contains("mark-bot:") && after[0] != before[0]);
    assert!(after[1].starts_with("git@") && after[1] == before[1]);
    for app in [&old, &new] {
        ground.call_ok("apps.rewire_git", json!({ "uuid": app, "repo": "site" })).await;
    }
    assert!(ground.url(&old).await.contains("mark-bot:"));
    assert_eq!(ground.url(&new).await, before[1]);
    assert_eq!(ground.deploy_and_wait(&new).await, "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_coolify_refuses_leaves_no_key() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    let refuse = |path: &str| Fault::new(Name::Status).status(422).on("POST", path);
    for path in ["/applications/private-deploy-key", "/security/keys"] {
        world.coolify.arm(refuse(path));
        let params = json!({ "repo": "site", "name": "shop", "buildPack": "static" });
        let (status, answer) = ground.call("apps.create", params).await;
        assert!(status >= 400, "{answer}");
        assert_eq!(ground.keys().await, Vec::<Value>::new(), "{path}");
        assert_eq!(ground.deploy_keys("site").await, Vec::<Value>::new(), "{path}");
    }
    let app = ground.shop("site").await;
    assert_eq!((ground.keys().await.len(), ground.deploy_keys("site").await.len()), (1, 1));
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_clone_credentials_replaces_the_keys_of_apps() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    let app = ground.shop("site").await;
    let ([before], [was]) =
        (ground.deploy_keys("site").await.try_into().unwrap(), ground.one_key().await);
    ground.rotate(200).await;
    let ([after], [is]) =
        (ground.deploy_keys("site").await.try_into().unwrap(), ground.one_key().await);
    assert_ne!(before["key"], after["key"]);
    assert_eq!((&is["uuid"], &is["public_key"]), (&was["uuid"], &after["key"]));
    assert_eq!(after["read_only"], true);
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
    let described = ground.call_ok("workspace.describe", json!({})).await;
    assert!(!described.to_string().contains("deploy_key"), "{described}");
    // It moves with its app, and goes with it.
    ground.page("other").await;
    ground.call_ok("apps.rewire_git", json!({ "uuid": app, "repo": "other" })).await;
    assert_eq!(ground.deploy_keys("site").await, Vec::<Value>::new());
    ground.call_ok("apps.delete", json!({ "uuid": app, "confirm": "shop" })).await;
    assert_eq!(ground.deploy_keys("other").await, Vec::<Value>::new());
}

/// Coolify has the new key, and the server dies or loses the answer before it has taken the old one away.
#[tokio::test(flavor = "multi_thread")]
async fn the_daily_check_completes_an_interrupted_key_rotation() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    let app = ground.shop("site").await;
    let [before] = ground.deploy_keys("site").await.try_into().unwrap();
    let lost = Fault::new(Name::StatusAfter).status(503).times(9);
    let [key] = ground.one_key().await;
    world.coolify.arm(lost.on("PATCH", &format!("/security/keys/{}", text(&key["uuid"]))));
    ground.rotate(502).await;
    assert_eq!(ground.deploy_keys("site").await.len(), 2, "both are open while nobody knows");
    world.coolify.disarm();
    world.look_after_clone_keys().await;
    let ([after], [is]) =
        (ground.deploy_keys("site").await.try_into().unwrap(), ground.one_key().await);
    assert_ne!(before["key"], after["key"]);
    assert_eq!(is["public_key"], after["key"]);
    assert_eq!(ground.deploy_and_wait(&app).await, "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_check_removes_the_keys_of_deleted_apps() {
    let world = world().await;
    let ground = Ground::new(&world, &world.mark);
    ground.page("site").await;
    ground.page("other").await;
    let (gone, kept) = (ground.shop("site").await, ground.app_of("other", "kept").await);
    world.look_after_clone_keys().await;
    assert_eq!(ground.keys().await.len(), 2, "both apps are there");
    ground.coolify("DELETE", &format!("/applications/{gone}"), &Value::Null).await;
    // Coolify deletes it in the background.
    let begun = Instant::now();
    while !ground.deploy_keys("site").await.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(50), "the key of the app is left");
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.look_after_clone_keys().await;
    }
    let [left] = ground.one_key().await;
    let [open] = ground.deploy_keys("other").await.try_into().unwrap();
    assert_eq!(left["public_key"], open["key"]);
    assert_eq!(ground.deploy_and_wait(&kept).await, "finished");
}
