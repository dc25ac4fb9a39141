//! The providers and their hosts.

use std::time::Duration;

use covibe_domain::entities::Provider;
use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::json;

use super::{call, expect_success, make};
use crate::support::{CallStyle, served};

#[tokio::test(flavor = "multi_thread")]
async fn providers_with_the_docker_socket_are_refused_unless_the_operator_allows_them() {
    let world = served(Options::default()).await;
    for via in CallStyle::ALL {
        let told = call(&world, via, "auth.create", &json!({ "provider": "authentik" })).await;
        assert_eq!(told.status, 403, "{}", told.answer.text);
        let hint = told.failure()["hint"].to_string();
        assert!(hint.contains("COVIBE_ALLOW_DOCKER_SOCK_PROVIDERS=true"), "{hint}");
        let unknown = call(&world, via, "auth.create", &json!({ "provider": "wordpress" })).await;
        assert_eq!(unknown.status, 400);
        let hint = unknown.failure()["hint"].to_string();
        assert!(hint.contains("supertokens-with-postgresql") && !hint.contains("authentik"));
        let listed = expect_success(&world, via, "auth.list", &json!({})).await;
        let allowed = listed["allowed"].as_array().expect("a list");
        assert_eq!(allowed.len(), Provider::ALL.len() - 1);
        assert!(!allowed.contains(&json!("authentik")));
    }
    let services = world.coolify.count(Collection::Services);
    assert_eq!(services, 1, "the foreign one");
    let options = Options::default().with_settings(|it| it.docker_sock_providers = true);
    let world = served(options).await;
    let made = make(&world, "authentik", "sso").await;
    assert!(made["next"].as_str().is_some_and(|next| next.contains("/if/admin/")), "{made}");
    let listed = expect_success(&world, CallStyle::Tool, "auth.list", &json!({})).await;
    assert_eq!(listed["allowed"].as_array().map(Vec::len), Some(Provider::ALL.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_a_taken_host_is_refused_with_a_free_suggestion() {
    let world = served(Options::default()).await;
    let app = json!({ "image": "nginx:1.27", "name": "web", "instantDeploy": false });
    expect_success(&world, CallStyle::Tool, "apps.create", &app).await;
    make(&world, "pocketbase", "login-admin").await;
    let services = world.coolify.count(Collection::Services);
    for (provider, name, host, free) in
        [("pocketbase", "web", "web", "web-2"), ("logto", "login", "login-admin", "login-2")]
    {
        for via in CallStyle::ALL {
            let params = json!({ "provider": provider, "name": name });
            let told = call(&world, via, "auth.create", &params).await;
            assert_eq!(told.status, 409, "{}", told.answer.text);
            let failure = told.failure();
            assert_eq!(failure["error"], format!("The domain {host}.mark.vibnai.com is taken."));
            assert_eq!(failure["details"]["suggestion"]["name"], free, "{failure}");
        }
    }
    assert_eq!(world.coolify.count(Collection::Services), services);
    make(&world, "pocketbase", "web-2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_a_concurrent_provider_and_app_creation_gets_the_host() {
    let world = World::embedded().await;
    for round in 0..3 {
        let (name, host) = (format!("sso-{round}"), format!("sso-{round}.mark.vibnai.com"));
        let provider = json!({ "provider": "pocketbase", "name": name });
        let app = json!({ "image": "nginx:1.27", "name": format!("app-{round}"), "domain": host });
        let slow = Fault::new(Name::Delay).delay(Duration::from_millis(200)).times(2);
        world.coolify.arm(slow.clone().on("POST", "/services$"));
        world.coolify.arm(slow.on("POST", "/applications/dockerimage$"));
        let (one, other) = tokio::join!(
            call(&world, CallStyle::Tool, "auth.create", &provider),
            call(&world, CallStyle::Tool, "apps.create", &app)
        );
        world.coolify.disarm();
        let mut told = [one.status, other.status];
        told.sort_unstable();
        assert_eq!(told, [200, 409], "{}\n{}", one.answer.text, other.answer.text);
    }
}
