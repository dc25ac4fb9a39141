//! Names of images: registries, ports, Docker Hub, tags and digests.

use covibe_image_registry::{Client, Config, ConfigError, ImagePresence, NotSeen};

use crate::scripted_server::{Reply, Server};
use crate::{REGISTRY, client, manifest, not_seen, present, some_digest};

#[tokio::test]
async fn every_spelling_of_a_docker_hub_image_leads_to_the_same_repository() {
    let server = Server::start(|_| manifest()).await;
    for name in [
        "nginx",
        "library/nginx",
        "docker.io/nginx",
        "docker.io/library/nginx",
        "index.docker.io/nginx",
    ] {
        let found = client(&server).find(&name.parse().unwrap()).await;
        assert_eq!(found, present(), "{name}");
    }
    let found = client(&server).find(&"acme/web:2".parse().unwrap()).await;
    assert_eq!(found, present());
    let mut lines = server.lines();
    assert_eq!(lines.pop().as_deref(), Some("HEAD /v2/acme/web/manifests/2"));
    assert_eq!(lines, vec!["HEAD /v2/library/nginx/manifests/latest"; 5]);
}

#[tokio::test]
async fn an_image_with_tag_and_digest_is_looked_up_by_its_digest() {
    let server = Server::start(|_| manifest()).await;
    let image = format!("{REGISTRY}/acme/web:1@{}", some_digest());
    assert_eq!(client(&server).find(&image.parse().unwrap()).await, present());
    assert_eq!(server.lines(), [format!("HEAD /v2/acme/web/manifests/{}", some_digest())]);
}

#[tokio::test]
async fn an_answer_with_another_digest_is_reported_as_unclear() {
    let server = Server::start(|_| manifest()).await;
    let image = format!("{REGISTRY}/acme/web@sha256:{}", "b".repeat(64));
    let found = client(&server).find(&image.parse().unwrap()).await;
    assert_eq!(found, not_seen(NotSeen::Unclear));
}

#[tokio::test]
async fn a_registry_on_another_port_or_an_internal_address_is_not_contacted() {
    let server = Server::start(|_| manifest()).await;
    let address = server.origin.strip_prefix("http://").unwrap();
    let (client, port) = (client(&server), address.rsplit(':').next().unwrap());
    for image in [
        format!("{address}/a"),
        format!("localhost:{port}/a"),
        "registry.test:5001/a".to_owned(),
        "127.0.0.1/a".to_owned(),
        "169.254.169.254/latest/meta-data".to_owned(),
        "0x7f000001.0x1/a".to_owned(),
        "localhost/a".to_owned(),
        "ghcr.io:80/a".to_owned(),
    ] {
        let found = client.find(&image.parse().unwrap()).await;
        assert_eq!(found, not_seen(NotSeen::Unclear), "{image}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_endpoint_accepts_a_path_but_no_credentials_query_or_other_scheme() {
    let server = Server::start(|_| manifest()).await;
    let make = |url: &str| {
        let endpoints = [("Own.Test:443".to_owned(), url.parse().unwrap())].into();
        Client::new(Config { endpoints, ..Config::default() })
    };
    let client = make(&format!("{}/mirror/", server.origin)).unwrap();
    assert_eq!(client.find(&"own.test/a".parse().unwrap()).await, present());
    assert_eq!(server.lines(), ["HEAD /mirror/v2/a/manifests/latest"]);
    for bad in
        ["ftp://own.test", "https://user:hunter2@own.test", "https://own.test?a=b", "file:///x"]
    {
        let error = make(bad).unwrap_err();
        assert!(matches!(error, ConfigError::Address { .. }), "{bad}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let url = "https://user:hunter2@own.test".parse().unwrap();
    let config = Config { endpoints: [("own.test".to_owned(), url)].into(), ..Config::default() };
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[tokio::test]
async fn answers_are_cached_per_image() {
    let server =
        Server::start(
            |asked| {
                if asked.path.contains("/acme/") { manifest() } else { Reply::new(500, "") }
            },
        );
    let server = server.await;
    let client = client(&server);
    for (image, is_present) in [("acme/web", true), ("other/web", false), ("acme/web", true)] {
        let found = client.find(&image.parse().unwrap()).await;
        assert_eq!(matches!(found, ImagePresence::Present { .. }), is_present, "{image}");
    }
    assert_eq!(server.requests().len(), 2);
}
