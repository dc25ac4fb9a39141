//! A token leaked: a rotation ends what its finder can do, and lists what it can't end.

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::calls::disarm;
use covibe_testkit::git::{access, lists, repository};
use covibe_testkit::{Agent, World, invariants};
use serde_json::{Value, json};

use super::apps::{clone_url, from_repository};
use crate::workspaces::{asked, described, patient, quick, ready, rotated};

/// The bot as somebody with this token acts.
fn bot(world: &World, token: &str) -> Agent {
    let base = format!("{}/api/v1", world.gitea.url);
    Agent::new(&base, "", None).with_authorization(&format!("token {token}"))
}

async fn pat(agent: &Agent) -> String {
    access(agent).await["bot"]["token"].as_str().expect("a token").to_owned()
}

/// The URL with which somebody with this token clones `mark`'s repository.
fn url(world: &World, token: &str, repo: &str) -> String {
    let host = world.gitea.url.trim_start_matches("http://");
    format!("http://mark-bot:{token}@{host}/vibn-mark/{repo}.git")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_leaked_token_created_opens_nothing_after_a_rotation() {
    let world = quick().await;
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
    rotated(agent, &json!({ "rotate": ["pat"] }), "leaked").await;
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

/// Whoever has it may have created thousands of others, or Coolify may be down.
#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_is_deleted_whatever_else_fails() {
    let world = quick().await;
    let agent = &world.mark.agent;
    for (at, fault) in [
        (&world.gitea, Fault::new(Name::Status).on("GET", "/users/*/tokens")),
        (&world.coolify, Fault::new(Name::Status).on("GET", "/security/keys/*")),
    ] {
        let leaked = pat(agent).await;
        at.arm(fault.times(u32::MAX));
        let answer = asked(agent, &json!({ "rotate": ["pat"] })).await;
        disarm(&world);
        assert_eq!(answer.status, 502, "{}", answer.text);
        let me = bot(&world, &leaked).send("GET", "/user", &[], None).await;
        assert_eq!(me.status, 401, "{}", me.text);
        ready(agent, "gone on with").await;
        invariants(&world, &world.mark.record, "gone on with").await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_tokens_than_a_page_has_are_deleted() {
    let world = quick().await;
    let operator = world.operator();
    for number in 0..120 {
        let body = json!({ "name": format!("t{number}"), "scopes": ["all"] });
        operator.gitea("POST", "/users/mark-bot/tokens", &body).await;
    }
    rotated(&world.mark.agent, &json!({ "rotate": ["pat"] }), "many").await;
    assert_eq!(operator.gitea_list("/users/mark-bot/tokens").await.len(), 2);
    invariants(&world, &world.mark.record, "many").await;
    world.stop().await;
}

/// The strangers that an answer lists, as `kind name`, and the calls that remove them.
fn strangers(told: &Value) -> Vec<(String, String)> {
    let found = told["strangers"]["found"].as_array().unwrap_or_else(|| panic!("{told}"));
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let line = |one: &Value| format!("{} {}", text(one, "kind"), text(one, "name"));
    found.iter().map(|one| (line(one), text(one, "remove"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_outlives_a_rotation_is_listed_with_what_removes_it() {
    let world = quick().await;
    let (operator, agent) = (world.operator(), &world.mark.agent);
    repository(agent, "site").await;
    assert!(strangers(&rotated(agent, &json!({ "rotate": ["pat"] }), "none").await).is_empty());
    for name in ["eve", "mallory"] {
        operator.make_user(name, &format!("{name}@else.test"), false).await;
    }
    let git = bot(&world, &pat(agent).await);
    let team = operator.owners_team("vibn-mark").await;
    let pair = covibe_crypto::keypair("x").expect("a pair");
    let hook = json!({ "type": "gitea", "config": { "url": "https://hook.test/?t=s3cret" } });
    let mirror = json!({ "remote_address": "https://a:s3cret@mirror.test/x", "interval": "8h" });
    for (method, path, body) in [
        ("PUT", format!("/teams/{team}/members/eve"), json!({})),
        ("PUT", "/repos/vibn-mark/site/collaborators/mallory".to_owned(), json!({})),
        (
            "POST",
            "/repos/vibn-mark/site/keys".to_owned(),
            json!({ "title": "k", "key": pair.public }),
        ),
        ("POST", "/orgs/vibn-mark/hooks".to_owned(), hook.clone()),
        ("POST", "/repos/vibn-mark/site/hooks".to_owned(), hook),
        ("POST", "/repos/vibn-mark/site/push_mirrors".to_owned(), mirror),
    ] {
        let answer = git.json(method, &path, &body).await;
        assert!(answer.status < 300, "{path}: {}", answer.text);
    }
    let told = rotated(agent, &json!({ "rotate": ["pat"] }), "many").await;
    assert!(!told.to_string().contains("s3cret"), "{told}");
    let found = strangers(&told);
    let lines: Vec<_> = found.iter().map(|(line, _)| line.as_str()).collect();
    let expected = [
        "member eve",
        "hook hook.test",
        "collaborator mallory",
        "deploy_key reads and writes",
        "hook hook.test",
        "push_mirror mirror.test",
    ];
    assert_eq!(lines, expected);
    assert_eq!(strangers(&described(agent).await), found, "the description has them too");
    let git = bot(&world, &pat(agent).await);
    for (line, remove) in found {
        let (method, path) = remove.split_once(' ').expect("a call");
        assert_eq!(git.send(method, path, &[], None).await.status, 204, "{line}: {remove}");
    }
    assert!(strangers(&ready(agent, "removed").await).is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_could_not_be_read_are_said_to_be_unknown() {
    let world = World::start(patient(Backend::Sqlite)).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    for (fault, expected) in [
        (Fault::new(Name::Hang), "did not answer in time"),
        (Fault::new(Name::Status), "Gitea failed"),
    ] {
        world.gitea.arm(fault.on("GET", "/orgs/*/members$").times(u32::MAX));
        let told = described(agent).await;
        world.gitea.disarm();
        assert_eq!(told["strangers"]["found"], json!([]), "{told}");
        let why = told["strangers"]["incomplete"].as_str().expect("a text");
        assert!(why.contains(expected), "{told}");
    }
    let refused = Fault::new(Name::Status).status(403).times(u32::MAX);
    world.gitea.arm(refused.on("GET", "/repos/*/*/hooks$"));
    let told = rotated(agent, &json!({ "rotate": ["pat"] }), "refused").await;
    world.gitea.disarm();
    assert_eq!(told["strangers"]["incomplete"], "Gitea refuses to list hooks.", "{told}");
    let told = ready(agent, "no longer").await;
    assert!(told["strangers"].get("incomplete").is_none(), "{told}");
    world.stop().await;
}

/// Makes the workspace of `mark` one of an earlier release, which had no clone token, with an app that
/// clones with the PAT. Returns the app and the PAT.
async fn without_clone_token(world: &World) -> (String, String) {
    let agent = &world.mark.agent;
    let app = from_repository(agent, "site").await;
    let old = pat(agent).await;
    let mut record = world.stored(&world.mark.record).await.expect("the workspace");
    let id = record.gitea_clone_token_id.take().expect("a number");
    record.gitea_clone_token = None;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("a row"));
    tx.commit().await.expect("its end");
    let operator = world.operator();
    let path = format!("/users/mark-bot/tokens/{id}");
    operator.gitea("DELETE", &path, &Value::Null).await;
    let with_pat = json!({ "git_repository": url(world, &old, "site-code") });
    operator.coolify("PATCH", &format!("/applications/{app}"), &with_pat).await;
    (app, old)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_of_an_earlier_release_gets_a_clone_token_and_another_pat() {
    for is_created in [false, true] {
        let world = quick().await;
        let agent = &world.mark.agent;
        let (app, old) = without_clone_token(&world).await;
        if is_created {
            from_repository(agent, "other").await;
        } else {
            ready(agent, "moved").await;
        }
        let present = clone_url(&world, &app).await;
        assert!(!present.contains(&old) && lists(&present), "{present}");
        assert!(!present.contains(&pat(agent).await), "Coolify does not get the PAT");
        assert!(!lists(&url(&world, &old, "site-code")), "what Coolify knew works still");
        invariants(&world, &world.mark.record, "moved").await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pat_in_clone_urls_is_deleted_before_the_rest_of_coolify_is_looked_at() {
    let world = quick().await;
    let agent = &world.mark.agent;
    let (app, old) = without_clone_token(&world).await;
    let keys = Fault::new(Name::Status).on("GET", "/security/keys/*").times(u32::MAX);
    world.coolify.arm(keys);
    let answer = asked(agent, &json!({ "rotate": ["pat"] })).await;
    disarm(&world);
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert!(!answer.text.contains("still valid"), "{}", answer.text);
    assert!(!lists(&url(&world, &old, "site-code")), "the leaked token works still");
    assert!(lists(&clone_url(&world, &app).await), "the app can't be cloned");
    ready(agent, "gone on with").await;
    invariants(&world, &world.mark.record, "gone on with").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_cannot_delete_a_pat_says_so() {
    let world = quick().await;
    let agent = &world.mark.agent;
    let (app, old) = without_clone_token(&world).await;
    world.coolify.arm(Fault::new(Name::Status).times(u32::MAX));
    let answer = asked(agent, &json!({ "rotate": ["pat"] })).await;
    disarm(&world);
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert!(answer.text.contains("The replaced token is still valid"), "{}", answer.text);
    assert!(lists(&clone_url(&world, &app).await), "the app can't be cloned");
    rotated(agent, &json!({ "rotate": ["pat"] }), "again").await;
    assert!(!lists(&url(&world, &old, "site-code")), "the leaked token works still");
    assert!(lists(&clone_url(&world, &app).await), "the app can't be cloned");
    invariants(&world, &world.mark.record, "again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clone_token_only_reads_repositories() {
    let world = quick().await;
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
