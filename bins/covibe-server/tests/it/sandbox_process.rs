//! A process of `covibe-server sandbox`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use covibe_crypto::SecretBox;
use covibe_domain::Secret;
use covibe_testkit_http::Agent;
use covibe_testkit_http::postgres::{Database, Postgres};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::server_binary;

/// The time limit of a sandbox that must end without serving.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sandbox without any settings; it ends when this is dropped.
pub(crate) struct Sandbox {
    process: Child,
    described: Value,
    _folder: TempDir,
}

/// The command of a sandbox with its data in a folder.
fn command(folder: &TempDir) -> Command {
    let mut command = Command::new(server_binary::path());
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a path"));
    command.args(["sandbox", "--json", "--bind", "127.0.0.1:0", "--data-dir", "data"]);
    command.current_dir(folder.path());
    command
}

/// The same on a PostgreSQL database.
fn command_on(folder: &TempDir, database: &Database, secrets_key: &Secret) -> Command {
    let mut command = command(folder);
    command.arg("--postgres");
    command.env("DATABASE_URL", database.runtime_url.expose());
    command.env("COVIBE_POSTGRES_ADMIN_URL", database.admin_url.expose());
    command.env("VIBN_SECRETS_KEY", secrets_key.expose());
    command
}

impl Sandbox {
    /// Starts one, and waits until it serves.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::from_command(command(&folder), folder)
    }

    /// Starts one that begins with a story, and waits until it serves.
    pub(crate) fn of_story(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = command(&folder);
        command.args(["--story", name]);
        Self::from_command(command, folder)
    }

    /// Starts one on a PostgreSQL database, and waits until it serves.
    fn on(database: &Database, secrets_key: &Secret) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::from_command(command_on(&folder, database, secrets_key), folder)
    }

    fn from_command(mut command: Command, folder: TempDir) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("it starts");
        let mut line = String::new();
        let output = process.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let described = serde_json::from_str(&line).expect("JSON");
        Self { process, described, _folder: folder }
    }

    /// Returns a text of its description, by its JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let value = self.described.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no {pointer}")).to_owned()
    }

    /// Makes a call of its workspace that must succeed.
    pub(crate) async fn call_successfully(&self, tool: &str, params: Value) -> Value {
        let token = Some(Secret::new(self.text("/token")));
        let agent = Agent::new(&self.text("/origin"), &self.text("/workspace"), token);
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
    }

    /// Returns the path of the socket of its Docker Engine.
    pub(crate) fn socket(&self) -> String {
        let url = self.text("/upstreams/docker/url");
        url.strip_prefix("unix://").expect("a socket").to_owned()
    }

    /// Asks its Docker Engine.
    pub(crate) fn engine(&self, path: &str) -> Value {
        let mut connection = UnixStream::connect(self.socket()).expect("a connection");
        // This version answers without chunks.
        let request = format!("GET /v1.44{path} HTTP/1.0\r\nHost: d\r\n\r\n");
        connection.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {answer}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Runs a statement as the superuser; returns the first column of its row, if it has one.
async fn ask(database: &Database, sql: &str) -> Option<i64> {
    let connected = tokio_postgres::connect(database.superuser_url.expose(), NoTls).await;
    let (client, connection) = connected.expect("a connection");
    tokio::spawn(connection);
    let row = client.query_opt(sql, &[]).await.expect(sql);
    row.map(|row| row.get(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_reuses_its_postgres_database_with_a_fresh_call_budget() {
    let Some(postgres) = Postgres::shared() else { return };
    let (database, key) = (postgres.empty_database(), SecretBox::fresh_config());
    for starts in 1..=2 {
        let sandbox = Sandbox::on(&database, &key);
        let described = sandbox.call_successfully("workspace.describe", json!({})).await;
        assert_eq!(described["provisionStatus"], "ready");
        assert_eq!(ask(&database, "SELECT count(*) FROM vibn_workspaces").await, Some(1));
        assert_eq!(ask(&database, "SELECT count(*) FROM api_keys").await, Some(starts));
    }
    // The remains of an earlier simulator would delay the next one.
    let budgets = "SELECT count(*) FROM upstream_budgets";
    assert_eq!(ask(&database, budgets).await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_refuses_the_database_of_a_server() {
    let Some(postgres) = Postgres::shared() else { return };
    let (database, folder) = (postgres.database(), tempfile::tempdir().expect("a folder"));
    let tenant = "INSERT INTO tenants (id, name, created_at) VALUES ('ten_other', 'Other', 1)";
    assert_eq!(ask(&database, tenant).await, None);
    let with_owner = command_on(&folder, &database, &SecretBox::fresh_config());
    let mut without_owner = command_on(&folder, &database, &SecretBox::fresh_config());
    without_owner.env_remove("COVIBE_POSTGRES_ADMIN_URL");
    for command in [with_owner, without_owner] {
        let output = tokio::process::Command::from(command).kill_on_drop(true).output();
        let told = tokio::time::timeout(PATIENCE, output).await;
        let told = told.expect("it ends").expect("it starts");
        let text = String::from_utf8_lossy(&told.stderr);
        assert!(!told.status.success() && text.contains("is a server's"), "{told:?}");
    }
}
