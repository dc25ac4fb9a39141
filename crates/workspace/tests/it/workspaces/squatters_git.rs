//! Access by git of squatters and of former holders of a name: none of them reaches a workspace's
//! code.

use covibe_testkit::git::{access, lists, push, repository};
use covibe_testkit::{Member, World};
use serde_json::{Value, json};

use super::rollback::take_back;
use super::{provision, provision_to_ready, quick_world};

/// The password that the testkit's operator gives to people.
const PASSWORD: &str = "Long-Enough-1!";

/// The URL at which somebody with these credentials clones a repository.
fn url(world: &World, userinfo: &str, path: &str) -> String {
    let host = world.gitea.url.trim_start_matches("http://");
    format!("http://{userinfo}@{host}/{path}.git")
}

/// Pushes code as the workspace's agent does, and returns its path.
async fn push_code(member: &Member) -> String {
    let repo = repository(&member.agent, "code").await;
    let access = access(&member.agent).await;
    tokio::task::block_in_place(|| push(&access, &repo, "next"));
    format!("{}/{repo}", member.record.gitea_org)
}

/// Another owner has put the administrator into Owners, and kept a team with all rights.
#[tokio::test(flavor = "multi_thread")]
async fn a_squatter_cannot_clone_from_a_later_workspace_of_the_name() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("squatter", "squatter@else.test", false).await;
    let body = json!({ "username": "vibn-acme", "visibility": "private" });
    operator.gitea("POST", "/admin/users/squatter/orgs", &body).await;
    let team = json!({ "name": "hands", "permission": "admin", "units": ["repo.code"],
                       "includes_all_repositories": true, "can_create_org_repo": true });
    let team = operator.gitea("POST", "/orgs/vibn-acme/teams", &team).await["id"].clone();
    let path = format!("/teams/{team}/members/squatter");
    operator.gitea("PUT", &path, &Value::Null).await;
    operator.oust("vibn-acme", "squatter").await;
    let member = world.new_workspace("acme").await;
    assert_eq!(provision(&member.agent).await.status, 409);
    let refused = member.agent.compact_raw("gitea.credentials", &json!({})).await;
    assert_eq!(refused.status, 503, "no code can be pushed there: {}", refused.text);
    operator.gitea("DELETE", "/orgs/vibn-acme", &Value::Null).await;
    provision_to_ready(&member.agent, "the name is free").await;
    let code = push_code(&member).await;
    let pat = access(&member.agent).await["bot"]["token"].clone();
    let own = format!("acme-bot:{}", pat.as_str().expect("a token"));
    assert!(lists(&url(&world, &own, &code)), "its own");
    assert!(!lists(&url(&world, &format!("squatter:{PASSWORD}"), &code)));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_the_bots_name_cannot_clone() {
    let world = quick_world().await;
    let operator = world.operator();
    operator.make_user("acme-bot", "acme-bot@bots.vibnai.com", false).await;
    let member = world.new_workspace("acme").await;
    assert_eq!(provision(&member.agent).await.status, 409);
    let registered = format!("acme-bot:{PASSWORD}");
    assert_eq!(take_back(&member, "acme").await.status, 200);
    operator.gitea("DELETE", "/admin/users/acme-bot", &Value::Null).await;
    let member = world.new_workspace("acme").await;
    provision_to_ready(&member.agent, "the name is free").await;
    let code = push_code(&member).await;
    assert!(!lists(&url(&world, &registered, &code)));
    world.stop().await;
}

/// A workspace that was taken back leaves nothing that opens the next one of its name.
#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_back_workspaces_token_cannot_clone_its_successors_repositories() {
    let world = quick_world().await;
    let operator = world.operator();
    let first = super::rollback::partial_workspace(&world, "again").await;
    let body = json!({ "name": "kept", "scopes": ["all"] });
    let kept = operator.gitea("POST", "/users/again-bot/tokens", &body).await["sha1"].clone();
    let kept = format!("again-bot:{}", kept.as_str().expect("a token"));
    assert_eq!(take_back(&first, "again").await.status, 200);
    let next = world.new_workspace("again").await;
    provision_to_ready(&next.agent, "another tenant's").await;
    let code = push_code(&next).await;
    assert!(!lists(&url(&world, &kept, &code)));
    world.stop().await;
}
