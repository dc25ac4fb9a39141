//! One tenant never sees or changes another one's rows, by queries and by PostgreSQL's policies.

use covibe_domain::entities::ProvisionStatus;
use covibe_store::{Error, Membership, Tenant, User};

use crate::fixture::*;

on_both!(
    nothing_foreign_is_seen,
    nothing_foreign_is_changed,
    nothing_hangs_on_a_foreign_workspace,
    rows_of_others_are_not_admitted,
    a_credential_opens_one_row,
    a_read_changes_nothing,
    a_workspace_is_read_as_it_was_written,
);

async fn two_tenants(fixture: &Fixture) {
    fill(&fixture.store, "acme", 1).await;
    fill(&fixture.store, "beta", 2).await;
}

async fn nothing_foreign_is_seen(fixture: Fixture) {
    two_tenants(&fixture).await;
    let acme = workspace("acme");
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    assert_eq!(tx.workspaces().await.unwrap(), [record("beta")]);
    assert_eq!(tx.workspace(&acme).await.unwrap(), None);
    assert_eq!(tx.steps(&acme).await.unwrap(), []);
    assert_eq!(tx.keys(&acme).await.unwrap(), []);
    assert_eq!(tx.key_by_digest(&digest(1)).await.unwrap(), None);
    assert_eq!(tx.projects(&acme).await.unwrap(), []);
    assert_eq!(tx.project(&acme, "prj_acme").await.unwrap(), None);
    assert_eq!(tx.creation_by_name(&acme, "app", "shop").await.unwrap(), None);
    assert_eq!(tx.creation_by_digest(&acme, "app", "digest-of-shop").await.unwrap(), None);
    assert_eq!(tx.audit(&acme, 10).await.unwrap(), []);
    tx.commit().await.unwrap();
    its_own_rows_are_there(&fixture, "beta").await;
    its_own_rows_are_there(&fixture, "acme").await;
}

/// Without this the test above would pass on an empty database.
async fn its_own_rows_are_there(fixture: &Fixture, name: &str) {
    let own = workspace(name);
    let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
    assert_eq!(tx.workspace(&own).await.unwrap(), Some(record(name)));
    assert_eq!(tx.steps(&own).await.unwrap(), [step("org", 5)]);
    assert_eq!(tx.keys(&own).await.unwrap().len(), 1);
    assert_eq!(tx.projects(&own).await.unwrap(), [project(name)]);
    let found = tx.creation_by_digest(&own, "app", "digest-of-shop").await.unwrap();
    assert_eq!(found, Some(creation(name, "shop")));
    assert_eq!(tx.audit(&own, 10).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
}

async fn nothing_foreign_is_changed(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    assert!(!tx.revoke_key(&workspace("acme"), &key("acme"), at(5)).await.unwrap());
    assert!(!tx.claim_creation("crt_acme_shop", at(100), at(900), "x").await.unwrap());
    assert!(!tx.set_creation_uuid("crt_acme_shop", "stolen").await.unwrap());
    assert!(!tx.release_creation("crt_acme_shop").await.unwrap());
    assert!(!tx.delete_creation("crt_acme_shop").await.unwrap());
    let disguised = covibe_store::WorkspaceRecord { tenant: tenant("beta"), ..record("acme") };
    assert!(!tx.update_workspace(&disguised).await.unwrap());
    tx.commit().await.unwrap();
    let uses = [(tenant("beta"), key("acme"), at(77))];
    fixture.store.touch_keys(&uses).await.unwrap();

    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    tx.put_step(&workspace("acme"), &step("org", 999)).await.unwrap_err();
    drop(tx);
    its_own_rows_are_there(&fixture, "acme").await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.keys(&workspace("acme")).await.unwrap()[0].last_used_at, None);
    tx.commit().await.unwrap();
}

async fn nothing_hangs_on_a_foreign_workspace(fixture: Fixture) {
    two_tenants(&fixture).await;
    let begin = || async { fixture.store.tenant(&tenant("beta")).await.unwrap() };
    let mut stolen = new_key("acme", 9);
    stolen.id = key("stolen");
    begin().await.insert_key(&stolen).await.unwrap_err();
    let foreign = covibe_store::ProjectRecord { id: "prj_new".to_owned(), ..project("acme") };
    begin().await.insert_project(&foreign).await.unwrap_err();
    begin().await.put_step(&workspace("acme"), &step("new", 1)).await.unwrap_err();
    begin().await.insert_creation(&creation("acme", "new")).await.unwrap_err();
    its_own_rows_are_there(&fixture, "acme").await;
}

async fn rows_of_others_are_not_admitted(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let taken = record("acme");
    assert!(matches!(tx.insert_workspace(&taken).await, Err(Error::OtherTenant)));
    assert!(matches!(tx.update_workspace(&taken).await, Err(Error::OtherTenant)));
    let other = Tenant { id: tenant("gamma"), name: "Gamma".to_owned(), created_at: at(1) };
    assert!(matches!(tx.insert_tenant(&other).await, Err(Error::OtherTenant)));
    let user = User {
        id: "usr_mark".parse().unwrap(),
        email: "mark@example.com".to_owned(),
        name: "Mark".to_owned(),
        created_at: at(1),
    };
    tx.insert_user(&user).await.unwrap();
    let mut membership = Membership {
        user: user.id,
        tenant: tenant("acme"),
        role: "owner".to_owned(),
        created_at: at(1),
    };
    assert!(matches!(tx.insert_membership(&membership).await, Err(Error::OtherTenant)));
    membership.tenant = tenant("beta");
    tx.insert_membership(&membership).await.unwrap();
    let taken = covibe_store::WorkspaceRecord {
        slug: "acme".parse().unwrap(),
        id: workspace("third"),
        ..record("beta")
    };
    assert!(matches!(tx.insert_workspace(&taken).await, Err(Error::Conflict)));
}

async fn a_credential_opens_one_row(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.credential(&digest(1)).await.unwrap();
    let found = tx.key_by_digest(&digest(1)).await.unwrap().unwrap();
    assert_eq!((found.tenant, found.workspace), (tenant("acme"), workspace("acme")));
    assert_eq!((found.key.id, found.revoked_at), (key("acme"), None));
    assert_eq!(tx.key_by_digest(&digest(2)).await.unwrap(), None);
    assert_eq!(tx.keys(&workspace("acme")).await.unwrap(), []);
    assert_eq!(tx.workspaces().await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.credential(&digest(3)).await.unwrap();
    assert_eq!(tx.key_by_digest(&digest(3)).await.unwrap(), None);
    tx.commit().await.unwrap();
}

async fn a_read_changes_nothing(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    tx.put_step(&workspace("acme"), &step("late", 9)).await.unwrap_err();
    drop(tx);
    its_own_rows_are_there(&fixture, "acme").await;
}

async fn a_workspace_is_read_as_it_was_written(fixture: Fixture) {
    two_tenants(&fixture).await;
    let changed = covibe_store::WorkspaceRecord {
        name: "Acme Ltd".to_owned(),
        gitea_bot_token: None,
        gitea_bot_ssh_key_id: None,
        coolify_private_key_uuid: None,
        coolify_project_uuid: Some("pj4cwgc44ogc08804000gggo".parse().unwrap()),
        provision_status: ProvisionStatus::Ready,
        ..record("acme")
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.update_workspace(&changed).await.unwrap());
    let done = covibe_domain::entities::Step {
        state: covibe_domain::entities::StepState::Done,
        ..step("org", 8)
    };
    tx.put_step(&workspace("acme"), &step("bot", 4)).await.unwrap();
    tx.put_step(&workspace("acme"), &done).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.workspace(&workspace("acme")).await.unwrap(), Some(changed.clone()));
    assert!(!format!("{changed:?}{:?}", record("acme")).contains("ciphertext"));
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap(), [step("bot", 4), done]);
    tx.commit().await.unwrap();
}

const TABLES: [&str; 8] = [
    "tenants",
    "memberships",
    "vibn_workspaces",
    "api_keys",
    "projects",
    "provision_steps",
    "creations",
    "audit_log",
];

#[tokio::test]
async fn raw_sql_without_a_tenant_sees_nothing_not_even_as_owner() {
    let Some(fixture) = Fixture::postgres().await else { return };
    two_tenants(&fixture).await;
    members(&fixture).await;
    let Place::Postgres(database) = &fixture.place else { panic!("made on PostgreSQL") };
    for table in TABLES.into_iter().chain(["users"]) {
        let count = format!("SELECT count(*) FROM {table}");
        let seen = raw_postgres(&database.superuser_url, &count).await.unwrap();
        assert_ne!(seen, ["0"], "{table} has rows that could be seen");
        for url in [&database.runtime_url, &database.admin_url] {
            assert_eq!(raw_postgres(url, &count).await.unwrap(), ["0"], "{table}");
        }
    }
}

async fn members(fixture: &Fixture) {
    for name in ["acme", "beta"] {
        let mut tx = fixture.store.tenant(&tenant(name)).await.unwrap();
        let user = User {
            id: format!("usr_{name}").parse().unwrap(),
            email: format!("{name}@example.com"),
            name: name.to_owned(),
            created_at: at(1),
        };
        tx.insert_user(&user).await.unwrap();
        let membership = Membership {
            user: user.id,
            tenant: tenant(name),
            role: "owner".to_owned(),
            created_at: at(1),
        };
        tx.insert_membership(&membership).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn raw_sql_of_a_tenant_sees_and_writes_its_own_rows_only() {
    let Some(fixture) = Fixture::postgres().await else { return };
    two_tenants(&fixture).await;
    members(&fixture).await;
    let Place::Postgres(database) = &fixture.place else { panic!("made on PostgreSQL") };
    let as_beta = async |sql: &str| {
        let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; {sql}");
        raw_postgres(&database.runtime_url, &sql).await
    };
    for table in TABLES {
        let column = if table == "tenants" { "id" } else { "tenant_id" };
        let seen = as_beta(&format!("SELECT DISTINCT {column} FROM {table}")).await.unwrap();
        assert_eq!(seen, ["ten_beta"], "{table}");
    }
    assert_eq!(as_beta("SELECT id FROM users").await.unwrap(), ["usr_beta"]);
    let touched = as_beta("UPDATE vibn_workspaces SET name = 'x' RETURNING id").await.unwrap();
    assert_eq!(touched, ["ws_beta"]);
    let moved = as_beta("UPDATE vibn_workspaces SET tenant_id = 'ten_acme'").await.unwrap_err();
    assert!(moved.contains("row-level security"), "{moved}");
    let planted = "INSERT INTO audit_log SELECT 'x', 'ten_acme', workspace_id, key_id, call, tool, \
                   surface, outcome, resource, params_digest, at, duration_ms FROM audit_log";
    let refused = as_beta(planted).await.unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
}

#[tokio::test]
async fn a_setting_does_not_outlive_its_transaction() {
    let Some(fixture) = Fixture::postgres().await else { return };
    two_tenants(&fixture).await;
    let Place::Postgres(database) = &fixture.place else { panic!("made on PostgreSQL") };
    let after = "BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; SET LOCAL app.credential = 'x'; COMMIT; \
                 SELECT id FROM api_keys";
    assert_eq!(raw_postgres(&database.runtime_url, after).await.unwrap(), Vec::<String>::new());
    let nameless = "BEGIN; SET LOCAL app.tenant_id = ''; \
                    INSERT INTO tenants (id, name, created_at) VALUES ('', '', 0)";
    let refused = raw_postgres(&database.runtime_url, nameless).await.unwrap_err();
    assert!(refused.contains("check constraint"), "{refused}");
}
