//! Transactions: kept or rolled back whole, wherever they are abandoned, and without leaving locks.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind, Secret};
use covibe_store::{Backend, Error, OpenTransactions, Store};
use covibe_testkit_postgres::{Database, Postgres};
use futures_util::future::join_all;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use crate::device_grants;
use crate::fixture::*;

on_both!(
    a_dropped_transaction_leaves_no_row_and_no_lock,
    a_cancelled_future_leaves_no_row_and_no_lock,
    a_transaction_with_a_failed_query_cannot_commit,
    readers_do_not_wait_for_a_writer,
    the_second_lock_of_a_workspace_waits_for_the_first,
    the_open_transactions_of_a_piece_of_work_are_counted,
);

/// Long before the 5 seconds after which waiting ends by itself.
const SOON: Duration = Duration::from_secs(2);

async fn a_dropped_transaction_leaves_no_row_and_no_lock(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    for round in 0..30 {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        tx.put_step(&workspace("acme"), &step("lost", round)).await.unwrap();
        drop(tx);
    }
    let begun = Instant::now();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap(), [step("org", 5)]);
    tx.commit().await.unwrap();
    assert!(begun.elapsed() < SOON);
}

/// Cancels within each statement: a current-thread runtime must not panic either.
async fn a_cancelled_future_leaves_no_row_and_no_lock(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    for micros in (0..4_000).step_by(80) {
        let write = async {
            let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
            tx.put_step(&workspace("acme"), &step("lost", micros)).await.unwrap();
            std::future::pending::<()>().await;
            drop(tx);
        };
        let micros = u64::try_from(micros).unwrap();
        assert!(timeout(Duration::from_micros(micros), write).await.is_err());
    }
    let begun = Instant::now();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap(), [step("org", 5)]);
    tx.put_step(&workspace("acme"), &step("kept", 6)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(begun.elapsed() < SOON);
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
}

/// Returns the processes of the server that the store's connections have.
async fn connections(database: &Database) -> BTreeSet<String> {
    let others = "SELECT pid::text FROM pg_stat_activity WHERE usename = current_user \
                  AND datname = current_database() AND pid <> pg_backend_pid()";
    raw_postgres(&database.runtime_url, others).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn an_abandoned_transaction_keeps_its_connection() {
    let Some(fixture) = Fixture::postgres().await else { return };
    let TestDatabase::Postgres(database) = &fixture.database else { unreachable!() };
    fill(&fixture.store, "acme", 1).await;
    let before = connections(database).await;
    for round in 0..30 {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        tx.put_step(&workspace("acme"), &step("lost", round)).await.unwrap();
        let cancelled = timeout(Duration::from_micros(50), tx.steps(&workspace("acme"))).await;
        drop((cancelled, tx));
    }
    let after = connections(database).await;
    assert!(!before.is_empty() && before.is_subset(&after), "{before:?} {after:?}");
}

/// Forwards connections from a socket of its own to that of the server of `url`, and counts them. Returns the
/// URL that leads there.
fn counted_logins(url: &Secret, folder: &Path, logins: Arc<AtomicUsize>) -> Secret {
    let (head, host) = url.expose().split_once("?host=").unwrap();
    let server = Path::new(host).join(".s.PGSQL.5432");
    let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            logins.fetch_add(1, Ordering::SeqCst);
            let mut server = UnixStream::connect(&server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    Secret::new(format!("{head}?host={}", folder.display()))
}

#[tokio::test]
async fn callers_that_leave_do_not_keep_the_pool_empty() {
    let Some(postgres) = Postgres::shared() else { return };
    let (folder, logins) = (TempDir::new().unwrap(), Arc::new(AtomicUsize::new(0)));
    let url = counted_logins(&postgres.database().runtime_url, folder.path(), Arc::clone(&logins));
    let store = Store::postgres(&url).await.unwrap();
    // A tenant has half of the connections at most.
    let read = |number: usize| {
        let store = store.clone();
        async move { store.tenant_read(&tenant(["acme", "other"][number % 2])).await }
    };
    let held = read(0).await.unwrap();
    let (mut left, deadline) = (0, Instant::now() + SOON);
    // Each leaves while its connection is being opened, until all connections of the pool are open.
    while left < 100 && Instant::now() < deadline {
        let waiting = timeout(Duration::from_micros(500), read(left)).await;
        left += usize::from(waiting.is_err());
    }
    let mut all = vec![held];
    while all.len() < 16 {
        all.push(timeout(SOON, read(all.len())).await.unwrap().unwrap());
    }
    assert!(left > 0, "nobody left");
    assert_eq!(logins.load(Ordering::SeqCst), 16);
}

async fn a_transaction_with_a_failed_query_cannot_commit(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.put_step(&workspace("acme"), &step("half", 6)).await.unwrap();
    assert!(matches!(tx.insert_key(&new_key("acme", 1)).await, Err(Error::Conflict)));
    assert!(tx.commit().await.is_err());
    let mut tx = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    assert_eq!(tx.steps(&workspace("acme")).await.unwrap(), [step("org", 5)]);
    tx.commit().await.unwrap();
}

async fn readers_do_not_wait_for_a_writer(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let mut writer = fixture.store.tenant(&tenant("acme")).await.unwrap();
    writer.put_step(&workspace("acme"), &step("open", 6)).await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..4 {
        let reader = timeout(SOON, fixture.store.tenant_read(&tenant("acme"))).await;
        let mut reader = reader.unwrap().unwrap();
        assert_eq!(reader.steps(&workspace("acme")).await.unwrap().len(), 1);
        readers.push(reader);
    }
    writer.commit().await.unwrap();
    for reader in readers {
        reader.commit().await.unwrap();
    }
}

#[tokio::test]
async fn waiting_too_long_for_a_lock_fails_with_a_time_to_retry() {
    let fixture = Fixture::sqlite().await;
    fill(&fixture.store, "acme", 1).await;
    let held = fixture.store.tenant(&tenant("acme")).await.unwrap();
    for (waits, expected) in [("acme", Kind::Limited), ("other", Kind::Unready)] {
        tokio::time::pause();
        let error = fixture.store.tenant(&tenant(waits)).await.err().unwrap();
        tokio::time::resume();
        let failure = Failure::from(error);
        assert_eq!(failure.kind, expected, "{failure:?}");
        assert!(failure.retry_after.is_some());
    }
    held.commit().await.unwrap();
    assert_eq!(fixture.store.backend(), Backend::Sqlite);
}

/// They have one place in the queue for the writer, in which tenants wait, too.
#[tokio::test]
async fn a_change_of_a_tenant_waits_for_at_most_one_of_many_strangers() {
    let fixture = Fixture::sqlite().await;
    fill(&fixture.store, "acme", 1).await;
    let (acme, served) = (tenant("acme"), AtomicUsize::new(0));
    let stranger = async |byte: u8| {
        let new = device_grants::new(&char::from(byte).to_string());
        fixture.store.insert_device_grant(&new).await.unwrap();
        served.fetch_add(1, Ordering::SeqCst);
    };
    let held = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let mut strangers = Box::pin(join_all((50..100).map(stranger)));
    let mut change = fixture.store.tenant(&acme);
    // All of them come before the tenant does.
    assert!(futures_util::poll!(&mut strangers).is_pending());
    assert!(futures_util::poll!(&mut change).is_pending());
    held.commit().await.unwrap();
    let tenant_is_served = async {
        let tx = change.await.unwrap();
        let before = served.load(Ordering::SeqCst);
        tx.commit().await.unwrap();
        before
    };
    let (_, before) = tokio::join!(strangers, tenant_is_served);
    assert!(before <= 1, "{before}");
    assert_eq!(served.load(Ordering::SeqCst), 50);
}

/// An outage is reported as one, without the password of the URL.
#[tokio::test]
async fn an_unreachable_server_is_reported_as_unavailable_without_the_password() {
    let url = covibe_domain::Secret::new("postgres://u:hunter2@127.0.0.1:1/d");
    let error = covibe_store::Store::postgres(&url).await.err().unwrap();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

async fn the_second_lock_of_a_workspace_waits_for_the_first(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let lock = async || {
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        tx.lock_workspace(&workspace("acme")).await.unwrap();
        tx
    };
    let mut first = lock().await;
    assert!(timeout(Duration::from_millis(50), lock()).await.is_err());
    first.put_step(&workspace("acme"), &step("first", 1)).await.unwrap();
    let count = async {
        let mut second = lock().await;
        second.steps(&workspace("acme")).await.unwrap().len()
    };
    let (committed, counted) = tokio::join!(first.commit(), count);
    committed.unwrap();
    assert_eq!(counted, 2, "it reads what the first one wrote");
}

/// The pool must not get a connection on which a statement is still running.
#[tokio::test]
async fn a_runtime_that_ends_during_a_rollback_does_not_return_its_connection() {
    let fixture = Fixture::sqlite().await;
    for _ in 0..50 {
        let store = fixture.store.clone();
        let ended = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                drop(store.tenant(&tenant("acme")).await.unwrap());
                tokio::task::yield_now().await;
            });
            runtime.shutdown_background();
        });
        tokio::task::spawn_blocking(|| ended.join().unwrap()).await.unwrap();
        fixture.store.tenant(&tenant("acme")).await.unwrap().commit().await.unwrap();
    }
}

/// Also one that is dropped, and none of others; what comes after one does not begin before its end was seen.
async fn the_open_transactions_of_a_piece_of_work_are_counted(fixture: Fixture) {
    fill(&fixture.store, "acme", 1).await;
    let open = OpenTransactions::default();
    let other = fixture.store.tenant_read(&tenant("acme")).await.unwrap();
    let work = open.count_in(async {
        drop(fixture.store.tenant_read(&tenant("acme")).await.unwrap());
        assert!(!open.any());
        let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
        assert!(open.any());
        tx.put_step(&workspace("acme"), &step("counted", 6)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!open.any());
    });
    let mut work = Box::pin(work);
    let mut was_open = false;
    let is_seen_ending = std::future::poll_fn(|cx| {
        let ended = work.as_mut().poll(cx);
        let ends = was_open && !open.any() && ended.is_pending();
        was_open = open.any();
        if ends { std::task::Poll::Ready(true) } else { ended.map(|()| false) }
    });
    assert!(timeout(SOON * 5, is_seen_ending).await.unwrap(), "the end of the change is seen");
    timeout(SOON, work).await.unwrap();
    other.commit().await.unwrap();
}
