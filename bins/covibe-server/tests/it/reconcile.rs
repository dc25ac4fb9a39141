//! `covibe-server reconcile` and `provision` after a restore: the upstreams are newer than the database.

use std::time::Duration;

use covibe_store::Backend;
use covibe_testkit_http::{Agent, World};
use serde_json::json;

use crate::backups::{Elsewhere, backup, provisioned, with_backup_role};
use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;

/// Makes changes after the backup: a workspace is founded, a token is replaced and a key is revoked.
async fn go_on(world: &World) {
    let shop = world.member("shop").await;
    let ready = shop.agent.json("POST", "/api/workspaces/shop/provision", &json!({})).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    let path = "/api/workspaces/mark/provision";
    let rotated = world.mark.agent.json("POST", path, &json!({ "rotate": ["pat", "clone"] })).await;
    assert_eq!(rotated.status, 200, "{}", rotated.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_reconciled_with_the_upstreams() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let minted = operator.run(&["keys", "create", "--workspace", "mark", "--name", "lost"]);
        assert!(minted.status.success(), "{minted:?}");
        let lost = operator.keys("mark").into_iter().find(|key| key["name"] == "lost").expect("it");
        let lost = lost["id"].as_str().expect("an id").to_owned();
        let directory = backup(&operator, folder.path());
        assert!(operator.run(&["keys", "revoke", "--workspace", "mark", &lost]).status.success());
        go_on(&world).await;
        let elsewhere = Elsewhere::new(&world);
        let operator = elsewhere.operator(operator);
        let restored = operator.run(&["restore", directory.to_str().expect("UTF-8")]);
        assert!(restored.status.success(), "{restored:?}");
        is_found_and_reserved(&operator, &lost);
        let server = elsewhere.server(&world);
        let told = server.agent(&world.mark).compact("gitea.credentials", &json!({})).await;
        let token =
            told.expect("credentials")["bot"]["token"].as_str().expect("a token").to_owned();
        let user = format!("token {token}");
        let gitea = Agent::new(&format!("{}/api/v1", world.gitea.url), "", None);
        let answer = gitea.with_authorization(&user).json("GET", "/user", &json!({})).await;
        assert_eq!(answer.status, 200, "the token works again: {}", answer.text);
        world.stop().await;
    }
}

fn is_found_and_reserved(operator: &Operator, revived: &str) {
    let found = operator.run(&["reconcile"]);
    assert!(found.status.success(), "{found:?}");
    for expected in [
        "UNKNOWN Gitea organisation vibn-shop: no workspace has it; the slug shop would be reserved",
        "UNKNOWN Coolify project vibn-ws-shop: no workspace has it; the slug shop would be reserved",
        &format!("keys revoke --workspace mark {revived}"),
        "Nothing else was changed.",
    ] {
        assert!(out(&found).contains(expected), "{expected}: {}", out(&found));
    }
    assert!(!out(&found).contains("vibn-mark"), "{}", out(&found));
    let applied = operator.run(&["reconcile", "--apply"]);
    assert!(applied.status.success(), "{applied:?}");
    assert!(out(&applied).contains("PASS mark: ready"), "{applied:?}");
    let create = ["tenant", "create", "--name", "Other", "--workspace", "shop"];
    let refused = operator.run(&create);
    assert!(!refused.status.success(), "{refused:?}");
    let known = operator.run(&["keys", "list", "--workspace", "shop"]);
    assert!(err(&known).contains("there is no workspace shop"), "{known:?}");
    let release = ["reconcile", "--release", "shop"];
    assert!(operator.run(&release).status.success());
    assert!(err(&operator.run(&release)).contains("is not reserved"));
}

/// Another installation on the same upstreams knows its own workspaces.
#[tokio::test(flavor = "multi_thread")]
async fn workspaces_of_another_installation_are_not_leftovers() {
    let world = provisioned(Backend::Sqlite).await.expect("SQLite is built in");
    let folder = tempfile::tempdir().expect("a folder");
    let other = world.another_installation(folder.path()).await;
    other.create_workspace("away").await.expect("a workspace");
    let found = Operator::in_world(&world).run(&["reconcile"]);
    assert!(found.status.success(), "{found:?}");
    // The simulators have things of this name that have no mark.
    assert!(out(&found).contains("UNKNOWN Gitea organisation vibn-elsewhere"), "{found:?}");
    assert!(!out(&found).contains("away"), "{found:?}");
    drop(tokio::time::timeout(Duration::from_secs(9), other.dispatcher.flush()).await);
    world.stop().await;
}

/// Gitea did not answer when an app was deleted: what was released of it is still there.
#[tokio::test(flavor = "multi_thread")]
async fn release_repositories_without_an_app_are_listed() {
    let world = provisioned(Backend::Sqlite).await.expect("SQLite is built in");
    let params = json!({ "name": "web", "image": "nginx:1.27" });
    let app = world.mark.agent.compact("apps.create", &params).await.expect("an app");
    let bearer = format!("Bearer {}", world.coolify.token.expose());
    let coolify = Agent::new(&format!("{}/api/v1", world.coolify.url), "", None);
    let path = format!("/applications/{}", app["uuid"].as_str().expect("a uuid"));
    let stored = coolify.with_authorization(&bearer).json("GET", &path, &json!({})).await;
    let stored = stored.json();
    let description = stored["description"].as_str().expect("a description");
    let used = description.strip_prefix("Co-Vibe ").expect("a mark");
    let left = "crt_0123456789abcdef01234567";
    let token = format!("token {}", world.gitea.token.expose());
    let gitea = Agent::new(&format!("{}/api/v1", world.gitea.url), "", None);
    let administrator = gitea.with_authorization(&token);
    for name in [used, left, "notes"] {
        let body = json!({ "name": name, "private": true });
        let made = administrator.json("POST", "/user/repos", &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let found = Operator::in_world(&world).run(&["reconcile"]);
    let line = format!("UNKNOWN release repository {left}: no app has it\n");
    assert!(out(&found).contains(&line), "{found:?}");
    assert!(!out(&found).contains(used) && !out(&found).contains("notes"), "{found:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn provision_can_be_limited_to_one_workspace() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    world.new_workspace("fresh").await;
    let all = operator.run(&["provision", "--all"]);
    assert_eq!(
        out(&all),
        "PASS justine: ready\nPASS mark: ready\n",
        "what was provisioned: {all:?}"
    );
    let one = operator.run(&["provision", "--workspace", "fresh"]);
    assert!(one.status.success() && out(&one) == "PASS fresh: ready\n", "{one:?}");
    let unknown = operator.run(&["provision", "--workspace", "nowhere"]);
    assert!(err(&unknown).contains("there is no workspace nowhere"), "{unknown:?}");
    world.stop().await;
}
