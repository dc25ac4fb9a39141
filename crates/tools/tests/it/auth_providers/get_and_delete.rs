//! Looking at providers, and deleting them.

use std::time::Duration;

use covibe_domain::entities::Provider;
use covibe_sandbox::coolify::{Collection, Version};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, expect_success, make, variable};
use crate::support::tool_name_spelling::dotted;
use crate::support::{CallStyle, on_each_release, served, served_on};

on_each_release!(only_the_exact_name_deletes_and_users_are_kept);

#[tokio::test(flavor = "multi_thread")]
async fn auth_get_returns_url_services_and_next_steps_of_every_provider() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let providers = covibe_policy::providers(false).into_iter();
        for (provider, via) in providers.zip(CallStyle::ALL.into_iter().cycle()) {
            let name = format!("a-{provider}").replace("with-", "");
            let made = make(&world, provider.as_str(), &name).await;
            let got =
                expect_success(&world, via, "auth.get", &json!({ "uuid": made["uuid"] })).await;
            assert_eq!((&got["provider"], &got["name"]), (&json!(provider), &json!(name)));
            let host = format!("{name}.mark.vibnai.com");
            assert_eq!(
                (&got["domains"][0], &got["url"]),
                (&json!(host), &json!(format!("https://{host}")))
            );
            assert!(got["next"].as_str().is_some_and(|next| next.contains(&host)), "{got}");
            let services = got["services"].as_array().expect("a list");
            assert!(services.iter().any(|one| one["isDatabase"] == false), "{got}");
            let has_database =
                ["postgres", "logto"].iter().any(|word| provider.as_str().contains(word));
            assert_eq!(services.iter().any(|one| one["isDatabase"] == true), has_database, "{got}");
            let is_keycloak = provider.as_str().starts_with("keycloak");
            assert_eq!(got.get("admin").is_some(), is_keycloak, "{got}");
            if is_keycloak {
                let password = variable(&world, &made["uuid"], "SERVICE_PASSWORD_ADMIN").await;
                assert_eq!(got["admin"]["password"], password["value"]);
                assert!(!got["admin"]["password"].as_str().unwrap_or_default().is_empty());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn auth_tools_refuse_a_compose_app_and_point_to_apps_get() {
    let world = served(Options::default()).await;
    let compose = "services:\n  server:\n    image: nginx:1.27\n    expose: ['80']\n";
    let stack = json!({ "composeRaw": compose, "name": "stack", "instantDeploy": false });
    let stack = expect_success(&world, CallStyle::Tool, "apps.create", &stack).await;
    for tool in ["auth.get", "auth.delete"] {
        for via in CallStyle::ALL {
            let mut params = json!({ "uuid": stack["uuid"] });
            if tool == "auth.delete" {
                params["confirm"] = json!("stack");
            }
            let told = call(&world, via, tool, &params).await;
            assert_eq!(told.status, 404, "{}", told.answer.text);
            assert!(
                dotted(told.failure())["hint"].to_string().contains("apps.get"),
                "{}",
                told.answer.text
            );
        }
    }
    assert!(world.coolify.names(Collection::Services).contains(&"stack".to_owned()));
}

/// Makes a provider whose start is seen to end: one that is deleted before would hold a place among the starts.
async fn started(world: &World) -> Value {
    let uuid = make(world, Provider::Pocketbase.as_str(), "login").await["uuid"].clone();
    world.coolify.advance(Duration::from_mins(1));
    expect_success(world, CallStyle::Tool, "auth.get", &json!({ "uuid": uuid })).await;
    uuid
}

async fn only_the_exact_name_deletes_and_users_are_kept(version: Version) {
    let volumes = |world: &World, uuid: &Value| {
        let uuid = uuid.as_str().expect("a text").to_owned();
        world.coolify.names(Collection::Volumes).iter().filter(|name| name.contains(&uuid)).count()
    };
    let world = served_on(version).await;
    for via in CallStyle::ALL {
        let uuid = started(&world).await;
        let kept = volumes(&world, &uuid);
        assert!(kept > 0);
        for wrong in [json!({ "uuid": uuid }), json!({ "uuid": uuid, "confirm": "login " })] {
            let told = call(&world, via, "auth.delete", &wrong).await;
            assert_eq!(
                (told.status, &told.failure()["error"]),
                (409, &json!("Confirmation required"))
            );
        }
        let params = json!({ "uuid": uuid, "confirm": "login" });
        let told = expect_success(&world, via, "auth.delete", &params).await;
        let gone = json!({ "uuid": uuid, "deleted": true, "status": "gone", "volumes": "kept" });
        assert_eq!(told, gone);
        assert_eq!(volumes(&world, &uuid), kept);
        assert_eq!(call(&world, via, "auth.delete", &params).await.status, 404);
        let next = started(&world).await;
        let params = json!({ "uuid": next, "confirm": "login", "volumes": "delete" });
        let told = expect_success(&world, via, "auth.delete", &params).await;
        assert_eq!((&told["volumes"], volumes(&world, &next)), (&json!("deleted"), 0));
    }
}
