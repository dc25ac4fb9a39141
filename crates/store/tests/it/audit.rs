//! The audit: appended for many tenants at once, all or nothing, changed by nobody.

use crate::fixture::*;

on_both!(
    a_batch_of_entries_is_split_by_tenant,
    repeated_entries_are_stored_once,
    audit_entries_can_be_neither_changed_nor_deleted,
    a_batch_larger_than_one_statement_is_stored_whole,
);

async fn a_batch_of_entries_is_split_by_tenant(fixture: Fixture) {
    let names = ["acme", "beta", "acme", "gamma", "beta", "acme"];
    let entries: Vec<_> = names.iter().zip(1..).map(|(name, at)| entry(name, at)).collect();
    fixture.store.append_audit(&[]).await.unwrap();
    fixture.store.append_audit(&entries).await.unwrap();
    for (name, calls) in [("acme", vec![6, 3, 1]), ("beta", vec![5, 2]), ("gamma", vec![4])] {
        let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
        let found = tx.audit(&workspace(name), 10).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|entry| entry.at.as_millis()).collect();
        assert_eq!(found, calls, "{name}");
        assert_eq!(tx.audit(&workspace(name), 1).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
    }
}

async fn repeated_entries_are_stored_once(fixture: Fixture) {
    let first = [entry("acme", 1), entry("beta", 1)];
    fixture.store.append_audit(&first).await.unwrap();
    let again = [entry("acme", 1), entry("acme", 2), entry("beta", 1)];
    fixture.store.append_audit(&again).await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.audit(&workspace("acme"), 10).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
}

async fn audit_entries_can_be_neither_changed_nor_deleted(fixture: Fixture) {
    fixture.store.append_audit(&[entry("acme", 1)]).await.unwrap();
    let begin = match fixture.database {
        TestDatabase::Sqlite(_) => "BEGIN",
        TestDatabase::Postgres(_) => "BEGIN; SET LOCAL app.tenant_id = 'ten_acme'",
    };
    for change in ["UPDATE audit_log SET outcome = 'x'", "DELETE FROM audit_log"] {
        let refused = fixture.raw(&format!("{begin}; {change}; COMMIT")).await.unwrap_err();
        let words = ["append-only", "permission denied"];
        assert!(words.iter().any(|word| refused.contains(word)), "{refused}");
    }
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.audit(&workspace("acme"), 10).await.unwrap()[0].outcome, "ok");
    tx.commit().await.unwrap();
}

async fn a_batch_larger_than_one_statement_is_stored_whole(fixture: Fixture) {
    let entries: Vec<_> = (0..2_500).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let newest = tx.audit(&workspace("acme"), 5_000).await.unwrap();
    assert_eq!(newest.len(), 2_500);
    assert_eq!(newest[0].at, at(2_499));
    tx.commit().await.unwrap();
}
