//! PostgreSQL's policies alone: SQL without any `WHERE`, on every table of the catalogue.

use covibe_domain::Secret;
use covibe_testkit_postgres::Database;

use crate::device_grants::device_grants;
use crate::fixture::*;
use crate::people::people;
use crate::tenant_isolation::two_tenants;

/// Every table with a tenant; those last that others refer to, so that rows can go in this order.
const OF_TENANTS: &str = "
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    ORDER BY EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = c.oid), c.relname";

/// The same without the parts of tables that consist of several.
const WHOLE: &str = "
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY c.relname";

/// The parts of tables that consist of several. The server uses none by its own name.
const PARTS: &str = "
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relispartition AND relkind = 'r' ORDER BY relname";

/// The tables without a tenant: the test names each of them.
const OF_NOBODY: &str = "
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
    ORDER BY c.relname";

/// The prefixes of tables whose rows cannot be deleted.
const KEPT: [&str; 3] = ["audit_", "vibn_domain_events", "vibn_billing_ledger"];

fn is_kept(table: &str) -> bool {
    KEPT.iter().any(|kept| table.starts_with(kept))
}

/// A database with two tenants, who have rows in all tables.
async fn filled_database() -> Option<(Fixture, Database)> {
    let fixture = Fixture::postgres().await?;
    two_tenants(&fixture).await;
    for name in ["acme", "beta"] {
        people(&fixture, name).await;
        device_grants(&fixture, name).await;
    }
    let TestDatabase::Postgres(database) = &fixture.database else { panic!("made on PostgreSQL") };
    let database = database.clone();
    Some((fixture, database))
}

async fn ask(url: &Secret, sql: &str) -> Vec<String> {
    raw_postgres(url, sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// All rows of a tenant in a table, as text.
async fn rows(database: &Database, table: &str, name: &str) -> Vec<String> {
    let sql = format!("SELECT t::text FROM {table} t WHERE tenant_id = 'ten_{name}' ORDER BY 1");
    ask(&database.superuser_url, &sql).await
}

/// Runs a statement as the server does in the scope of beta; whose rows it touched. A right that
/// the server lacks altogether touches none.
async fn as_beta(database: &Database, statement: &str) -> Vec<String> {
    let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; {statement}; COMMIT");
    match raw_postgres(&database.runtime_url, &sql).await {
        Ok(touched) => touched,
        Err(refused) => {
            assert!(refused.contains("permission denied"), "{statement}: {refused}");
            let is_kept = KEPT.iter().any(|table| statement.contains(table));
            assert!(is_kept, "{statement}: {refused}");
            Vec::new()
        }
    }
}

fn statements(table: &str) -> [String; 3] {
    [
        format!("SELECT tenant_id FROM {table}"),
        format!("UPDATE {table} SET tenant_id = tenant_id RETURNING tenant_id"),
        format!("DELETE FROM {table} RETURNING tenant_id"),
    ]
}

#[tokio::test]
async fn sql_without_a_where_touches_only_rows_of_the_tenant() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let tables = ask(&database.superuser_url, OF_TENANTS).await;
    let parts = ask(&database.superuser_url, PARTS).await;
    let mut before = Vec::new();
    for table in &tables {
        for name in ["acme", "beta"].into_iter().filter(|_| !parts.contains(table)) {
            assert_ne!(rows(&database, table, name).await, [""; 0], "{table} has rows of {name}");
        }
        before.push(rows(&database, table, "acme").await);
    }
    // One statement on all tables, then the next: once rows are deleted, there are none to see.
    for statement in 0..3 {
        for table in &tables {
            let touched = as_beta(&database, &statements(table)[statement]).await;
            assert!(touched.iter().all(|tenant| tenant == "ten_beta"), "{table}: {touched:?}");
            assert!(!touched.is_empty() || is_kept(table), "{table} {statement}");
        }
    }
    for (table, before) in tables.iter().zip(before) {
        assert_eq!(rows(&database, table, "acme").await, before, "{table}");
        let kept = rows(&database, table, "beta").await;
        assert!(kept.is_empty() != is_kept(table) || parts.contains(table), "{table}: {kept:?}");
    }
}

/// The months of the audit: neither a right nor, with one, a policy lets another tenant in.
#[tokio::test]
async fn partitions_are_closed_to_the_server_and_to_other_tenants() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let parts = ask(&database.superuser_url, PARTS).await;
    assert!(parts.len() >= 4, "three months and the rest: {parts:?}");
    for part in &parts {
        for statement in statements(part) {
            let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; {statement}");
            let refused = raw_postgres(&database.runtime_url, &sql).await.unwrap_err();
            assert!(refused.contains("permission denied"), "{statement}: {refused}");
        }
        // An entry of each tenant, and a right that the server lacks.
        let fill = format!(
            "INSERT INTO {part} (id, tenant_id, tool, surface, outcome, at, duration_ms, seq, digest)
             SELECT 'aud_' || name, 'ten_' || name, 't', 's', 'ok',
                coalesce(substring(pg_get_expr(relpartbound, oid) from '[0-9]{{10,}}')::BIGINT, 0), 1,
                1000000, decode(repeat('00', 32), 'hex')
             FROM pg_class, unnest(ARRAY['acme', 'beta']) name WHERE relname = '{part}';
             GRANT SELECT, UPDATE, DELETE ON {part} TO covibe_runtime"
        );
        ask(&database.superuser_url, &fill).await;
        for statement in statements(part) {
            let touched = as_beta(&database, &statement).await;
            assert!(!touched.is_empty(), "{statement}");
            assert!(touched.iter().all(|tenant| tenant == "ten_beta"), "{statement}: {touched:?}");
            let nobodys = ask(&database.runtime_url, &statement).await;
            assert_eq!(nobodys, [""; 0], "{statement}");
        }
        assert!(rows(&database, part, "acme").await.iter().any(|row| row.contains("aud_acme")));
    }
}

#[tokio::test]
async fn without_a_tenant_no_role_reads_or_changes_rows_of_tenants() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let tables = ask(&database.superuser_url, OF_TENANTS).await;
    assert!(tables.len() >= 9, "{tables:?}");
    for table in &tables {
        for statement in statements(table) {
            let seen = ask(&database.admin_url, &statement).await;
            // The owner learns whose domains, pushes and clone keys the server has to look after.
            let is_told = [
                "domains",
                "followed_branches",
                "push_statuses",
                "queued_deployments",
                "clone_keys",
            ]
            .map(|told| format!("SELECT tenant_id FROM {told}"))
            .contains(&statement);
            if !is_told {
                assert_eq!(seen, [""; 0], "{statement}");
            }
            match raw_postgres(&database.runtime_url, &statement).await {
                Ok(touched) => assert_eq!(touched, [""; 0], "{statement}"),
                Err(refused) => assert!(refused.contains("permission denied"), "{refused}"),
            }
        }
    }
}

/// The tables without a tenant, one by one: whose rows can be told by other means, or nobody's.
#[tokio::test]
async fn the_list_of_tables_without_a_tenant_is_complete() {
    let Some((fixture, database)) = filled_database().await else { return };
    let known = [
        "__diesel_schema_migrations",
        "attempts",
        "gitea_organisations",
        "health_probes",
        "installation",
        "paused_deployment_queues",
        "reserved_slugs",
        "secrets_keys",
        "sessions",
        "tenants",
        "upstream_budgets",
        "users",
    ];
    assert_eq!(ask(&database.superuser_url, OF_NOBODY).await, known);
    let nobody: [&str; 0] = [];
    for table in ["tenants", "users"] {
        let ids = format!("SELECT id FROM {table}");
        assert_eq!(ask(&database.runtime_url, &ids).await, nobody, "{table}");
        let own = format!("{}_beta", if table == "users" { "usr" } else { "ten" });
        assert_eq!(as_beta(&database, &ids).await, [own], "{table}");
    }
    // The owner lists the tenants for `audit verify`, and changes none.
    let all = covibe_store::postgres_tenants(&database.admin_url).await.unwrap();
    assert_eq!(all, [tenant("acme"), tenant("beta")]);
    assert_eq!(ask(&database.admin_url, "SELECT id FROM users").await, nobody);
    for change in ["UPDATE tenants SET name = 'x' RETURNING id", "DELETE FROM tenants RETURNING id"]
    {
        assert_eq!(ask(&database.admin_url, change).await, nobody);
    }
    let refused = covibe_store::postgres_tenants(&database.runtime_url).await;
    assert!(matches!(refused, Err(covibe_store::Error::Isolation { .. })), "{refused:?}");
    let refused = fixture.store.embedded_tenants().await;
    assert!(matches!(refused, Err(covibe_store::Error::Isolation { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_tenant_cannot_write_rows_of_another_tenant() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let refusal = async |statement: &str| {
        let sql = format!("BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; {statement}");
        raw_postgres(&database.runtime_url, &sql).await.unwrap_err()
    };
    for table in ask(&database.superuser_url, OF_TENANTS).await {
        let moved = refusal(&format!("UPDATE {table} SET tenant_id = 'ten_acme'")).await;
        let words = ["row-level security", "permission denied"];
        assert!(words.iter().any(|word| moved.contains(word)), "{table}: {moved}");
    }
    let planted = "INSERT INTO audit_log SELECT 'x', 'ten_acme', workspace_id, actor_id, call, tool, \
                   surface, outcome, resource, params_digest, at, duration_ms FROM audit_log";
    let refused = refusal(planted).await;
    assert!(refused.contains("permission denied"), "{refused}");
}

#[tokio::test]
async fn a_credential_shows_only_its_key_and_its_workspace() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let with = async |digest: &str, sql: &str| {
        let sql = format!("BEGIN READ ONLY; SET LOCAL app.credential = '{digest}'; {sql}");
        ask(&database.runtime_url, &sql).await
    };
    let acme = digest(1).to_string();
    for table in ask(&database.superuser_url, WHOLE).await {
        let seen = with(&acme, &format!("SELECT tenant_id FROM {table}")).await;
        let opened = ["api_keys", "vibn_workspaces"].contains(&table.as_str());
        let expected: &[&str] = if opened { &["ten_acme"] } else { &[] };
        assert_eq!(seen, expected, "{table}");
        assert_eq!(with("x", &format!("SELECT tenant_id FROM {table}")).await, [""; 0], "{table}");
    }
}

#[tokio::test]
async fn a_slug_shows_only_its_workspace_and_permits_no_change() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let with = |sql: &str| format!("BEGIN; SET LOCAL app.slug = 'acme'; {sql}");
    for table in ask(&database.superuser_url, WHOLE).await {
        let seen =
            ask(&database.runtime_url, &with(&format!("SELECT tenant_id FROM {table}"))).await;
        let expected: &[&str] = if table == "vibn_workspaces" { &["ten_acme"] } else { &[] };
        assert_eq!(seen, expected, "{table}");
    }
    let change = with("UPDATE vibn_workspaces SET name = 'x' RETURNING slug");
    assert_eq!(ask(&database.runtime_url, &change).await, [""; 0]);
}

#[tokio::test]
async fn a_scope_setting_does_not_outlive_its_transaction() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let after = "BEGIN; SET LOCAL app.tenant_id = 'ten_beta'; SET LOCAL app.credential = 'x'; \
                 SET LOCAL app.slug = 'acme'; COMMIT; \
                 SELECT id FROM api_keys UNION SELECT id FROM vibn_workspaces";
    assert_eq!(raw_postgres(&database.runtime_url, after).await.unwrap(), Vec::<String>::new());
    let nameless = "BEGIN; SET LOCAL app.tenant_id = ''; \
                    INSERT INTO tenants (id, name, created_at) VALUES ('', '', 0)";
    let refused = raw_postgres(&database.runtime_url, nameless).await.unwrap_err();
    assert!(refused.contains("check constraint"), "{refused}");
}

/// The policies that permit a change in any scope. A transaction must have begun before a statement that one of them
/// permits is sent: otherwise that could be carried out alone.
const OPEN_TO_ALL: &str = "
    SELECT tablename || ' ' || policyname FROM pg_policies
    WHERE schemaname = 'public' AND permissive = 'PERMISSIVE' AND cmd <> 'SELECT' AND (
        coalesce(with_check, qual) NOT LIKE '%current_setting(%' OR coalesce(qual, with_check) NOT LIKE '%current_setting(%'
    )
    ORDER BY 1";

#[tokio::test]
async fn the_list_of_policies_that_need_no_scope_is_complete() {
    let Some((_fixture, database)) = filled_database().await else { return };
    assert_eq!(
        ask(&database.superuser_url, OPEN_TO_ALL).await,
        [
            "activity_forgotten old",
            "activity_items old",
            "activity_states old",
            "detached_commands old",
            "device_grants old",
            "users newcomer"
        ]
    );
}

/// The functions that do as the owner of the tables what the runtime role may not, as far as somebody else may call
/// them, or could choose where they look for names.
const EXPOSED: &str = "
    SELECT proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prosecdef AND (
        proacl IS NULL OR array_to_string(proacl, ',') ~ '(^|,)=X'
        OR NOT coalesce(array_to_string(proconfig, ',') LIKE '%search_path=public, pg_temp%', false)
    )
    ORDER BY 1";

#[tokio::test]
async fn only_the_runtime_role_calls_functions_of_the_owner() {
    let Some((_fixture, database)) = filled_database().await else { return };
    let none: [&str; 0] = [];
    assert_eq!(ask(&database.superuser_url, EXPOSED).await, none);
}
