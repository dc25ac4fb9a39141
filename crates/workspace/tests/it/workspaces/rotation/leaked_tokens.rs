//! A token leaked: a rotation ends what its finder can do.

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::git::{access, lists};
use covibe_testkit::upstream_calls::disarm;
use covibe_testkit::{Agent, World, invariants};
use serde_json::json;

use super::clonable_apps::{clone_url, from_repository};
use crate::workspaces::{provision_to_ready, provision_with, quick_world, rotate_to_ready};

/// The bot as somebody with this token acts.
pub(in crate::workspaces) fn bot(world: &World, token: &str) -> Agent {
    let base = format!("{}/api/v1", world.gitea.url);
    Agent::new(&base, "", None).with_authorization(&format!("token {token}"))
}

pub(in crate::workspaces) async fn pat(agent: &Agent) -> String {
    access(agent).await["bot"]["token"].as_str().expect("a token").to_owned()
}

/// The URL with which somebody with this token clones `mark`'s repository.
fn url(world: &World, token: &str, repo: &str) -> String {
    let host = world.gitea.url.trim_start_matches("http://");
    format!("http://mark-bot:{token}@{host}/vibn-mark/{repo}.git")
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_a_leaked_token_created_are_useless_after_a_rotation() {
    let world = quick_world().await;
    let (operator, agent) = (world.operator(), &world.mark.agent);
    let app = from_repository(agent, "site").await;
    let leaked = pat(agent).await;
    let body = json!({ "name": "mine", "scopes": ["all"] });
    let minted = operator.gitea("POST", "/users/mark-bot/tokens", &body).await;
    let minted = minted["sha1"].as_str().expect("a token").to_owned();
    let named = json!({ "name": "co-vibe-000000000000", "scopes": ["all"] });
    operator.gitea("POST", "/users/mark-bot/tokens", &named).await;
    let pair = covibe_crypto::keypair("x").expect("a pair");
    let body = json!({ "title": "co-vibe mine", "key": pair.public });
    bot(&world, &minted).json("POST", "/user/keys", &body).await;
    let stolen = [leaked, minted].map(|token| (url(&world, &token, "site-code"), token));
    for (url, _) in &stolen {
        assert!(lists(url), "it works before");
    }
    rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "leaked").await;
    for (url, token) in &stolen {
        assert!(!lists(url), "it clones still");
        let me = bot(&world, token).send("GET", "/user", &[], None).await;
        assert_eq!(me.status, 401, "{}", me.text);
    }
    assert_eq!(operator.gitea_list("/users/mark-bot/tokens").await.len(), 2);
    assert_eq!(operator.gitea_list("/users/mark-bot/keys").await.len(), 1);
    assert!(lists(&clone_url(&world, &app).await), "the app's own token");
    invariants(&world, &world.mark.record, "leaked").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_deletes_oauth_apps_and_emails_that_a_leaked_token_added() {
    let world = quick_world().await;
    let (operator, agent) = (world.operator(), &world.mark.agent);
    let body = json!({ "scopes": ["all"] });
    let mut count = 0;
    let mut mint = async || {
        count += 1;
        let mut body = body.clone();
        body["name"] = json!(format!("t{count}"));
        let minted = operator.gitea("POST", "/users/mark-bot/tokens", &body).await;
        bot(&world, minted["sha1"].as_str().expect("a token"))
    };
    for rotate in ["pat", "clone", "keypair"] {
        let stolen = mint().await;
        let app = json!({ "name": "mine", "redirect_uris": ["https://else.test/"] });
        let emails = json!({ "emails": ["else@else.test"] });
        for (path, body) in [("/user/applications/oauth2", app), ("/user/emails", emails)] {
            let added = stolen.json("POST", path, &body).await;
            assert_eq!(added.status, 201, "{path}: {}", added.text);
        }
        rotate_to_ready(agent, &json!({ "rotate": [rotate] }), rotate).await;
        let fresh = mint().await;
        let list = async |path| fresh.send("GET", path, &[], None).await.json();
        assert_eq!(list("/user/applications/oauth2").await, json!([]), "{rotate}");
        let emails = list("/user/emails").await;
        assert_eq!(emails.as_array().expect("a list").len(), 1, "{rotate}: {emails}");
    }
    world.stop().await;
}

/// Whoever has it may have created thousands of others, or Coolify may be down.
#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_is_deleted_whatever_else_fails() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    for (at, fault) in [
        (&world.gitea, Fault::new(Name::Status).on("GET", "/users/*/tokens")),
        (&world.coolify, Fault::new(Name::Status).on("GET", "/security/keys/*")),
    ] {
        let leaked = pat(agent).await;
        at.arm(fault.times(u32::MAX));
        let answer = provision_with(agent, &json!({ "rotate": ["pat"] })).await;
        disarm(&world);
        assert_eq!(answer.status, 502, "{}", answer.text);
        let me = bot(&world, &leaked).send("GET", "/user", &[], None).await;
        assert_eq!(me.status, 401, "{}", me.text);
        provision_to_ready(agent, "gone on with").await;
        invariants(&world, &world.mark.record, "gone on with").await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_deletes_more_tokens_than_fit_on_a_page() {
    let world = quick_world().await;
    let operator = world.operator();
    for number in 0..120 {
        let body = json!({ "name": format!("t{number}"), "scopes": ["all"] });
        operator.gitea("POST", "/users/mark-bot/tokens", &body).await;
    }
    rotate_to_ready(&world.mark.agent, &json!({ "rotate": ["pat"] }), "many").await;
    assert_eq!(operator.gitea_list("/users/mark-bot/tokens").await.len(), 2);
    invariants(&world, &world.mark.record, "many").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_cannot_delete_a_clone_token_reports_that_it_is_valid() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    let app = from_repository(agent, "site").await;
    let old = clone_url(&world, &app).await;
    world.coolify.arm(Fault::new(Name::Status).times(u32::MAX));
    let answer = provision_with(agent, &json!({ "rotate": ["clone"] })).await;
    disarm(&world);
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert!(answer.text.contains("The replaced token remains valid"), "{}", answer.text);
    assert!(lists(&clone_url(&world, &app).await), "the app can't be cloned");
    rotate_to_ready(agent, &json!({ "rotate": ["clone"] }), "again").await;
    assert!(!lists(&old), "the replaced token works still");
    assert!(lists(&clone_url(&world, &app).await), "the app can't be cloned");
    invariants(&world, &world.mark.record, "again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clone_token_only_reads_repositories() {
    let world = quick_world().await;
    let app = from_repository(&world.mark.agent, "site").await;
    let url = clone_url(&world, &app).await;
    assert!(lists(&url));
    let token = url.split(':').nth(2).and_then(|rest| rest.split('@').next()).expect("a token");
    let git = bot(&world, token);
    for path in ["/user", "/orgs/vibn-mark", "/users/mark-bot/tokens"] {
        assert_eq!(git.send("GET", path, &[], None).await.status, 403, "{path}");
    }
    let file = json!({ "content": "eA==", "message": "x" });
    let path = "/repos/vibn-mark/site-code/contents/x";
    assert_eq!(git.json("POST", path, &file).await.status, 403);
    let push = url.clone() + "/info/refs?service=git-receive-pack";
    let (_, rest) = push.split_once('@').expect("a host");
    let (host, path) = rest.split_once('/').expect("a path");
    let pushing = Agent::new(&format!("http://{host}"), "", None);
    let pushing = pushing.with_authorization(&format!("token {token}"));
    assert_eq!(pushing.send("GET", &format!("/{path}"), &[], None).await.status, 403);
    world.stop().await;
}
