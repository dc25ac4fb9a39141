//! Removing the beginning of the audit's chain: the rest can still be verified, and nothing else can be
//! removed.

use covibe_domain::Timestamp;
use covibe_store::{AuditEntry, Verified};

use crate::fixture::*;

on_both!(
    the_rest_of_a_cut_chain_verifies_as_intact,
    a_chain_of_several_pages_is_cut_and_stays_intact,
    a_cut_keeps_an_older_entry_that_follows_a_newer_one,
    entries_of_the_last_month_are_never_removed,
    verification_finds_a_forged_cut,
    verification_finds_a_cut_that_no_entry_records,
    a_chain_verifies_as_intact_while_it_is_cut,
);

async fn verify(fixture: &Fixture, name: &str) -> Verified {
    fixture.store.verify_audit(&tenant(name)).await.unwrap()
}

async fn numbers(fixture: &Fixture, name: &str) -> Vec<i64> {
    let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
    let entries = tx.audit(&workspace(name), 100).await.unwrap();
    tx.commit().await.unwrap();
    entries.iter().rev().map(|entry| entry.at.as_millis()).collect()
}

async fn the_rest_of_a_cut_chain_verifies_as_intact(fixture: Fixture) {
    let entries: Vec<_> =
        (1..=9).flat_map(|number| [entry("acme", number), entry("beta", number)]).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let tenant = tenant("acme");
    assert_eq!(fixture.store.cut_audit(&tenant, at(1), None).await.unwrap(), None);
    assert_eq!(fixture.store.cut_audit(&tenant, at(5), None).await.unwrap(), Some(4));
    assert_eq!(numbers(&fixture, "acme").await, [5, 6, 7, 8, 9]);
    assert_eq!(numbers(&fixture, "beta").await.len(), 9);
    // The entry of the cut itself is in the chain too.
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.removed, found.problem), (6, 4, None));
    fixture.store.append_audit(&[entry("acme", 10)]).await.unwrap();
    assert_eq!(fixture.store.cut_audit(&tenant, at(7), None).await.unwrap(), Some(6));
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.removed, found.problem), (6, 6, None));
    assert_eq!(verify(&fixture, "beta").await.entries, 9);
}

async fn a_chain_of_several_pages_is_cut_and_stays_intact(fixture: Fixture) {
    let entries: Vec<_> = (1..=4_500).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let cut = fixture.store.cut_audit(&tenant("acme"), at(4_498), None).await.unwrap();
    assert_eq!(cut, Some(4_497));
    assert_eq!(numbers(&fixture, "acme").await, [4_498, 4_499, 4_500]);
    let found = verify(&fixture, "acme").await;
    assert_eq!((found.entries, found.removed, found.problem), (3 + 3, 4_497, None));
}

/// Instances append what is a moment apart in any order.
async fn a_cut_keeps_an_older_entry_that_follows_a_newer_one(fixture: Fixture) {
    let entries = [1, 5, 2, 6].map(|number| entry("acme", number));
    fixture.store.append_audit(&entries).await.unwrap();
    assert_eq!(fixture.store.cut_audit(&tenant("acme"), at(4), None).await.unwrap(), Some(1));
    assert_eq!(verify(&fixture, "acme").await.problem, None);
}

async fn entries_of_the_last_month_are_never_removed(fixture: Fixture) {
    let recent = AuditEntry { at: Timestamp::now(), ..entry("acme", 2) };
    fixture.store.append_audit(&[entry("acme", 1), recent]).await.unwrap();
    let future = Timestamp::from_millis(Timestamp::now().as_millis() + 60_000);
    assert_eq!(fixture.store.cut_audit(&tenant("acme"), future, None).await.unwrap(), Some(1));
    assert_eq!(verify(&fixture, "acme").await.problem, None);
    // Not even with a cut that was forged.
    let begin = match fixture.database {
        TestDatabase::Sqlite(_) => "BEGIN",
        TestDatabase::Postgres(_) => "BEGIN; SET LOCAL app.tenant_id = 'ten_acme'",
    };
    let remove = match fixture.database {
        TestDatabase::Sqlite(_) => "DELETE FROM audit_log",
        TestDatabase::Postgres(_) => "SELECT remove_cut_audit(0, 9, 4102444800000)",
    };
    let forge = format!("{begin}; UPDATE audit_heads SET cut_seq = 9; {remove}; COMMIT");
    let _refused = fixture.raw(&forge).await;
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let kept = tx.audit(&workspace("acme"), 10).await.unwrap();
    tx.commit().await.unwrap();
    assert!(kept.iter().any(|entry| entry.call == "acme_000002"), "{kept:?}");
}

async fn verification_finds_a_forged_cut(fixture: Fixture) {
    let entries: Vec<_> = (1..=5).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    fixture.store.cut_audit(&tenant("acme"), at(3), None).await.unwrap();
    let forge = "UPDATE audit_heads SET cut_seq = 3; DELETE FROM audit_log WHERE seq = 3";
    fixture.tamper("acme", forge).await;
    let (at, what) = verify(&fixture, "acme").await.problem.unwrap();
    assert_eq!(at, 4);
    assert!(what.contains("the one before it was replaced"), "{what}");
}

/// Somebody who removes entries can also write the digest of the last one into the head.
async fn verification_finds_a_cut_that_no_entry_records(fixture: Fixture) {
    let entries: Vec<_> = (1..=5).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let forge = "UPDATE audit_heads SET cut_seq = 3, cut_digest =
         (SELECT lower(hex(digest)) FROM audit_log WHERE seq = 3 AND tenant_id = 'ten_acme');
         DELETE FROM audit_log WHERE seq <= 3";
    fixture.tamper("acme", forge).await;
    let (at, what) = verify(&fixture, "acme").await.problem.unwrap();
    assert_eq!(at, 4);
    assert!(what.contains("no entry records that the entries up to 3 were removed"), "{what}");
}

async fn a_chain_verifies_as_intact_while_it_is_cut(fixture: Fixture) {
    let entries: Vec<_> = (1..=3_000).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let is_cut = std::cell::Cell::new(false);
    let cut = async {
        for number in (20..=2_980).step_by(20) {
            fixture.store.cut_audit(&tenant("acme"), at(number), None).await.unwrap();
        }
        is_cut.set(true);
    };
    let check = async {
        while !is_cut.get() {
            assert_eq!(verify(&fixture, "acme").await.problem, None);
        }
    };
    futures_util::future::join(cut, check).await;
    assert_eq!(verify(&fixture, "acme").await.removed, 2_979);
}
