//! The gitea server.

mod faults;
mod files;
mod issues;
mod lists;
mod protected_repositories;
mod settings;

use std::time::Duration;

use covibe_agent_servers::gitea::GiteaContext;
use covibe_agent_servers::protected_resources::Guard;
use covibe_agent_servers::tool_registry;
use covibe_domain::Secret;
use covibe_gitea::{Client, Config, FileChange, NewCommit};
use covibe_sandbox::Simulator;
use covibe_sandbox::gitea::{Options, start};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::tool_calls::{Caller, guard as guard_of};

/// The user of the tools.
const USER: &str = "ada";

/// The scopes that its token needs.
const SCOPES: [&str; 3] = ["write:issue", "read:repository", "read:user"];

/// A simulated Gitea with the user `ada` and a caller of the tools with a token of hers.
struct World {
    simulator: Simulator,
    /// Acts as the site administrator.
    admin: Client,
    /// A token of the user's that may do everything that she may do.
    whole: Secret,
    caller: Caller<GiteaContext>,
}

impl World {
    async fn new() -> Self {
        let simulator = start(Options::default()).await.unwrap();
        let admin = Client::new(config(&simulator, "operator", simulator.token.clone())).unwrap();
        user(&admin, USER).await;
        let tokens = admin.tokens_by_administrator(USER);
        let whole = tokens.create("whole", &["all"]).await.unwrap().token;
        let token = tokens.create("agent", &SCOPES).await.unwrap().token;
        let caller = caller(&simulator, token, guard_of(None, None));
        Self { simulator, admin, whole, caller }
    }

    /// The same with another guard.
    fn guarded(&self, guard: Guard) -> Caller<GiteaContext> {
        caller(&self.simulator, self.caller.token.clone(), guard)
    }

    /// Does something as the user that the tools do not do, and returns the answer.
    async fn by_hand(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = by_hand(&self.simulator, &self.whole, method, path, &body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Creates a private repository of the user's.
    async fn repository(&self, name: &str) {
        let body = json!({ "name": name, "private": true, "auto_init": true });
        self.by_hand("POST", "/user/repos", body).await;
    }

    /// Creates an organisation with the user as its owner and a private repository.
    async fn organisation(&self, org: &str, repo: &str) {
        self.by_hand("POST", "/orgs", json!({ "username": org })).await;
        let body = json!({ "name": repo, "private": true, "auto_init": true });
        self.by_hand("POST", &format!("/orgs/{org}/repos"), body).await;
    }

    /// Opens an issue.
    async fn issue(&self, repo: &str, title: &str) -> i64 {
        let body = json!({ "title": title });
        let made = self.by_hand("POST", &format!("/repos/{repo}/issues"), body).await;
        made["number"].as_i64().unwrap()
    }

    /// Commits a file.
    async fn commit(&self, owner: &str, repo: &str, path: &str, content: &[u8]) {
        let writer = self.admin.writer(&self.whole);
        let (path, content) = (path.to_owned(), content.into());
        let files = vec![FileChange::Create { path, content, executable: false }];
        let (branch, message) = ("main".to_owned(), "Add a file".to_owned());
        writer.commit(owner, repo, &NewCommit { branch, message, files }).await.unwrap();
    }

    /// The number of requests with the tools' token that change something.
    fn changes(&self) -> usize {
        let requests = self.simulator.requests();
        let is_change = |method: &str, path: &str| method != "GET" && path.contains("/issues");
        requests.iter().filter(|it| is_change(&it.method, &it.path)).count()
    }
}

async fn user(admin: &Client, name: &str) {
    let password = Secret::new("Correct-horse-7-battery");
    admin.create_user(name, &format!("{name}@people.test"), &password).await.unwrap();
}

async fn by_hand(
    simulator: &Simulator,
    token: &Secret,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let address = simulator.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: token {}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        token.expose(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn config(simulator: &Simulator, username: &str, token: Secret) -> Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(simulator.url.parse().unwrap(), username, token);
    config.rate.burst = 10_000;
    config.timeout = Duration::from_secs(10);
    config
}

fn caller(simulator: &Simulator, token: Secret, guard: Guard) -> Caller<GiteaContext> {
    let context = GiteaContext::new(config(simulator, USER, token.clone()), guard).unwrap();
    Caller { registry: tool_registry::gitea(), context, token }
}
