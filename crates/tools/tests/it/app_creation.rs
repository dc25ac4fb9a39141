//! Apps of repositories and images: what is taken, what is told where something is not.

use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::{access, repository};
use covibe_testkit::{Agent, Options, World};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::start_on_release;

async fn create(agent: &Agent, params: &Value) -> (u16, Value) {
    let answer = agent.compact_raw("apps.create", params).await;
    let body = answer.json();
    (answer.status, if answer.status == 200 { body["result"].clone() } else { body })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_app_runs_the_image_as_written() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    for version in Version::ALL {
        let world = start_on_release(version).await;
        for (number, (written, read)) in [
            ("nginx".to_owned(), "nginx:latest".to_owned()),
            ("nginx:1.27-alpine".to_owned(), "nginx:1.27-alpine".to_owned()),
            ("ghcr.io/org/team/app:V2_x".to_owned(), "ghcr.io/org/team/app:V2_x".to_owned()),
            ("quay.io/org/a".to_owned(), "quay.io/org/a:latest".to_owned()),
            (format!("nginx@{digest}"), format!("nginx@{digest}")),
            (format!("ghcr.io/org/app:2@{digest}"), format!("ghcr.io/org/app@{digest}")),
        ]
        .into_iter()
        .enumerate()
        {
            let name = format!("image-{number}");
            let params = json!({ "image": written, "name": name, "ports": "8080,9000" });
            let (status, made) = create(&world.mark.agent, &params).await;
            assert_eq!(status, 200, "{made}");
            assert_eq!(made["image"], read, "on {}", version.text());
            assert_eq!(made["ports"], "8080,9000");
            let uuid = json!({ "uuid": made["uuid"] });
            let got = world.mark.agent.compact("apps.get", &uuid).await.expect("an app");
            assert_eq!(got["image"], read);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_images_and_ports_are_refused_before_any_request() {
    let world = World::embedded().await;
    let before = world.coolify.requests().len();
    for params in [
        json!({ "image": "Nginx" }),
        json!({ "image": "https://x/y" }),
        json!({ "image": "nginx:$(id)" }),
        json!({ "image": "nginx@sha256:12" }),
        json!({ "image": "nginx", "ports": "0" }),
        json!({ "image": "nginx", "ports": "65536" }),
        json!({ "image": "nginx", "ports": "80:80" }),
        json!({ "image": "nginx", "ports": "80," }),
        json!({ "repo": "x", "baseDirectory": "/a/../../b" }),
        json!({ "repo": "x", "branch": "-x" }),
    ] {
        let (status, body) = create(&world.mark.agent, &params).await;
        assert_eq!(status, 400, "{params}: {body}");
    }
    assert_eq!(world.coolify.requests().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_empty_or_foreign_repository_is_refused_without_creating_an_app() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let access = access(agent).await;
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    let git = Agent::new(base, "", None).with_key(access["bot"]["token"].as_str());
    let empty = json!({ "name": "empty", "private": true, "auto_init": false });
    assert_eq!(git.json("POST", "/orgs/vibn-mark/repos", &empty).await.status, 201);
    for (repo, status, word) in
        [("empty", 422, "empty"), ("absent", 404, "not found"), ("vibn-justine/x", 403, "outside")]
    {
        let (told, body) = create(agent, &json!({ "repo": repo })).await;
        assert_eq!(told, status, "{body}");
        assert!(body["error"].as_str().is_some_and(|error| error.contains(word)), "{body}");
        assert!(body["hint"].is_string(), "{body}");
    }
    let apps = world.coolify.names(Collection::Applications);
    assert!(!apps.iter().any(|name| name == "empty" || name == "absent"), "{apps:?}");
}

/// Coolify takes the domains of a compose file before it has read the file only when the app is made.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_a_repositorys_compose_file_gets_its_domain_at_creation() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let agent = &world.mark.agent;
        let repo = repository(agent, "site-code").await;
        let file = "services:\n  web: {image: 'nginx:1', ports: ['80']}\n";
        let commit = json!({ "repo": repo, "message": "Add it",
                             "files": [{ "path": "docker-compose.yml", "content": file }] });
        agent.compact("repos.commit", &commit).await.expect("a commit");
        let mut params = json!({ "repo": repo, "dockerComposeLocation": "/docker-compose.yml",
                                 "instantDeploy": false });
        params["envs"] = json!([{ "key": "COMPOSE_FILE", "value": "/x" }]);
        assert_eq!(create(agent, &params).await.0, 422, "its variables are beside the file");
        params["envs"] = json!([{ "key": "A", "value": "1" }]);
        let (status, made) = create(agent, &params).await;
        assert_eq!(status, 200, "{made}");
        assert_eq!(made["buildPack"], "dockercompose");
        assert_eq!(made["domains"], json!(["site-code.mark.vibnai.com"]), "{made}");
        let params = json!({ "uuid": made["uuid"], "key": "COMPOSE_FILE", "value": "/x" });
        assert_eq!(agent.compact_raw("apps.envs.upsert", &params).await.status, 422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_coolify_drops_at_a_creation_causes_a_warning() {
    let mut options = Options::default();
    options.coolify.version = Version::V4_1;
    options.coolify.is_build_server = true;
    let world = World::start(options).await.expect("SQLite is built in");
    let params = json!({ "image": "nginx", "name": "web", "instantDeploy": false });
    let (status, made) = create(&world.mark.agent, &params).await;
    assert_eq!(status, 200, "{made}");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("web.mark.vibnai.com") && warnings.contains("proxy"), "{made}");
}

/// A compose file in a repository can't be checked before Coolify reads it.
#[tokio::test(flavor = "multi_thread")]
async fn compose_files_in_repositories_are_refused_unless_the_operator_allows_them() {
    let options = Options::default().with_settings(|it| it.compose_repositories = false);
    let world = World::start(options).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    let repo = repository(agent, "site-code").await;
    for member in
        [json!({ "buildPack": "dockercompose" }), json!({ "dockerComposeLocation": "/c.yml" })]
    {
        let mut params = json!({ "repo": repo, "name": "stack" });
        params.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        let (status, body) = create(agent, &params).await;
        assert_eq!(status, 403, "{body}");
        assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("composeRaw")), "{body}");
    }
    assert!(!world.coolify.names(Collection::Applications).contains(&"stack".to_owned()));
}

/// One that is there already, from the time when they were allowed or by the operator's hand.
#[tokio::test(flavor = "multi_thread")]
async fn changes_to_an_existing_compose_repository_app_are_refused_if_not_allowed() {
    let options = Options::default().with_settings(|it| it.compose_repositories = false);
    let world = World::start(options).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    let repo = repository(agent, "site-code").await;
    let params = json!({ "repo": repo, "name": "stack", "instantDeploy": false });
    let uuid = create(agent, &params).await.1["uuid"].clone();
    let path = format!("/applications/{}", uuid.as_str().expect("a text"));
    let pack = json!({ "build_pack": "dockercompose" });
    world.operator().coolify("PATCH", &path, &pack).await;
    for (tool, more) in [
        ("apps.update", json!({ "patch": { "branch": "other" } })),
        ("apps.update", json!({ "patch": { "dockerComposeLocation": "/c.yml" } })),
        ("apps.update", json!({ "patch": { "name": "x", "baseDirectory": "/a" } })),
        ("apps.rewire_git", json!({})),
    ] {
        let mut params = more;
        params["uuid"] = uuid.clone();
        let answer = agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 403, "{tool} {params}: {}", answer.text);
        assert!(answer.json()["hint"].as_str().is_some_and(|hint| hint.contains("composeRaw")));
    }
    let rename = json!({ "uuid": uuid, "patch": { "name": "old", "description": "x" } });
    agent.compact("apps.update", &rename).await.expect("it is only called so");
    agent.compact("apps.get", &json!({ "uuid": uuid })).await.expect("an app");
    let delete = json!({ "uuid": uuid, "confirm": "old" });
    agent.compact("apps.delete", &delete).await.expect("it goes");
}

/// Coolify takes what it does not keep with a 200; here another hand changes it at that moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_with_a_setting_that_coolify_lost_is_not_deployed_until_repeated() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let repo = json!({ "repo": repository(agent, "site-code").await });
    let image = json!({ "image": "nginx:1" });
    let cases = [
        (&repo, "git_repository", "https://git.invalid/x/y.git"),
        (&repo, "git_branch", "other"),
        (&repo, "build_pack", "static"),
        (&image, "ports_exposes", "81"),
        (&image, "docker_registry_image_tag", "2"),
    ];
    let all = cases.map(|(from, field, _)| {
        let mut params = from.clone();
        params["name"] = json!(field.replace('_', "-"));
        params["envs"] = json!([{ "key": "A", "value": "1" }]);
        params
    });
    let slow = Fault::new(Name::Delay).delay(Duration::from_secs(2)).times(5);
    world.coolify.arm(slow.on("PATCH", "/applications/*/envs/bulk$"));
    let meddle = async {
        for path in half_made(&world, cases.len()).await {
            let name = world.operator().coolify("GET", &path, &Value::Null).await["name"].clone();
            let at = all.iter().position(|params| params["name"] == name).expect("one of them");
            let (_, field, value) = cases[at];
            world.operator().coolify("PATCH", &path, &json!({ field: value })).await;
        }
    };
    let (told, ()) = tokio::join!(join_all(all.iter().map(|it| create(agent, it))), meddle);
    for (status, body) in told {
        assert_eq!(status, 409, "{body}");
        assert_eq!(body["details"]["mayHaveHappened"], true, "{body}");
        assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("Repeat")), "{body}");
    }
    assert!(!world.coolify.requests().iter().any(|it| it.path.ends_with("/deploy")));
    for params in &all {
        let (status, made) = create(agent, params).await;
        assert_eq!((status, made["deployment"].is_object()), (200, true), "{params}: {made}");
    }
}

/// The paths of so many applications whose variables are being written.
async fn half_made(world: &World, many: usize) -> Vec<String> {
    for _ in 0..2000 {
        let requests = world.coolify.requests();
        let paths = requests.iter().filter_map(|it| it.path.strip_suffix("/envs/bulk"));
        let paths: Vec<_> =
            paths.map(|path| path.trim_start_matches("/api/v1").to_owned()).collect();
        if paths.len() == many {
            return paths;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no variables come");
}
