//! A simulated Gitea with a bot, and every call of the client as a value.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_gitea::{Client, Config, Error};
use covibe_sandbox::Simulator;
use covibe_sandbox::gitea::{Options, start};

pub(crate) const ADMIN: &str = "operator";

pub(crate) const SCOPES: [&str; 2] = ["write:repository", "write:organization"];

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
}

/// A call, by method and path (as a fault's pattern).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
}

const fn call(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path }
}

pub(crate) const CALLS: [Call; 11] = [
    call("version", "GET", "/version"),
    call("user", "GET", "/users/*$"),
    call("create_user", "POST", "/admin/users$"),
    call("org", "GET", "/orgs/*$"),
    call("create_org", "POST", "/admin/users/*/orgs"),
    call("tokens", "GET", "/users/*/tokens"),
    call("create_token", "POST", "/users/*/tokens"),
    call("delete_token", "DELETE", "/users/*/tokens/*"),
    call("keys", "GET", "/users/*/keys"),
    call("add_key", "POST", "/admin/users/*/keys"),
    call("repo", "GET", "/repos/*/*$"),
];

impl World {
    /// A Gitea with the bot `mark-bot`, its organisation, and a token named `old`.
    pub(crate) async fn new() -> Self {
        let simulator = start(Options { admin: ADMIN.to_owned(), token: None }).await.unwrap();
        let client = client(&simulator, ADMIN, simulator.token.clone(), Duration::from_secs(10));
        let world = Self { simulator, client };
        world.create_user("mark-bot").await.unwrap();
        world.client.create_org("mark-bot", "vibn-mark").await.unwrap();
        world.client.create_token("mark-bot", "old", &SCOPES).await.unwrap();
        world
    }

    pub(crate) async fn create_user(&self, name: &str) -> Result<(), Error> {
        let (email, password) =
            (format!("{name}@bots.test"), Secret::new("Correct-horse-7-battery"));
        self.client.create_user(name, &email, &password).await.map(drop)
    }

    pub(crate) async fn make(&self, name: &str) -> Result<(), Error> {
        let client = &self.client;
        match name {
            "version" => client.version().await.map(drop),
            "user" => client.user("mark-bot").await.map(drop),
            "create_user" => self.create_user("new-bot").await,
            "org" => client.org("vibn-mark").await.map(drop),
            "create_org" => client.create_org("mark-bot", "vibn-new").await.map(drop),
            "tokens" => client.tokens("mark-bot").await.map(drop),
            "create_token" => client.create_token("mark-bot", "new", &SCOPES).await.map(drop),
            "delete_token" => {
                let tokens = client.tokens("mark-bot").await?;
                let id =
                    tokens.iter().find(|token| token.name == "old").map_or(0, |token| token.id);
                client.delete_token("mark-bot", id).await
            }
            "keys" => client.keys("mark-bot").await.map(drop),
            "add_key" => client.add_key("mark-bot", "new", KEY).await.map(drop),
            "repo" => client.repo("vibn-elsewhere", "secret").await.map(drop),
            other => panic!("no call {other}"),
        }
    }
}

/// A public key, the same in each world.
pub(crate) const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f mark";

pub(crate) fn client(
    simulator: &Simulator,
    username: &str,
    token: Secret,
    timeout: Duration,
) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(simulator.url.parse().unwrap(), username, token);
    config.timeout = timeout;
    Client::new(config).unwrap()
}
