//! Build packs follow from the repository, are reported, and can be changed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use covibe_testkit::Options;
use serde_json::{Value, json};

use super::Site;

/// Replaces what the repository has by these files.
fn push(site: &Site, files: &[(&str, &str)]) {
    site.push(|work| {
        for entry in fs::read_dir(work).expect("a folder").flatten() {
            if entry.file_name() == ".git" {
                continue;
            }
            let path = entry.path();
            let removed =
                if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            removed.expect("it is removed");
        }
        for (path, text) in files {
            write(work, path, text);
        }
    });
}

fn write(work: &Path, path: &str, text: &str) {
    let path = work.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    fs::write(path, text).expect("a file");
}

/// Creates an app of the repository, which is not deployed.
async fn create(site: &Site, name: &str, more: &Value) -> Value {
    let mut params = json!({ "repo": "site", "name": name, "instantDeploy": false });
    let all = params.as_object_mut().expect("members");
    all.extend(more.as_object().expect("members").clone());
    site.ok("apps.create", params).await
}

fn hints(answer: &Value) -> String {
    answer["hints"].to_string()
}

/// The status of the newest deployment once it has ended, and its log.
async fn await_end(site: &Site, app: &Value) -> (String, String) {
    for _ in 0..1_000 {
        let told = site.ok("apps.deployments", json!({ "uuid": app["uuid"] })).await;
        let newest = &told["deployments"][0];
        match newest["status"].as_str() {
            Some("queued" | "in_progress") => tokio::time::sleep(Duration::from_millis(10)).await,
            status => {
                let status = status.expect("a status").to_owned();
                let params = json!({ "uuid": newest["uuid"] });
                let log = site.ok("deployments.logs", params).await;
                return (status, log.to_string());
            }
        }
    }
    panic!("it does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_with_a_dockerfile_is_built_by_it_on_its_exposed_port() {
    let site = Site::new().await;
    let dockerfile = "ARG PORT=8080\nFROM node AS build\nEXPOSE 1\nFROM scratch\nARG PORT\nEXPOSE 53/udp $PORT\n";
    let files =
        [("Dockerfile", dockerfile), ("package.json", "{}"), ("compose.yaml", "services: {}")];
    push(&site, &files);
    let made = create(&site, "found", &json!({})).await;
    assert_eq!((&made["buildPack"], &made["ports"]), (&json!("dockerfile"), &json!("8080")));
    for said in ["there is /Dockerfile", "`ports` is 8080", "/compose.yaml is not used"] {
        assert!(hints(&made).contains(said), "{said}: {made}");
    }
    let stored = site.application(made["uuid"].as_str().expect("a uuid")).await;
    assert_eq!(
        (&stored["build_pack"], &stored["ports_exposes"]),
        (&json!("dockerfile"), &json!("8080"))
    );
    site.ok("apps.deploy", json!({ "uuid": made["uuid"] })).await;
    assert_eq!(await_end(&site, &made).await.0, "finished");
    let made = create(&site, "named", &json!({ "buildPack": "dockerfile" })).await;
    assert_eq!(made["ports"], "8080");
    let made = create(&site, "other", &json!({ "buildPack": "nixpacks", "ports": "4000" })).await;
    assert_eq!((&made["buildPack"], &made["ports"]), (&json!("nixpacks"), &json!("4000")));
    assert!(!hints(&made).contains("there is"), "nothing was assumed: {made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assumed_port_is_reported_in_a_hint() {
    let site = Site::new().await;
    push(&site, &[("web/Dockerfile.prod", "FROM scratch\n"), ("package.json", "{}")]);
    let made = create(&site, "program", &json!({})).await;
    assert_eq!((&made["buildPack"], &made["ports"]), (&json!("nixpacks"), &json!("3000")));
    for said in ["there is /package.json", "PORT=3000", "0.0.0.0"] {
        assert!(hints(&made).contains(said), "{said}: {made}");
    }
    let envs = json!({ "envs": [{ "key": "PORT", "value": "5000" }] });
    let made = create(&site, "variable", &envs).await;
    assert_eq!(made["ports"], "5000", "{made}");
    let there = json!({ "baseDirectory": "/web", "dockerfileLocation": "/Dockerfile.prod" });
    let made = create(&site, "silent", &there).await;
    assert_eq!((&made["buildPack"], &made["ports"]), (&json!("dockerfile"), &json!("3000")));
    assert!(hints(&made).contains("/web/Dockerfile.prod exposes no port"), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_html_alone_makes_a_static_site_but_not_alongside_a_program() {
    let site = Site::new().await;
    push(&site, &[("index.html", "x"), ("app/index.html", "x"), ("app/package.json", "{}")]);
    let made = create(&site, "page", &json!({})).await;
    assert_eq!((&made["buildPack"], &made["ports"]), (&json!("static"), &json!("80")));
    assert!(hints(&made).contains("`buildPack` is static"), "{made}");
    let made = create(&site, "program", &json!({ "baseDirectory": "/app" })).await;
    assert_eq!(made["buildPack"], "nixpacks");
    let params = json!({ "repo": "site", "name": "odd", "ports": "3000", "instantDeploy": false });
    let refused = site.call("apps.create", params).await.expect_err("it listens on 80");
    assert!(refused["error"].to_string().contains("`ports` can't be combined"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_with_only_a_compose_file_runs_its_services_if_allowed() {
    const FILE: &str = "services: {web: {image: 'nginx:1', ports: ['80']}}";
    let options = Options::default().with_settings(|it| it.compose_repositories = false);
    let site = Site::start_with(options).await;
    push(&site, &[("docker-compose.yml", FILE), ("README.md", "x")]);
    let refused = site.call("apps.create", json!({ "repo": "site" })).await.expect_err("no build");
    assert!(refused["error"].to_string().contains("/docker-compose.yml"), "{refused}");
    assert!(refused["hint"].to_string().contains("composeRaw"), "{refused}");
    let files = json!({ "docker-compose.yml": FILE });
    let params = json!({ "files": files, "name": "other" });
    let refused = site.call("apps.create", params.clone()).await.expect_err("no build");
    assert!(refused["hint"].to_string().contains("composeRaw"), "{refused}");
    assert_eq!(site.ok("apps.list", json!({})).await["apps"], json!([]));
    assert_eq!(site.ok("repos.list", json!({})).await["repos"].as_array().map(Vec::len), Some(1));
    let site = Site::new().await;
    push(&site, &[("docker-compose.yml", FILE), ("README.md", "x")]);
    let made = create(&site, "stack", &json!({})).await;
    assert_eq!(made["buildPack"], "dockercompose", "{made}");
    assert!(hints(&made).contains("there is /docker-compose.yml"), "{made}");
    let made = site.ok("apps.create", params).await;
    assert_eq!(made["buildPack"], "dockercompose", "{made}");
    let bad =
        json!({ "docker-compose.yml": "services: {web: {image: 'nginx:1', privileged: true}}" });
    let refused = site.call("apps.create", json!({ "files": bad, "name": "bad" })).await;
    assert!(refused.expect_err("it is judged").to_string().contains("privileged"));
    assert_eq!(site.ok("repos.list", json!({})).await["repos"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_dockerfile_is_reported_before_anything_is_created() {
    let site = Site::new().await;
    push(&site, &[("package.json", "{}")]);
    let params = json!({ "repo": "site", "buildPack": "dockerfile" });
    let refused = site.call("apps.create", params).await.expect_err("no Dockerfile");
    assert!(refused["error"].to_string().contains("/Dockerfile"), "{refused}");
    assert_eq!(site.ok("apps.list", json!({})).await["apps"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_without_a_known_application_type_or_dockerfile_fails() {
    let site = Site::new().await;
    push(&site, &[("README.md", "x")]);
    let made = create(&site, "empty", &json!({})).await;
    assert!(hints(&made).contains("no file that Nixpacks is known to build"), "{made}");
    site.ok("apps.deploy", json!({ "uuid": made["uuid"] })).await;
    let (status, log) = await_end(&site, &made).await;
    assert_eq!(status, "failed", "{log}");
    assert!(log.contains("Nixpacks failed to detect the application type"), "{log}");
    push(&site, &[("Dockerfile", "FROM scratch\n")]);
    let made = create(&site, "gone", &json!({})).await;
    push(&site, &[("package.json", "{}")]);
    site.ok("apps.deploy", json!({ "uuid": made["uuid"] })).await;
    let (status, log) = await_end(&site, &made).await;
    assert_eq!(status, "failed", "{log}");
    assert!(log.contains("failed to read dockerfile"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_update_changes_the_build_pack_and_its_port() {
    let site = Site::new().await;
    push(&site, &[("package.json", "{}")]);
    let made = create(&site, "app", &json!({})).await;
    let (uuid, id) = (&made["uuid"], made["uuid"].as_str().expect("a uuid"));
    let update =
        async |patch: Value| site.ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    let params = json!({ "uuid": uuid, "patch": { "buildPack": "dockerfile" } });
    let refused = site.call("apps.update", params).await.expect_err("no Dockerfile");
    assert!(refused["error"].to_string().contains("/Dockerfile"), "{refused}");
    push(
        &site,
        &[
            ("package.json", "{}"),
            ("Dockerfile", "FROM scratch\nEXPOSE 8080\n"),
            ("index.html", "x"),
        ],
    );
    let ignored = update(json!({ "dockerfileLocation": "/Dockerfile" })).await;
    assert_eq!(ignored["applied"], json!([]), "{ignored}");
    let reason = ignored["ignored"][0]["reason"].to_string();
    assert!(reason.contains("`buildPack` dockerfile"), "{ignored}");
    let changed = update(json!({ "buildPack": "dockerfile" })).await;
    assert_eq!(changed["needsDeploy"], true, "{changed}");
    let applied = changed["applied"].to_string();
    assert!(applied.contains("buildPack") && applied.contains("ports"), "{changed}");
    assert!(hints(&changed).contains("`ports` is 8080"), "{changed}");
    let stored = site.application(id).await;
    assert_eq!(
        (&stored["build_pack"], &stored["ports_exposes"]),
        (&json!("dockerfile"), &json!("8080"))
    );
    site.ok("apps.deploy", json!({ "uuid": uuid })).await;
    assert_eq!(await_end(&site, &made).await.0, "finished");
    let again = update(json!({ "buildPack": "dockerfile" })).await;
    assert_eq!(again["needsDeploy"], false, "{again}");
    for (pack, ports) in [("nixpacks", "8080"), ("static", "80"), ("nixpacks", "3000")] {
        update(json!({ "build_pack": pack })).await;
        let stored = site.application(id).await;
        assert_eq!(
            (&stored["build_pack"], &stored["ports_exposes"]),
            (&json!(pack), &json!(ports))
        );
    }
    let ignored = update(json!({ "buildPack": "dockercompose" })).await;
    assert!(ignored["ignored"][0]["reason"].to_string().contains("apps.create"), "{ignored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_pack_of_image_and_inline_compose_apps_is_ignored() {
    let site = Site::new().await;
    let patch = json!({ "buildPack": "static" });
    for params in [
        json!({ "image": "nginx:1.27", "name": "image" }),
        json!({ "composeRaw": "services: {web: {image: 'a/web:1', expose: ['80']}}", "name": "file" }),
    ] {
        let made = site.ok("apps.create", params).await;
        let told = site.ok("apps.update", json!({ "uuid": made["uuid"], "patch": patch })).await;
        assert_eq!(told["ignored"][0]["field"], "buildPack", "{told}");
    }
}
