//! The simulated Docker Engine.

mod containers;
mod exec;
mod faults;
mod host_leftovers;
mod late_states;
mod logs;
mod raw_socket_calls;
mod recordings;
mod short_lived_containers;
mod volumes;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::coolify::{Condition, Options, Outcome, Outcomes};
use covibe_sandbox::docker::Arrangement;
use covibe_sandbox::{Scratch, Simulator, docker};
use serde_json::{Value, json};

use self::raw_socket_calls::EngineAnswer;
use crate::simulator_client::{Coolify, paused_options};

/// The headers of a client that takes the connection over.
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

/// A Coolify, and the engine of its host.
struct Host {
    coolify: Coolify,
    outcomes: Outcomes,
    engine: Simulator,
    socket: PathBuf,
    _directory: Scratch,
}

impl Host {
    /// Starts them; nothing proceeds until the clock is moved.
    async fn start() -> Self {
        Self::with(paused_options()).await
    }

    async fn with(options: Options) -> Self {
        let outcomes = options.outcomes.clone();
        let coolify = Coolify::with(options).await;
        let directory = Scratch::create().unwrap();
        let socket = directory.path().join("docker.sock");
        let engine = docker::start(&coolify.client.simulator, &socket).await.unwrap();
        Self { coolify, outcomes, engine, socket, _directory: directory }
    }

    async fn get(&self, path: &str) -> EngineAnswer {
        raw_socket_calls::call(&self.socket, "GET", path, None, "").await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> EngineAnswer {
        raw_socket_calls::call(&self.socket, method, path, Some(&body.to_string()), "").await
    }

    async fn post(&self, path: &str) -> EngineAnswer {
        raw_socket_calls::call(&self.socket, "POST", path, None, "").await
    }

    async fn delete(&self, path: &str) -> EngineAnswer {
        raw_socket_calls::call(&self.socket, "DELETE", path, None, "").await
    }

    /// Moves the clock until what was started is up.
    fn wait(&self) {
        for _ in 0..4 {
            self.engine.advance(self.coolify.pace);
        }
    }

    /// Deploys an image under that name, whose container is then in that condition; returns its uuid.
    async fn app(&self, name: &str, image: &str, condition: Condition) -> String {
        let (repository, tag) = image.split_once(':').unwrap();
        let body = self.coolify.with_place(json!({
            "name": name, "docker_registry_image_name": repository,
            "docker_registry_image_tag": tag, "ports_exposes": "3000", "autogenerate_domain": false,
        }));
        let uuid = self.coolify.uuid("/applications/dockerimage", body).await;
        self.outcomes.next(&uuid, Outcome::Finishes(condition));
        self.deploy(&uuid).await;
        uuid
    }

    async fn deploy(&self, uuid: &str) {
        let entry = self.coolify.deploy(uuid).await;
        self.coolify.wait_for_status(entry["deployment_uuid"].as_str().unwrap(), "finished").await;
    }

    /// Creates and starts a database; returns its uuid.
    async fn database(&self, name: &str) -> String {
        let body = self.coolify.with_place(json!({ "name": name, "instant_deploy": true }));
        let uuid = self.coolify.uuid("/databases/postgresql", body).await;
        self.wait();
        uuid
    }

    /// Creates and starts a service of a compose file; returns its uuid.
    async fn service(&self, file: &str) -> String {
        let body = self.coolify.with_place(json!({
            "name": "stack", "docker_compose_raw": STANDARD.encode(file), "instant_deploy": true,
        }));
        let uuid = self.coolify.uuid("/services", body).await;
        self.wait();
        uuid
    }

    /// Lists the containers of a resource.
    async fn containers(&self, uuid: &str) -> Vec<Value> {
        let filters = json!({ "label": [format!("com.docker.compose.project={uuid}")] });
        let filters = urlencoded(&filters.to_string());
        let answer = self.get(&format!("/v1.44/containers/json?all=true&filters={filters}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json().as_array().unwrap().clone()
    }

    /// Returns the id of the only container of a resource.
    async fn only_container(&self, uuid: &str) -> String {
        let listed = self.containers(uuid).await;
        assert_eq!(listed.len(), 1, "{listed:?}");
        listed[0]["Id"].as_str().unwrap().to_owned()
    }

    /// Inspects a container.
    async fn inspect(&self, id: &str) -> Value {
        self.get(&format!("/containers/{id}/json")).await.json()
    }

    /// Creates an execution of these words, and returns its id.
    async fn exec(&self, container: &str, words: &[&str]) -> String {
        let body = json!({ "AttachStdout": true, "AttachStderr": true, "Cmd": words });
        let answer = self.send("POST", &format!("/v1.44/containers/{container}/exec"), &body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["Id"].as_str().unwrap().to_owned()
    }

    /// Executes a command line, and returns what it prints and its exit code.
    async fn sh(&self, container: &str, text: &str) -> (String, String, Value) {
        let exec = self.exec(container, &["sh", "-lc", text]).await;
        let path = format!("/v1.44/exec/{exec}/start");
        let answer = raw_socket_calls::call(&self.socket, "POST", &path, Some("{}"), UPGRADE).await;
        assert_eq!(answer.status, 101, "{answer:?}");
        let [stdout, stderr] = answer.texts();
        (stdout, stderr, self.get(&format!("/exec/{exec}/json")).await.json()["ExitCode"].clone())
    }

    fn arrange(&self, of: &str, arrangement: Arrangement) {
        self.engine.set(Arrangement { of: of.to_owned(), ..arrangement });
    }
}

fn urlencoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
