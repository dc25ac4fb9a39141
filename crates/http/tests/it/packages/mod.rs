//! The packages of the companion: who gets which file, without a key.

mod downloads;
mod npm;
mod setup_page;

use std::fs;

use covibe_testkit_http::{AgentAnswer, World, http_client};
use reqwest::Method;
use serde_json::{Value, json};

/// Somebody without a key.
struct Stranger {
    origin: String,
    client: reqwest::Client,
}

impl Stranger {
    fn at(world: &World) -> Self {
        let origin = world.mark.agent.origin.clone();
        Self { origin, client: http_client::client().build().expect("a client") }
    }

    async fn ask(&self, method: Method, path: &str, known: Option<&str>) -> reqwest::Response {
        let request = self.client.request(method, format!("{}{path}", self.origin));
        let request = match known {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        };
        request.send().await.expect("an answer")
    }

    async fn get(&self, path: &str) -> AgentAnswer {
        AgentAnswer::read(self.ask(Method::GET, path, None).await).await
    }
}

/// Puts a package into the server's folder, as `cargo xtask package` does, with these bytes for tarballs.
fn put_package(world: &World, version: &str, plain: &[u8]) -> Value {
    let folder = world.companion();
    fs::create_dir_all(&folder).expect("a folder");
    let scoped = [b"scoped ", plain].concat();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("a file");
    write(&format!("co-vibe-{version}.tgz"), plain);
    write(&format!("co-vibe-local-{version}.tgz"), &scoped);
    let described = |bytes: &[u8]| {
        let digest = format!("{:0>64}", version.replace(|c: char| !c.is_ascii_digit(), "f"));
        json!({ "size": bytes.len(), "integrity": format!("sha512-{}==", bytes.len()), "sha256": digest })
    };
    let mut record = described(plain);
    (record["name"], record["version"]) = (json!("co-vibe"), json!(version));
    record["scoped"] = described(&scoped);
    record["scoped"]["package"] = json!({
        "name": "@co-vibe/local", "version": version, "bin": { "covibe-local": "bin/covibe-local.js" },
    });
    write(&format!("co-vibe-{version}.json"), record.to_string().as_bytes());
    record
}
