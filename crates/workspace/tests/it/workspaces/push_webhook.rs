//! The hook by which Gitea tells of pushes: made and repaired by provisioning, whoever changed it.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Collection;
use covibe_testkit::git::repository;
use covibe_testkit::{Member, World, invariants};
use covibe_workspace::{HookSecret, PushHooks};
use serde_json::{Value, json};

use super::rotation::{bot, pat, strangers};
use super::{describe_workspace, provision, provision_to_ready, quick_world, rotate_to_ready};

/// The hooks of an organisation, or of the instance.
async fn hooks(world: &World, path: &str) -> Vec<Value> {
    world.operator().gitea("GET", path, &Value::Null).await.as_array().expect("a list").clone()
}

/// The only hook of `mark`'s organisation.
async fn hook(world: &World) -> Value {
    let mut all = hooks(world, "/orgs/vibn-mark/hooks").await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Commits on Gitea's own page and waits until that is delivered to this server; returns whether it is signed
/// with a secret of the workspace.
async fn is_told(world: &World, of: &Member, repo: &str) -> bool {
    let path = format!("vibn-{}/{repo}", of.agent.slug);
    let edit = json!({ "repo": path, "path": "a.txt", "content": "a" });
    let (status, made) = world.gitea.control("POST", "edits", &edit).expect("an endpoint");
    assert_eq!(status, 201, "{made}");
    let delivery = loop {
        let (_, told) =
            world.gitea.control("GET", "deliveries", &Value::Null).expect("an endpoint");
        let body = |one: &Value| one["body"].as_str().expect("a body").to_owned();
        let is_it = |one: &&Value| {
            body(one).contains(made["commit"].as_str().expect("a commit"))
                && one["url"].as_str().expect("a URL").starts_with(world.origin())
        };
        if let Some(found) = told["deliveries"].as_array().expect("a list").iter().find(is_it) {
            break found.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let body = delivery["body"].as_str().expect("a body").as_bytes();
    let signature = delivery["headers"]["X-Hub-Signature-256"].as_str().expect("a signature");
    let mut secrets = world.hook_secrets(of).into_iter().map(HookSecret::new);
    secrets.any(|secret| secret.verify(body, signature).is_ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_workspace_has_its_own_hook_that_is_not_listed_as_a_stranger() {
    let world = quick_world().await;
    let made = hook(&world).await;
    let url = made["config"]["url"].as_str().expect("a URL");
    assert!(url.starts_with(&format!("{}/api/hooks/gitea?key=", world.origin())), "{url}");
    assert_eq!((&made["active"], &made["events"]), (&json!(true), &json!(["push"])));
    assert!(strangers(&provision_to_ready(&world.mark.agent, "again").await).is_empty());
    assert_eq!(hook(&world).await["id"], made["id"], "a whole one stays");
    for member in [&world.mark, &world.justine] {
        repository(&member.agent, "site").await;
        assert!(is_told(&world, member, "site").await);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_a_bot_changed_or_removed_is_restored() {
    let world = quick_world().await;
    let agent = &world.mark.agent;
    repository(agent, "site").await;
    let git = bot(&world, &pat(agent).await);
    let elsewhere = json!({ "url": "https://elsewhere.test/", "content_type": "json" });
    for (change, left) in [
        (Some(json!({ "active": false })), 0),
        (Some(json!({ "events": ["issues"] })), 0),
        (Some(json!({ "branch_filter": "none" })), 0),
        (Some(json!({ "authorization_header": "Bearer x" })), 0),
        (None, 0),
        (Some(json!({ "config": elsewhere })), 1),
    ] {
        let before = hook(&world).await;
        let path = format!("/orgs/vibn-mark/hooks/{}", before["id"]);
        let answer = match &change {
            Some(change) => git.json("PATCH", &path, change).await,
            None => git.send("DELETE", &path, &[], None).await,
        };
        assert!(answer.status < 300, "{change:?}: {}", answer.text);
        let told = provision_to_ready(agent, "changed").await;
        // One that leads elsewhere is nobody's but theirs who see it.
        assert_eq!(strangers(&told).len(), left, "{change:?}: {told}");
        invariants(&world, &world.mark.record, "changed").await;
        assert!(is_told(&world, &world.mark, "site").await, "{change:?}");
    }
    world.stop().await;
}

/// Makes hooks of the organisation with these addresses and a secret that is not ours, as its bot.
async fn add_foreign(world: &World, urls: &[&str]) {
    let git = bot(world, &pat(&world.mark.agent).await);
    for url in urls {
        let hook = json!({ "type": "gitea", "active": true, "events": ["push"],
                           "config": { "url": url, "content_type": "json", "secret": "foreign" } });
        let answer = git.json("POST", "/orgs/vibn-mark/hooks", &hook).await;
        assert_eq!(answer.status, 201, "{url}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_with_our_url_and_a_foreign_secret_do_not_replace_ours() {
    let world = quick_world().await;
    repository(&world.mark.agent, "site").await;
    let made = hook(&world).await;
    let url = made["config"]["url"].as_str().expect("a URL");
    add_foreign(&world, &[url, url, url]).await;
    provision_to_ready(&world.mark.agent, "several").await;
    assert_eq!(hook(&world).await["id"], made["id"], "the one that was made stays");
    assert!(is_told(&world, &world.mark, "site").await);
    // Ours is deleted, and one that looks like it is there.
    add_foreign(&world, &[url]).await;
    let git = bot(&world, &pat(&world.mark.agent).await);
    let path = format!("/orgs/vibn-mark/hooks/{}", made["id"]);
    assert_eq!(git.send("DELETE", &path, &[], None).await.status, 204);
    provision_to_ready(&world.mark.agent, "one").await;
    assert!(is_told(&world, &world.mark, "site").await);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_with_our_key_and_another_url_is_a_stranger_until_removed() {
    let world = quick_world().await;
    let made = hook(&world).await;
    let url = made["config"]["url"].as_str().expect("a URL");
    let key = url.split_once('?').expect("a query").1;
    let elsewhere = [
        format!("https://evil.test/api/hooks/gitea?{key}"),
        format!("{}/x/api/hooks/gitea?{key}", world.origin()),
    ];
    add_foreign(&world, &elsewhere.each_ref().map(String::as_str)).await;
    let listed = strangers(&describe_workspace(&world.mark.agent).await);
    assert_eq!(listed.len(), elsewhere.len(), "{listed:?}");
    assert_eq!(listed[0].0, "hook evil.test");
    assert!(strangers(&provision_to_ready(&world.mark.agent, "replaced").await).is_empty());
    assert_eq!(hook(&world).await["id"], made["id"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instance_has_a_single_system_hook_if_the_operator_chooses_so() {
    let mut world = quick_world().await;
    world.set_push_hooks(PushHooks::System).await;
    for member in [&world.mark, &world.justine] {
        provision_to_ready(&member.agent, "system").await;
        invariants(&world, &member.record, "system").await;
        repository(&member.agent, "site").await;
        assert!(is_told(&world, member, "site").await);
    }
    assert_eq!(hooks(&world, "/admin/hooks").await.len(), 1);
    assert!(hooks(&world, "/orgs/vibn-mark/hooks").await.is_empty());
    world.set_push_hooks(PushHooks::Organization).await;
    for member in [&world.mark, &world.justine] {
        provision_to_ready(&member.agent, "organization").await;
        invariants(&world, &member.record, "organization").await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_of_the_token_replaces_the_hook_too() {
    let world = quick_world().await;
    let before = hook(&world).await;
    rotate_to_ready(&world.mark.agent, &json!({ "rotate": ["keypair"] }), "keypair").await;
    assert_eq!(hook(&world).await["id"], before["id"]);
    rotate_to_ready(&world.mark.agent, &json!({ "rotate": ["pat"] }), "pat").await;
    assert_ne!(hook(&world).await["id"], before["id"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_becomes_ready_although_gitea_refuses_hooks() {
    let world = quick_world().await;
    let member = world.new_workspace("no-hooks").await;
    world.gitea.arm(Fault::new(Name::Status).status(403).on("POST", "/orgs/*/hooks$"));
    let told = provision_to_ready(&member.agent, "refused").await;
    let step = |told: &Value| {
        let steps = told["steps"].as_array().expect("steps").iter();
        steps.clone().find(|step| step["name"] == "gitea_hook").cloned().expect("the step")
    };
    assert_eq!(step(&told)["state"], "failed", "{told}");
    let hint =
        describe_workspace(&member.agent).await["hint"].as_str().unwrap_or_default().to_owned();
    assert!(hint.contains("operator") && hint.contains("DISABLE_WEBHOOKS"), "{hint}");
    let told = provision_to_ready(&member.agent, "allowed").await;
    assert_eq!(step(&told)["state"], "done", "{told}");
    invariants(&world, &member.record, "allowed").await;
    world.stop().await;
}

/// An answer that is lost, or a process that dies then, leaves a hook that nobody knows of.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_whose_creation_was_not_answered_is_not_created_twice() {
    let world = quick_world().await;
    let member = world.new_workspace("twice").await;
    world.gitea.arm(Fault::new(Name::DropAfter).on("POST", "/orgs/*/hooks$"));
    let answer = provision(&member.agent).await;
    assert_ne!(answer.status, 200, "{}", answer.text);
    provision_to_ready(&member.agent, "again").await;
    let names = world.gitea.names(Collection::Hooks);
    let ours = names.iter().filter(|name| name.starts_with("vibn-twice/"));
    assert_eq!(ours.count(), 1, "{names:?}");
    // What two servers made at once.
    let path = "/orgs/vibn-twice/hooks";
    let made = hooks(&world, path).await.remove(0);
    let copy = json!({ "type": "gitea", "active": true, "config": made["config"] });
    world.operator().gitea("POST", path, &copy).await;
    provision_to_ready(&member.agent, "two").await;
    assert_eq!(hooks(&world, path).await.len(), 1);
    world.stop().await;
}
