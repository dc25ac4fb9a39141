//! Strangers that keep their access to the code after a rotation: they are listed, or reported as
//! unknown.

use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit::World;
use covibe_testkit::git::repository;
use serde_json::{Value, json};

use super::leaked_tokens::{bot, pat};
use crate::workspaces::{
    describe_workspace, patient_options, provision_to_ready, quick_world, rotate_to_ready,
};

/// The strangers that an answer lists, as `kind name`, and the calls that remove them.
pub(in crate::workspaces) fn strangers(told: &Value) -> Vec<(String, String)> {
    let found = told["strangers"]["found"].as_array().unwrap_or_else(|| panic!("{told}"));
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let line = |one: &Value| format!("{} {}", text(one, "kind"), text(one, "name"));
    found.iter().map(|one| (line(one), text(one, "remove"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_after_a_rotation_are_listed_with_the_call_that_removes_them() {
    let world = quick_world().await;
    let (operator, agent) = (world.operator(), &world.mark.agent);
    repository(agent, "site").await;
    assert!(
        strangers(&rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "none").await).is_empty()
    );
    for name in ["eve", "mallory"] {
        operator.make_user(name, &format!("{name}@else.test"), false).await;
    }
    let git = bot(&world, &pat(agent).await);
    let team = operator.owners_team("vibn-mark").await;
    let pair = covibe_crypto::keypair("x").expect("a pair");
    let hook = json!({ "type": "gitea", "config": { "url": "https://hook.test/?t=s3cret",
                                                      "content_type": "json" } });
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
    let told = rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "many").await;
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
    assert_eq!(strangers(&describe_workspace(agent).await), found, "the description has them too");
    let git = bot(&world, &pat(agent).await);
    for (line, remove) in found {
        let (method, path) = remove.split_once(' ').expect("a call");
        assert_eq!(git.send(method, path, &[], None).await.status, 204, "{line}: {remove}");
    }
    assert!(strangers(&provision_to_ready(agent, "removed").await).is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_could_not_be_read_are_reported_as_unknown() {
    let world = World::start(patient_options(Backend::Sqlite)).await.expect("SQLite is built in");
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    for (fault, expected) in [
        (Fault::new(Name::Hang), "did not answer in time"),
        (Fault::new(Name::Status), "returned an error"),
    ] {
        world.gitea.arm(fault.on("GET", "/orgs/*/members$").times(u32::MAX));
        let told = describe_workspace(agent).await;
        world.gitea.disarm();
        assert_eq!(told["strangers"]["found"], json!([]), "{told}");
        let why = told["strangers"]["incomplete"].as_str().expect("a text");
        assert!(why.contains(expected), "{told}");
    }
    let refused = Fault::new(Name::Status).status(403).times(u32::MAX);
    world.gitea.arm(refused.on("GET", "/repos/*/*/hooks$"));
    let told = rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "refused").await;
    world.gitea.disarm();
    assert_eq!(told["strangers"]["incomplete"], "Gitea refuses to list hooks.", "{told}");
    let told = provision_to_ready(agent, "no longer").await;
    assert!(told["strangers"].get("incomplete").is_none(), "{told}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_in_the_bots_own_space_is_listed_as_a_stranger() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let git = bot(&world, &pat(agent).await);
    let fork = git.json("POST", "/repos/vibn-mark/site/forks", &json!({})).await;
    assert_eq!(fork.status, 202, "{}", fork.text);
    let found = strangers(&rotate_to_ready(agent, &json!({ "rotate": ["pat"] }), "forked").await);
    let expected = ("bot_repository mark-bot/site", "DELETE /repos/mark-bot/site");
    assert_eq!(found, [(expected.0.to_owned(), expected.1.to_owned())]);
    let git = bot(&world, &pat(agent).await);
    let gone = git.send("DELETE", "/repos/mark-bot/site", &[], None).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert!(strangers(&provision_to_ready(agent, "removed").await).is_empty());
    world.stop().await;
}

/// Returns the reason why the strangers could not be read. Fails if some are listed.
fn unread_reason(told: &Value) -> String {
    assert_eq!(told["strangers"]["found"], json!([]), "{told}");
    told["strangers"]["incomplete"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_of_a_renamed_organisation_are_reported_as_unknown() {
    let world = quick_world().await;
    let (operator, agent) = (world.operator(), &world.mark.agent);
    operator.make_user("eve", "eve@else.test", false).await;
    let git = bot(&world, &pat(agent).await);
    let team = operator.owners_team("vibn-mark").await;
    git.json("PUT", &format!("/teams/{team}/members/eve"), &json!({})).await;
    operator.gitea("POST", "/orgs/vibn-mark/rename", &json!({ "new_name": "away" })).await;
    let why = unread_reason(&describe_workspace(agent).await);
    let lists = "hooks, members, repositories, runners: the organisation was renamed";
    assert!(why.contains(lists), "{why}");
    let lines = strangers(&provision_to_ready(agent, "renamed back").await);
    assert_eq!(lines.first().map(|(line, _)| line.as_str()), Some("member eve"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_gitea_does_not_find_are_reported_as_unknown() {
    let world = quick_world().await;
    repository(&world.mark.agent, "site").await;
    let missing = || Fault::new(Name::Status).status(404).times(u32::MAX);
    for (path, expected) in [
        ("/orgs/*/members$", "could not list members: the organisation was not found"),
        ("/repos/*/*/keys$", "refuses to list deploy keys."),
        ("/repos/*/*/push_mirrors$", "refuses to list push mirrors."),
    ] {
        world.gitea.arm(missing().on("GET", path));
        let why = unread_reason(&provision_to_ready(&world.mark.agent, path).await);
        assert!(why.contains(expected), "{path}: {why}");
        world.gitea.disarm();
    }
    // A repository that is deleted between two calls.
    world.gitea.arm(missing().on("GET", "/repos/vibn-mark/site"));
    let told = provision_to_ready(&world.mark.agent, "deleted meanwhile").await;
    assert!(told["strangers"].get("incomplete").is_none(), "{told}");
    world.stop().await;
}
