//! An export has the rows of one tenant, and no secret.

use covibe_store::exported_tables;
use serde_json::{Map, Value};

use crate::fixture::*;
use crate::isolation::two_tenants;
use crate::people::people;

on_both!(an_export_has_all_rows_of_one_tenant_and_no_secret);

/// Parts of the names of columns with secrets, and columns whose names have one and that are none.
const SECRET: [&str; 7] = ["token", "secret", "digest", "salt", "password", "refresh", "mark"];
const NONE: [&str; 3] = ["gitea_bot_token_id", "gitea_clone_token_id", "gitea_replaced_tokens"];

async fn an_export_has_all_rows_of_one_tenant_and_no_secret(fixture: Fixture) {
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
