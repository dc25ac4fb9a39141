//! The sandbox alone serves the whole way from a search to a domain that DNS answers for.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use covibe_domain::Secret;
use covibe_testkit::{Agent, dns};
use serde_json::{Value, json};

use crate::binary;

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

#[tokio::test]
async fn the_sandbox_serves_the_way_from_a_search_to_an_attached_domain() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(binary::path());
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
    command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
    command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = Running(command.spawn().expect("it starts"));
    let mut line = String::new();
    let output = running.0.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let described: Value = serde_json::from_str(&line).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let token = Some(Secret::new(text(&described["token"])));
    let agent = Agent::new(&text(&described["origin"]), "mark", token);
    let done = async |tool: &str, params: Value| {
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
    };
    let found = done("domains.search", json!({ "names": ["my-shop.com"] })).await;
    assert_eq!(found["domains"][0]["available"], true, "{found}");
    let contact = json!({ "firstName": "Ada", "lastName": "Lovelace", "address1": "1 Main St",
                          "city": "Ottawa", "state": "ON", "country": "CA", "postalCode": "K1A 0B1",
                          "phone": "+1.6135550123", "email": "ada@example.com" });
    done("domains.register", json!({ "domain": "my-shop.com", "contact": contact })).await;
    let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = done("apps.create", app).await;
    let attach = json!({ "domain": "my-shop.com", "appUuid": app["uuid"] });
    let attached = done("domains.attach", attach).await;
    assert_eq!(attached["hosts"], json!(["my-shop.com", "www.my-shop.com"]), "{attached}");
    let server = text(&described["upstreams"]["dns"]["address"]).parse().expect("an address");
    for host in ["my-shop.com", "www.my-shop.com"] {
        assert_eq!(dns::ask(server, host, "A").await, ["198.51.100.7"], "{host}");
    }
}
