//! The audit's chain: whole however it is written, and broken by every change from outside.

use covibe_store::{AuditEntry, Error, Verified, VerifyOptions};
use futures_util::future::join_all;

use crate::fixture::*;

on_both!(
    each_tenant_has_its_own_intact_chain,
    a_repeated_write_does_not_fork_the_chain,
    concurrent_instances_continue_the_same_chain,
    verification_finds_every_change_from_outside,
    verification_finds_an_entry_that_was_replaced_with_its_digest,
    a_chain_longer_than_a_page_is_verified_whole,
    a_broken_chain_is_not_continued,
    verification_finds_a_tenant_whose_entries_were_all_deleted,
    a_chain_that_differs_from_an_earlier_head_is_reported,
    verification_since_a_time_ignores_earlier_changes,
);

/// Five entries of acme, among those of beta.
async fn five(fixture: &Fixture) {
    for number in [1, 3] {
        let entries = [entry("acme", number), entry("beta", number), entry("acme", number + 1)];
        fixture.store.append_audit(&entries).await.unwrap();
    }
    fixture.store.append_audit(&[entry("acme", 5)]).await.unwrap();
}

async fn verify(fixture: &Fixture, name: &str) -> Verified {
    fixture.store.verify_audit(&tenant(name)).await.unwrap()
}

async fn each_tenant_has_its_own_intact_chain(fixture: Fixture) {
    let nothing = verify(&fixture, "acme").await;
    assert_eq!((nothing.entries, nothing.problem), (0, None));
    assert_eq!(nothing.head, "0".repeat(64));
    five(&fixture).await;
    let (acme, beta) = (verify(&fixture, "acme").await, verify(&fixture, "beta").await);
    assert_eq!((acme.entries, acme.problem), (5, None));
    assert_eq!((beta.entries, beta.problem), (2, None));
    assert_eq!((acme.head.len(), beta.head.len()), (64, 64));
    assert_ne!(acme.head, beta.head);
    fixture.store.append_audit(&[entry("beta", 9)]).await.unwrap();
    assert_eq!(verify(&fixture, "acme").await.head, acme.head);
    assert_ne!(verify(&fixture, "beta").await.head, beta.head);
}

async fn a_repeated_write_does_not_fork_the_chain(fixture: Fixture) {
    five(&fixture).await;
    let head = verify(&fixture, "acme").await.head;
    fixture.store.append_audit(&[entry("acme", 4), entry("beta", 3)]).await.unwrap();
    assert_eq!(verify(&fixture, "acme").await.head, head, "there was nothing new");
    let twice = [entry("acme", 5), entry("acme", 6), entry("acme", 6), entry("beta", 4)];
    fixture.store.append_audit(&twice).await.unwrap();
    for (name, entries) in [("acme", 6), ("beta", 3)] {
        let found = verify(&fixture, name).await;
        assert_eq!((found.entries, found.problem), (entries, None), "{name}");
    }
}

/// Two instances, each with several writers, in opposite orders of tenants.
async fn concurrent_instances_continue_the_same_chain(fixture: Fixture) {
    let stores = [fixture.store.clone(), fixture.another().await];
    let append = async |number: i64| {
        let mut entries = [entry("acme", number), entry("beta", number), entry("gamma", number)];
        if number % 2 == 0 {
            entries.reverse();
        }
        let store = &stores[usize::try_from(number % 2).unwrap()];
        store.append_audit(&entries).await.unwrap();
    };
    // Eight writers, each of which goes on once its entry is written.
    let write = async |first: i64| {
        for number in (first..40).step_by(8) {
            append(number).await;
        }
    };
    join_all((0..8).map(write)).await;
    for name in ["acme", "beta", "gamma"] {
        let found = verify(&fixture, name).await;
        assert_eq!((found.entries, found.problem), (40, None), "{name}");
    }
}

const TAMPERED: [(&str, i64, &str); 15] = [
    ("UPDATE audit_log SET outcome = 'x' WHERE seq = 2", 2, "was changed"),
    ("UPDATE audit_log SET workspace_id = NULL WHERE seq = 5", 5, "was changed"),
    ("UPDATE audit_log SET digest = params_digest WHERE seq = 1", 1, "was changed"),
    // Of these the call's id is in the entry's id, and of the others not.
    ("UPDATE audit_log SET id = 'aud_acme_000009_ok' WHERE seq = 2", 2, "was changed"),
    ("UPDATE audit_log SET call = 'x' WHERE seq = 4", 4, "was changed"),
    ("DELETE FROM audit_log WHERE seq = 2", 2, "entry 2 is missing"),
    ("DELETE FROM audit_log WHERE seq IN (2, 3)", 2, "entries 2 to 3 are missing"),
    ("DELETE FROM audit_log WHERE seq >= 4", 4, "entries 4 to 5 are missing"),
    ("DELETE FROM audit_log", 1, "entries 1 to 5 are missing"),
    (
        "UPDATE audit_log SET seq = -1 WHERE seq = 2; UPDATE audit_log SET seq = 2 WHERE seq = 3;
         UPDATE audit_log SET seq = 3 WHERE seq = -1",
        2,
        "was changed or moved",
    ),
    (
        "DROP INDEX audit_log_by_seq; INSERT INTO audit_log SELECT 'copy', tenant_id, workspace_id,
         actor_id, call, tool, surface, outcome, resource, params_digest, at, duration_ms, seq,
         digest, access, repeats, since, detail FROM audit_log WHERE seq = 2 AND tenant_id = 'ten_acme'",
        2,
        "has the same number as another one",
    ),
    (
        "INSERT INTO audit_log SELECT 'copy', tenant_id, workspace_id, actor_id, call, tool, surface,
         outcome, resource, params_digest, at, duration_ms, 6, digest, access, repeats, since, detail
         FROM audit_log WHERE seq = 5 AND tenant_id = 'ten_acme'",
        6,
        "is beyond the chain's head",
    ),
    ("DELETE FROM audit_heads", 5, "is beyond the chain's head"),
    (
        "UPDATE audit_heads SET seq = 3, digest =
         (SELECT lower(hex(digest)) FROM audit_log WHERE seq = 3 AND tenant_id = 'ten_acme')",
        5,
        "is beyond the chain's head",
    ),
    ("UPDATE audit_heads SET seq = 3", 3, "does not match the chain's head"),
];

async fn verification_finds_every_change_from_outside(fixture: Fixture) {
    drop(fixture.store);
    for (change, seq, expected) in TAMPERED {
        let fixture = match fixture.database {
            TestDatabase::Sqlite(_) => Fixture::sqlite().await,
            TestDatabase::Postgres(_) => Fixture::postgres().await.unwrap(),
        };
        five(&fixture).await;
        assert_eq!(verify(&fixture, "acme").await.problem, None);
        // SQLite has no scope: beta's rows are left out by hand.
        let only = match fixture.database {
            TestDatabase::Sqlite(_) => "DELETE FROM audit_log WHERE tenant_id = 'ten_beta';",
            TestDatabase::Postgres(_) => "",
        };
        fixture.tamper("acme", &format!("{only} {change}")).await;
        let found = verify(&fixture, "acme").await;
        let (at, what) = found.problem.unwrap_or_else(|| panic!("not found: {change}"));
        assert_eq!(at, seq, "{change}: {what}");
        assert!(what.contains(expected), "{change}: {what}");
        assert!(found.entries < 6, "{change}");
    }
}

/// The digest of the next entry covers the digest of the one that was there.
async fn verification_finds_an_entry_that_was_replaced_with_its_digest(fixture: Fixture) {
    let other = match fixture.database {
        TestDatabase::Sqlite(_) => Fixture::sqlite().await,
        TestDatabase::Postgres(_) => Fixture::postgres().await.unwrap(),
    };
    let forged = AuditEntry { tool: "x".to_owned(), ..entry("acme", 2) };
    other.store.append_audit(&[entry("acme", 1), forged]).await.unwrap();
    let digest = verify(&other, "acme").await.head;
    five(&fixture).await;
    let digest = match fixture.database {
        TestDatabase::Sqlite(_) => format!("x'{digest}'"),
        TestDatabase::Postgres(_) => format!("'\\x{digest}'"),
    };
    let replace = format!("UPDATE audit_log SET tool = 'x', digest = {digest}");
    fixture.tamper("acme", &format!("{replace} WHERE seq = 2 AND tenant_id = 'ten_acme'")).await;
    let (at, what) = verify(&fixture, "acme").await.problem.unwrap();
    assert_eq!(at, 3, "{what}");
    assert!(what.contains("the one before it was replaced"), "{what}");
    assert_eq!(verify(&fixture, "beta").await.problem, None);
}

async fn a_chain_longer_than_a_page_is_verified_whole(fixture: Fixture) {
    let entries: Vec<_> = (1..=1_001).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.problem), (1_001, None));
    // The last of a page, twice.
    let twice = "DROP INDEX audit_log_by_seq; INSERT INTO audit_log SELECT 'zzz', tenant_id, \
                 workspace_id, actor_id, call, tool, surface, outcome, resource, params_digest, at, \
                 duration_ms, seq, digest, access, repeats, since, detail FROM audit_log WHERE seq = 500";
    fixture.tamper("acme", twice).await;
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.problem.map(|(at, _)| at)), (500, Some(500)));
}

async fn a_broken_chain_is_not_continued(fixture: Fixture) {
    five(&fixture).await;
    let head = "UPDATE audit_heads SET seq = 3 WHERE tenant_id = 'ten_acme'";
    fixture.tamper("acme", head).await;
    let refused = fixture.store.append_audit(&[entry("acme", 6), entry("beta", 6)]).await;
    assert!(matches!(refused, Err(Error::BrokenChain)), "{refused:?}");
    assert_eq!(verify(&fixture, "beta").await.entries, 2, "all or none");
    fixture.tamper("acme", &head.replace('3', "5")).await;
    fixture.store.append_audit(&[entry("acme", 6), entry("beta", 6)]).await.unwrap();
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.problem), (6, None));
}

async fn verification_finds_a_tenant_whose_entries_were_all_deleted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    assert_eq!(verify(&fixture, "acme").await.problem, None);
    fixture.tamper("acme", "DELETE FROM audit_log; DELETE FROM audit_heads").await;
    let (at, what) = verify(&fixture, "acme").await.problem.unwrap();
    assert_eq!(at, 1);
    assert!(what.contains("no entries"), "{what}");
    // A tenant without any events has no problem either.
    assert_eq!(verify(&fixture, "beta").await.problem, None);
}

async fn a_chain_that_differs_from_an_earlier_head_is_reported(fixture: Fixture) {
    five(&fixture).await;
    let kept = verify(&fixture, "acme").await;
    fixture.store.append_audit(&[entry("acme", 6)]).await.unwrap();
    let compare = async |seq: i64, digest: &str| {
        let options = VerifyOptions { since: None, expected: Some((seq, digest.to_owned())) };
        fixture.store.verify_audit_with(&tenant("acme"), &options).await.unwrap().problem
    };
    assert_eq!(compare(kept.seq, &kept.head).await, None);
    let other = verify(&fixture, "beta").await.head;
    for (seq, digest) in [(kept.seq, &other), (kept.seq - 1, &kept.head), (7, &kept.head)] {
        let (at, what) = compare(seq, digest).await.unwrap();
        assert_eq!(at, seq, "{what}");
    }
    // A chain that was written anew from its beginning is whole.
    fixture
        .tamper(
            "acme",
            "DELETE FROM audit_log WHERE tenant_id = 'ten_acme'; \
        DELETE FROM audit_heads WHERE tenant_id = 'ten_acme'",
        )
        .await;
    let again: Vec<_> = (11..=16).map(|number| entry("acme", number)).collect();
    fixture.another().await.append_audit(&again).await.unwrap();
    assert_eq!(verify(&fixture, "acme").await.problem, None);
    assert_eq!(compare(kept.seq, &kept.head).await.unwrap().0, kept.seq);
}

async fn verification_since_a_time_ignores_earlier_changes(fixture: Fixture) {
    let entries: Vec<_> = (1..=40).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let since = async |millis: i64| {
        let options = VerifyOptions { since: Some(at(millis)), expected: None };
        fixture.store.verify_audit_with(&tenant("acme"), &options).await.unwrap()
    };
    for (millis, entries, earlier) in
        [(0, 40, 0), (1, 40, 0), (31, 10, 30), (40, 1, 39), (99, 0, 40)]
    {
        let found = since(millis).await;
        assert_eq!(
            (found.entries, found.earlier, found.problem),
            (entries, earlier, None),
            "{millis}"
        );
    }
    let change = "UPDATE audit_log SET outcome = 'x' WHERE seq = 20 AND tenant_id = 'ten_acme'";
    fixture.tamper("acme", change).await;
    assert_eq!(since(31).await.problem, None);
    assert_eq!(since(15).await.problem.unwrap().0, 20);
    // What follows an entry that is not valid is not trusted.
    assert_eq!(since(21).await.problem.unwrap().0, 20);
}

#[tokio::test]
async fn the_embedded_database_lists_its_tenants() {
    let fixture = Fixture::sqlite().await;
    fill(&fixture.store, "beta", 1).await;
    fixture.store.append_audit(&[entry("acme", 1), entry("beta", 2)]).await.unwrap();
    let tenants = fixture.store.embedded_tenants().await.unwrap();
    assert_eq!(tenants, [tenant("acme"), tenant("beta")]);
    // The list comes through a connection that was a tenant's before.
    let tx = fixture.store.tenant_read(&tenants[0]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.store.embedded_tenants().await.unwrap(), tenants);
}
