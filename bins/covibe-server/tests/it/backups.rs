//! `covibe-server backup` and `restore`: everything comes back after the loss of the database.

use std::fs;
use std::path::{Path, PathBuf};

use covibe_domain::Secret;
use covibe_store::Backend;
use covibe_testkit_http::postgres::{Database, Postgres};
use covibe_testkit_http::{Location, Options, World};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit_exports::old;
use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_process::Server;

/// The role that makes backups, in the cluster of this process.
const ROLE: &str = "covibe_backup";

static ROLE_CHANGE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// Returns an operator who may make backups. The role is created as an operator creates it.
pub(crate) fn with_backup_role(world: &World) -> Operator {
    let operator = Operator::in_world(world).with("PATH", &std::env::var("PATH").expect("a path"));
    let Location::Server(at) = world.location() else { return operator };
    let operator = operator.with("COVIBE_POSTGRES_BACKUP_URL", at.url_as(ROLE).expose());
    let superuser = at.superuser_url.expose();
    let operator = operator.with("COVIBE_POSTGRES_ADMIN_URL", superuser);
    // PostgreSQL refuses one of two changes of a role at once.
    let one_at_a_time = ROLE_CHANGE.lock();
    let made = operator.run(&["migrate", "--backup-role"]);
    drop(one_at_a_time);
    assert!(made.status.success(), "{made:?}");
    operator.with("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose())
}

/// Where a database is restored to, and the variables that name it.
pub(crate) struct Elsewhere {
    pub(crate) variables: Vec<(&'static str, String)>,
    _folder: TempDir,
}

impl Elsewhere {
    /// Returns an empty place of the same kind.
    pub(crate) fn new(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = |url: &covibe_domain::Secret| url.expose().to_owned();
        let mut variables = match world.location() {
            Location::File(_) => {
                vec![("COVIBE_DATA_DIR", folder.path().join("data").display().to_string())]
            }
            Location::Server(_) => {
                let at = Postgres::shared().expect("the world's cluster").empty_database();
                vec![
                    ("DATABASE_URL", text(&at.runtime_url)),
                    ("COVIBE_POSTGRES_ADMIN_URL", text(&at.admin_url)),
                    ("COVIBE_POSTGRES_BACKUP_URL", text(&at.url_as(ROLE))),
                ]
            }
        };
        variables.push(("COVIBE_UPLOAD_DIR", folder.path().join("uploads").display().to_string()));
        Self { variables, _folder: folder }
    }

    pub(crate) fn operator(&self, of: Operator) -> Operator {
        self.variables.iter().fold(of, |operator, (name, value)| operator.with(name, value))
    }

    /// Starts a server there.
    pub(crate) fn server(&self, world: &World) -> Server {
        let variables: Vec<_> = self.variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        tokio::task::block_in_place(|| Server::start_with(world, &variables))
    }
}

/// Makes a backup in a folder.
pub(crate) fn backup(operator: &Operator, folder: &Path) -> PathBuf {
    let directory = folder.join("backup");
    let made = operator.run(&["backup", directory.to_str().expect("UTF-8")]);
    assert!(made.status.success(), "{made:?}");
    directory
}

pub(crate) async fn provisioned(backend: Backend) -> Option<World> {
    let world = World::start(Options { backend, ..Options::default() }).await?;
    let ready = world.mark.agent.json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    world.dispatcher.flush().await;
    Some(world)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_server_restores_everything() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let project = json!({ "name": "Plan", "kind": "prd", "body": "Ship it." });
        let created =
            world.mark.agent.json("POST", "/api/workspaces/mark/projects", &project).await;
        assert_eq!(created.status, 201, "{}", created.text);
        // On PostgreSQL, entries in two of the tables that the audit consists of.
        world.store.append_audit(&old(&world)).await.expect("entries");
        world.dispatcher.flush().await;
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let directory = backup(&operator, folder.path());
        let before: Value =
            serde_json::from_str(&out(&operator.run(&["audit", "verify", "--json"])))
                .expect("JSON");
        let elsewhere = Elsewhere::new(&world);
        let operator = elsewhere.operator(operator);
        let restore = ["restore", directory.to_str().expect("UTF-8")];
        let restored = operator.run(&restore);
        assert!(restored.status.success(), "{restored:?}");
        assert!(out(&restored).contains("2 tenants, 2 workspaces"), "{restored:?}");
        let after = operator.run(&["audit", "verify", "--json"]);
        assert_eq!(serde_json::from_slice::<Value>(&after.stdout).expect("JSON"), before);
        let server = elsewhere.server(&world);
        let agent = server.agent(&world.mark);
        agent.compact("gitea.credentials", &json!({})).await.expect("the secrets are there");
        let listed = agent.compact("projects.list", &json!({})).await.expect("a list");
        assert!(listed.to_string().contains("Plan"), "{listed}");
        drop(server);
        let again = operator.run(&restore);
        assert!(!again.status.success() && err(&again).contains("empty"), "{again:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_drill_verifies_a_backup_and_leaves_nothing() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let temporary = tempfile::tempdir().expect("a folder");
        let operator = operator.with("TMPDIR", temporary.path().to_str().expect("UTF-8"));
        let directory = backup(&operator, folder.path());
        let drill = ["restore", "--drill", directory.to_str().expect("UTF-8")];
        if let Location::Server(at) = world.location() {
            let runtime = at.runtime_url.expose();
            let refused =
                with_backup_role(&world).with("COVIBE_POSTGRES_ADMIN_URL", runtime).run(&drill);
            assert!(!refused.status.success() && err(&refused).contains("CREATEDB"), "{refused:?}");
        }
        allow_drills(&world).await;
        // The drill does not see changes of the server after the backup.
        let project = json!({ "name": "Later", "kind": "prd", "body": "Ship it." });
        world.mark.agent.json("POST", "/api/workspaces/mark/projects", &project).await;
        world.dispatcher.flush().await;
        let done = operator.run(&drill);
        assert!(done.status.success() && out(&done).contains("can be restored"), "{done:?}");
        assert!(out(&done).contains("PASS ten_"), "the chains are verified: {done:?}");
        let file = if backend == Backend::Sqlite { "covibe.sqlite" } else { "covibe.dump" };
        let mut bytes = fs::read(directory.join(file)).expect("the copy");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(directory.join(file), bytes).expect("a damaged copy");
        let failed = operator.run(&drill);
        assert!(!failed.status.success() && !out(&failed).contains("PASS"), "{failed:?}");
        assert_eq!(fs::read_dir(temporary.path()).expect("a folder").count(), 0);
        if let Location::Server(at) = world.location() {
            let left = "SELECT datname::text FROM pg_database WHERE datname = current_database() || '_drill'";
            assert_eq!(raw(&at.superuser_url, left).await, [""; 0]);
        }
        world.stop().await;
    }
}

/// Returns the role that owns the tables.
fn owner(at: &Database) -> String {
    let url = at.admin_url.expose().split("://").nth(1).expect("a URL");
    url.split([':', '@']).next().expect("a role").to_owned()
}

/// Lets the owner of the tables create databases, as a superuser does.
pub(crate) async fn allow_drills(world: &World) {
    if let Location::Server(at) = world.location() {
        raw(&at.superuser_url, &format!("ALTER ROLE {} CREATEDB", owner(at))).await;
    }
}

/// Runs a statement and returns the first column of its rows.
pub(crate) async fn raw(url: &Secret, statement: &str) -> Vec<String> {
    let connected = tokio_postgres::connect(url.expose(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("a session");
    tokio::spawn(connection);
    let rows = client.query(statement, &[]).await.expect("an answer");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_private_files_without_the_secrets_key_and_is_not_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let directory = backup(&operator, folder.path());
        let key = world.secrets_key().expose().as_bytes().to_vec();
        for entry in fs::read_dir(&directory).expect("the backup") {
            let entry = entry.expect("a file");
            let mode = entry.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{entry:?}");
            let bytes = fs::read(entry.path()).expect("a file");
            assert!(!bytes.windows(key.len()).any(|window| window == key), "{entry:?}");
        }
        let again = operator.run(&["backup", directory.to_str().expect("UTF-8")]);
        assert!(!again.status.success() && err(&again).contains("is not empty"), "{again:?}");
        world.stop().await;
    }
}

/// The output of `pg_dump --enable-row-security` as the owner has no rows, and restores without an
/// error.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_role_subject_to_row_security_is_refused() {
    let Some(world) = provisioned(Backend::Postgres).await else { return };
    let Location::Server(at) = world.location() else { panic!("a server") };
    let operator = with_backup_role(&world);
    for url in [&at.admin_url, &at.runtime_url] {
        let operator = Operator::in_world(&world)
            .with("PATH", &std::env::var("PATH").expect("a path"))
            .with("COVIBE_POSTGRES_BACKUP_URL", url.expose());
        let folder = tempfile::tempdir().expect("a folder");
        let refused = operator.run(&["backup", folder.path().to_str().expect("UTF-8")]);
        assert!(!refused.status.success(), "{refused:?}");
        assert!(err(&refused).contains("migrate --backup-role"), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
    let owner = operator.run(&["migrate", "--backup-role"]);
    assert!(!owner.status.success() && err(&owner).contains("superuser"), "{owner:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modified_or_incomplete_backup_is_not_restored() {
    let world = provisioned(Backend::Sqlite).await.expect("SQLite is built in");
    let operator = Operator::in_world(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let directory = backup(&operator, folder.path());
    let elsewhere = Elsewhere::new(&world);
    let operator = elsewhere.operator(operator);
    let restore = ["restore", directory.to_str().expect("UTF-8")];
    let (copy, manifest) = (directory.join("covibe.sqlite"), directory.join("manifest.json"));
    let (rows, text) =
        (fs::read(&copy).expect("rows"), fs::read_to_string(&manifest).expect("text"));
    let refusal = |expected: &str| {
        let refused = operator.run(&restore);
        assert!(!refused.status.success() && err(&refused).contains(expected), "{refused:?}");
    };
    let mut changed = rows.clone();
    *changed.last_mut().expect("a byte") ^= 1;
    fs::write(&copy, &changed).expect("a file");
    refusal("its digest differs");
    fs::write(&copy, &rows).expect("a file");
    fs::write(&manifest, text.replace("\"tenants\": 2", "\"tenants\": 3")).expect("a file");
    refusal("tenants: 2 rows, not 3");
    let newer = text.replace("\"schema\": [", "\"schema\": [\"9999\",");
    fs::write(&manifest, newer).expect("a file");
    refusal("migrations that this one does not know: 9999");
    fs::remove_file(&manifest).expect("a file");
    refusal("the backup is not complete");
    fs::write(&manifest, text).expect("a file");
    assert!(operator.run(&restore).status.success());
    world.stop().await;
}
