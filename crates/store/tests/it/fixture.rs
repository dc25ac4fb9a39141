//! A store on either database, filled with two tenants, and raw SQL on it.

use std::time::Duration;

use covibe_domain::entities::{KeyScope, Link, Project, ProjectKind, ProvisionStatus, Step};
use covibe_domain::{KeyDigest, KeyId, Secret, WorkspaceId};
use covibe_store::{
    AuditEntry, CreatedResource, DeletedResource, NewCreation, NewKey, NewRun, ProjectRecord,
    RegistrationStart, Rejection, Repeats, Store, Tenant, Tx, UnlistedDatabase, WorkspaceRecord,
};
use covibe_testkit_postgres::{Database, Postgres};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use tempfile::TempDir;

use crate::activity::put_activity;
pub(crate) use crate::deployment_queue::queued_deployment;
pub(crate) use crate::detached_commands::{command_id, detached, put_detached};
pub(crate) use crate::row_samples::*;

/// Makes each named test run on both databases, as `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name($crate::fixture::Fixture::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test] async fn $name() {
                if let Some(fixture) = $crate::fixture::Fixture::postgres().await {
                    super::$name(fixture).await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

/// A lease that does not pass during a test.
pub(crate) const MINUTE: Duration = Duration::from_mins(1);

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) database: TestDatabase,
}

pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres(Database),
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::sqlite(&folder.path().join("covibe.sqlite")).await.unwrap();
        Self { store, database: TestDatabase::Sqlite(folder) }
    }

    pub(crate) async fn postgres() -> Option<Self> {
        let database = Postgres::shared()?.database();
        let store = Store::postgres(&database.runtime_url).await.unwrap();
        Some(Self { store, database: TestDatabase::Postgres(database) })
    }

    /// Another instance of the server on the same database.
    pub(crate) async fn another(&self) -> Store {
        let store = match &self.database {
            TestDatabase::Postgres(database) => Store::postgres(&database.runtime_url).await,
            TestDatabase::Sqlite(folder) => {
                Store::sqlite(&folder.path().join("covibe.sqlite")).await
            }
        };
        store.unwrap()
    }

    /// Runs SQL on a tenant's rows as the owner of the tables, whom no grant and no trigger stops. It has the
    /// function for digits of bytes as SQLite names it.
    pub(crate) async fn tamper(&self, name: &str, sql: &str) {
        match &self.database {
            TestDatabase::Postgres(database) => {
                let sql = sql.replace("lower(hex(digest))", "encode(digest, 'hex')");
                let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_{name}'; {sql}; COMMIT");
                raw_postgres(&database.admin_url, &sql).await.map(drop).unwrap();
            }
            TestDatabase::Sqlite(folder) => {
                let sql = format!("BEGIN; {FREE}; {sql}; COMMIT");
                open(folder).batch_execute(&sql).unwrap();
            }
        }
    }

    /// Runs SQL with the server's role; returns the database's message if it refuses.
    pub(crate) async fn raw(&self, sql: &str) -> Result<(), String> {
        match &self.database {
            TestDatabase::Postgres(database) => {
                raw_postgres(&database.runtime_url, sql).await.map(drop)
            }
            TestDatabase::Sqlite(folder) => {
                open(folder).batch_execute(sql).map_err(|e| e.to_string())
            }
        }
    }
}

/// Takes away what stops changes of the audit on SQLite.
const FREE: &str = "DROP TRIGGER IF EXISTS audit_log_keeps_entries;
    DROP TRIGGER IF EXISTS audit_log_keeps_texts;
    DROP TRIGGER IF EXISTS audit_heads_are_kept";

pub(crate) fn open(folder: &TempDir) -> SqliteConnection {
    SqliteConnection::establish(folder.path().join("covibe.sqlite").to_str().unwrap()).unwrap()
}

/// Runs SQL on a connection of its own; the first column of all rows that it answers.
pub(crate) async fn raw_postgres(url: &Secret, sql: &str) -> Result<Vec<String>, String> {
    let (client, connection) =
        tokio_postgres::connect(url.expose(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let answers = client.simple_query(sql).await;
    let answers = answers
        .map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), |e| e.message().to_owned()))?;
    Ok(answers
        .into_iter()
        .filter_map(|answer| match answer {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0)?.to_owned()),
            _ => None,
        })
        .collect())
}

pub(crate) fn key(name: &str) -> KeyId {
    format!("key_{name}").parse().unwrap()
}

pub(crate) fn digest(byte: u8) -> KeyDigest {
    KeyDigest::new([byte; 32])
}

pub(crate) fn record(name: &str) -> WorkspaceRecord {
    WorkspaceRecord {
        id: workspace(name),
        tenant: tenant(name),
        cell: covibe_domain::CellName::default(),
        slug: name.parse().unwrap(),
        name: name.to_owned(),
        gitea_org: format!("vibn-{name}"),
        gitea_bot_username: format!("{name}-bot"),
        upstream_mark: None,
        gitea_org_id: None,
        gitea_bot_email: None,
        gitea_bot_id: None,
        gitea_bot_token: Some("ciphertext".to_owned()),
        gitea_bot_token_id: Some(11),
        gitea_clone_token: None,
        gitea_clone_token_id: None,
        gitea_replaced_tokens: None,
        gitea_bot_ssh_key_id: Some(7),
        coolify_private_key_uuid: Some("pk4cwgc44ogc08804000gggo".parse().unwrap()),
        coolify_project_uuid: None,
        coolify_environment_name: "production".to_owned(),
        coolify_destination_uuid: Some("de4cwgc44ogc08804000gggo".parse().unwrap()),
        coolify_destination_server: Some("se4cwgc44ogc08804000gggo".parse().unwrap()),
        provision_status: ProvisionStatus::Pending,
        created_at: at(1),
    }
}

pub(crate) fn new_key(name: &str, byte: u8) -> NewKey {
    NewKey {
        id: key(name),
        workspace: workspace(name),
        name: Some("laptop".to_owned()),
        prefix: "vibn_sk_ab".to_owned(),
        digest: digest(byte),
        agent_type: Some(covibe_domain::entities::AgentType::Codex),
        scope: KeyScope::Tenant,
        access: covibe_domain::entities::KeyAccess::Read,
        created_at: at(2),
        expires_at: Some(at(9_000)),
        minted_by: None,
        minted_with: None,
    }
}

pub(crate) fn project(name: &str) -> ProjectRecord {
    ProjectRecord {
        id: format!("prj_{name}").parse().unwrap(),
        workspace: workspace(name),
        name: "Shop".to_owned(),
        kind: ProjectKind::Prd,
        body: "# Shop".to_owned(),
        repo: None,
        links: vec![Link { title: None, url: "https://example.com/\"'".to_owned() }],
        created_at: at(3),
        updated_at: at(3),
    }
}

/// All projects of a workspace, as a list shows them.
pub(crate) async fn all_projects(tx: &mut Tx, workspace: &WorkspaceId) -> Vec<Project> {
    tx.projects(workspace, None, u64::MAX).await.unwrap().unwrap().projects
}

/// The same as a list shows it.
pub(crate) fn listed_project(name: &str) -> Project {
    Project { body: None, ..project(name).into() }
}

pub(crate) fn run(name: &str, id: &str) -> NewRun {
    NewRun {
        id: id.to_owned(),
        workspace: workspace(name),
        wants: "ready".to_owned(),
        started_at: at(60),
    }
}

pub(crate) fn creation(name: &str, resource: &str) -> NewCreation {
    NewCreation {
        id: format!("crt_{name}_{resource}"),
        workspace: workspace(name),
        kind: "app".to_owned(),
        name: resource.to_owned(),
        digest: format!("digest-of-{resource}"),
        started_at: at(50),
    }
}

pub(crate) fn created_resource(name: &str) -> CreatedResource {
    CreatedResource {
        mark: format!("crt_{name}_blog"),
        name: "blog".to_owned(),
        uuid: format!("uuid-of-{name}-blog"),
        created_at: at(70),
    }
}

pub(crate) fn deleted_resource(name: &str) -> DeletedResource {
    DeletedResource {
        workspace: workspace(name),
        uuid: format!("uuid-of-{name}-gone"),
        server: Some("s0123456789abcdefghijklm".parse().unwrap()),
    }
}

pub(crate) fn unlisted_database(name: &str) -> UnlistedDatabase {
    UnlistedDatabase {
        noted_at: at(70),
        ..UnlistedDatabase::known_database(&format!("uuid-of-{name}-cache"))
    }
}

/// An entry. Its id contains that of its call if the number is even.
pub(crate) fn entry(name: &str, number: i64) -> AuditEntry {
    let (id, call) = match number % 2 {
        0 => (format!("aud_{name}_{number:06}_ok"), format!("{name}_{number:06}")),
        _ => (format!("aud_{name}_{number:06}"), format!("call_{number}")),
    };
    AuditEntry {
        id,
        tenant: tenant(name),
        workspace: Some(workspace(name)),
        actor: Some(covibe_domain::Actor::Key(key(name))),
        access: (number % 2 == 0).then_some(covibe_domain::entities::KeyAccess::Read),
        call,
        tool: "apps.list".to_owned(),
        surface: "mcp",
        outcome: "ok".to_owned(),
        resource: None,
        params_digest: "0".repeat(64),
        at: at(number),
        duration_ms: 3,
        repeats: (number % 3 == 0).then_some(Repeats { count: number, since: at(number - 1) }),
        detail: (number % 7 == 0).then(|| r#"{"command":"ls"}"#.to_owned()),
    }
}

/// Adds a tenant with one row of each sort.
pub(crate) async fn fill(store: &Store, name: &str, byte: u8) {
    let mut tx = store.tenant(&tenant(name)).await.unwrap();
    let row = Tenant { id: tenant(name), name: name.to_owned(), created_at: at(1) };
    tx.insert_tenant(&row).await.unwrap();
    tx.insert_workspace(&record(name)).await.unwrap();
    tx.insert_key(&new_key(name, byte)).await.unwrap();
    tx.insert_project(&project(name)).await.unwrap();
    tx.put_step(&workspace(name), &step("org", 5)).await.unwrap();
    assert!(tx.begin_provision_run(&run(name, "first"), MINUTE).await.unwrap().is_some());
    assert!(tx.insert_creation(&creation(name, "shop"), MINUTE).await.unwrap().is_some());
    assert!(tx.insert_created_resource(&workspace(name), &created_resource(name)).await.unwrap());
    tx.put_unlisted_database(&workspace(name), &unlisted_database(name)).await.unwrap();
    tx.insert_deleted_resource(&deleted_resource(name), at(90)).await.unwrap();
    let domain = format!("{name}.test");
    let begun = tx.begin_registration(&registration(name, &domain, "first"), MINUTE).await;
    assert_eq!(begun.unwrap(), RegistrationStart::Now);
    tx.insert_domain_event(&domain_event(name, &domain, 1)).await.unwrap();
    tx.insert_debit(&debit(name, name)).await.unwrap();
    tx.begin_storage(&workspace(name), &new_storage(name)).await.unwrap();
    tx.put_storage_injection(&workspace(name), &injection(name)).await.unwrap();
    tx.follow_branch(&followed_branch(name)).await.unwrap();
    tx.put_push_status(&workspace(name), &push_status(name)).await.unwrap();
    tx.put_rejection(&workspace(name), &rejection(name)).await.unwrap();
    tx.put_public_variable(&workspace(name), &app(name), "LOG_LEVEL").await.unwrap();
    tx.insert_clone_key(&workspace(name), &clone_key(name)).await.unwrap();
    tx.put_queued_deployment(&queued_deployment(name), Duration::ZERO).await.unwrap();
    put_detached(&mut tx, name).await;
    put_activity(&mut tx, &workspace(name)).await;
    tx.commit().await.unwrap();
    store.append_audit(&[entry(name, 1)]).await.unwrap();
}

pub(crate) fn rejection(name: &str) -> Rejection {
    Rejection {
        resource: created_resource(name).uuid,
        container: "web".to_owned(),
        label: Some("traefik.enable".to_owned()),
        image: Some(format!("registry.test/{name}:1")),
        file: None,
        commit: None,
        at: at(95),
    }
}

pub(crate) fn step(name: &str, millis: i64) -> Step {
    Step {
        name: name.to_owned(),
        state: covibe_domain::entities::StepState::Started,
        started_at: Some(at(millis)),
        at: at(millis),
        error: None,
        hint: None,
    }
}
