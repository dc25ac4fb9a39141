//! Coolify's peculiarities, as the client's callers see them.

use std::time::Duration;

use covibe_coolify::{
    ApplicationPatch, Cause, Client, Config, Conflict, DeployOutcome, Effect, EnvWrite,
};
use covibe_domain::Secret;
use covibe_domain::entities::Flavor;
use covibe_sandbox::coolify::{Options, Version};

use crate::simulated_coolify::{World, options, world};

#[tokio::test]
async fn a_second_deployment_of_the_same_commit_is_skipped() {
    let slow = Options { pace: Duration::from_secs(5), ..options(Version::V4_3) };
    let world = world(slow).await;
    let uuid = world.site().await;
    assert!(matches!(world.client.deploy(&uuid, false).await.unwrap(), DeployOutcome::Queued(_)));
    assert_eq!(world.client.deploy(&uuid, false).await.unwrap(), DeployOutcome::Skipped);
    assert_eq!(world.client.deployments(&uuid, 0, 10).await.unwrap().len(), 1);
    assert!(matches!(world.client.deploy(&uuid, true).await.unwrap(), DeployOutcome::Queued(_)));
    assert_eq!(world.client.deployments(&uuid, 0, 1).await.unwrap().len(), 1);
}

/// Also one that began before a change of the application.
#[tokio::test]
async fn a_deployment_of_a_commit_in_progress_is_skipped() {
    let pace = Duration::from_hours(1);
    let world = world(Options { pace, ..options(Version::V4_3) }).await;
    let image = World::image_application("site", "nginx:1.27");
    let uuid = world.client.create_image_application(&world.placement(), &image).await.unwrap();
    world.client.deploy(&uuid, false).await.unwrap();
    world.simulator.advance(pace + pace / 2);
    let status = world.client.deployments(&uuid, 0, 1).await.unwrap()[0].status;
    assert_eq!(status, covibe_domain::entities::DeploymentStatus::InProgress);
    assert_eq!(world.client.deploy(&uuid, false).await.unwrap(), DeployOutcome::Skipped);
}

#[tokio::test]
async fn a_deployment_without_force_is_not_forced_on_an_older_release() {
    let slow = Options { pace: Duration::from_secs(5), ..options(Version::Beta473) };
    let world = world(slow).await;
    let uuid = world.site().await;
    world.client.deploy(&uuid, false).await.unwrap();
    assert_eq!(world.client.deploy(&uuid, false).await.unwrap(), DeployOutcome::Skipped);
}

#[tokio::test]
async fn a_used_domain_is_a_conflict_that_does_not_name_its_owner() {
    let world = world(options(Version::V4_3)).await;
    world.site().await;
    let mut second = World::repository_application("other");
    second.domains = vec!["https://my-site.mark.vibnai.com".to_owned()];
    let error =
        world.client.create_repository_application(&world.placement(), &second).await.unwrap_err();
    assert_eq!((&error.cause, error.effect), (&Cause::Conflict(Conflict::Domain), Effect::None));
    assert!(!format!("{error:?}").contains("my-site"));
}

#[tokio::test]
async fn domains_dropped_by_a_build_server_are_missing_when_read_back() {
    let world = world(Options { is_build_server: true, ..options(Version::Beta473) }).await;
    let uuid = world.site().await;
    let patch = ApplicationPatch {
        domains: Some(vec!["https://x.mark.vibnai.com".to_owned()]),
        ..ApplicationPatch::default()
    };
    world.client.update_application(&uuid, &patch).await.unwrap();
    assert!(world.client.application(&uuid).await.unwrap().domains().is_empty());
}

#[tokio::test]
async fn domains_of_an_application_are_replaced_and_cleared() {
    let world = world(options(Version::V4_3)).await;
    let uuid = world.site().await;
    for domains in [vec!["https://a.mark.vibnai.com", "https://b.mark.vibnai.com"], vec![]] {
        let urls = domains.iter().map(|&url| url.to_owned()).collect();
        let patch = ApplicationPatch { domains: Some(urls), ..ApplicationPatch::default() };
        world.client.update_application(&uuid, &patch).await.unwrap();
        let hosts: Vec<_> =
            domains.iter().map(|url| url.trim_start_matches("https://").to_owned()).collect();
        assert_eq!(world.client.application(&uuid).await.unwrap().domains(), hosts);
    }
}

#[tokio::test]
async fn every_database_flavor_has_a_url_and_is_recognized() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        for flavor in Flavor::ALL {
            let mut new = World::database(flavor.as_str());
            if *flavor == Flavor::Dragonfly {
                new.credentials.insert("dragonfly_password".to_owned(), Secret::new("s3cret"));
            }
            let created =
                world.client.create_database(&world.placement(), *flavor, &new).await.unwrap();
            let url = created.internal_url.unwrap();
            assert!(url.expose().contains(created.uuid.as_str()), "{flavor}");
            let read = world.client.database(&created.uuid).await.unwrap();
            assert_eq!((read.flavor, read.internal_url), (Some(*flavor), Some(url)), "{flavor}");
            let listed = world.client.all_databases().await.unwrap();
            let listed = listed.iter().find(|database| database.uuid == created.uuid).unwrap();
            assert_eq!(listed.flavor, Some(*flavor));
        }
    }
}

#[tokio::test]
async fn a_credential_of_another_database_flavor_is_refused_before_it_is_sent() {
    let world = world(options(Version::V4_3)).await;
    world.simulator.clear_requests();
    let mut new = World::database("db");
    new.credentials.insert("redis_password".to_owned(), Secret::new("x"));
    let error =
        world.client.create_database(&world.placement(), Flavor::Mysql, &new).await.unwrap_err();
    assert!(
        matches!(error.cause, Cause::Refused(refusal) if refusal.fields.contains_key("redis_password"))
    );
    assert!(world.simulator.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn variable_flags_are_kept_on_update_and_the_preview_copy_is_listed() {
    let world = world(options(Version::V4_3)).await;
    let uuid = world.site().await;
    let write = |value: &str, is_buildtime| EnvWrite {
        key: "TOKEN".parse().unwrap(),
        value: Secret::new(value),
        is_preview: false,
        is_literal: true,
        is_multiline: true,
        is_shown_once: true,
        is_buildtime,
    };
    world.client.upsert_envs(&uuid, &[write("one", Some(false))]).await.unwrap();
    world.client.upsert_envs(&uuid, &[write("two", None)]).await.unwrap();
    let envs = world.client.envs(&uuid).await.unwrap();
    let mine = envs.iter().find(|env| !env.is_preview).unwrap();
    assert!(mine.is_literal && mine.is_multiline && mine.is_shown_once && !mine.is_buildtime);
    let copy = envs.iter().find(|env| env.is_preview).unwrap();
    assert!(!copy.is_shown_once, "the copy has flags of its own");
    world.client.delete_env(&uuid, &copy.uuid).await.unwrap();
    assert_eq!(world.client.envs(&uuid).await.unwrap().len(), 1);
    assert!(world.client.delete_env(&uuid, &copy.uuid).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn creating_the_same_private_key_twice_is_a_conflict() {
    let world = world(options(Version::V4_3)).await;
    let pair = covibe_crypto::keypair("mark-bot").unwrap();
    let key = pair.private;
    let uuid = world.client.create_private_key("mark", "", &key).await.unwrap();
    let error = world.client.create_private_key("mark-2", "", &key).await.unwrap_err();
    assert_eq!(error.cause, Cause::Conflict(Conflict::Exists));
    let keys = world.client.private_keys().await.unwrap();
    let kept = keys.iter().find(|key| key.uuid == uuid).unwrap();
    assert_eq!(kept.public_key.as_deref(), pair.public.strip_suffix(" mark-bot"));
}

#[tokio::test]
async fn creating_a_service_of_an_unknown_template_fails_listing_the_known_ones() {
    let world = world(options(Version::V4_3)).await;
    let error = world
        .client
        .create_service(&world.placement(), &World::service("x", "no-such-thing"))
        .await
        .unwrap_err();
    assert!(
        matches!(error.cause, Cause::UnknownName { known } if known.iter().any(|it| it == "umami"))
    );
}

#[tokio::test]
async fn images_are_stored_and_replaced_with_their_tag_or_digest() {
    let world = world(options(Version::V4_3)).await;
    let digest = format!("nginx@sha256:{}", "ab".repeat(32));
    for (name, image) in [("tagged", "nginx:alpine"), ("pinned", digest.as_str())] {
        let uuid = world
            .client
            .create_image_application(&world.placement(), &World::image_application(name, image))
            .await
            .unwrap();
        let app = world.client.application(&uuid).await.unwrap();
        assert_eq!(app.image().as_deref(), Some(image));
        assert!(app.domains().is_empty(), "no domain is made up");
        // A change of the image leaves nothing of the one before.
        for image in ["redis:7", &digest.replace("nginx", "ghcr.io/org/web"), "redis:7"] {
            let patch = ApplicationPatch { image: image.parse().ok(), ..Default::default() };
            world.client.update_application(&uuid, &patch).await.unwrap();
            let app = world.client.application(&uuid).await.unwrap();
            assert_eq!(app.image().as_deref(), Some(image));
        }
    }
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_id_have_different_causes() {
    let world = world(options(Version::V4_3)).await;
    let unknown = "zzzzzzzzzzzzzzzzzzzzzzzz".parse().unwrap();
    assert!(world.client.application(&unknown).await.unwrap_err().is_not_found());
    let config = Config::new(world.simulator.url.parse().unwrap(), Secret::new("1|wrong"));
    let stranger = Client::new(config).unwrap();
    assert_eq!(stranger.projects().await.unwrap_err().cause, Cause::Unauthorized);
}

#[tokio::test]
async fn a_base_url_that_contains_the_api_path_is_accepted() {
    let world = world(options(Version::V4_3)).await;
    let address = format!("{}/api/v1/", world.simulator.url).parse().unwrap();
    let client = Client::new(Config::new(address, world.simulator.token.clone())).unwrap();
    assert!(client.projects().await.unwrap().iter().any(|project| project.uuid == world.project));
}

/// Coolify looks at the switch first: a server that refuses a token is on.
#[tokio::test]
async fn an_mcp_server_that_refuses_the_token_is_reported_as_enabled() {
    for (serves_mcp, token, is_on) in
        [(true, None, true), (true, Some("1|wrong"), true), (false, Some("1|wrong"), false)]
    {
        let world = world(Options { serves_mcp, ..options(Version::V4_3) }).await;
        let token = token.map_or_else(|| world.simulator.token.clone(), Secret::new);
        let config = Config::new(world.simulator.url.parse().unwrap(), token);
        assert_eq!(Client::new(config).unwrap().serves_mcp().await, Ok(is_on));
    }
}
