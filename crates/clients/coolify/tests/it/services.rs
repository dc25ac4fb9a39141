//! Services of compose files, as the client's callers see them.

use std::time::Duration;

use covibe_coolify::{Cause, Conflict, Effect, EnvWrite, ServicePatch, StartOutcome, Status};
use covibe_domain::{Secret, ServiceUuid};
use covibe_sandbox::coolify::{Collection, Condition, Outcome, Version};

use crate::simulated_coolify::{World, options, world};

async fn stack(world: &World) -> ServiceUuid {
    let new = World::compose_service("stack");
    world.client.create_compose_service(&world.placement(), &new).await.unwrap()
}

fn urls(items: &[(&str, &str)]) -> Vec<(String, String)> {
    items.iter().map(|(name, url)| ((*name).to_owned(), (*url).to_owned())).collect()
}

#[tokio::test]
async fn containers_of_a_compose_service_are_read_as_applications_or_databases() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let mut new = World::compose_service("stack");
        new.urls = urls(&[("web", "https://web.mark.vibnai.com:3000")]);
        let uuid = world.client.create_compose_service(&world.placement(), &new).await.unwrap();
        let one = world.client.service(&uuid).await.unwrap();
        assert!(!one.is_template() && one.updated_at.is_some());
        assert_eq!(
            (one.name.as_str(), one.description.text.as_deref()),
            ("stack", Some("A third party's"))
        );
        let web = &one.applications[0];
        assert_eq!((web.name.as_str(), web.image.as_deref()), ("web", Some("nginx:1")));
        assert_eq!(web.urls(), ["https://web.mark.vibnai.com:3000"]);
        assert_eq!(one.domains(), ["web.mark.vibnai.com"]);
        let db = &one.databases[0];
        assert_eq!((db.name.as_str(), db.status), ("db", Status::parse("exited")));
        assert!(one.compose().unwrap().contains("nginx:1"));
        assert!(!format!("{one:?}").contains("nginx:1\n"));
        let contents = world.contents().await;
        let listed = contents.services.iter().find(|listed| listed.uuid == uuid).unwrap();
        assert_eq!(listed.domains(), one.domains());
        assert_eq!((listed.compose(), listed.generated()), (one.compose(), None));
    }
}

#[tokio::test]
async fn a_compose_service_with_invalid_urls_is_refused_and_not_created() {
    let world = world(options(Version::V4_3)).await;
    for (name, url, domain) in [
        ("db", "https://db.mark.vibnai.com", false),
        ("nobody", "https://x.mark.vibnai.com", false),
        ("web", "https://foreign-app.elsewhere.vibnai.com", true),
    ] {
        let mut new = World::compose_service("stack");
        new.urls = urls(&[(name, url)]);
        let error =
            world.client.create_compose_service(&world.placement(), &new).await.unwrap_err();
        match error.cause {
            Cause::Conflict(Conflict::Domain) => assert!(domain),
            Cause::Refused(ref refusal) => {
                assert!(!domain && refusal.fields.contains_key("domains"));
            }
            ref other => panic!("{other:?}"),
        }
        assert_eq!(error.effect, Effect::None);
        assert!(!format!("{error:?}").contains("foreign"));
    }
    assert_eq!(world.simulator.count(Collection::Services), 1);
}

#[tokio::test]
async fn a_compose_file_that_coolify_refuses_is_reported_as_a_refused_field() {
    let world = world(options(Version::Beta473)).await;
    let mut new = World::compose_service("stack");
    new.compose = "services: {web: {image: 'nginx:$(id)'}}".to_owned();
    let error = world.client.create_compose_service(&world.placement(), &new).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Refused(refusal) if refusal.fields.contains_key("docker_compose_raw"))
    );
}

#[tokio::test]
async fn a_service_patch_is_read_back_and_may_be_applied_only_in_part() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let uuid = stack(&world).await;
        let patch = ServicePatch {
            name: Some("renamed".to_owned()),
            compose: Some("services: {web: {image: 'nginx:2'}, db: {image: postgres}}".to_owned()),
            urls: Some(urls(&[("web", "https://a.mark.vibnai.com,https://b.mark.vibnai.com")])),
            connect_to_docker_network: Some(true),
            ..ServicePatch::default()
        };
        world.client.update_service(&uuid, &patch).await.unwrap();
        let one = world.client.service(&uuid).await.unwrap();
        assert_eq!(one.name, "renamed");
        assert!(one.connect_to_docker_network);
        assert_eq!(one.applications[0].image.as_deref(), Some("nginx:2"));
        assert_eq!(one.domains(), ["a.mark.vibnai.com", "b.mark.vibnai.com"]);
        let several = urls(&[("web", ""), ("db", "https://c.mark.vibnai.com")]);
        let patch = ServicePatch { urls: Some(several), ..ServicePatch::default() };
        let error = world.client.update_service(&uuid, &patch).await.unwrap_err();
        assert_eq!(error.effect, Effect::Possible);
        assert!(world.client.service(&uuid).await.unwrap().domains().is_empty());
        let taken = urls(&[("web", "https://foreign-app.elsewhere.vibnai.com")]);
        let patch = ServicePatch { urls: Some(taken), ..ServicePatch::default() };
        let error = world.client.update_service(&uuid, &patch).await.unwrap_err();
        assert_eq!(
            (&error.cause, error.effect),
            (&Cause::Conflict(Conflict::Domain), Effect::None)
        );
        assert!(!format!("{error:?}").contains("foreign"));
        world.simulator.clear_requests();
        world.client.update_service(&uuid, &ServicePatch::default()).await.unwrap();
        assert!(world.simulator.requests().is_empty());
    }
}

#[tokio::test]
async fn start_reports_running_for_a_running_service_and_queues_a_degraded_one() {
    for version in Version::ALL {
        let mut options = options(version);
        options.look = Some(Duration::ZERO);
        let outcomes = options.outcomes.clone();
        let world = world(options).await;
        let uuid = stack(&world).await;
        let settled = || tokio::time::sleep(Duration::from_millis(70));
        assert_eq!(world.client.start_service(&uuid).await.unwrap(), StartOutcome::Queued);
        settled().await;
        assert_eq!(
            world.client.service(&uuid).await.unwrap().status,
            Status::parse("running:unknown")
        );
        assert_eq!(world.client.start_service(&uuid).await.unwrap(), StartOutcome::Running);
        outcomes.next("stack", Outcome::Finishes(Condition::Restarting));
        world.client.restart_service(&uuid, true).await.unwrap();
        settled().await;
        let one = world.client.service(&uuid).await.unwrap();
        assert_eq!(one.status, Status::parse("degraded:unhealthy"));
        assert_eq!(one.applications[0].status, Status::parse("restarting:unknown"));
        assert_eq!(one.databases[0].status, Status::parse("running:unknown"));
        assert_eq!(world.client.start_service(&uuid).await.unwrap(), StartOutcome::Queued);
        let unknown = "zzzzzzzzzzzzzzzzzzzzzzzz".parse().unwrap();
        assert!(world.client.start_service(&unknown).await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn variables_of_a_service_are_stored_without_preview_and_buildtime_flags() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let uuid = stack(&world).await;
        let write = |value: &str| EnvWrite {
            key: "TOKEN".parse().unwrap(),
            value: Secret::new(value),
            is_preview: true,
            is_literal: true,
            is_multiline: false,
            is_shown_once: false,
            is_buildtime: Some(false),
        };
        for value in ["one", "two"] {
            world.client.upsert_service_envs(&uuid, &[write(value)]).await.unwrap();
        }
        world.client.upsert_service_envs(&uuid, &[]).await.unwrap();
        let envs = world.client.service_envs(&uuid).await.unwrap();
        let keys: Vec<_> = envs.iter().map(|env| env.key.as_str()).collect();
        assert_eq!(keys, ["SERVICE_PASSWORD_WEB", "PASSWORD", "TOKEN"]);
        let token = &envs[2];
        assert_eq!(token.value, Some(Secret::new("two")));
        assert!(token.is_literal && !token.is_preview && token.is_buildtime);
        world.client.delete_service_env(&uuid, &token.uuid).await.unwrap();
        assert_eq!(world.client.service_envs(&uuid).await.unwrap().len(), 2);
    }
}
