//! Entries are listed from the end of the chain, by what each filter asks for.

use covibe_store::{AuditEntry, AuditFilter, SurfaceTools};

use crate::fixture::*;

on_both!(
    entries_are_listed_in_the_order_of_the_chain,
    each_audit_filter_returns_only_matching_entries,
    entries_that_were_written_late_are_found_by_their_time,
    a_chain_longer_than_a_statement_reads_is_listed_whole,
    gaps_in_the_numbers_are_skipped,
);

/// An hour and a day, in milliseconds.
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// The times of the entries that are listed.
async fn times_of_entries(
    fixture: &Fixture,
    name: &str,
    filter: &AuditFilter,
    limit: i64,
) -> Vec<i64> {
    let mut tx = fixture.store.tenant_read(&tenant(name)).await.unwrap();
    let found = tx.audit_entries(filter, limit).await.unwrap();
    tx.commit().await.unwrap();
    found.iter().map(|entry| entry.at.as_millis()).collect()
}

async fn entries_are_listed_in_the_order_of_the_chain(fixture: Fixture) {
    let entries = [entry("acme", 1), entry("acme", 5), entry("beta", 7), entry("acme", 2)];
    fixture.store.append_audit(&entries).await.unwrap();
    let all = AuditFilter::default();
    assert_eq!(times_of_entries(&fixture, "acme", &all, 10).await, [2, 5, 1]);
    assert_eq!(times_of_entries(&fixture, "acme", &all, 2).await, [2, 5]);
    assert_eq!(times_of_entries(&fixture, "beta", &all, 10).await, [7]);
    assert_eq!(times_of_entries(&fixture, "gamma", &all, 10).await, [0; 0]);
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let found = tx.audit_entries(&all, 3).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| (it.id.as_str(), it.call.as_str())).collect();
    let expected = [
        ("aud_acme_000002_ok", "acme_000002"),
        ("aud_acme_000005", "call_5"),
        ("aud_acme_000001", "call_1"),
    ];
    assert_eq!(ids, expected, "the call is told, wherever it is stored");
    assert!(found.iter().all(|it| it.params_digest == "0".repeat(64)), "{found:?}");
    tx.commit().await.unwrap();
}

async fn each_audit_filter_returns_only_matching_entries(fixture: Fixture) {
    let (tool, outcome) = ("apps.get".to_owned(), AuditEntry::STARTED.to_owned());
    let tool = AuditEntry { tool, outcome, ..entry("acme", 1) };
    let (other, outcome) = (Some(workspace("other")), "forbidden".to_owned());
    let place = AuditEntry { workspace: other, outcome, ..entry("acme", 2) };
    let nobody = AuditEntry { actor: None, workspace: None, ..entry("acme", 3) };
    let page = AuditEntry { surface: "console", tool: "keys.list".to_owned(), ..entry("acme", 4) };
    fixture.store.append_audit(&[tool, place, nobody, page]).await.unwrap();
    let all = AuditFilter::default();
    let by_console = |tools: Option<&str>| {
        let tools = tools.map(|tool| vec![tool.to_owned()]);
        Some(SurfaceTools { surface: "console".to_owned(), tools })
    };
    for (filter, expected) in [
        (AuditFilter { tool: Some("apps.get".to_owned()), ..all.clone() }, vec![1]),
        (AuditFilter { workspace: Some(workspace("other")), ..all.clone() }, vec![2]),
        (
            AuditFilter { actor: Some(covibe_domain::Actor::Key(key("acme"))), ..all.clone() },
            vec![4, 2, 1],
        ),
        (
            AuditFilter { actor: Some(covibe_domain::Actor::Key(key("beta"))), ..all.clone() },
            vec![],
        ),
        (AuditFilter { outcome: Some("forbidden".to_owned()), ..all.clone() }, vec![2]),
        (AuditFilter { ended: true, ..all.clone() }, vec![4, 3, 2]),
        (AuditFilter { except: by_console(Some("keys.list")), ..all.clone() }, vec![3, 2, 1]),
        (AuditFilter { except: by_console(None), ..all.clone() }, vec![3, 2, 1]),
        (AuditFilter { except: by_console(Some("keys.mint")), ..all.clone() }, vec![4, 3, 2, 1]),
        (AuditFilter { before: Some(3), ..all.clone() }, vec![2, 1]),
        (AuditFilter { before: Some(1), ..all.clone() }, vec![]),
        (AuditFilter { since: Some(at(3)), ..all }, vec![4, 3]),
    ] {
        assert_eq!(times_of_entries(&fixture, "acme", &filter, 10).await, expected, "{filter:?}");
    }
}

/// An instance that did not reach the database for some hours writes its entries after those of another one.
async fn entries_that_were_written_late_are_found_by_their_time(fixture: Fixture) {
    let times = (0..200).map(|hour| match hour % 10 {
        9 => 10 * DAY + (hour - 8) * HOUR,
        _ => 10 * DAY + hour * HOUR,
    });
    let entries: Vec<_> = times
        .clone()
        .zip(0..)
        .map(|(time, number)| AuditEntry { at: at(time), ..entry("acme", number) })
        .collect();
    fixture.store.append_audit(&entries).await.unwrap();
    for since in [0, 10 * DAY, 11 * DAY, 12 * DAY + HOUR, 14 * DAY + 7 * HOUR, 99 * DAY] {
        let filter = AuditFilter { since: Some(at(since)), ..AuditFilter::default() };
        let mut expected: Vec<_> = times.clone().filter(|time| *time >= since).collect();
        expected.reverse();
        assert_eq!(times_of_entries(&fixture, "acme", &filter, 1_000).await, expected, "{since}");
    }
}

async fn a_chain_longer_than_a_statement_reads_is_listed_whole(fixture: Fixture) {
    let of = |number: i64| {
        let tool = if number % 4_000 == 1 { "apps.get" } else { "apps.list" };
        AuditEntry { tool: tool.to_owned(), ..entry("acme", number) }
    };
    for first in (1..=10_500).step_by(1_500) {
        let entries: Vec<_> = (first..first + 1_500).map(of).collect();
        fixture.store.append_audit(&entries).await.unwrap();
    }
    let rare = AuditFilter { tool: Some("apps.get".to_owned()), ..AuditFilter::default() };
    assert_eq!(times_of_entries(&fixture, "acme", &rare, 10).await, [8_001, 4_001, 1]);
    assert_eq!(times_of_entries(&fixture, "acme", &rare, 2).await, [8_001, 4_001]);
    let last = times_of_entries(&fixture, "acme", &AuditFilter::default(), 10_100).await;
    assert_eq!((last.len(), last.first(), last.last()), (10_100, Some(&10_500), Some(&401)));
}

/// Numbers that somebody changed do not make the list endless.
async fn gaps_in_the_numbers_are_skipped(fixture: Fixture) {
    let entries: Vec<_> = (1..=5).map(|number| entry("acme", number)).collect();
    fixture.store.append_audit(&entries).await.unwrap();
    let change = "UPDATE audit_log SET seq = -9223372036854775807 WHERE seq = 2; \
                  UPDATE audit_log SET seq = 9223372036854775807 WHERE seq = 4";
    fixture.tamper("acme", change).await;
    let all = AuditFilter::default();
    assert_eq!(times_of_entries(&fixture, "acme", &all, 10).await, [4, 5, 3, 1, 2]);
    let since = AuditFilter { since: Some(at(1)), ..all };
    assert_eq!(times_of_entries(&fixture, "acme", &since, 10).await, [4, 5, 3, 1]);
}
