//! Half done in Coolify, or with the keypair that it has one half of.

use covibe_crypto::SecretBox;
use covibe_domain::{Secret, names};
use covibe_testkit::{Member, World, invariants};
use serde_json::{Value, json};

use crate::workspaces::{describe_workspace, provision_to_ready, quick_world};

/// A workspace that is ready, and its name in Coolify.
async fn workspace(world: &World, slug: &str) -> (Member, String) {
    let member = world.new_workspace(slug).await;
    provision_to_ready(&member.agent, "at first").await;
    let name = names::coolify_project(&member.record.slug);
    (member, name)
}

/// The public half of what Coolify holds.
async fn public_half(world: &World, name: &str) -> String {
    let keys = world.operator().private_keys(name).await;
    keys[0]["public_key"].as_str().expect("a key").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_from_coolify_is_recreated() {
    let world = quick_world().await;
    let (member, name) = workspace(&world, "key-gone").await;
    let before = public_half(&world, &name).await;
    let uuid = member_key(&world, &member).await;
    world.operator().coolify("DELETE", &format!("/security/keys/{uuid}"), &Value::Null).await;
    provision_to_ready(&member.agent, "the key is gone").await;
    invariants(&world, &member.record, "the key is gone").await;
    assert_ne!(public_half(&world, &name).await, before);
    world.stop().await;
}

async fn member_key(world: &World, member: &Member) -> String {
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    record.coolify_private_key_uuid.expect("a key").to_string()
}

/// Gitea takes each key once on the whole instance.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_somebody_else_uses_is_replaced() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("stranger", "stranger@else.test", false).await;
    let (member, name) = workspace(&world, "key-used").await;
    let uuid = member_key(&world, &member).await;
    let public = public_half(&world, &name).await;
    operator.strip(&member.record.gitea_bot_username, "keys").await;
    let body = json!({ "title": "theirs", "key": public });
    operator.gitea("POST", "/admin/users/stranger/keys", &body).await;
    provision_to_ready(&member.agent, "used elsewhere").await;
    invariants(&world, &member.record, "used elsewhere").await;
    assert_eq!(member_key(&world, &member).await, uuid, "apps refer to it");
    let theirs = operator.gitea_list("/users/stranger/keys").await;
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    world.stop().await;
}

/// An operator replaced the key by one of a kind that Gitea does not take.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_kind_that_gitea_rejects_is_replaced() {
    let world = quick_world().await;
    let (member, _) = workspace(&world, "key-odd").await;
    let uuid = member_key(&world, &member).await;
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";
    let path = format!("/security/keys/{uuid}");
    world.operator().coolify("PATCH", &path, &json!({ "private_key": pem })).await;
    provision_to_ready(&member.agent, "an odd key").await;
    invariants(&world, &member.record, "an odd key").await;
    assert_eq!(member_key(&world, &member).await, uuid, "apps refer to it");
    world.stop().await;
}

/// Resources that were created but not recorded, because the server died in between.
#[tokio::test(flavor = "multi_thread")]
async fn resources_of_an_earlier_attempt_are_found_by_their_mark() {
    let world = quick_world().await;
    let (member, name) = workspace(&world, "left-behind").await;
    let before = world.read_workspace(&member.record).await.expect("the workspace");
    let mut lost = before.clone();
    (lost.coolify_private_key_uuid, lost.coolify_project_uuid) = (None, None);
    let mut tx = world.store.tenant(&lost.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&lost).await.expect("a row"));
    tx.commit().await.expect("its end");
    provision_to_ready(&member.agent, "found again").await;
    invariants(&world, &member.record, "found again").await;
    let after = world.read_workspace(&member.record).await.expect("the workspace");
    assert_eq!(after.coolify_private_key_uuid, before.coolify_private_key_uuid);
    assert_eq!(after.coolify_project_uuid, before.coolify_project_uuid);
    assert_eq!(world.operator().projects(&name).await.len(), 1);
    world.stop().await;
}

/// Names are not unique in Coolify, and prove nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_unmarked_key_with_the_name_is_not_used() {
    let world = quick_world().await;
    let member = world.new_workspace("key-named").await;
    let name = names::coolify_project(&member.record.slug);
    let pair = covibe_crypto::keypair("by hand").expect("a pair");
    let body = json!({ "name": name, "private_key": pair.private.expose() });
    let theirs = world.operator().coolify("POST", "/security/keys", &body).await;
    provision_to_ready(&member.agent, "a key of the name").await;
    assert_ne!(member_key(&world, &member).await, text(&theirs));
    let path = format!("/security/keys/{}", text(&theirs));
    let kept = world.operator().coolify("GET", &path, &Value::Null).await;
    assert_eq!(kept["private_key"], json!(pair.private.expose()));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    invariants(&world, &member.record, "a key of the name").await;
    world.stop().await;
}

/// The content of a project that only has the workspace's name would otherwise become the workspace's.
#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_project_with_the_name_is_neither_used_nor_changed() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("two-owners").await);
    let name = names::coolify_project(&member.record.slug);
    let body = json!({ "name": name, "description": "a stranger's" });
    let theirs = operator.coolify("POST", "/projects", &body).await;
    let app = json!({ "project_uuid": theirs["uuid"], "environment_name": "production",
        "server_uuid": operator.coolify_list("/servers").await[0]["uuid"],
        "destination_uuid": covibe_sandbox::coolify::DESTINATION,
        "docker_registry_image_name": "nginx", "ports_exposes": "80", "name": "their-app" });
    let app = operator.coolify("POST", "/applications/dockerimage", &app).await;
    for what in ["at first", "again"] {
        let ready = provision_to_ready(&member.agent, what).await;
        assert_ne!(ready["coolifyProjectUuid"], theirs["uuid"], "{what}");
        let listed = member.agent.compact("apps.list", &json!({})).await.expect("apps");
        assert!(!listed.to_string().contains(text(&app)), "{what}: {listed}");
    }
    let path = format!("/projects/{}", text(&theirs));
    let kept = operator.coolify("GET", &path, &Value::Null).await;
    assert_eq!((&kept["name"], &kept["description"]), (&json!(name), &json!("a stranger's")));
    operator.coolify("PATCH", &path, &json!({ "name": "old" })).await;
    invariants(&world, &member.record, "renamed").await;
    world.stop().await;
}

fn text(of: &Value) -> &str {
    of["uuid"].as_str().expect("a uuid")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_deleted_is_recreated() {
    let world = quick_world().await;
    let (member, _) = workspace(&world, "project-gone").await;
    let before = describe_workspace(&member.agent).await["coolifyProjectUuid"].clone();
    let path = format!("/projects/{}", before.as_str().expect("a uuid"));
    world.operator().coolify("DELETE", &path, &Value::Null).await;
    // Its agents are told what to do.
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    let after = provision_to_ready(&member.agent, "gone").await;
    assert_ne!(after["coolifyProjectUuid"], before);
    invariants(&world, &member.record, "gone").await;
    let app = json!({ "image": "nginx:1.27", "name": "there", "instantDeploy": false });
    member.agent.compact("apps.create", &app).await.expect("an app in the new project");
    world.stop().await;
}

/// The project has another environment than the workspace's: a person removed that, or renamed it.
#[tokio::test(flavor = "multi_thread")]
async fn an_environment_that_is_missing_is_created() {
    let world = quick_world().await;
    let (member, _) = workspace(&world, "stage-gone").await;
    let agent = &member.agent;
    agent.compact("apps.list", &json!({})).await.expect("the environments are remembered");
    let mut record = world.read_workspace(&member.record).await.expect("the workspace");
    "stage".clone_into(&mut record.coolify_environment_name);
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("a row"));
    tx.commit().await.expect("its end");
    provision_to_ready(&member.agent, "without it").await;
    invariants(&world, &record, "without it").await;
    // What is made in it is the workspace's at once.
    let app = json!({ "image": "nginx:1.27", "name": "there", "instantDeploy": false });
    let app = agent.compact("apps.create", &app).await.expect("an app in it");
    let looked = agent.compact("apps.get", &json!({ "uuid": app["uuid"] })).await;
    assert!(looked.is_ok(), "{looked:?}");
    world.stop().await;
}

/// A token that was sealed with another key can't be opened. The key may be wrong, so nothing that it can't
/// open is replaced.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_sealed_with_another_key_is_kept_and_reported_for_the_operator() {
    let world = quick_world().await;
    let (member, _) = workspace(&world, "seal-lost").await;
    let mut record = world.read_workspace(&member.record).await.expect("the workspace");
    let other = SecretBox::from_config(&SecretBox::fresh_config()).expect("a key");
    let token = Secret::new("0123456789012345678901234567890123456789");
    let sealed = other.seal("gitea_bot_token", record.id.as_str(), &token).expect("sealed");
    record.gitea_bot_token = Some(sealed);
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("a row"));
    tx.commit().await.expect("its end");
    let refused = member.agent.compact("gitea.credentials", &json!({})).await;
    let refused = refused.expect_err("it does not open");
    for wants in [json!({}), json!({ "rotate": ["pat"] })] {
        let path = "/api/workspaces/seal-lost/provision";
        let answer = member.agent.json("POST", path, &wants).await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.text.contains("Tell the operator"), "{}", answer.text);
    }
    let hint = refused["hint"].as_str().expect("a hint");
    assert!(hint.contains("Tell the operator") && !hint.contains("/provision"), "{hint}");
    let kept = world.read_workspace(&member.record).await.expect("the workspace");
    assert_eq!(kept.gitea_bot_token, record.gitea_bot_token);
    world.stop().await;
}
