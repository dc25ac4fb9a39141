//! `covibe-server check`: it looks at the database and changes nothing of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use covibe_domain::Secret;
use covibe_store::{Backend, Store};
use covibe_testkit_http::{Options, World};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::current_directory_and_migrate::{out, run};

/// The names, contents, permissions and times of the files in a folder.
fn folder_state(
    folder: &Path,
) -> BTreeMap<String, (Vec<u8>, fs::Permissions, std::time::SystemTime)> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| {
        let entry = entry.expect("an entry");
        let about = entry.metadata().expect("a file");
        let content = fs::read(entry.path()).expect("a file");
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, (content, about.permissions(), about.modified().expect("a time")))
    });
    files.collect()
}

/// Runs `check` on the database in a folder, which it must leave as it is. Returns what it says.
fn run_check(data: &Path, key: &Secret) -> String {
    let before = folder_state(data);
    let directory = fs::metadata(data).expect("a folder").permissions();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let data_text = data.to_str().expect("UTF-8");
    let mut variables = vec![("COVIBE_DATA_DIR", data_text)];
    if !data.join("secrets.key").exists() {
        variables.push(("VIBN_SECRETS_KEY", key.expose()));
    }
    let told = run(elsewhere.path(), &["check"], &variables);
    assert!(folder_state(data) == before, "{told:?}");
    assert_eq!(fs::metadata(data).expect("a folder").permissions(), directory);
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 0, "{told:?}");
    out(&told)
}

/// A data directory with a database in which a key is noted that nobody has.
struct DataFolder {
    _folder: tempfile::TempDir,
    data: std::path::PathBuf,
    key: Secret,
}

impl DataFolder {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join(name);
        fs::create_dir(&data).expect("a folder");
        Self { _folder: folder, data, key: covibe_crypto::SecretBox::fresh_config() }
    }

    /// Opens the database as a server does. What was written last is in its log.
    async fn open_as_server(&self) -> Store {
        let store = Store::sqlite(&self.data.join("covibe.sqlite")).await.expect("a database");
        store.checkpoint().await.expect("a checkpoint");
        store.put_secrets_key("0123abcd", "a canary").await.expect("a row");
        store
    }

    fn run_check(&self) -> String {
        run_check(&self.data, &self.key)
    }

    /// Copies files of the database to another place, as a server leaves them that is killed.
    fn copy_as_killed(&self, suffixes: &[&str]) -> Self {
        let left = Self::new("left");
        for suffix in suffixes {
            let name = format!("covibe.sqlite{suffix}");
            fs::copy(self.data.join(&name), left.data.join(&name)).expect("a copy");
        }
        left
    }
}

/// The last row was found.
const FOUND: &str = "FAIL secrets: secrets in the database are encrypted with the key 0123abcd";

#[tokio::test(flavor = "multi_thread")]
async fn check_leaves_the_database_files_unchanged_whatever_the_state_of_the_server() {
    let place = DataFolder::new("a #1? 100%25 folder");
    let store = place.open_as_server().await;
    let told = place.run_check();
    assert!(told.contains("PASS database: SQLite file") && told.contains(FOUND), "runs: {told}");
    let told = place.copy_as_killed(&["", "-wal", "-shm"]).run_check();
    assert!(told.contains("PASS database") && told.contains(FOUND), "killed: {told}");
    let told = place.copy_as_killed(&["", "-wal"]).run_check();
    assert!(told.contains("FAIL database") && told.contains("`covibe-server serve`"), "{told}");
    drop(store);
    let path = place.data.join("covibe.sqlite");
    let mut last = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file");
    last.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
    drop(last);
    assert!(!place.data.join("covibe.sqlite-wal").exists(), "nobody has it open");
    let told = place.run_check();
    assert!(told.contains("PASS database") && told.contains(FOUND), "stopped: {told}");
}

#[test]
fn a_missing_database_is_reported_and_not_created() {
    let place = DataFolder::new("data");
    let told = place.run_check();
    assert!(told.contains("WARN database: there is none yet"), "{told}");
    fs::write(place.data.join("secrets.key"), place.key.expose()).expect("a key");
    #[cfg(unix)]
    {
        let open: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&place.data, open).expect("its permissions");
    }
    let told = place.run_check();
    assert!(told.contains("PASS secrets: the key is valid"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_database_is_reported_and_not_migrated() {
    let place = DataFolder::new("data");
    drop(place.open_as_server().await);
    let path = place.data.join("covibe.sqlite");
    let mut file = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file");
    let older = "DELETE FROM __diesel_schema_migrations";
    file.batch_execute(older).expect("it is done");
    drop(file);
    let told = place.run_check();
    assert!(told.contains("FAIL database") && told.contains("covibe-server migrate"), "{told}");
}

/// Returns what all rows of a database are, and the transactions that wrote them.
async fn rows(client: &tokio_postgres::Client) -> String {
    let names = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
         WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    let mut all = String::new();
    for name in client.query(names, &[]).await.expect("the tables") {
        let name: String = name.get(0);
        let rows = format!(
            "SELECT coalesce(string_agg(t.xmin || ' ' || t::text, E'\n' ORDER BY t.ctid), '')
             FROM {name} t"
        );
        let rows: String = client.query_one(&rows, &[]).await.expect("rows").get(0);
        all += &[name, rows, String::new()].join("\n");
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn check_leaves_the_rows_of_postgres_unchanged() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let covibe_testkit_http::Location::Server(at) = world.location() else {
        panic!("it is a server")
    };
    let connected = tokio_postgres::connect(at.superuser_url.expose(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("a connection");
    let driver = tokio::spawn(connection);
    world.dispatcher.flush().await;
    let before = rows(&client).await;
    assert!(before.contains("workspaces"), "{before}");
    let variables = world.variables();
    let mut variables: Vec<_> = variables.iter().map(|(name, text)| (*name, &**text)).collect();
    variables.push(("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose()));
    let folder = tempfile::tempdir().expect("a folder");
    let told = tokio::task::block_in_place(|| run(folder.path(), &["check"], &variables));
    assert!(out(&told).contains("PASS database: PostgreSQL"), "{told:?}");
    assert!(out(&told).contains("PASS secrets: the key opens"), "{told:?}");
    // Not in a message: the rows have sealed secrets.
    assert!(rows(&client).await == before, "{told:?}");
    drop(client);
    driver.await.expect("no panic").expect("a clean end");
    world.stop().await;
}
