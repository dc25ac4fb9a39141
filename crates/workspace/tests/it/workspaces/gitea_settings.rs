//! Settings of a Gitea that refuse what provisioning does, and answers that are not Gitea's.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Settings;
use covibe_testkit::invariants;
use covibe_testkit::upstream_calls::disarm;
use serde_json::json;

use super::rollback::{partial_workspace, take_back};
use super::{provision, provision_to_ready, provision_with, quick_world, rotate_to_ready};

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_only_the_operator_can_change_fail_with_a_hint() {
    let world = quick_world().await;
    let base = Settings::default;
    let cases = [
        ("private users", Settings { private_users: false, ..base() }),
        ("long passwords", Settings { min_password_length: 80, ..base() }),
        ("leaked passwords", Settings { leaked_passwords: true, ..base() }),
        ("addresses", Settings { email_domains: vec!["allowed.test".to_owned()], ..base() }),
        ("ed25519 keys", Settings { ed25519_keys: false, ..base() }),
        ("SSH keys", Settings { ssh_keys: false, ..base() }),
        ("an old Gitea", Settings { version: "1.20.6".to_owned(), ..base() }),
        ("an old Forgejo", Settings { version: "6.0.1+gitea-1.21.5".to_owned(), ..base() }),
    ];
    for (number, (what, settings)) in cases.into_iter().enumerate() {
        let member = world.new_workspace(&format!("refused{number}")).await;
        world.gitea.set(settings);
        let answer = provision(&member.agent).await;
        assert_eq!(answer.status, 503, "{what}: {}", answer.text);
        let hint = answer.json()["hint"].as_str().unwrap_or_default().to_owned();
        assert!(hint.contains("operator"), "{what}: {}", answer.text);
        world.gitea.set(base());
        provision_to_ready(&member.agent, what).await;
        invariants(&world, &member.record, what).await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_provisioned_where_only_administrators_create_organisations() {
    let world = quick_world().await;
    world.gitea.set(Settings { organisation_creation: false, ..Settings::default() });
    let member = world.new_workspace("no-orgs").await;
    provision_to_ready(&member.agent, "switched off").await;
    invariants(&world, &member.record, "switched off").await;
    assert_eq!(world.operator().owners("vibn-no-orgs").await, ["no-orgs-bot"]);
    world.stop().await;
}

/// A proxy answers for a Gitea that restarts: nothing is gone because of that.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_404_removes_no_record_and_ends_no_rotation() {
    let world = quick_world().await;
    let member = partial_workspace(&world, "proxied").await;
    let always = |name, method| Fault::new(name).on(method, "/*").times(u32::MAX);
    for method in ["GET", "DELETE"] {
        world.gitea.arm(Fault { path: None, ..always(Name::ProxyNotFound, method) });
        let answer = take_back(&member, "proxied").await;
        disarm(&world);
        assert_eq!(answer.status, 502, "{method}: {}", answer.text);
        assert!(world.read_workspace(&member.record).await.is_some(), "{method}");
    }
    world.gitea.arm(Fault { path: None, ..always(Name::ProxyNotFound, "DELETE") });
    let answer = provision_with(&world.mark.agent, &json!({ "rotate": ["pat"] })).await;
    disarm(&world);
    assert_eq!(answer.status, 502, "{}", answer.text);
    world.gitea.arm(Fault { path: None, ..always(Name::ProxyRedirect, "GET") });
    let answer = provision(&world.mark.agent).await;
    disarm(&world);
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("GITEA_API_URL"), "{}", answer.text);
    provision_to_ready(&world.mark.agent, "back again").await;
    invariants(&world, &world.mark.record, "back again").await;
    assert_eq!(take_back(&member, "proxied").await.status, 200);
    world.stop().await;
}

/// From Gitea 1.27 on, only a password creates tokens; and an operator may have switched passwords off.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_created_with_a_password_or_with_the_administrators_token() {
    let world = quick_world().await;
    for (number, (passwords, tokens_by_token)) in [(true, false), (false, true)].iter().enumerate()
    {
        let settings = Settings {
            passwords: *passwords,
            tokens_by_token: *tokens_by_token,
            ..Settings::default()
        };
        world.gitea.set(settings);
        let member = world.new_workspace(&format!("minted-{number}")).await;
        provision_to_ready(&member.agent, "at first").await;
        let wants = json!({ "rotate": ["pat", "clone", "keypair"] });
        rotate_to_ready(&member.agent, &wants, "rotated").await;
        world.gitea.set(Settings::default());
        invariants(&world, &member.record, "rotated").await;
    }
    world.stop().await;
}
