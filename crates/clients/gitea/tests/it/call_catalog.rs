//! A simulated Gitea with a bot, and every call of the client as a value.

use std::time::Duration;

use covibe_domain::Secret;
use covibe_gitea::{Client, Config, Error};
use covibe_sandbox::Simulator;
use covibe_sandbox::gitea::{Options, start};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
    /// Sent again after a dropped connection.
    pub(crate) repeats: bool,
}

const fn call(name: &'static str, method: &'static str, path: &'static str) -> Call {
    Call { name, method, path, repeats: !matches!(method.as_bytes(), b"POST") }
}

/// The calls, in an order in which none removes a resource that a later one needs.
pub(crate) const CALLS: [Call; 24] = [
    call("version", "GET", "/version"),
    call("user", "GET", "/users/*$"),
    call("users_named", "GET", "/users/search"),
    call("create_user", "POST", "/admin/users$"),
    call("org", "GET", "/orgs/*$"),
    call("create_org", "POST", "/admin/users/*/orgs"),
    call("tokens", "GET", "/users/*/tokens"),
    call("create_token", "POST", "/users/*/tokens"),
    call("delete_token", "DELETE", "/users/*/tokens/*"),
    call("keys", "GET", "/users/*/keys"),
    call("add_key", "POST", "/admin/users/*/keys"),
    call("delete_key", "DELETE", "/admin/users/*/keys/*"),
    call("repo", "GET", "/repos/*/*$"),
    call("repos", "GET", "/orgs/*/repos"),
    call("whoami", "GET", "/user$"),
    call("limit_user", "PATCH", "/admin/users/*$"),
    call("set_email", "PATCH", "/admin/users/*$"),
    call("orgs_of", "GET", "/users/*/orgs"),
    call("owners_team", "GET", "/orgs/*/teams"),
    call("owners", "GET", "/teams/*/members"),
    call("add_owner", "PUT", "/teams/*/members/*"),
    call("remove_owner", "DELETE", "/teams/*/members/*"),
    call("delete_org", "DELETE", "/orgs/*$"),
    call("delete_user", "DELETE", "/admin/users/*$"),
];

impl World {
    /// A Gitea with the bot `mark-bot`, its organisation, a token and a key of it named `old`, and
    /// the user `spare-bot`, who has nothing.
    pub(crate) async fn new() -> Self {
        let options = Options { admin: ADMIN.to_owned(), ..Options::default() };
        let simulator = start(options).await.unwrap();
        let client = client(&simulator, ADMIN, simulator.token.clone(), Duration::from_secs(10));
        let world = Self { simulator, client };
        world.create_user("mark-bot").await.unwrap();
        world.create_org("vibn-mark").await.unwrap();
        world.client.tokens_by_administrator("mark-bot").create("old", &SCOPES).await.unwrap();
        world.client.add_key("mark-bot", "old", OLD_KEY).await.unwrap();
        world.create_user("spare-bot").await.unwrap();
        world
    }

    /// Creates an organisation that `mark-bot` owns.
    pub(crate) async fn create_org(&self, name: &str) -> Result<(), Error> {
        self.client.create_org(name, "a mark").await?;
        let team = self.client.owners_team(name).await?;
        self.client.add_member(name, team, "mark-bot").await?;
        self.client.remove_member(team, ADMIN).await
    }

    pub(crate) async fn create_user(&self, name: &str) -> Result<(), Error> {
        let (email, password) =
            (format!("{name}@bots.test"), Secret::new("Correct-horse-7-battery"));
        self.client.create_user(name, &email, &password).await.map(drop)
    }

    /// Makes a request with a token that this client does not make; returns the status.
    pub(crate) async fn by_hand(&self, token: &str, method: &str, path: &str, body: &Value) -> u16 {
        let address = self.simulator.url.trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let body = body.to_string();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: token {token}\r\n\
             content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) async fn make_call(&self, name: &str) -> Result<(), Error> {
        let client = &self.client;
        match name {
            "version" => client.version().await.map(drop),
            "user" => client.user("mark-bot").await.map(drop),
            "users_named" => client.users_named("mark").await.map(drop),
            "create_user" => self.create_user("new-bot").await,
            "org" => client.org("vibn-mark").await.map(drop),
            "create_org" => client.create_org("vibn-new", "a mark").await.map(drop),
            "tokens" => client.tokens_by_administrator("mark-bot").all().await.map(drop),
            "create_token" => {
                client.tokens_by_administrator("mark-bot").create("new", &SCOPES).await.map(drop)
            }
            "delete_token" => {
                let tokens = client.tokens_by_administrator("mark-bot").all().await?;
                let id =
                    tokens.iter().find(|token| token.name == "old").map_or(0, |token| token.id);
                client.tokens_by_administrator("mark-bot").delete(id).await
            }
            "keys" => client.keys("mark-bot").await.map(drop),
            "add_key" => client.add_key("mark-bot", "new", KEY).await.map(drop),
            "delete_key" => {
                let keys = client.keys("mark-bot").await?;
                let id = keys.iter().find(|key| key.title == "old").map_or(0, |key| key.id);
                client.delete_key("mark-bot", id).await
            }
            "repos" => client.repos("vibn-mark").await.map(drop),
            "whoami" => client.whoami(&self.simulator.token).await.map(drop),
            "limit_user" => client.limit_user("mark-bot").await,
            "set_email" => client.set_email("mark-bot", "mark-2@bots.test").await,
            "orgs_of" => client.orgs_of("mark-bot").await.map(drop),
            "owners_team" => client.owners_team("vibn-mark").await.map(drop),
            "owners" => {
                let team = client.owners_team("vibn-mark").await?;
                client.team_members(team).await.map(drop)
            }
            "add_owner" => {
                client
                    .add_member("vibn-mark", client.owners_team("vibn-mark").await?, "mark-bot")
                    .await
            }
            "remove_owner" => {
                client.remove_member(client.owners_team("vibn-mark").await?, "spare-bot").await
            }
            "delete_org" => client.delete_org("vibn-mark").await,
            "delete_user" => client.delete_user("spare-bot").await,
            "repo" => client.repo("vibn-elsewhere", "secret").await.map(drop),
            other => panic!("no call {other}"),
        }
    }
}

/// A public key that each world has.
const OLD_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA mark";

/// Another one, which is the same in each world.
pub(crate) const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f mark";

pub(crate) fn client(
    simulator: &Simulator,
    username: &str,
    token: Secret,
    timeout: Duration,
) -> Client {
    Client::new(config(simulator, username, token, timeout)).unwrap()
}

pub(crate) fn config(
    simulator: &Simulator,
    username: &str,
    token: Secret,
    timeout: Duration,
) -> Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = Config::new(simulator.url.parse().unwrap(), username, token);
    config.timeout = timeout;
    config
}
