//! Old entries leave PostgreSQL with their months, once nobody needs one.

use covibe_domain::{TenantId, Timestamp};
use covibe_store::{AuditEntry, AuditFilter, Error, Store};
use covibe_testkit_postgres::Database;

use crate::audit_partitions::{
    as_superuser, at_time, is_whole, long_read, month, months, places, postgres,
};
use crate::fixture::*;

/// A time after every month of a test that is to be removed.
fn later() -> Timestamp {
    Timestamp::parse("2021-01-01T00:00:00Z").unwrap()
}

/// Two old months, and a recent one: both tenants have entries in each.
async fn old_months(store: &Store, database: &Database) {
    let make =
        "SELECT make_audit_partition(day::DATE) FROM unnest(ARRAY['2020-01-01', '2020-02-01']) day";
    raw_postgres(&database.admin_url, make).await.unwrap();
    for name in ["acme", "beta"] {
        let entries = [
            at_time(name, 1, "2020-01-31T23:59:59.999Z"),
            at_time(name, 2, "2020-02-01T00:00:00Z"),
            AuditEntry { at: Timestamp::now(), ..entry(name, 3) },
        ];
        store.append_audit(&entries).await.unwrap();
    }
}

/// Cuts a tenant's chain and removes what was cut, as a server does for all tenants.
async fn cut(store: &Store, name: &str, before: Timestamp) -> Result<Option<i64>, Error> {
    let cut = store.cut_audit(&tenant(name), before, None).await?;
    store.clear_cut_audit(&[tenant(name)], before).await?;
    Ok(cut)
}

/// The cut entries of a month leave with it, and are not listed before.
#[tokio::test]
async fn entries_of_a_partition_that_is_dropped_soon_are_not_deleted_singly() {
    let Some((store, database)) = postgres().await else { return };
    let old = ["audit_log_2020_01", "audit_log_2020_02"];
    old_months(&store, &database).await;
    let second = at_time("gamma", 1, "2020-02-01T00:00:00Z");
    let third = AuditEntry { id: "c".to_owned(), ..at_time("gamma", 2, "2020-02-20T00:00:00Z") };
    store.append_audit(&[second, third]).await.unwrap();
    let middle = Timestamp::parse("2020-02-15T00:00:00Z").unwrap();
    let cut = async |before| {
        let all = ["acme", "beta", "gamma"].map(tenant);
        for name in &all {
            store.cut_audit(name, before, None).await.unwrap();
        }
        store.clear_cut_audit(&all, before).await.unwrap()
    };
    assert_eq!(cut(middle).await, 1);
    assert_eq!(places(&database).await[..4], [old[1]; 4], "those of february, and none of january");
    is_whole(&store, "gamma", 1, 2).await;
    let mut tx = store.tenant_read(&tenant("gamma")).await.unwrap();
    let shown = tx.audit_entries(&AuditFilter::default(), 10).await.unwrap();
    tx.commit().await.unwrap();
    let shown: Vec<_> = shown.iter().map(|entry| entry.tool.as_str()).collect();
    assert_eq!(shown, ["audit.cut", "apps.list"]);
    assert_eq!(cut(later()).await, 1);
    is_whole(&store, "gamma", 2, 2).await;
}

/// Only tenants with something to remove are returned, of any number of tenants.
#[tokio::test]
async fn only_tenants_with_old_records_are_listed() {
    let Some((store, database)) = postgres().await else { return };
    let many = "INSERT INTO tenants (id, name, created_at)
        SELECT 'ten_' || lpad(number::TEXT, 5, '0'), 'x', 1 FROM generate_series(1, 2500) number";
    as_superuser(&database, many).await;
    let told = async || store.tenants_with_old_records(later(), at(5)).await.unwrap();
    assert_eq!(told().await, []);
    let old = ["ten_00001", "ten_01000", "ten_01001", "ten_02500"]
        .map(|id| id.parse::<TenantId>().unwrap());
    for (number, id) in (1..).zip(&old) {
        let entry =
            AuditEntry { tenant: id.clone(), ..at_time("acme", number, "2020-01-31T00:00:00Z") };
        store.append_audit(&[entry]).await.unwrap();
    }
    assert_eq!(told().await, old);
    store.cut_audit(&old[0], later(), None).await.unwrap();
    assert_eq!(told().await, old, "what was cut is still there");
    store.clear_cut_audit(&old[..1], later()).await.unwrap();
    assert_eq!(told().await, old[1..]);
    let direct = raw_postgres(&database.runtime_url, "SELECT id FROM tenants").await.unwrap();
    assert_eq!(direct, [""; 0], "the server still lists none by itself");
}

#[tokio::test]
async fn a_monthly_partition_is_dropped_once_no_tenant_needs_it() {
    let Some((store, database)) = postgres().await else { return };
    fill(&store, "gamma", 7).await;
    old_months(&store, &database).await;
    let old = ["audit_log_2020_01", "audit_log_2020_02"];
    assert_eq!(places(&database).await[1..5], [old[0], old[0], old[1], old[1]]);
    let february = Timestamp::parse("2020-02-01T00:00:00Z").unwrap();
    assert_eq!(cut(&store, "acme", february).await.unwrap(), Some(1));
    assert_eq!(places(&database).await[1..4], [old[0], old[1], old[1]], "beta's is kept");
    assert_eq!(cut(&store, "beta", february).await.unwrap(), Some(1));
    assert_eq!(months(&database).await[0], old[1], "january is gone");
    assert_eq!(cut(&store, "beta", later()).await.unwrap(), Some(2));
    assert_eq!(cut(&store, "acme", later()).await.unwrap(), Some(2));
    assert_eq!(months(&database).await[0], month(&database, 0).await);
    for name in ["acme", "beta"] {
        // One entry is left of the three, and each cut has one.
        is_whole(&store, name, 2, 3).await;
    }
    is_whole(&store, "gamma", 0, 1).await;
    store.append_audit(&[AuditEntry { at: Timestamp::now(), ..entry("acme", 9) }]).await.unwrap();
    is_whole(&store, "acme", 2, 4).await;
}

/// While a backup reads, the rows are deleted; the empty month goes the next time.
#[tokio::test]
async fn a_partition_that_is_being_read_is_emptied_and_dropped_later() {
    let Some((store, database)) = postgres().await else { return };
    old_months(&store, &database).await;
    let reader = long_read(&database).await;
    for name in ["acme", "beta"] {
        assert_eq!(cut(&store, name, later()).await.unwrap(), Some(2));
    }
    reader.batch_execute("COMMIT").await.unwrap();
    let months_before = months(&database).await;
    assert_eq!(months_before[0], "audit_log_2020_01");
    let count = "SELECT count(*) FROM audit_log_2020_01";
    assert_eq!(as_superuser(&database, count).await, ["0"]);
    assert_eq!(cut(&store, "acme", later()).await.unwrap(), None);
    assert_eq!(months(&database).await[..], months_before[2..]);
    is_whole(&store, "acme", 2, 2).await;
}

/// The process is killed between the two: what was cut no longer counts, and goes the next time.
#[tokio::test]
async fn an_interrupted_removal_is_completed_by_the_next_one() {
    let Some((store, database)) = postgres().await else { return };
    old_months(&store, &database).await;
    let right = |what: &str| {
        format!(
            "{what} EXECUTE ON FUNCTION drop_cut_audit() {} covibe_runtime",
            if what == "GRANT" { "TO" } else { "FROM" }
        )
    };
    raw_postgres(&database.admin_url, &right("REVOKE")).await.unwrap();
    cut(&store, "acme", later()).await.unwrap_err();
    assert_eq!(places(&database).await.len(), 7, "all, and the entry of the cut");
    is_whole(&store, "acme", 2, 2).await;
    raw_postgres(&database.admin_url, &right("GRANT")).await.unwrap();
    assert_eq!(cut(&store, "acme", later()).await.unwrap(), None);
    assert_eq!(places(&database).await.len(), 5, "beta keeps the months");
    is_whole(&store, "acme", 2, 2).await;
}
