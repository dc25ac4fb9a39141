//! A server with `GITEA_CLONE=ssh`: an app from its creation to its deletion.

use covibe_testkit_http::{Options, World};
use serde_json::{Value, json};

use crate::server_process::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_clones_over_ssh_builds_an_app_and_removes_its_keys() {
    let world = World::start(Options::default()).await.expect("SQLite is built in");
    let ssh = format!("git@{}", world.gitea.url.trim_start_matches("http://"));
    let variables = [("GITEA_CLONE", "ssh"), ("GITEA_SSH_HOST", ssh.as_str())];
    let server = Server::start_with(&world, &variables);
    let (agent, operator) = (server.agent(&world.mark), world.operator());
    let call = async |tool: &str, params: Value| {
        let outcome = agent.compact(tool, &params).await;
        outcome.unwrap_or_else(|why| panic!("{tool} {params}: {}", json!(why)))
    };
    let files = json!({ "index.html": "<h1>Hello</h1>\n" });
    let made = call("apps.create", json!({ "files": files, "name": "shop" })).await;
    let app = made["uuid"].as_str().expect("a uuid").to_owned();
    let deployed = json!({ "uuid": app, "wait": true, "force": true });
    assert_eq!(call("apps.deploy", deployed).await["status"], "finished");
    let path = format!("/applications/{app}");
    let stored = operator.coolify("GET", &path, &Value::Null).await;
    assert_eq!(stored["git_repository"], json!(format!("{ssh}/vibn-mark/shop.git")));
    assert_eq!(operator.private_keys("vibn-ws-mark-clone").await.len(), 1);
    call("apps.delete", json!({ "uuid": app, "confirm": "shop" })).await;
    assert_eq!(operator.private_keys("vibn-ws-mark-clone").await, Vec::<Value>::new());
    let left = operator.gitea_list("/repos/vibn-mark/shop/keys").await;
    assert_eq!(left, Vec::<Value>::new());
    server.kill();
    world.stop().await;
}
