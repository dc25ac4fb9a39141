//! Labels: from a manifest or an index to the config.

use std::collections::BTreeMap;

use covibe_image_registry::{Absent, LabelsError, NotSeen};
use serde_json::{Value, json};

use crate::scripted_server::{ReceivedRequest, Reply, Server};
use crate::{IMAGE, REGISTRY, client, digest_of, error, some_digest, with_token};

type Labels = Result<BTreeMap<String, String>, LabelsError>;

/// An image with one label, as its config and its manifest.
#[derive(Clone)]
struct Image {
    config: String,
    manifest: String,
}

impl Image {
    fn new(label: &str) -> Self {
        let config =
            json!({ "os": "linux", "config": { "Labels": { "title": label } } }).to_string();
        let descriptor = json!({ "digest": digest_of(&config), "size": config.len() });
        let manifest =
            json!({ "schemaVersion": 2, "config": descriptor, "layers": [] }).to_string();
        Self { config, manifest }
    }

    /// Answers a request for a part of it by its digest.
    fn answer(&self, asked: &ReceivedRequest) -> Option<Reply> {
        let named = |kind: &str, content: &str| {
            asked.path == format!("/v2/acme/web/{kind}/{}", digest_of(content))
        };
        let part =
            |kind: &str, content: &str| named(kind, content).then(|| Reply::new(200, content));
        part("manifests", &self.manifest).or_else(|| part("blobs", &self.config))
    }
}

fn index(listed: &[(&Image, &str, &str)]) -> String {
    let descriptor = |(image, os, architecture): &(&Image, &str, &str)| json!({ "digest": digest_of(&image.manifest), "platform": { "os": os, "architecture": architecture } });
    let listed: Vec<Value> = listed.iter().map(descriptor).collect();
    json!({ "schemaVersion": 2, "manifests": listed }).to_string()
}

async fn labels(server: &Server, image: &str) -> Labels {
    let labels = client(server).labels(&image.parse().unwrap()).await?;
    Ok(labels.as_ref().clone())
}

fn titled(title: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("title".to_owned(), title.to_owned())])
}

/// Answers a request for the tag with this document, and others from the images.
fn answer(asked: &ReceivedRequest, tagged: &str, images: &[&Image]) -> Reply {
    if asked.path.ends_with("/manifests/1") {
        return Reply::new(200, tagged);
    }
    images
        .iter()
        .find_map(|image| image.answer(asked))
        .unwrap_or_else(|| error(404, "BLOB_UNKNOWN"))
}

#[tokio::test]
async fn labels_are_read_from_the_config_of_a_manifest_or_of_linux_amd64() {
    let image = Image::new("only");
    let server = with_token(move |asked| answer(asked, &image.manifest, &[&image])).await;
    assert_eq!(labels(&server, IMAGE).await, Ok(titled("only")));
    let tokens = server.lines().iter().filter(|line| line.contains("/token")).count();
    assert_eq!((tokens, server.requests().len()), (1, 4), "one token serves both requests");
    let [arm, amd, attestation] = ["arm", "amd", "attestation"].map(Image::new);
    let listed = index(&[
        (&attestation, "unknown", "unknown"),
        (&arm, "linux", "arm64"),
        (&amd, "linux", "amd64"),
    ]);
    let server = with_token(move |asked| answer(asked, &listed, &[&arm, &amd, &attestation])).await;
    assert_eq!(labels(&server, IMAGE).await, Ok(titled("amd")));
}

#[tokio::test]
async fn an_index_of_unknown_platforms_or_of_indexes_yields_no_labels() {
    let image = Image::new("x");
    let unknown =
        index(&[(&image, "unknown", "unknown"), (&image, "windows", "amd64"), (&image, "", "")]);
    let nested = Image { config: String::new(), manifest: index(&[(&image, "linux", "amd64")]) };
    let outer = index(&[(&nested, "linux", "amd64")]);
    for tagged in [unknown, outer] {
        let (image, nested) = (Image::new("x"), nested.clone());
        let server = Server::start(move |asked| answer(asked, &tagged, &[&image, &nested])).await;
        assert_eq!(labels(&server, IMAGE).await, Err(NotSeen::Unclear.into()));
    }
}

#[tokio::test]
async fn contents_with_another_digest_are_rejected() {
    let (image, other) = (Image::new("x"), Image::new("y"));
    let manifest = digest_of(&image.manifest);
    let pinned = format!("{REGISTRY}/acme/web@{manifest}");
    let server = Server::start({
        let image = image.clone();
        move |asked| image.answer(asked).unwrap()
    });
    assert_eq!(labels(&server.await, &pinned).await, Ok(titled("x")));
    for is_config in [true, false] {
        let (image, other) = (image.clone(), other.clone());
        let server = Server::start(move |asked| {
            let is_changed = asked.path.contains("/blobs/") == is_config;
            let changed = if is_config { &other.config } else { &other.manifest };
            if is_changed { Reply::new(200, &**changed) } else { image.answer(asked).unwrap() }
        });
        assert_eq!(labels(&server.await, &pinned).await, Err(NotSeen::Unclear.into()));
    }
}

#[tokio::test]
async fn labels_of_a_missing_image_are_absent_and_of_an_incomplete_one_unclear() {
    let server = Server::start(|_| error(404, "MANIFEST_UNKNOWN")).await;
    assert_eq!(labels(&server, IMAGE).await, Err(Absent::Tag.into()));
    let image = Image::new("x");
    let listed = index(&[(&image, "linux", "amd64")]);
    for tagged in [listed, image.manifest] {
        let server = with_token(move |asked| match &*asked.path {
            path if path.ends_with("/manifests/1") => Reply::new(200, &*tagged),
            _ => error(404, "MANIFEST_UNKNOWN"),
        });
        assert_eq!(labels(&server.await, IMAGE).await, Err(NotSeen::Unclear.into()));
    }
}

#[tokio::test]
async fn a_config_that_is_malformed_or_too_large_has_no_labels() {
    let many: serde_json::Map<_, _> = (0..1001).map(|at| (at.to_string(), json!(""))).collect();
    for config in [
        json!({ "config": { "Labels": many } }).to_string(),
        json!({ "config": { "Labels": { "a": 1 } } }).to_string(),
        "[]".to_owned(),
        String::new(),
        " ".repeat((8 << 20) + 1),
    ] {
        let descriptor = json!({ "digest": digest_of(&config) });
        let manifest = json!({ "schemaVersion": 2, "config": descriptor }).to_string();
        let image = Image { config, manifest };
        let server = Server::start(move |asked| answer(asked, &image.manifest, &[&image])).await;
        assert_eq!(labels(&server, IMAGE).await, Err(NotSeen::Unclear.into()));
    }
}

#[tokio::test]
async fn labels_are_not_requested_from_internal_registries() {
    let server = Server::start(|_| error(404, "NAME_UNKNOWN")).await;
    for image in ["localhost/a", "169.254.169.254/a", "ghcr.io:5000/a/b"] {
        assert_eq!(labels(&server, image).await, Err(NotSeen::Unclear.into()), "{image}");
    }
    let pinned = format!("{REGISTRY}/acme/web@{}", some_digest());
    assert_eq!(labels(&server, &pinned).await, Err(Absent::Repository.into()));
    assert_eq!(server.requests().len(), 1);
}
