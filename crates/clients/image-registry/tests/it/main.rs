//! The client against local servers that answer in the forms of registries, and in others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded_bodies;
mod caching_and_concurrency;
mod challenges;
mod image_names;
mod labels;
mod outcomes;
mod redirects;
mod scripted_server;

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_image_registry::{Client, Config, ImagePresence, NotSeen};
use sha2::{Digest as _, Sha256};

use crate::scripted_server::{ReceivedRequest, Reply, Server};

/// The media type of a manifest.
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The registry whose endpoint a test's server is.
pub(crate) const REGISTRY: &str = "registry.test:5000";

/// An image of that registry.
pub(crate) const IMAGE: &str = "registry.test:5000/acme/web:1";

/// The token that [`with_token`] accepts.
pub(crate) const TOKEN: &str = "t0ken-hunter2";

/// A digest that no content has.
pub(crate) fn some_digest() -> String {
    format!("sha256:{}", "a".repeat(64))
}

pub(crate) fn digest_of(content: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(content)))
}

/// Returns a client whose registry is this server, and which waits for a minute.
pub(crate) fn client(server: &Server) -> Client {
    client_within(server, Duration::from_mins(1))
}

pub(crate) fn client_within(server: &Server, timeout: Duration) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoints =
        [REGISTRY, "docker.io"].map(|name| (name.to_owned(), server.origin.parse().unwrap()));
    Client::new(Config { timeout, endpoints: BTreeMap::from(endpoints) }).unwrap()
}

/// Asks a new client of this server for the image.
pub(crate) async fn find(server: &Server) -> ImagePresence {
    client(server).find(&IMAGE.parse().unwrap()).await
}

pub(crate) fn present() -> ImagePresence {
    ImagePresence::Present { digest: Some(some_digest()) }
}

pub(crate) fn not_seen(reason: NotSeen) -> ImagePresence {
    ImagePresence::NotSeen(reason)
}

/// The answer of a registry that has the image.
pub(crate) fn manifest() -> Reply {
    Reply::new(200, "{}")
        .header("content-type", MANIFEST)
        .header("docker-content-digest", &some_digest())
}

/// An error in the form of the specification.
pub(crate) fn error(status: u16, code: &str) -> Reply {
    Reply::new(
        status,
        format!(r#"{{"errors":[{{"code":"{code}","message":"hunter2","detail":{{}}}}]}}"#),
    )
}

/// A challenge that leads to a token service.
pub(crate) fn challenge(realm: &str) -> Reply {
    let scope = "repository:acme/web:pull";
    let text = format!(r#"Bearer realm="{realm}",service="registry.test",scope="{scope}""#);
    error(401, "UNAUTHORIZED").header("www-authenticate", &text)
}

/// Starts a registry that gives a token to everybody, and answers so to those who have it.
pub(crate) async fn with_token(
    answer: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |asked| {
        if asked.path.starts_with("/token?") {
            return Reply::new(200, format!(r#"{{"token":"{TOKEN}","expires_in":300}}"#));
        }
        if asked.header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return challenge(&format!("{}/token", asked.origin()));
        }
        answer(asked)
    })
    .await
}
