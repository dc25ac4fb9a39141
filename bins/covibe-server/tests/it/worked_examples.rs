//! The README's prompts and the worked example of the product's description, as an agent plays them on a
//! sandbox without any settings.

use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox_process::Sandbox;

/// The time limit of a deployment of the sandbox on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The files from which the sandbox builds a Next.js app.
fn next_app() -> Value {
    let package = r#"{"name":"my-site","scripts":{"build":"next build","start":"next start"},"dependencies":{"next":"16.0.0"}}"#;
    json!([
        { "path": "package.json", "content": package },
        { "path": "app/page.js", "content": "export default () => <h1>Hello</h1>;" },
    ])
}

fn uuid(of: &Value) -> &str {
    of["uuid"].as_str().unwrap_or_else(|| panic!("{of} has a uuid"))
}

/// Polls the newest deployment of an app until it has ended, and returns it.
async fn wait_for_deployment(sandbox: &Sandbox, app: &str) -> Value {
    let poll = async {
        loop {
            let listed =
                sandbox.call_successfully("apps.deployments", json!({ "uuid": app })).await;
            let newest = listed["deployments"][0].clone();
            if ["finished", "failed"].iter().any(|end| newest["status"] == *end) {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, poll).await.expect("the deployment ends")
}

/// "Deploy nginx:alpine as hello, and tell me its URL."
#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_deployed_and_has_a_url() {
    let sandbox = Sandbox::start();
    let made = sandbox
        .call_successfully("apps.create", json!({ "image": "nginx:alpine", "name": "hello" }))
        .await;
    assert_eq!(wait_for_deployment(&sandbox, uuid(&made)).await["status"], "finished");
    let got = sandbox.call_successfully("apps.get", json!({ "uuid": "hello" })).await;
    assert_eq!(got["url"], "https://hello.mark.vibnai.com", "{got}");
}

/// "Write a small Next.js app with a Postgres database and Pocketbase auth, and deploy it.", by an agent that
/// makes everything at once.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_a_database_and_an_auth_provider_is_created_and_deployed() {
    let sandbox = Sandbox::start();
    let app = json!({ "name": "my-site", "files": next_app() });
    let app = sandbox.call_successfully("apps.create", app).await;
    let database = json!({ "type": "postgresql", "name": "app-db" });
    let database = sandbox.call_successfully("databases.create", database).await;
    sandbox
        .call_successfully("auth.create", json!({ "provider": "pocketbase", "name": "auth" }))
        .await;
    let env =
        json!({ "uuid": uuid(&app), "key": "DATABASE_URL", "value": database["internalUrl"] });
    sandbox.call_successfully("apps.envs.upsert", env).await;
    sandbox.call_successfully("apps.deploy", json!({ "uuid": uuid(&app) })).await;
    assert_eq!(wait_for_deployment(&sandbox, uuid(&app)).await["status"], "finished");
}

/// "The last deployment failed. Find out why, and fix it."
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_deployment_explains_itself_and_a_commit_repairs_it() {
    let sandbox = Sandbox::start();
    let files = json!([{ "path": "README.md", "content": "My site" }]);
    let app = sandbox
        .call_successfully("apps.create", json!({ "name": "my-site", "files": files }))
        .await;
    let failed = wait_for_deployment(&sandbox, uuid(&app)).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    let log = sandbox.call_successfully("deployments.logs", json!({ "uuid": uuid(&failed) })).await;
    assert!(log.to_string().contains("Nixpacks"), "{log}");
    let commit = json!({ "repo": "my-site", "message": "Add the site", "files": next_app() });
    sandbox.call_successfully("repos.commit", commit).await;
    let repaired = async {
        while wait_for_deployment(&sandbox, uuid(&app)).await["status"] != "finished" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, repaired).await.expect("the push is deployed");
}

/// The worked example: a repository, an app of it that is not deployed yet, a push, a database whose URL the app
/// gets, an auth provider, and the first deployment.
#[tokio::test(flavor = "multi_thread")]
async fn the_worked_example_ends_with_a_finished_deployment_and_a_url() {
    let sandbox = Sandbox::start();
    let repo =
        json!({ "name": "my-site", "files": [{ "path": "README.md", "content": "My site" }] });
    sandbox.call_successfully("repos.create", repo).await;
    let commit = json!({ "repo": "my-site", "message": "Add the site", "files": next_app() });
    sandbox.call_successfully("repos.commit", commit).await;
    let app = json!({ "repo": "my-site", "ports": "3000", "instantDeploy": false });
    let app = sandbox.call_successfully("apps.create", app).await;
    let page = json!([{ "path": "app/about.js", "content": "export default () => <p>About</p>;" }]);
    let commit = json!({ "repo": "my-site", "message": "Add a page", "files": page });
    sandbox.call_successfully("repos.commit", commit).await;
    let database = json!({ "type": "postgresql", "name": "app-db" });
    let database = sandbox.call_successfully("databases.create", database).await;
    let env =
        json!({ "uuid": uuid(&app), "key": "DATABASE_URL", "value": database["internalUrl"] });
    sandbox.call_successfully("apps.envs.upsert", env).await;
    sandbox
        .call_successfully("auth.create", json!({ "provider": "pocketbase", "name": "auth" }))
        .await;
    sandbox.call_successfully("apps.deploy", json!({ "uuid": uuid(&app) })).await;
    assert_eq!(wait_for_deployment(&sandbox, uuid(&app)).await["status"], "finished");
    let got = sandbox.call_successfully("apps.get", json!({ "uuid": uuid(&app) })).await;
    assert_eq!(got["url"], "https://my-site.mark.vibnai.com", "{got}");
}

/// An agent that is asked for four apps creates them in one go.
#[tokio::test(flavor = "multi_thread")]
async fn four_apps_created_in_a_row_are_all_deployed() {
    let sandbox = Sandbox::start();
    let mut apps = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let made = sandbox
            .call_successfully("apps.create", json!({ "image": "nginx:alpine", "name": name }))
            .await;
        apps.push(uuid(&made).to_owned());
    }
    for app in &apps {
        assert_eq!(wait_for_deployment(&sandbox, app).await["status"], "finished");
    }
}
