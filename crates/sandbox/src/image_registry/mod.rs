//! A simulated registry of images: the manifests of the OCI distribution spec 1.1, behind tokens as Docker Hub has them.
//!
//! It has every image but those that a test takes out, and answers nothing without a token of its own.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use covibe_domain::Secret;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::core::request_types::{Body, Reply, Request};
use crate::core::{Listable, Protocol, Setting, Simulator, Vendor, random, server};

const PROTOCOL: Protocol =
    Protocol { api_prefix: |_| "/", name: |request| request, omits_body: |_| false };

/// The media type of a manifest.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media type of a config.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// The images that a registry lacks, as `library/nginx:1.99`; of a repository without a tag, all.
#[derive(Clone, Debug, Default)]
pub struct Absent(pub Vec<String>);

impl Setting for Absent {}

/// The labels of all images of a registry; without them, it has no configs.
#[derive(Clone, Debug, Default)]
pub struct Labels(pub BTreeMap<String, String>);

impl Labels {
    /// Returns the config of the images, which has them.
    fn config(&self) -> Vec<u8> {
        json!({ "architecture": "amd64", "os": "linux", "config": { "Labels": self.0 } })
            .to_string()
            .into_bytes()
    }
}

impl Setting for Labels {}

/// The collection of the images that were requested.
#[derive(Clone, Copy, Debug)]
pub struct RequestedImages;

impl Listable for RequestedImages {}

/// Starts a registry on a free port of 127.0.0.1.
pub async fn start() -> io::Result<Simulator> {
    let token = random::hex(40);
    let own = token.clone();
    server::start(Secret::new(token), PROTOCOL, move |url, _| {
        let (absent, labels, asked) = (Absent::default(), None, BTreeSet::new());
        Ok(Box::new(Registry { url: url.to_owned(), token: own, absent, labels, asked }))
    })
    .await
}

struct Registry {
    url: String,
    token: String,
    absent: Absent,
    labels: Option<Labels>,
    asked: BTreeSet<String>,
}

impl Vendor for Registry {
    fn answer(&mut self, request: &Request) -> Reply {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("GET", ["token"]) => {
                json_reply(200, &json!({ "token": self.token, "expires_in": 60 }))
            }
            ("GET" | "HEAD", ["v2", name @ .., "manifests", reference]) => {
                self.manifest(request, &name.join("/"), reference)
            }
            ("GET", ["v2", .., "blobs", digest]) => self.config(digest),
            _ => self.refusal(404),
        }
    }

    fn refusal(&self, status: u16) -> Reply {
        json_reply(status, &json!({ "errors": [{ "code": "UNKNOWN" }] }))
    }

    fn names(&mut self, _: &dyn Any) -> Vec<String> {
        self.asked.iter().cloned().collect()
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        match settings.downcast::<Absent>() {
            Ok(absent) => self.absent = *absent,
            Err(settings) => self.labels = settings.downcast::<Labels>().ok().map(|it| *it),
        }
    }
}

impl Registry {
    fn config(&self, digest: &str) -> Reply {
        let config = self.labels.as_ref().map(Labels::config);
        match config.filter(|config| digest_of(config) == digest) {
            Some(config) => {
                let body = Body::Bytes("application/octet-stream".to_owned(), config);
                Reply { status: 200, headers: Vec::new(), body }
            }
            None => json_reply(404, &json!({ "errors": [{ "code": "BLOB_UNKNOWN" }] })),
        }
    }

    fn manifest(&mut self, request: &Request, name: &str, reference: &str) -> Reply {
        if request.authorization.as_deref() != Some(format!("Bearer {}", self.token).as_str()) {
            let challenge = format!(
                r#"Bearer realm="{}/token",service="registry",scope="repository:{name}:pull""#,
                self.url
            );
            return self.refusal(401).header("WWW-Authenticate", &challenge);
        }
        let image = format!("{name}:{reference}");
        self.asked.insert(image.clone());
        if self.absent.0.iter().any(|each| *each == image || each == name) {
            return json_reply(404, &json!({ "errors": [{ "code": "MANIFEST_UNKNOWN" }] }));
        }
        let mut manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST });
        if let Some(config) = self.labels.as_ref().map(Labels::config) {
            manifest["config"] = json!({
                "mediaType": CONFIG, "digest": digest_of(&config), "size": config.len(),
            });
        }
        let body = Body::Bytes(MANIFEST.to_owned(), manifest.to_string().into_bytes());
        Reply { status: 200, headers: Vec::new(), body }
    }
}

/// Returns the digest by which a content is named.
fn digest_of(content: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(content)))
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::Json(body.clone()) }
}
