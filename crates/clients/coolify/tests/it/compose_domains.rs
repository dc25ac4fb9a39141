//! The domains of applications that are made of a compose file.

use covibe_coolify::{Application, Cause, Conflict, DomainsError, Error, NewRepositoryApplication};
use covibe_domain::entities::BuildPack;
use covibe_sandbox::coolify::Version;

use crate::simulated_coolify::{World, options, world};

fn service_urls(service: &str, urls: &[&str]) -> (String, Vec<String>) {
    (service.to_owned(), urls.iter().map(|&url| url.to_owned()).collect())
}

async fn read_application(world: &World, uuid: &covibe_domain::AppUuid) -> Application {
    world.client.application(uuid).await.unwrap()
}

#[tokio::test]
async fn compose_domains_are_set_and_cleared_per_service() {
    for version in Version::ALL {
        let world = world(options(version)).await;
        let uuid = world.compose_application("stacked").await;
        let urls = ["https://a.mark.vibnai.com", "https://b.mark.vibnai.com:3000"];
        let set = |domains| {
            let (client, uuid) = (world.client.clone(), uuid.clone());
            async move { client.set_compose_domains(&uuid, &[domains]).await }
        };
        set(service_urls("app", &urls)).await.unwrap();
        let app = read_application(&world, &uuid).await;
        assert_eq!(app.compose_domains(), [service_urls("app", &urls)]);
        assert_eq!(app.domains(), ["a.mark.vibnai.com", "b.mark.vibnai.com"]);
        assert!(app.urls().is_empty() && app.is_compose());
        // None of the services is there: Coolify answers 200, and only reading shows it.
        set(service_urls("nobody", &["https://c.mark.vibnai.com"])).await.unwrap();
        assert_eq!(
            read_application(&world, &uuid).await.compose_domains(),
            [service_urls("app", &urls)]
        );
        set(service_urls("app", &[])).await.unwrap();
        assert_eq!(
            read_application(&world, &uuid).await.compose_domains(),
            [service_urls("app", &[])]
        );
    }
}

#[tokio::test]
async fn setting_no_compose_domains_sends_no_request() {
    let world = world(options(Version::V4_3)).await;
    let uuid = world.compose_application("stacked").await;
    world.simulator.clear_requests();
    world.client.set_compose_domains(&uuid, &[]).await.unwrap();
    assert!(world.simulator.requests().is_empty());
}

#[tokio::test]
async fn an_unread_compose_file_and_a_used_domain_give_different_errors() {
    let world = world(options(Version::V4_1)).await;
    let taken = [service_urls("app", &["https://foreign-app.elsewhere.vibnai.com"])];
    let new = NewRepositoryApplication {
        build_pack: BuildPack::Dockercompose,
        ..World::repository_application("unread")
    };
    let unread =
        world.client.create_repository_application(&world.placement(), &new).await.unwrap();
    let early = world.client.set_compose_domains(&unread, &taken).await.unwrap_err();
    assert!(matches!(early, DomainsError::FileUnread(Error { cause: Cause::Refused(refusal), .. })
            if refusal.fields.contains_key("docker_compose_domains")));
    let uuid = world.compose_application("stacked").await;
    let error = world.client.set_compose_domains(&uuid, &taken).await.unwrap_err();
    let DomainsError::Failed(error) = error else { panic!("{error:?}") };
    assert_eq!(error.cause, Cause::Conflict(Conflict::Domain));
    assert!(!format!("{error:?} {error}").contains("foreign"));
}
