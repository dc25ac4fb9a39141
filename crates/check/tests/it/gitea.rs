//! Gitea: its settings, the rights of the token, and the trial.

use covibe_check::Status;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::{Collection, Settings};
use covibe_testkit_http::World;

use crate::{check, check_until, failures, names};

#[tokio::test(flavor = "multi_thread")]
async fn check_warns_of_an_outdated_gitea_with_open_sign_up_and_migrations() {
    let world = World::embedded().await;
    let told = check(&world).await;
    assert_eq!(names(&told, Status::Warn), ["gitea.version", "gitea.sign_up", "gitea.migrations"]);
}

/// From Gitea 1.27 on, a token in the place of a password creates no tokens; and an operator may have
/// switched passwords off.
#[tokio::test(flavor = "multi_thread")]
async fn either_way_to_create_tokens_suffices_for_provisioning() {
    let world = World::embedded().await;
    let base = Settings::default;
    for (settings, failed) in [
        (Settings { tokens_by_token: false, ..base() }, &[][..]),
        (Settings { passwords: false, ..base() }, &[]),
        (Settings { passwords: false, tokens_by_token: false, ..base() }, &["gitea.provisioning"]),
    ] {
        world.gitea.set(settings);
        assert_eq!(names(&check(&world).await, Status::Fail), failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gitea_setting_that_prevents_provisioning_fails_by_name() {
    let world = World::embedded().await;
    let base = Settings::default;
    for (settings, name, expected) in [
        (Settings { version: "1.20.6".to_owned(), ..base() }, "gitea.version", "1.21"),
        (
            Settings { version: "6.0.0+gitea-1.21.1".to_owned(), ..base() },
            "gitea.version",
            "Forgejo 7",
        ),
        (Settings { private_users: false, ..base() }, "gitea.provisioning", "private user"),
        (
            Settings { min_password_length: 99, ..base() },
            "gitea.provisioning",
            "PasswordIsRequired",
        ),
        (Settings { leaked_passwords: true, ..base() }, "gitea.provisioning", "PasswordPwned"),
        (Settings { ed25519_keys: false, ..base() }, "gitea.provisioning", "SSH key"),
        (Settings { ssh_keys: false, ..base() }, "gitea.provisioning", "SSH key"),
        (
            Settings { two_factor_enforced: true, ..base() },
            "gitea.repositories",
            "unset [security] TWO_FACTOR_AUTH",
        ),
        (Settings { quota_used_up: true, ..base() }, "gitea.repositories", "[quota] ENABLED"),
    ] {
        world.gitea.set(settings);
        let users = world.gitea.count(Collection::Users);
        let failed = check(&world).await;
        assert_eq!(names(&failed, Status::Fail), [name], "{failed:?}");
        assert!(failures(&failed).contains(expected), "{failed:?}");
        assert_eq!(world.gitea.count(Collection::Users), users);
        for collection in Collection::ALL {
            let names = world.gitea.names(collection);
            assert!(!names.iter().any(|name| name.contains("check")), "{names:?}");
        }
    }
    world.gitea.set(Settings { organisation_creation: false, ..base() });
    assert!(names(&check(&world).await, Status::Fail).is_empty());
    let redirect = Fault::new(Name::ProxyRedirect).times(u32::MAX);
    world.gitea.arm(redirect);
    let told = failures(&check(&world).await);
    world.gitea.disarm();
    assert!(told.contains("redirected to another address"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_stopped_fails_and_deletes_its_accounts() {
    let world = World::embedded().await;
    let accounts =
        || [Collection::Users, Collection::Organisations].map(|it| world.gitea.count(it));
    let before = accounts();
    let hold = world.gitea.hold("POST", "/users/*/tokens$");
    let mut during = before;
    let stop = async {
        hold.arrived().await;
        during = accounts();
    };
    let stopped = check_until(&world, stop).await;
    assert_eq!(during, before.map(|count| count + 1));
    assert_eq!(names(&stopped, Status::Fail), ["gitea.provisioning"]);
    assert!(failures(&stopped).contains("stopped by a signal"), "{stopped:?}");
    assert_eq!(accounts(), before);
}
