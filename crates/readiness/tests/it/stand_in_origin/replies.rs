//! The answers of a sound server.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use covibe_readiness_checks::expected_surface::surface;
use hyper::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::certificates::HOST;

/// A request that was received.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl ReceivedRequest {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        let reply = Self { status, headers: Vec::new(), body: Vec::new() };
        reply
            .with("cache-control", "no-store")
            .with("x-content-type-options", "nosniff")
            .with("strict-transport-security", "max-age=31536000")
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::new(status).body("application/json", value.to_string().as_bytes())
    }

    pub(crate) fn body(mut self, kind: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.with("content-type", kind)
    }

    /// Replaces a header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|(each, _)| each != name);
    }

    /// Changes a JSON body.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let mut value = serde_json::from_slice(&self.body).expect("it is JSON");
        change(&mut value);
        self.body = value.to_string().into_bytes();
    }
}

static SIGN_INS: AtomicU32 = AtomicU32::new(0);

/// Returns what a sound server answers.
pub(crate) fn sound(seen: &ReceivedRequest, package: &[u8]) -> Reply {
    let is_check = seen.path == "/api/health";
    let is_foreign = !is_check && !matches!(seen.header("origin"), "" | "https://covibe.acme.dev");
    if (!is_check && seen.header("host") != HOST) || is_foreign {
        return Reply::json(403, &json!({ "error": "This host name or origin is not allowed." }));
    }
    let version = &surface().version;
    let tarball = format!("/downloads/co-vibe-{version}.tgz");
    match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/api/health") => Reply::json(200, &health()),
        ("GET", "/api/mcp") => Reply::json(200, &descriptor()),
        ("POST", "/api/mcp") => refusal(),
        (_, "/api/mcp") | ("GET", "/auth/sign-out") => {
            Reply::json(405, &json!({ "error": "Not this method." }))
        }
        ("GET", "/auth/sign-in") => sign_in(),
        ("GET", "/callback") => Reply::new(404).body("text/html", b"<p>Start again.").with(
            "set-cookie",
            "__Host-covibe_sign_in=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure",
        ),
        ("GET", "/console" | "/onboarding" | "/setup/authorize") => {
            Reply::new(303).with("location", "/auth/sign-in")
        }
        ("GET", "/") => Reply::new(200)
            .body("text/html", b"<title>Co-Vibe</title>")
            .with("content-security-policy", "default-src 'none'"),
        ("POST", "/api/setup/device") => device(seen),
        ("POST", "/api/setup/device/poll") => poll(seen),
        ("GET", "/downloads/co-vibe.json") => Reply::json(200, &record(package)),
        ("GET", "/downloads/co-vibe.tgz") => Reply::new(200).body("application/gzip", package),
        ("HEAD", path) if path == tarball => Reply::new(200)
            .body("application/gzip", package)
            .with("cache-control", "public, max-age=31536000, immutable"),
        _ if is_operation(seen) => refusal(),
        _ => Reply::json(404, &json!({ "error": format!("There is nothing at {}.", seen.path) })),
    }
}

fn is_operation(seen: &ReceivedRequest) -> bool {
    let routes = surface().routes.iter();
    routes.clone().any(|route| route.method == seen.method && route.example() == seen.path)
}

fn health() -> Value {
    let surface = surface();
    json!({
        "status": "ok",
        "version": surface.version,
        "auth_mode": "workos",
        "database": { "backend": "postgres", "schema": "current", "isolation": "enforced" },
        "audit": "ok",
        "disk": "ok",
        "upstreams": {},
        "tools": {
            "version": surface.version, "count": surface.tools.len(), "digest": surface.digest,
        },
    })
}

fn descriptor() -> Value {
    let tool = |name: &String| json!({ "name": name, "summary": "A tool.", "access": "read" });
    let tools: Vec<_> = surface().tools.iter().map(tool).collect();
    json!({ "name": "co-vibe", "version": surface().version, "tools": tools })
}

fn refusal() -> Reply {
    Reply::json(401, &json!({ "error": "No valid API key." }))
        .with("www-authenticate", "Bearer error=\"invalid_token\"")
}

fn sign_in() -> Reply {
    let number = SIGN_INS.fetch_add(1, Ordering::Relaxed);
    let location = format!(
        "https://api.workos.com/user_management/authorize?client_id=client_1&redirect_uri=\
         https%3A%2F%2F{HOST}%2Fcallback&response_type=code&provider=authkit\
         &state=state-{number:032}&code_challenge=challenge-{number:032}&code_challenge_method=S256"
    );
    Reply::new(303).with("location", &location).with(
        "set-cookie",
        "__Host-covibe_sign_in=v1.a.b; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure",
    )
}

fn device(seen: &ReceivedRequest) -> Reply {
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    if body["agents"] != json!(["claude-code"]) {
        return Reply::json(400, &json!({ "error": "The body is not the JSON object." }));
    }
    let page = format!("https://{HOST}/setup/authorize");
    Reply::json(
        200,
        &json!({
            "device_code": "known-device",
            "user_code": "ABCD-EFGH",
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?code=ABCD-EFGH"),
            "expires_in": 600,
            "interval": 5,
        }),
    )
}

fn poll(seen: &ReceivedRequest) -> Reply {
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let error = match body["device_code"].as_str() {
        Some("known-device") => "authorization_pending",
        Some(_) => "expired_token",
        None => "The body is not the JSON object.",
    };
    Reply::json(400, &json!({ "error": error }))
}

fn record(package: &[u8]) -> Value {
    json!({
        "version": surface().version,
        "size": package.len(),
        "integrity": format!("sha512-{}", STANDARD.encode(Sha512::digest(package))),
        "sha256": hex::encode(Sha256::digest(package)),
        "install": format!("npm install --save-dev https://{HOST}/downloads/co-vibe.tgz"),
    })
}
