//! A simulated registry of images: the manifests of the OCI distribution spec 1.1, behind tokens as Docker Hub has them.
//!
//! It has every image but those that a test takes out, and answers nothing without a token of its own.

use std::any::Any;
use std::collections::BTreeSet;
use std::io;

use covibe_domain::Secret;
use serde_json::{Value, json};

use crate::core::wire::{Body, Reply, Request};
use crate::core::{Listable, Protocol, Setting, Simulator, Vendor, random, server};

const PROTOCOL: Protocol =
    Protocol { api_prefix: |_| "/", name: |request| request, omits_body: |_| false };

/// The media type of a manifest.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The images that a registry lacks, as `library/nginx:1.99`; of a repository without a tag, all.
#[derive(Clone, Debug, Default)]
pub struct Absent(pub Vec<String>);

impl Setting for Absent {}

/// The collection of the images that were asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked;

impl Listable for Asked {}

/// Starts a registry on a free port of 127.0.0.1.
pub async fn start() -> io::Result<Simulator> {
    let token = random::hex(40);
    let own = token.clone();
    server::start(Secret::new(token), PROTOCOL, move |url, _| {
        let (absent, asked) = (Absent::default(), BTreeSet::new());
        Ok(Box::new(Registry { url: url.to_owned(), token: own, absent, asked }))
    })
    .await
}

struct Registry {
    url: String,
    token: String,
    absent: Absent,
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
        if let Ok(absent) = settings.downcast::<Absent>() {
            self.absent = *absent;
        }
    }
}

impl Registry {
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
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST });
        let body = Body::Bytes(MANIFEST.to_owned(), manifest.to_string().into_bytes());
        Reply { status: 200, headers: Vec::new(), body }
    }
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply { status, headers: Vec::new(), body: Body::Json(body.clone()) }
}
