//! The labels that containers have from their images, and the list of running containers.

use serde_json::{Value, json};

use crate::engine_stub::{Engine, container_description, reply};
use crate::gate_client::Gate;
use crate::{UUID, container};

/// An engine with the container of a resource, whose image is this.
fn engine(name: &'static str, labels: Value, image: Value) -> Engine {
    Engine::answering(move |line, stream| {
        let body = if line.contains("/containers/json?") {
            let own = json!({ "Id": container(), "Names": [name], "Labels": labels, "Ports": [1] });
            let other = json!({ "Id": container(), "Names": ["/coolify-db"], "Labels": labels });
            json!([own, other])
        } else if line.ends_with(&format!("/containers/{}/json", container())) {
            let mut it = container_description(name, UUID);
            it["Image"] = json!(format!("sha256:{}", container()));
            it["Config"]["Labels"] = labels.clone();
            it
        } else if line.ends_with(&format!("/images/sha256:{}/json", container())) {
            json!({ "Id": "sha256:x", "Config": { "Labels": image } })
        } else {
            return false;
        };
        reply(stream, 200, &body);
        true
    })
}

fn labels(more: &[(&str, &str)]) -> Value {
    let project = json!({ "com.docker.compose.project": UUID });
    let mut all = project.as_object().expect("an object").clone();
    all.extend(more.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
    all.into()
}

const NAME: &str = "/web-abcdefghijkl012345678901";

#[test]
fn inherited_labels_of_a_container_are_returned() {
    let own = labels(&[("traefik.a", "image"), ("traefik.b", "compose")]);
    let image = json!({ "traefik.a": "image", "traefik.b": "image" });
    let engine = engine(NAME, own, image);
    let mut gate = Gate::start(&engine.socket());
    let target = format!("/v1.44/covibe/containers/{}/image", container());
    let told = gate.ask("GET", &target, "");
    assert_eq!((told.status, told.json()), (200, json!({ "labels": { "traefik.a": "image" } })));
}

#[test]
fn labels_of_containers_outside_resources_are_refused() {
    let engine = engine("/coolify-db", labels(&[]), json!({ "a": "b" }));
    let mut gate = Gate::start(&engine.socket());
    let target = format!("/covibe/containers/{}/image", container());
    assert_eq!(gate.ask("GET", &target, "").status, 403);
    assert!(engine.lines().iter().all(|line| !line.contains("/images/")));
    assert_eq!(gate.ask("GET", "/covibe/containers", "").json(), json!([]));
}

/// Docker removes no image that a container runs, but one whose container has ended.
#[test]
fn a_missing_image_is_answered_with_502_instead_of_empty_labels() {
    let engine = Engine::answering(|line, stream| {
        let is_image = line.contains("/images/");
        if is_image {
            reply(stream, 404, &json!({ "message": "No such image" }));
        } else if line.ends_with(&format!("/containers/{}/json", container())) {
            let mut it = container_description(NAME, UUID);
            it["Image"] = json!(format!("sha256:{}", container()));
            reply(stream, 200, &it);
            return true;
        }
        is_image
    });
    let mut gate = Gate::start(&engine.socket());
    let target = format!("/covibe/containers/{}/image", container());
    assert_eq!(gate.ask("GET", &target, "").status, 502);
}

/// More labels than are shown: the container is found, listed and stopped all the same.
#[test]
fn a_container_with_oversized_labels_is_still_listed_and_stopped() {
    let large = "x".repeat(5 << 20);
    let own = labels(&[("coolify.projectName", "vibn-ws-mark"), ("caddy", &large)]);
    let engine = engine(NAME, own, json!({ "caddy": large }));
    let mut gate = Gate::start(&engine.socket());
    let known = labels(&[("coolify.projectName", "vibn-ws-mark")]);
    let expected = json!([{
        "Id": container(), "Names": [NAME], "Labels": known, "Created": 0, "State": "", "Status": "",
    }]);
    assert_eq!(gate.ask("GET", "/v1.44/covibe/containers", "").json(), expected);
    let running = engine.lines().into_iter().find(|line| line.contains("/containers/json?"));
    assert!(
        running.unwrap().starts_with("GET /v1.44/containers/json?all=true&filters=%7B%22status")
    );
    let target = format!("/covibe/containers/{}/image", container());
    assert_eq!(gate.ask("GET", &target, "").json(), json!({ "tooMany": true }));
    assert_eq!(gate.ask("POST", &format!("/containers/{}/stop?t=1", container()), "").status, 200);
    assert_eq!(gate.ask("GET", &format!("/containers/{}/json", container()), "").status, 502);
}
