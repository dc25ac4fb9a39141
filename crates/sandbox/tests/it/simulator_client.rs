//! A client that returns every answer as it is, and simulators to use it with.

use std::sync::Once;
use std::time::{Duration, Instant};

use covibe_sandbox::{Simulator, coolify, gitea};
use serde_json::{Value, json};

/// An answer.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl HttpAnswer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A client of one simulator.
pub(crate) struct Client {
    pub(crate) simulator: Simulator,
    http: reqwest::Client,
    pub(crate) authorization: Option<String>,
}

fn http() -> reqwest::Client {
    static RING: Once = Once::new();
    RING.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
    let builder = reqwest::Client::builder().tls_certs_only([]).timeout(Duration::from_secs(10));
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Client {
    /// Returns a client that uses the simulator's own token.
    pub(crate) fn new(simulator: Simulator) -> Self {
        let authorization = Some(format!("Bearer {}", simulator.token.expose()));
        Self { simulator, http: http(), authorization }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.unauthenticated(method, path);
        if path.starts_with("/__sandbox") {
            return request.header("X-Sandbox-Token", self.simulator.control_token().expose());
        }
        match &self.authorization {
            Some(text) => request.header("Authorization", text),
            None => request,
        }
    }

    /// Returns a request without any credential.
    pub(crate) fn unauthenticated(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let base = if path.starts_with("/__sandbox") { "" } else { "/api/v1" };
        let url = format!("{}{base}{path}", self.simulator.url);
        self.http.request(method.parse().unwrap(), url)
    }

    pub(crate) async fn try_send(
        request: reqwest::RequestBuilder,
    ) -> Result<HttpAnswer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(HttpAnswer { status, headers, text: response.text().await? })
    }

    pub(crate) async fn send(request: reqwest::RequestBuilder) -> HttpAnswer {
        Self::try_send(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> HttpAnswer {
        Self::send(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> HttpAnswer {
        Self::send(self.request("POST", path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> HttpAnswer {
        Self::send(self.request("PATCH", path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> HttpAnswer {
        Self::send(self.request("PUT", path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> HttpAnswer {
        Self::send(self.request("DELETE", path)).await
    }

    /// Creates an object and returns its uuid.
    pub(crate) async fn uuid(&self, path: &str, body: Value) -> String {
        let answer = self.post(path, body).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
        answer.json()["uuid"].as_str().unwrap().to_owned()
    }
}

/// A Coolify with a project of ours.
pub(crate) struct Coolify {
    pub(crate) client: Client,
    pub(crate) pace: Duration,
    pub(crate) project: String,
    pub(crate) server: String,
}

impl std::ops::Deref for Coolify {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Coolify {
    pub(crate) async fn on_release(version: coolify::Version) -> Self {
        Self::with(coolify::Options { version, ..real_time_options() }).await
    }

    pub(crate) async fn with(options: coolify::Options) -> Self {
        let pace = options.pace;
        let client = Client::new(coolify::start(options).await.unwrap());
        let project = client.uuid("/projects", json!({ "name": "vibn-ws-mark" })).await;
        let server = client.get("/servers").await.json()[0]["uuid"].as_str().unwrap().to_owned();
        Self { client, pace, project, server }
    }

    /// Adds project, server and environment to a body.
    pub(crate) fn with_place(&self, mut body: Value) -> Value {
        body["project_uuid"] = json!(self.project);
        body["server_uuid"] = json!(self.server);
        body["environment_name"] = json!("production");
        body
    }

    /// Returns the body of a public creation of a repository with that name.
    pub(crate) fn app(&self, name: &str) -> Value {
        self.with_place(json!({
            "name": name, "git_repository": format!("https://git.invalid/vibn-mark/{name}.git"),
            "git_branch": "main", "build_pack": "nixpacks", "ports_exposes": "3000",
            "autogenerate_domain": false,
        }))
    }

    /// Creates an application whose repository can be cloned.
    pub(crate) async fn working_app(&self, name: &str) -> String {
        let uuid = self.uuid("/applications/public", self.app(name)).await;
        let repository = "https://mark-bot:0123456789abcdef@git.test/vibn-mark/site.git";
        let path = format!("/applications/{uuid}");
        let answer = self.patch(&path, json!({ "git_repository": repository })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        uuid
    }

    /// Deploys an application and returns the entry of the answer.
    pub(crate) async fn deploy(&self, uuid: &str) -> Value {
        let answer = self.post("/deploy", json!({ "uuid": uuid })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["deployments"][0].clone()
    }

    /// Deploys an application and waits until that is finished.
    pub(crate) async fn deploy_and_wait(&self, uuid: &str) {
        let entry = self.deploy(uuid).await;
        self.wait_for_status(entry["deployment_uuid"].as_str().unwrap(), "finished").await;
    }

    /// Moves the clock until the deployment has that status.
    ///
    /// Polls in real time too, because a checkout is a real git.
    pub(crate) async fn wait_for_status(&self, deployment: &str, status: &str) -> Value {
        let end = Instant::now() + Duration::from_mins(1);
        while Instant::now() < end {
            let body = self.get(&format!("/deployments/{deployment}")).await.json();
            if body["status"] == status {
                return body;
            }
            self.simulator.advance(self.pace / 3);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{deployment} was never {status}");
    }
}

/// Returns options for tests in real time. Coolify looks at each container at once.
///
/// There is no rate limit, because the number of a test's requests depends on the speed of the
/// machine.
pub(crate) fn real_time_options() -> coolify::Options {
    let (pace, look) = (Duration::from_millis(60), Some(Duration::ZERO));
    coolify::Options { pace, look, budget_per_minute: None, ..coolify::Options::default() }
}

/// The duration of jobs with [`paused`] options.
pub(crate) const PACE: Duration = Duration::from_hours(1);

/// Returns options for tests that move the clock: nothing proceeds until then. Coolify looks at
/// each container at once.
pub(crate) fn paused_options() -> coolify::Options {
    coolify::Options { pace: PACE, look: Some(Duration::ZERO), ..coolify::Options::default() }
}

/// Starts a Gitea with a client of its admin.
pub(crate) async fn gitea() -> Client {
    Client::new(gitea::start(gitea::Options::default()).await.unwrap())
}

/// Returns the Basic `Authorization` header of a user and password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{user}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}
