//! Apps of several containers of the workspace's own code: what was judged is what runs.

use std::fs;
use std::time::Duration;

use covibe_testkit::Options;
use covibe_testkit::git::access;
use serde_json::{Value, json};

use super::{Site, repository};
use crate::support::served;

pub(super) const FILE: &str = "services:
  web:
    image: nginx:1
    build: ./web
    ports: ['8080:3000']
    volumes: ['./web:/app', './nginx.conf:/etc/nginx/nginx.conf:ro', './data:/data']
    env_file: .env.web
    depends_on: [db]
  worker:
    build: {context: ., dockerfile: worker/Dockerfile}
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: '${DB_PASSWORD:-secret}'}
";

/// Writes the repository of a shop with this compose file.
pub(super) fn shop(work: &std::path::Path, file: &str) {
    let files = [
        ("docker-compose.yml", file),
        ("web/Dockerfile", "FROM node:22\nEXPOSE 3000\n"),
        ("web/index.js", "1"),
        ("worker/Dockerfile", "FROM node:22\n"),
        ("nginx.conf", "user $me;"),
        (".env.web", "GREETING=hello\n"),
    ];
    for (path, text) in files {
        let path = work.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    let program = work.join("package.json");
    if program.exists() {
        fs::remove_file(program).expect("it is removed");
    }
}

async fn site_with(file: &str) -> (Site, String) {
    let site = Site::new().await;
    let commit = site.push(|work| shop(work, file));
    (site, commit)
}

/// A shop whose pushes Gitea tells of.
async fn site_with_hooks() -> (Site, String) {
    let world = served(Options::default()).await;
    repository(&world.mark.agent, "site").await;
    let access = access(&world.mark.agent).await;
    let site = Site { world, access };
    let commit = site.push(|work| shop(work, FILE));
    (site, commit)
}

/// Creates an app of the repository, and waits until it is deployed.
pub(super) async fn create_app(site: &Site) -> (Value, String) {
    let app = site.ok("apps.create", json!({ "repo": "site", "name": "shop" })).await;
    let uuid = app["uuid"].as_str().expect("a uuid").to_owned();
    site.deployed_commit(&uuid).await;
    (app, uuid)
}

/// The compose file that Coolify read last.
pub(super) async fn file_at_coolify(site: &Site, app: &str) -> String {
    let path = format!("/applications/{app}");
    let read = site.world.operator().coolify("GET", &path, &Value::Null).await;
    read["docker_compose_raw"].as_str().unwrap_or_default().replace(['\'', '"'], "")
}

pub(super) async fn clone_url(site: &Site, app: &str) -> String {
    let path = format!("/applications/{app}");
    let read = site.world.operator().coolify("GET", &path, &Value::Null).await;
    read["git_repository"].as_str().expect("a URL").to_owned()
}

/// The path of a release repository at Gitea's API, by its clone URL.
pub(super) fn release(url: &str) -> String {
    let path = url.rsplitn(3, '/').take(2).collect::<Vec<_>>();
    let [name, owner] = path[..] else { panic!("{url}") };
    assert!(name.starts_with("crt_") && !owner.starts_with("vibn-"), "{url}");
    format!("/repos/{owner}/{}", name.strip_suffix(".git").expect("a clone URL"))
}

/// The status of the newest deployment once it has ended.
async fn await_end(site: &Site, app: &str) -> String {
    for _ in 0..1_000 {
        let told = site.ok("apps.deployments", json!({ "uuid": app })).await;
        match told["deployments"][0]["status"].as_str() {
            Some("queued" | "in_progress") => tokio::time::sleep(Duration::from_millis(10)).await,
            status => return status.expect("a status").to_owned(),
        }
    }
    panic!("the deployment does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn coolify_gets_the_rewritten_compose_file_of_a_repository() {
    let (site, commit) = site_with(FILE).await;
    let (app, uuid) = create_app(&site).await;
    assert_eq!(app["buildPack"], "dockercompose", "{app}");
    assert_eq!(site.deployed_commit(&uuid).await, commit, "the commit keeps its hash");
    let file = file_at_coolify(&site, &uuid).await;
    for part in [
        "context: ./web",
        "dockerfile: worker/Dockerfile",
        "user $$me;",
        "mem_limit: 4g",
        "GREETING: hello",
    ] {
        assert!(file.contains(part), "{part}: {file}");
    }
    for part in ["8080", "ports:", "./web:/app", "nginx:1", "env_file"] {
        assert!(!file.contains(part), "{part}: {file}");
    }
    assert_eq!(app["services"][0]["domains"], json!(["shop.mark.vibnai.com"]), "{app}");
    let got = site.ok("apps.get", json!({ "uuid": uuid })).await;
    assert_eq!(got["domains"], json!(["shop.mark.vibnai.com"]), "{got}");
    // It names the workspace's repository, and not what Coolify clones.
    let listed = site.ok("apps.list", json!({})).await;
    for shown in [&app, &got, &listed["apps"][0]] {
        assert_eq!((&shown["repo"], &shown["branch"]), (&json!("site"), &json!("main")), "{shown}");
    }
    let path = format!("/applications/{uuid}");
    let row = site.world.operator().coolify("GET", &path, &Value::Null).await;
    let domains = row["docker_compose_domains"].to_string();
    assert!(domains.contains("https://shop.mark.vibnai.com:3000"), "{domains}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_repository_is_readable_only_by_its_own_bot_and_not_writable() {
    let (site, _) = site_with(FILE).await;
    let (_, uuid) = create_app(&site).await;
    let url = clone_url(&site, &uuid).await;
    let path = release(&url);
    for (tenant, is_own) in [(&site.world.mark, true), (&site.world.justine, false)] {
        let access = access(&tenant.agent).await;
        let base = access["gitea"]["apiBase"].as_str().expect("a URL");
        let bot =
            covibe_testkit::Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
        assert_eq!(bot.send("GET", &path, &[], None).await.status, if is_own { 200 } else { 404 });
        let file = json!({ "content": "eA==", "message": "x", "branch": "main" });
        let written = bot.json("POST", &format!("{path}/contents/x"), &file).await;
        assert!([403, 404].contains(&written.status), "{}", written.text);
        assert!(![200, 204].contains(&bot.send("DELETE", &path, &[], None).await.status));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_compose_file_leaves_the_running_release_unchanged() {
    let (site, commit) = site_with_hooks().await;
    let (_, uuid) = create_app(&site).await;
    let before = file_at_coolify(&site, &uuid).await;
    let many = (0..501).map(|n| format!("'./f{n}:/f{n}'")).collect::<Vec<_>>().join(", ");
    for (file, told) in [
        (FILE.replace("build: ./web", "privileged: true\n    build: ./web"), "privileged"),
        (FILE.replace("./data:/data", "/etc:/data"), "host"),
        (
            FILE.replace(
                "build: ./web",
                "build: {context: ./web, labels: {traefik.enable: 'true'}}",
            ),
            "labels",
        ),
        (FILE.replace("worker/Dockerfile", "absent/Dockerfile"), "absent/Dockerfile"),
        (FILE.replace("'./web:/app'", &many), "more than 500 paths"),
    ] {
        site.push(|work| shop(work, &file));
        let refused = site.call("apps.deploy", json!({ "uuid": uuid })).await.expect_err("refused");
        assert!(refused.to_string().contains(told), "{told}: {refused}");
        assert!(
            refused["error"].to_string().contains("docker-compose.yml")
                || ["absent/Dockerfile", "more than 500 paths"].contains(&told),
            "{refused}"
        );
    }
    assert_eq!(file_at_coolify(&site, &uuid).await, before);
    assert_eq!(site.deployed_commit(&uuid).await, commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_after_the_check_does_not_change_the_queued_deployment() {
    let mut options = Options::default();
    options.coolify.pace = Duration::from_millis(400);
    let site = Site::start_with(options).await;
    site.push(|work| shop(work, FILE));
    let params = json!({ "repo": "site", "name": "shop", "autoDeploy": false });
    let app = site.ok("apps.create", params).await;
    // It is queued, and Coolify has not read the file.
    let evil = FILE.replace("build: ./web", "privileged: true\n    build: ./web");
    site.push(|work| shop(work, &evil));
    let uuid = app["uuid"].as_str().expect("a uuid");
    site.deployed_commit(uuid).await;
    let file = file_at_coolify(&site, uuid).await;
    assert!(file.contains("context: ./web") && !file.contains("privileged"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_compose_file_is_deployed_and_an_older_commit_can_be_redeployed() {
    let checked = FILE.replace(
        "    depends_on: [db]\n",
        "    depends_on: [db]\n    healthcheck: {test: [CMD, 'true'], start_period: 10s}\n",
    );
    let (site, first) = site_with(&checked).await;
    let (_, uuid) = create_app(&site).await;
    assert!(file_at_coolify(&site, &uuid).await.contains("start_period: 10s"));
    let second = site.push(|work| shop(work, &checked.replace("10s", "300s")));
    site.ok("apps.deploy", json!({ "uuid": uuid })).await;
    assert_eq!(site.deployed_commit(&uuid).await, second);
    assert!(file_at_coolify(&site, &uuid).await.contains("start_period: 300s"));
    site.ok("apps.deploy", json!({ "uuid": uuid, "commit": first })).await;
    assert_eq!(site.deployed_commit(&uuid).await, first);
    assert!(file_at_coolify(&site, &uuid).await.contains("start_period: 10s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_an_app_deletes_its_release_repository() {
    let (site, _) = site_with(FILE).await;
    let (_, uuid) = create_app(&site).await;
    let url = clone_url(&site, &uuid).await;
    let path = release(&url);
    let refused = site.call("repos.delete", json!({ "repo": "site", "confirm": "site" })).await;
    assert!(refused.expect_err("an app is built from it").to_string().contains(&uuid));
    site.ok("apps.delete", json!({ "uuid": uuid, "confirm": "shop" })).await;
    let gone = site.world.operator().ask_gitea("GET", &path, &Value::Null).await;
    assert_eq!(gone.status, 404, "{}", gone.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_clone_token_and_a_rewire_keep_the_release_repository() {
    let (site, commit) = site_with_hooks().await;
    let (_, uuid) = create_app(&site).await;
    let before = clone_url(&site, &uuid).await;
    let rotated = site
        .world
        .mark
        .agent
        .json("POST", "/api/workspaces/mark/provision", &json!({ "rotate": ["clone"] }))
        .await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
    let after = clone_url(&site, &uuid).await;
    assert_ne!(before, after);
    assert_eq!(release(&before), release(&after));
    let rewired = site.ok("apps.rewire_git", json!({ "uuid": uuid })).await;
    assert_eq!(
        (&rewired["repo"], &rewired["changed"]),
        (&json!("site"), &json!(false)),
        "{rewired}"
    );
    assert_eq!(clone_url(&site, &uuid).await, after);
    site.ok("apps.deploy", json!({ "uuid": uuid, "force": true })).await;
    assert_eq!(site.deployed_commit(&uuid).await, commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_compose_app_joins_the_database_network_only_if_it_names_a_database() {
    let (site, _) = site_with(FILE).await;
    let database = json!({ "type": "postgresql", "name": "main" });
    let database = site.ok("databases.create", database).await;
    let connects = |site: &Site| {
        let requests = site.world.coolify.requests();
        requests.iter().any(|it| {
            it.body
                .as_ref()
                .is_some_and(|body| body.to_string().contains("connect_to_docker_network"))
        })
    };
    let (_, uuid) = create_app(&site).await;
    assert!(!connects(&site), "it names none");
    let path = format!("/applications/{uuid}");
    let on = json!({ "connect_to_docker_network": true });
    site.world.operator().coolify("PATCH", &path, &on).await;
    site.ok("apps.deploy", json!({ "uuid": uuid, "force": true })).await;
    site.deployed_commit(&uuid).await;
    let read = site.application(&uuid).await;
    assert_eq!(read["settings"]["connect_to_docker_network"], false, "{}", read["settings"]);
    site.world.coolify.clear_requests();
    let url = json!({ "key": "DATABASE_URL", "value": format!("postgres://x@{}/x", database["uuid"].as_str().expect("a uuid")) });
    site.ok("apps.envs.upsert", json!({ "uuid": uuid, "key": url["key"], "value": url["value"] }))
        .await;
    site.ok("apps.deploy", json!({ "uuid": uuid })).await;
    site.deployed_commit(&uuid).await;
    assert!(connects(&site));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_location_changed_after_the_check_finds_no_file_and_fails() {
    let site = Site::new().await;
    site.push(|work| {
        shop(work, FILE);
        let evil = FILE.replace("build: ./web", "privileged: true\n    build: ./web");
        fs::write(work.join("evil.yml"), evil).expect("a file");
    });
    let (_, uuid) = create_app(&site).await;
    let patch = json!({ "uuid": uuid, "patch": { "dockerComposeLocation": "/evil.yml" } });
    let refused = site.call("apps.update", patch).await.expect_err("judged");
    assert!(refused.to_string().contains("privileged"), "{refused}");
    assert_eq!(site.application(&uuid).await["docker_compose_location"], "/docker-compose.yml");
    // A person changes it in Coolify, and begins a deployment there, which nobody looks at.
    let at = format!("/applications/{uuid}");
    let evil = json!({ "docker_compose_location": "/evil.yml" });
    site.world.operator().coolify("PATCH", &at, &evil).await;
    let deploy = format!("/deploy?uuid={uuid}&force=true");
    site.world.operator().coolify("POST", &deploy, &Value::Null).await;
    assert_eq!(await_end(&site, &uuid).await, "failed");
    assert!(!file_at_coolify(&site, &uuid).await.contains("privileged"));
    let refused = site.call("apps.deploy", json!({ "uuid": uuid })).await.expect_err("judged");
    assert!(refused.to_string().contains("privileged"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_can_switch_to_a_branch_named_below_the_former_one() {
    let (site, _) = site_with(FILE).await;
    let (_, uuid) = create_app(&site).await;
    let access = &site.access;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let bot = covibe_testkit::Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let org = access["workspace"]["giteaOrg"].as_str().expect("an organisation");
    for (from, name) in [("main", "dev"), ("dev", "dev2/shop")] {
        let body = json!({ "new_branch_name": name, "old_branch_name": from });
        let path = format!("/repos/{org}/site/branches");
        assert_eq!(bot.json("POST", &path, &body).await.status, 201);
        site.ok("apps.update", json!({ "uuid": uuid, "patch": { "branch": name } })).await;
        site.ok("apps.deploy", json!({ "uuid": uuid, "force": true })).await;
        site.deployed_commit(&uuid).await;
    }
    let path = release(&clone_url(&site, &uuid).await);
    let path = format!("{path}/git/refs/heads");
    let heads = site.world.operator().ask_gitea("GET", &path, &Value::Null).await;
    let names: Vec<_> =
        heads.json().as_array().expect("a list").iter().map(|it| it["ref"].clone()).collect();
    assert_eq!(names, ["refs/heads/dev2/shop"], "only the current one");
}
