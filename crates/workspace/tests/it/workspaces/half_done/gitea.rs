//! Half done in Gitea.

use covibe_testkit::{AgentAnswer, Member, invariants};
use serde_json::{Value, json};

use crate::workspaces::{
    describe_workspace, provision, provision_to_ready, quick_world, rotate_to_ready,
};

/// A run is refused, names what is in the way, and leads to it by the hint of the workspace.
async fn expect_refusal(member: &Member, about: &str, what: &str) -> AgentAnswer {
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{what}: {}", answer.text);
    let body = answer.json();
    let error = body["error"].as_str().unwrap_or_default();
    assert!(error.contains(about), "{what}: {error}");
    let hint = body["hint"].as_str().expect("a hint");
    let told = describe_workspace(&member.agent).await;
    assert_eq!(told["provisionStatus"], "failed", "{what}: {told}");
    assert!(told["hint"].as_str().is_some_and(|told| told.contains(hint)), "{what}: {told}");
    answer
}

/// The operator may restrict a bot; the run says so and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_the_operator_locked_stays_locked() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("half-shut").await);
    let bot = &member.record.gitea_bot_username;
    provision_to_ready(&member.agent, "at first").await;
    let tokens = operator.gitea_list(&format!("/users/{bot}/tokens")).await;
    let shut = json!({ "login_name": bot, "source_id": 0, "prohibit_login": true });
    operator.gitea("PATCH", &format!("/admin/users/{bot}"), &shut).await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.json()["hint"].as_str().is_some_and(|hint| hint.contains("operator")));
    let after = operator.gitea_list(&format!("/users/{bot}/tokens")).await;
    assert_eq!(after, tokens, "the token that does not work is removed again");
    let open = json!({ "login_name": bot, "source_id": 0, "prohibit_login": false });
    operator.gitea("PATCH", &format!("/admin/users/{bot}"), &open).await;
    provision_to_ready(&member.agent, "let in again").await;
    invariants(&world, &member.record, "let in again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_user_with_the_bots_name_is_a_conflict_and_not_changed() {
    let world = quick_world().await;
    let member = world.new_workspace("half-taken").await;
    let (operator, bot) = (world.operator(), &member.record.gitea_bot_username);
    operator.make_user(bot, "somebody@else.test", false).await;
    let path = format!("/users/{bot}");
    let before = operator.gitea("GET", &path, &Value::Null).await;
    expect_refusal(&member, bot, "a stranger's user").await;
    assert_eq!(operator.gitea("GET", &path, &Value::Null).await, before);
    for list in ["keys", "tokens"] {
        assert!(operator.gitea_list(&format!("/users/{bot}/{list}")).await.is_empty());
    }
    let org = format!("/orgs/{}", member.record.gitea_org);
    assert_eq!(operator.ask_gitea("GET", &org, &Value::Null).await.status, 404);
    operator.gitea("DELETE", &format!("/admin/users/{bot}"), &Value::Null).await;
    provision_to_ready(&member.agent, "the stranger is gone").await;
    invariants(&world, &member.record, "the stranger is gone").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_organisation_of_the_name_is_a_conflict_and_not_changed() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("stranger", "stranger@else.test", false).await;
    let member = world.new_workspace("half-owned").await;
    let org = &member.record.gitea_org;
    let body = json!({ "username": org, "visibility": "public" });
    operator.gitea("POST", "/admin/users/stranger/orgs", &body).await;
    expect_refusal(&member, org, "a stranger's organisation").await;
    assert_eq!(operator.owners(org).await, ["stranger"]);
    let told = operator.gitea("GET", &format!("/orgs/{org}"), &Value::Null).await;
    assert_eq!(told["visibility"], "public");
    operator.gitea("DELETE", &format!("/orgs/{org}"), &Value::Null).await;
    provision_to_ready(&member.agent, "the stranger's is gone").await;
    invariants(&world, &member.record, "the stranger's is gone").await;
    world.stop().await;
}

/// The organisation of a workspace that works is deleted, and made by a stranger: what the
/// workspace pushes next would be the stranger's.
#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_organisation_does_not_replace_one_that_was_deleted() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("stranger", "stranger@else.test", false).await;
    let member = world.new_workspace("half-lost").await;
    provision_to_ready(&member.agent, "at first").await;
    let org = &member.record.gitea_org;
    operator.gitea("DELETE", &format!("/orgs/{org}"), &Value::Null).await;
    operator.gitea("POST", "/admin/users/stranger/orgs", &json!({ "username": org })).await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(operator.owners(org).await, ["stranger"]);
    operator.gitea("DELETE", &format!("/orgs/{org}"), &Value::Null).await;
    provision_to_ready(&member.agent, "the stranger's is gone").await;
    invariants(&world, &member.record, "the stranger's is gone").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_the_organisations_name_is_a_conflict() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("half-name").await);
    let org = &member.record.gitea_org;
    operator.make_user(org, "somebody@else.test", false).await;
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    let told = describe_workspace(&member.agent).await;
    assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("operator")), "{told}");
    operator.gitea("DELETE", &format!("/admin/users/{org}"), &Value::Null).await;
    provision_to_ready(&member.agent, "the user is gone").await;
    invariants(&world, &member.record, "the user is gone").await;
    world.stop().await;
}

/// Everything that can be taken from a workspace that works, and is made again.
#[tokio::test(flavor = "multi_thread")]
async fn removed_tokens_keys_and_memberships_are_created_again() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("half-shorn").await);
    let bot = &member.record.gitea_bot_username;
    provision_to_ready(&member.agent, "at first").await;
    for (list, count) in [("tokens", 2), ("keys", 1)] {
        assert_eq!(operator.strip(bot, list).await, count);
        provision_to_ready(&member.agent, list).await;
        invariants(&world, &member.record, list).await;
    }
    operator.oust(&member.record.gitea_org, bot).await;
    provision_to_ready(&member.agent, "ousted").await;
    invariants(&world, &member.record, "ousted").await;
    world.stop().await;
}

/// Tokens and keys of the bot's own, of other names than ours, are its own affair.
#[tokio::test(flavor = "multi_thread")]
async fn the_bots_own_tokens_and_keys_stay_until_a_rotation() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("half-own").await);
    let bot = &member.record.gitea_bot_username;
    provision_to_ready(&member.agent, "at first").await;
    for name in ["laptop", "co-vibed"] {
        let body = json!({ "name": name, "scopes": ["read:user"] });
        operator.gitea("POST", &format!("/users/{bot}/tokens"), &body).await;
    }
    let pair = covibe_crypto::keypair("laptop").expect("a pair");
    let body = json!({ "title": "laptop", "key": pair.public });
    operator.gitea("POST", &format!("/admin/users/{bot}/keys"), &body).await;
    provision_to_ready(&member.agent, "with others").await;
    let names = async |list: &str, member: &str| -> Vec<String> {
        let all = operator.gitea_list(&format!("/users/{bot}/{list}")).await;
        all.iter().map(|one| one[member].as_str().unwrap_or_default().to_owned()).collect()
    };
    let tokens = names("tokens", "name").await;
    assert!(["laptop", "co-vibed"].iter().all(|own| tokens.iter().any(|one| one == own)));
    assert!(names("keys", "title").await.contains(&"laptop".to_owned()));
    rotate_to_ready(&member.agent, &json!({ "rotate": ["keypair"] }), "a rotation").await;
    assert_eq!(names("tokens", "name").await.len(), 2);
    assert_eq!(names("keys", "title").await.len(), 1);
    invariants(&world, &member.record, "a rotation").await;
    world.stop().await;
}
