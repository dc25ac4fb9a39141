//! The rows of a tenant: an export has them all and no secret. A workspace moves to another tenant with its own; what
//! let people and agents in ends, and the history stays.

use std::collections::BTreeMap;

use covibe_store::{Error, Store, exported_tables};
use serde_json::{Map, Value};

use crate::fixture::*;
use crate::people::people;
use crate::tenant_isolation::two_tenants;

on_both!(
    an_export_has_only_rows_of_its_tenant_and_no_secrets,
    a_workspace_moves_with_its_rows_and_without_its_keys,
    a_move_to_a_missing_tenant_changes_nothing,
    open_work_of_a_workspace_is_listed_for_its_tenant_only,
);

/// Parts of the names of columns with secrets, and columns whose names have one and that are none.
const SECRET: [&str; 8] =
    ["token", "secret", "digest", "salt", "password", "refresh", "mark", "output"];
const NONE: [&str; 3] = ["gitea_bot_token_id", "gitea_clone_token_id", "gitea_replaced_tokens"];

async fn an_export_has_only_rows_of_its_tenant_and_no_secrets(fixture: Fixture) {
    two_tenants(&fixture).await;
    for name in ["acme", "beta"] {
        people(&fixture, name).await;
    }
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let mut filled = 0;
    for table in exported_tables() {
        let rows = tx.tenant_rows(table).await.unwrap();
        filled += usize::from(!rows.is_empty());
        for row in rows {
            let row: Map<String, Value> = serde_json::from_str(&row).unwrap();
            let owner = if table == "tenants" { "id" } else { "tenant_id" };
            assert_eq!(row[owner], "ten_acme", "{table}");
            let is_secret = |name: &&String| SECRET.iter().any(|part| name.contains(part));
            let mut secrets = row.keys().filter(is_secret);
            assert!(secrets.all(|name| NONE.contains(&name.as_str())), "{table}: {row:?}");
        }
    }
    tx.commit().await.unwrap();
    assert!(filled > 15, "{filled} tables have rows");
}

type Rows = BTreeMap<&'static str, Vec<Map<String, Value>>>;

/// Returns the rows of a tenant that are of the workspace of `acme`, without the tenant.
async fn rows(store: &Store, name: &str) -> Rows {
    let mut tx = store.tenant_read(&tenant(name)).await.unwrap();
    let (mut all, id) = (Rows::new(), workspace("acme").to_string());
    for table in exported_tables() {
        let owner = if table == "vibn_workspaces" { "id" } else { "workspace_id" };
        let of_table = tx.tenant_rows(table).await.unwrap().into_iter();
        let parsed = of_table.map(|row| serde_json::from_str(&row).unwrap());
        let mut own: Vec<Map<String, Value>> = parsed
            .filter(|row: &Map<String, Value>| row.get(owner) == Some(&Value::from(id.as_str())))
            .collect();
        for row in &mut own {
            row.remove("tenant_id");
        }
        all.insert(table, own);
    }
    tx.commit().await.unwrap();
    all
}

const STAY: [&str; 2] = ["vibn_domain_events", "vibn_billing_ledger"];
const END: [&str; 7] = [
    "workspace_memberships",
    "invitations",
    "api_keys",
    "detached_commands",
    "activity_states",
    "activity_items",
    "activity_forgotten",
];

async fn a_workspace_moves_with_its_rows_and_without_its_keys(fixture: Fixture) {
    two_tenants(&fixture).await;
    for name in ["acme", "beta"] {
        people(&fixture, name).await;
    }
    let before = rows(&fixture.store, "acme").await;
    let record = {
        let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
        tx.workspace(&workspace("acme")).await.unwrap().unwrap()
    };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.move_workspace(&workspace("acme"), &tenant("beta"), at(50)).await.unwrap();
    tx.commit().await.unwrap();
    let (left, moved) = (rows(&fixture.store, "acme").await, rows(&fixture.store, "beta").await);
    let (mut filled, nothing) = (0, Vec::new());
    for (table, had) in &before {
        let is_history = STAY.contains(table);
        let expected = if is_history || END.contains(table) { &nothing } else { had };
        assert_eq!(&moved[table], expected, "{table}");
        assert_eq!(&left[table], if is_history { had } else { &nothing }, "{table}");
        filled += usize::from(!had.is_empty());
    }
    assert!(filled > 15, "{filled} tables have rows");
    // Secrets, which an export leaves out, went along, too.
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    let found = tx.workspace(&workspace("acme")).await.unwrap().unwrap();
    let mut expected = record;
    expected.tenant = tenant("beta");
    assert!(found == expected, "{found:?}");
    assert_eq!(tx.workspaces().await.unwrap().len(), 2);
    assert!(!tx.keys(&workspace("beta")).await.unwrap().is_empty());
}

async fn a_move_to_a_missing_tenant_changes_nothing(fixture: Fixture) {
    two_tenants(&fixture).await;
    let before = rows(&fixture.store, "acme").await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    let refused = tx.move_workspace(&workspace("acme"), &tenant("gone"), at(50)).await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    drop(tx);
    assert_eq!(rows(&fixture.store, "acme").await, before);
}

async fn open_work_of_a_workspace_is_listed_for_its_tenant_only(fixture: Fixture) {
    two_tenants(&fixture).await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let open = tx.open_work(&workspace("acme"), MINUTE).await.unwrap();
    let whats: Vec<_> = open.iter().map(|(what, _)| *what).collect();
    assert!(whats.contains(&"calls that create or delete something"), "{open:?}");
    let foreign = tx.open_work(&workspace("beta"), MINUTE).await.unwrap();
    assert_eq!(foreign, [], "another tenant's is not seen");
}
