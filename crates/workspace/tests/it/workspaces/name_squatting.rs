//! Somebody else has what a workspace's names are, or hands it over: nothing is ours by its name.

use covibe_domain::{Timestamp, names};
use covibe_testkit::{Agent, Browser, Member, Operator, World, invariants};
use serde_json::{Value, json};

use super::rollback::take_back;
use super::{describe_workspace, provision, provision_to_ready, quick_world};

/// The password that [`Operator::make_user`] gives.
const PASSWORD: &str = "Long-Enough-1!";

/// A person who registered on this Gitea.
async fn stranger(world: &World, name: &str) -> Agent {
    use base64::Engine as _;
    world.operator().make_user(name, &format!("{name}@else.test"), false).await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{PASSWORD}"));
    let base = format!("{}/api/v1", world.gitea.url);
    Agent::new(&base, "", None).with_authorization(&format!("Basic {basic}"))
}

/// The bot of a ready workspace, as its tenant uses it.
pub(super) async fn bot(member: &Member) -> Agent {
    let access = member.agent.compact("gitea.credentials", &json!({})).await.expect("a token");
    let base = access["gitea"]["apiBase"].as_str().expect("a URL");
    Agent::new(base, "", None).with_key(access["bot"]["token"].as_str())
}

pub(super) async fn send_successfully(by: &Agent, method: &str, path: &str, body: Value) -> Value {
    let answer = match body {
        Value::Null => by.send(method, path, &[("accept", "application/json")], None).await,
        body => by.json(method, path, &body).await,
    };
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
    if answer.text.is_empty() { Value::Null } else { answer.json() }
}

pub(super) async fn org_id(operator: &Operator, name: &str) -> i64 {
    let org = operator.gitea("GET", &format!("/orgs/{name}"), &Value::Null).await;
    org["id"].as_i64().expect("a number")
}

/// Nothing of the workspace is made of what somebody else has, and taking it back removes nothing.
async fn is_refused(world: &World, member: &Member, what: &str) {
    let (operator, org) = (world.operator(), &member.record.gitea_org);
    let before = (org_id(&operator, org).await, operator.owners(org).await);
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{what}: {}", answer.text);
    assert!(answer.text.contains("taken"), "{what}: {}", answer.text);
    let back = take_back(member, &member.agent.slug).await;
    assert_eq!(back.status, 200, "{what}: {}", back.text);
    assert_eq!((org_id(&operator, org).await, operator.owners(org).await), before, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_a_stranger_gave_to_the_administrator_is_a_conflict() {
    let world = quick_world().await;
    let person = stranger(&world, "squatter").await;
    send_successfully(
        &person,
        "POST",
        "/orgs",
        json!({ "username": "vibn-acme", "visibility": "private" }),
    )
    .await;
    let team = json!({ "name": "hands", "permission": "admin", "units": ["repo.code"],
                       "includes_all_repositories": true, "can_create_org_repo": true });
    let team =
        send_successfully(&person, "POST", "/orgs/vibn-acme/teams", team).await["id"].clone();
    send_successfully(&person, "PUT", &format!("/teams/{team}/members/squatter"), Value::Null)
        .await;
    let owners = world.operator().owners_team("vibn-acme").await;
    send_successfully(&person, "PUT", &format!("/teams/{owners}/members/root"), Value::Null).await;
    send_successfully(&person, "DELETE", &format!("/teams/{owners}/members/squatter"), Value::Null)
        .await;
    is_refused(&world, &world.new_workspace("acme").await, "handed over").await;
    world.stop().await;
}

/// The first run fails for it, then its owner gives it to the bot that this run left behind.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_a_stranger_gives_to_the_bot_is_a_conflict() {
    let world = quick_world().await;
    let person = stranger(&world, "squatter").await;
    send_successfully(&person, "POST", "/orgs", json!({ "username": "vibn-acme" })).await;
    let member = world.new_workspace("acme").await;
    assert_eq!(provision(&member.agent).await.status, 409);
    let owners = world.operator().owners_team("vibn-acme").await;
    send_successfully(&person, "PUT", &format!("/teams/{owners}/members/acme-bot"), Value::Null)
        .await;
    send_successfully(&person, "DELETE", &format!("/teams/{owners}/members/squatter"), Value::Null)
        .await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    // The bot is deleted although somebody made it an owner.
    let id = org_id(&world.operator(), "vibn-acme").await;
    assert_eq!(take_back(&member, "acme").await.status, 200);
    assert_eq!(world.operator().owners("vibn-acme").await, ["root"]);
    assert_eq!(org_id(&world.operator(), "vibn-acme").await, id);
    assert!(
        !world
            .gitea
            .names(covibe_sandbox::gitea::Collection::Users)
            .contains(&"acme-bot".to_owned())
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_own_organisation_is_a_conflict() {
    let world = quick_world().await;
    let operator = world.operator();
    let body = json!({ "username": "vibn-acme", "visibility": "private" });
    operator.gitea("POST", "/admin/users/root/orgs", &body).await;
    is_refused(&world, &world.new_workspace("acme").await, "an empty one").await;
    let body = json!({ "name": "secret", "private": true, "auto_init": true });
    operator.gitea("POST", "/orgs/vibn-acme/repos", &body).await;
    is_refused(&world, &world.new_workspace("acme").await, "one with code").await;
    assert_eq!(operator.owners("vibn-acme").await, ["root"]);
    world.stop().await;
}

/// Where anybody may register, somebody may have made the bot's user, with any address.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_the_bots_name_is_a_conflict() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("acme-bot", "acme-bot@bots.vibnai.com", false).await;
    let path = "/users/acme-bot";
    let before = operator.gitea("GET", path, &Value::Null).await;
    let member = world.new_workspace("acme").await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(operator.gitea("GET", path, &Value::Null).await, before);
    assert!(operator.gitea_list(&format!("{path}/tokens")).await.is_empty());
    assert_eq!(take_back(&member, "acme").await.status, 200);
    assert_eq!(operator.gitea("GET", path, &Value::Null).await, before);
    world.stop().await;
}

/// Returns the organisations of a person, by a token that the browser's session creates.
async fn organisations(world: &World, person: &Browser, name: &str) -> Value {
    let token = person.token(name, "all").await;
    let agent = Agent::new(&format!("{}/api/v1", world.gitea.url), "", None).with_key(Some(&token));
    agent.send("GET", "/user/orgs", &[], None).await.json()
}

/// A session outlives a change of the password: the account stays that person's.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_was_registered_in_a_browser_is_not_taken_over() {
    let world = quick_world().await;
    let operator = world.operator();
    let person = Browser::sign_up(&world.gitea.url, "acme-bot", PASSWORD).await;
    let member = world.new_workspace("acme").await;
    for _ in 0..2 {
        let answer = provision(&member.agent).await;
        assert_eq!(answer.status, 409, "{}", answer.text);
        assert!(answer.text.contains("taken"), "{}", answer.text);
    }
    let reached = organisations(&world, &person, "after").await;
    assert_eq!(reached, json!([]), "it is in no organisation");
    // What a take-over would open: the administrator sets a password, and makes it an owner.
    let password =
        json!({ "login_name": "acme-bot", "source_id": 0, "password": "Another-One-2!" });
    operator.gitea("PATCH", "/admin/users/acme-bot", &password).await;
    let org = json!({ "username": "taken-over", "visibility": "private" });
    operator.gitea("POST", "/admin/users/acme-bot/orgs", &org).await;
    let reached = organisations(&world, &person, "later").await;
    assert_eq!(reached[0]["username"], "taken-over", "the session is still the person's");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_installations_do_not_take_each_others_workspace() {
    let world = quick_world().await;
    let directory = tempfile::tempdir().expect("a directory");
    let other = world.another_installation(directory.path()).await;
    let member = &world.mark;
    let code = json!({ "name": "code", "private": true, "auto_init": true });
    world.operator().gitea("POST", "/orgs/vibn-mark/repos", &code).await;
    let refused = other.create_workspace("mark").await.expect_err("it is taken");
    assert_eq!(refused.kind, covibe_domain::Kind::Conflict, "{refused:?}");
    provision_to_ready(&member.agent, "undisturbed").await;
    invariants(&world, &member.record, "undisturbed").await;
    // With nothing of it on Gitea, its name is free. Its project and key stay whose they are, though they are empty.
    let mine = other.create_workspace("apart").await.expect("a workspace");
    let operator = world.operator();
    let (bot, org) = (&mine.gitea_bot_username, &mine.gitea_org);
    operator.gitea("DELETE", &format!("/orgs/{org}"), &Value::Null).await;
    operator.gitea("DELETE", &format!("/admin/users/{bot}"), &Value::Null).await;
    let here = world.new_workspace("apart").await;
    let own = provision_to_ready(&here.agent, "apart").await;
    let theirs = mine.coolify_project_uuid.as_ref().expect("a project").to_string();
    assert_ne!(own["coolifyProjectUuid"], json!(theirs));
    let name = names::coolify_project(&mine.slug);
    assert_eq!(operator.projects(&name).await.len(), 2);
    assert_eq!(operator.private_keys(&name).await.len(), 2);
    let path = format!("/projects/{theirs}");
    let kept = operator.coolify("GET", &path, &Value::Null).await;
    assert_eq!(kept["description"], json!(mine.upstream_mark));
    world.stop().await;
}

/// A database that was restored to a time before the workspace was founded.
#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_does_not_take_over_an_existing_workspace() {
    let world = quick_world().await;
    let member = world.new_workspace("restored").await;
    provision_to_ready(&member.agent, "at first").await;
    let git = bot(&member).await;
    let mut tx = world.store.tenant(&member.record.tenant).await.expect("a transaction");
    assert!(
        tx.delete_workspace(&member.record.id, Timestamp::now()).await.expect("a row").is_some()
    );
    tx.commit().await.expect("its end");
    let again = world.new_workspace("restored").await;
    is_refused(&world, &again, "the earlier one's").await;
    assert_eq!(git.send("GET", "/user", &[], None).await.status, 200, "its token works");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_its_owner_renamed_is_renamed_back() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("renamed").await);
    provision_to_ready(&member.agent, "at first").await;
    let git = bot(&member).await;
    send_successfully(
        &git,
        "POST",
        "/orgs/vibn-renamed/repos",
        json!({ "name": "code", "auto_init": true }),
    )
    .await;
    let id = org_id(&operator, "vibn-renamed").await;
    let count = world.gitea.count(covibe_sandbox::gitea::Collection::Organisations);
    for new in ["elsewhere-1", "vibn-later", "elsewhere-3"] {
        send_successfully(&git, "POST", "/orgs/vibn-renamed/rename", json!({ "new_name": new }))
            .await;
        provision_to_ready(&member.agent, new).await;
        assert_eq!(org_id(&operator, "vibn-renamed").await, id, "{new}");
    }
    assert_eq!(world.gitea.count(covibe_sandbox::gitea::Collection::Organisations), count);
    send_successfully(&git, "GET", "/repos/vibn-renamed/code", Value::Null).await;
    invariants(&world, &member.record, "named again").await;
    // Somebody takes the name meanwhile: the workspace says which organisation it has.
    send_successfully(&git, "POST", "/orgs/vibn-renamed/rename", json!({ "new_name": "away" }))
        .await;
    let body = json!({ "username": "vibn-renamed" });
    operator.gitea("POST", "/admin/users/root/orgs", &body).await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("renamed to away"), "{}", answer.text);
    operator.gitea("DELETE", "/orgs/vibn-renamed", &Value::Null).await;
    provision_to_ready(&member.agent, "free again").await;
    assert_eq!(org_id(&operator, "vibn-renamed").await, id);
    world.stop().await;
}

/// A workspace's owner renamed its organisation onto the name of one that is founded later.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_on_another_workspaces_name_is_renamed_back() {
    let world = quick_world().await;
    let (operator, git) = (world.operator(), bot(&world.justine).await);
    let body = json!({ "name": "code", "private": true, "auto_init": true });
    send_successfully(&git, "POST", "/orgs/vibn-justine/repos", body).await;
    let id = org_id(&operator, "vibn-justine").await;
    let away = json!({ "new_name": "vibn-acme" });
    send_successfully(&git, "POST", "/orgs/vibn-justine/rename", away.clone()).await;
    let member = world.new_workspace("acme").await;
    provision_to_ready(&member.agent, "its name was taken").await;
    invariants(&world, &member.record, "its name was taken").await;
    assert_eq!(org_id(&operator, "vibn-justine").await, id);
    assert_eq!(operator.owners("vibn-acme").await, ["acme-bot"]);
    send_successfully(&git, "GET", "/repos/vibn-justine/code", Value::Null).await;
    provision_to_ready(&world.justine.agent, "named again").await;
    let again = git.json("POST", "/orgs/vibn-justine/rename", &away).await;
    assert_eq!(again.status, 422, "{}", again.text);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_bot_is_a_conflict_that_names_it() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("new-name").await);
    provision_to_ready(&member.agent, "at first").await;
    let users = world.gitea.count(covibe_sandbox::gitea::Collection::Users);
    let rename = json!({ "new_username": "other-bot" });
    operator.gitea("POST", "/admin/users/new-name-bot/rename", &rename).await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("renamed to other-bot"), "{}", answer.text);
    assert_eq!(world.gitea.count(covibe_sandbox::gitea::Collection::Users), users);
    let back = json!({ "new_username": "new-name-bot" });
    operator.gitea("POST", "/admin/users/other-bot/rename", &back).await;
    provision_to_ready(&member.agent, "named again").await;
    invariants(&world, &member.record, "named again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_cannot_create_anything_outside_its_organisation() {
    let world = quick_world().await;
    let git = bot(&world.mark).await;
    for (path, body) in [
        ("/orgs", json!({ "username": "vibn-later" })),
        ("/user/repos", json!({ "name": "own" })),
        ("/user/keys", json!({ "title": "own", "key": "ssh-ed25519 x" })),
    ] {
        let answer = git.json("POST", path, &body).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    send_successfully(&git, "POST", "/orgs/vibn-mark/repos", json!({ "name": "ours" })).await;
    world.stop().await;
}

/// Somebody deleted the organisation and made another one of its name, with the bot in it.
#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_that_was_recreated_by_others_is_not_used() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("anew").await);
    provision_to_ready(&member.agent, "at first").await;
    operator.gitea("DELETE", "/orgs/vibn-anew", &Value::Null).await;
    let body = json!({ "username": "vibn-anew", "visibility": "private" });
    operator.gitea("POST", "/admin/users/root/orgs", &body).await;
    let team = operator.owners_team("vibn-anew").await;
    operator.gitea("PUT", &format!("/teams/{team}/members/anew-bot"), &Value::Null).await;
    let body = json!({ "name": "code", "private": true, "auto_init": true });
    operator.gitea("POST", "/orgs/vibn-anew/repos", &body).await;
    let told = describe_workspace(&member.agent).await;
    assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("anew")), "{told}");
    for (tool, params) in [
        ("gitea.credentials", json!({})),
        ("apps.create", json!({ "repo": "code", "name": "site", "instantDeploy": false })),
    ] {
        let answer = member.agent.compact_raw(tool, &params).await;
        assert_eq!(answer.status, 503, "{tool}: {}", answer.text);
    }
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    world.stop().await;
}
