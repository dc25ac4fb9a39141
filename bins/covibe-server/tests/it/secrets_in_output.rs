//! The output of a real process at its most talkative contains no secret.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::{Agent, Secrets, World, upstream_calls};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server_binary;

/// A server whose whole output is kept.
struct Talkative {
    child: Child,
    folder: TempDir,
}

impl Talkative {
    fn start(world: &World, format: &str) -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let file = |name| File::create(folder.path().join(name)).expect("a file");
        let mut command = Command::new(server_binary::path());
        command.env_clear().envs(world.variables()).current_dir(folder.path());
        command.arg("serve").env("RUST_LOG", "trace").env("COVIBE_LOG_FORMAT", format);
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        let child = command.spawn().expect("the server starts");
        Self { child, folder }
    }

    fn output(&self) -> String {
        let text = |name| fs::read(self.folder.path().join(name)).expect("a file");
        String::from_utf8_lossy(&[text("out"), text("err")].concat()).into_owned()
    }

    /// Waits until it serves, and returns its address.
    async fn origin(&self) -> String {
        for _ in 0..1000 {
            let said = self.output();
            let mut lines = said.lines().filter_map(|line| line.split_once("Co-Vibe serves at "));
            if let Some((_, origin)) = lines.next() {
                return origin.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it does not serve: {}", self.output());
    }

    /// Returns its whole output, once it has ended in good order.
    fn end_and_read(&mut self) -> String {
        let stopped = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(stopped.expect("kill").success());
        assert!(self.child.wait().expect("an end").success());
        self.output()
    }
}

impl Drop for Talkative {
    fn drop(&mut self) {
        // One that has ended already is as dead.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

const VALUE: &str = "env-value-of-a-process-33e0";
const PASSWORD: &str = "Db-Password-of-a-process-9a";

#[tokio::test(flavor = "multi_thread")]
async fn the_log_contains_no_secrets() {
    for format in ["text", "json"] {
        let world = World::embedded().await;
        let mut server = Talkative::start(&world, format);
        let agent = Agent::new(&server.origin().await, "mark", world.mark.agent.key.clone());
        let secrets = journey(&world, &agent).await;
        let said = server.end_and_read();
        assert!(said.contains("Co-Vibe serves at ") && said.len() > 10_000, "{said}");
        secrets.search().assert_clean(&format!("the log as {format}"), said.as_bytes());
    }
}

/// Receives and replaces credentials, sends secrets, and causes errors with them.
pub(crate) async fn journey(world: &World, agent: &Agent) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.add("a variable", VALUE);
    secrets.add("a password", PASSWORD);
    secrets.add("the secrets key", world.secrets_key().expose());
    secrets.add("Coolify's token", world.coolify.token.expose());
    secrets.add("Gitea's token", world.gitea.token.expose());
    secrets.add("mark's key", agent.key.as_ref().expect("a key").expose());
    let keys = agent.json("POST", "/api/workspaces/mark/keys", &json!({})).await.json();
    add_secret(&mut secrets, "a key", &keys["token"]);
    for rotate in [json!([]), json!(["pat", "clone", "keypair"])] {
        let path = "/api/workspaces/mark/provision";
        let ready = agent.json("POST", path, &json!({ "rotate": rotate })).await;
        assert_eq!(ready.status, 200, "{}", ready.text);
        for told in [
            agent.compact("gitea.credentials", &json!({})).await,
            agent.mcp("gitea.credentials", &json!({})).await,
        ] {
            add_secret(
                &mut secrets,
                "the bot's token",
                &told.expect("credentials")["bot"]["token"],
            );
        }
    }
    let app = json!({ "image": "nginx:1.27", "name": "shop",
                      "envs": [{ "key": "A", "value": VALUE, "isShownOnce": true }] });
    let app = agent.mcp("apps.create", &app).await.expect("an app")["uuid"].clone();
    let database = json!({ "type": "redis", "credentials": { "password": PASSWORD } });
    let made = agent.mcp("databases.create", &database).await.expect("a database");
    add_secret(&mut secrets, "a URL", &made["internalUrl"]);
    make_mistakes(world, agent, &app).await;
    for request in world.coolify.requests() {
        if let Some(Value::String(pem)) = request.body.map(|body| body["private_key"].clone()) {
            secrets.add("a private key", pem.trim());
        }
    }
    secrets
}

fn add_secret(secrets: &mut Secrets, what: &str, secret: &Value) {
    secrets.add(what, secret.as_str().expect("a text"));
}

async fn make_mistakes(world: &World, agent: &Agent, app: &Value) {
    let wrong = agent.with_key(Some(&format!("{VALUE}-as-a-key")));
    assert_eq!(wrong.compact_raw("apps.list", &json!({})).await.status, 401);
    for (tool, params) in [
        (VALUE, json!({})),
        ("apps.get", json!({ "uuid": VALUE })),
        ("apps.get", json!({ "uuid": app, VALUE: PASSWORD })),
        ("apps.envs.upsert", json!({ "uuid": app, "key": "A", "value": { "a": VALUE } })),
        ("databases.create", json!({ "type": VALUE, "credentials": PASSWORD })),
    ] {
        agent.mcp(tool, &params).await.expect_err("a refusal");
        agent.compact(tool, &params).await.expect_err("a refusal");
    }
    let echo = json!({ "message": format!("{PASSWORD} {VALUE} {}", world.coolify.token.expose()) });
    for name in [Name::Status, Name::StatusAfter, Name::DropAfter, Name::Malformed] {
        for status in [401, 422, 500] {
            let fault = Fault::new(name).status(status).body(echo.clone()).times(u32::MAX);
            world.coolify.arm(fault.on("PATCH", "/applications/*/envs/bulk$"));
            let params = json!({ "uuid": app, "key": "A", "value": VALUE });
            agent.mcp("apps.envs.upsert", &params).await.expect_err("a failure");
            upstream_calls::disarm(world);
        }
    }
}

#[test]
fn errors_of_a_wrong_configuration_print_no_values() {
    let secret = "hunter2-in-a-configuration";
    let mut secrets = Secrets::default();
    secrets.add("a value", secret);
    let url = format!("postgres://user:{secret}@host:port/name?sslmode=nonsense");
    for command in [
        vec!["serve"],
        vec!["check"],
        vec!["check", "--json"],
        vec!["audit", "list"],
        vec!["audit", "verify"],
        vec!["migrate"],
    ] {
        for (names, value) in [
            (vec!["VIBN_SECRETS_KEY", "COOLIFY_API_TOKEN", "GITEA_API_TOKEN"], secret.to_owned()),
            (vec!["DATABASE_URL", "COVIBE_POSTGRES_ADMIN_URL"], url.clone()),
            (
                vec!["COOLIFY_API_URL", "GITEA_API_URL", "COVIBE_HOSTED_URL"],
                format!("https://u:{secret}@h:x/"),
            ),
            (vec!["COVIBE_BIND", "COVIBE_AUTH_MODE", "COVIBE_LOG_FORMAT"], secret.to_owned()),
        ] {
            let folder = tempfile::tempdir().expect("a directory");
            let mut program = Command::new(server_binary::path());
            program.env_clear().env("RUST_LOG", "trace").current_dir(folder.path());
            program.env("COVIBE_DATABASE_BACKEND", "postgres").args(&command);
            let output = program.envs(names.iter().map(|name| (name, &value))).output();
            let output = output.expect("it starts");
            assert!(!output.status.success(), "{command:?} {names:?}: {output:?}");
            let said = [output.stdout, output.stderr].concat();
            secrets.search().assert_clean(&format!("{command:?} {names:?}"), &said);
        }
    }
}
