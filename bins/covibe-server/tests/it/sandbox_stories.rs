//! The stories with which a sandbox begins, as an agent plays them.

use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox_process::Sandbox;
use crate::server_binary;

/// "The last deployment failed. Find out why, and fix it."
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deployment_of_a_story_can_be_diagnosed_and_repaired() {
    let sandbox = Sandbox::of_story("failed-deploy");
    assert_eq!(sandbox.text("/story/name"), "failed-deploy");
    assert!(sandbox.text("/story/prompt").starts_with("The last deployment failed."));

    let apps = sandbox.call_successfully("apps.list", json!({})).await;
    let app = json!({ "uuid": apps["apps"][0]["uuid"] });
    let listed = sandbox.call_successfully("apps.deployments", app.clone()).await;
    let statuses = |of: &Value| -> Vec<String> {
        let all = of["deployments"].as_array().expect("deployments").iter();
        all.map(|one| one["status"].as_str().expect("a status").to_owned()).collect()
    };
    assert_eq!(statuses(&listed), ["failed", "finished"]);

    let log = sandbox
        .call_successfully("deployments.logs", json!({ "uuid": listed["deployments"][0]["uuid"] }));
    let log = log.await.to_string();
    assert!(log.contains(">>> COPY package.json server.js ./"), "{log}");
    assert!(log.contains("failed to compute cache key") && log.contains("/server.js"), "{log}");
    let got = sandbox.call_successfully("apps.get", app.clone()).await;
    assert_eq!(got["status"], "running", "the commit before is kept: {got}");

    let read = json!({ "repo": "shop", "paths": ["Dockerfile"] });
    let read = sandbox.call_successfully("repos.read", read).await;
    let marked = read["files"][0]["text"].as_str().expect("a text");
    let lines: Vec<_> = marked.lines().collect();
    // Without the marks around it.
    let dockerfile = lines[1..lines.len() - 1].join("\n") + "\n";
    let mended = dockerfile.replace("package.json server.js", "package.json src/server.js");
    assert_ne!(mended, dockerfile);
    let files = json!([{ "path": "Dockerfile", "content": mended }]);
    let commit = json!({ "repo": "shop", "message": "Copy the server from src", "files": files });
    sandbox.call_successfully("repos.commit", commit).await;
    let deploy = json!({ "uuid": app["uuid"], "wait": true });
    let deployed = sandbox.call_successfully("apps.deploy", deploy).await;
    assert_eq!(deployed["outcome"]["verdict"], "running", "{deployed}");
    let listed = sandbox.call_successfully("apps.deployments", app).await;
    assert_eq!(statuses(&listed), ["finished", "failed", "finished"]);
}

/// The first thing that a newcomer tries: an image that there is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_of_a_missing_image_fails_and_succeeds_once_corrected() {
    let sandbox = Sandbox::start();
    let app = json!({ "image": "nginx:doesnotexist", "name": "hello", "instantDeploy": false });
    let app = sandbox.call_successfully("apps.create", app).await;
    let deploy = json!({ "uuid": app["uuid"], "wait": true });
    let failed = sandbox.call_successfully("apps.deploy", deploy.clone()).await;
    assert_eq!(failed["outcome"]["verdict"], "failed", "{failed}");
    let log = failed["outcome"]["log"].as_str().expect("a log");
    assert!(log.contains("manifest for nginx:doesnotexist not found: manifest unknown"), "{log}");
    let patch = json!({ "uuid": app["uuid"], "patch": { "image": "nginx:alpine" } });
    sandbox.call_successfully("apps.update", patch).await;
    let deployed = sandbox.call_successfully("apps.deploy", deploy).await;
    assert_eq!(deployed["outcome"]["verdict"], "running", "{deployed}");
}

#[test]
fn an_unknown_story_is_refused_with_the_list_of_stories() {
    let mut command = Command::new(server_binary::path());
    let told = command.args(["sandbox", "--story", "happy-end"]).output().expect("it starts");
    let text = String::from_utf8_lossy(&told.stderr);
    assert!(!told.status.success() && text.contains("possible values: failed-deploy"), "{text}");
}
