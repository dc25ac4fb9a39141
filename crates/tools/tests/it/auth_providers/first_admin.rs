//! Providers whose first admin is made with them.

use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, expect_success, variable, writes};
use crate::support::{CallStyle, served};

const PASSWORD: &str = "AUTHENTIK_BOOTSTRAP_PASSWORD";

async fn world_of(version: Version) -> World {
    let mut options = Options::default().with_settings(|it| it.docker_sock_providers = true);
    options.coolify.version = version;
    served(options).await
}

fn params(name: &str) -> Value {
    json!({ "provider": "authentik", "name": name })
}

/// Fails unless the answer tells the password that every container of the provider gets.
async fn tells_the_valid_password(world: &World, made: &Value) {
    let admin = &made["admin"];
    assert_eq!(admin["user"], "akadmin", "{made}");
    let password = admin["password"].as_str().expect("a password");
    assert!(password.len() >= 40, "{made}");
    assert_eq!(variable(world, &made["uuid"], PASSWORD).await["value"], password);
    let given = format!("{}/{PASSWORD}={password}", made["name"].as_str().expect("a name"));
    assert!(world.coolify.names(Collection::ContainerVariables).contains(&given), "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_akadmin_is_set_before_authentik_starts() {
    for version in Version::ALL {
        let world = world_of(version).await;
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            world.coolify.clear_requests();
            let made =
                expect_success(&world, via, "auth.create", &params(&format!("sso-{number}"))).await;
            tells_the_valid_password(&world, &made).await;
            let order = ["POST /services", "PATCH /services/*/envs/bulk", "POST /services/*/start"];
            assert_eq!(writes(&world), order);
            let next = made["next"].as_str().expect("a text");
            assert!(next.contains("/if/admin/") && !next.contains("initial-setup"), "{next}");
            let got =
                expect_success(&world, via, "auth.get", &json!({ "uuid": made["uuid"] })).await;
            assert_eq!(got["admin"], made["admin"]);
            let listed = expect_success(&world, via, "auth.list", &json!({})).await;
            let password = made["admin"]["password"].as_str().expect("a password");
            assert!(!listed.to_string().contains(password));
        }
    }
}

/// authentik reads its password when it starts for the first time, so another one would not be valid.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_creation_returns_the_password_that_authentik_started_with() {
    let world = world_of(Version::default()).await;
    for (number, (method, path)) in [
        ("PATCH", "/services/*/envs/bulk$"),
        ("GET", "/services/*/envs$"),
        ("POST", "/services/*/start$"),
    ]
    .into_iter()
    .enumerate()
    {
        for fault in [Name::Status, Name::StatusAfter] {
            let params = params(&format!("sso-{number}-{fault:?}").to_lowercase());
            world.coolify.arm(Fault::new(fault).status(500).times(6).on(method, path));
            let told = call(&world, CallStyle::Tool, "auth.create", &params).await;
            world.coolify.disarm();
            assert!(told.status >= 500, "{method} {path} {fault:?}: {}", told.answer.text);
            tokio::time::sleep(Duration::from_millis(50)).await;
            world.coolify.clear_requests();
            let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
            tells_the_valid_password(&world, &made).await;
            let is_kept = fault == Name::StatusAfter || method != "PATCH";
            let is_set = writes(&world).iter().any(|write| write.starts_with("PATCH"));
            assert_eq!(is_set, !is_kept, "{method} {path} {fault:?}: {:?}", writes(&world));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_returns_the_admin_password_of_keycloak() {
    let world = world_of(Version::default()).await;
    for provider in ["keycloak", "keycloak-with-postgres"] {
        let params = json!({ "provider": provider });
        let made = expect_success(&world, CallStyle::Tool, "auth.create", &params).await;
        let password = variable(&world, &made["uuid"], "SERVICE_PASSWORD_ADMIN").await;
        assert_eq!(made["admin"]["password"], password["value"], "{made}");
        assert!(made["next"].to_string().contains("`admin` from this answer"), "{made}");
    }
}
