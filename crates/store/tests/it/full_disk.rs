//! A database on a disk that becomes full: changes are refused, reads go on, and nothing that was written is lost.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use covibe_domain::Timestamp;
use covibe_store::{AuditEntry, Error, Store};
use covibe_testkit_postgres::Postgres;
use tempfile::TempDir;

use crate::fixture::*;

/// The environment variable; with the value `required`, tests that need root fail without it.
const REQUIRED: &str = "COVIBE_TEST_DOCKER";

/// A small disk.
struct Disk(TempDir);

impl Disk {
    /// Only root may mount one.
    #[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        let is_required = std::env::var(REQUIRED).as_deref() == Ok("required");
        assert!(is_mounted || !is_required, "{REQUIRED}=required, but no disk can be mounted");
        if !is_mounted {
            eprintln!("skipped: no small disk (only root may mount one)");
        }
        is_mounted.then(|| Self(folder))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Leaves no room on it.
    fn fill(&self) {
        let mut file = File::create(self.file("other")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Leaves room on it again.
    fn clear(&self) {
        fs::remove_file(self.file("other")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ended = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

fn numbered_entry(number: i64) -> AuditEntry {
    AuditEntry { at: Timestamp::now(), ..entry("acme", number) }
}

/// Appends until the disk is full. Returns how many entries were acknowledged, and the refusal.
async fn append_until_refused(store: &Store) -> (i64, Error) {
    for number in 0..100_000 {
        if let Err(error) = store.append_audit(&[numbered_entry(number)]).await {
            return (number, error);
        }
    }
    panic!("it does not become full")
}

/// Fills the disk that a database is on, and clears it again. Returns how many entries were acknowledged.
async fn fill_and_clear(disk: &Disk, store: &Store) -> i64 {
    disk.fill();
    let (written, refused) = append_until_refused(store).await;
    let said = refused.to_string();
    assert!(["full", "No space left"].iter().any(|words| said.contains(words)), "{said}");
    let found = store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (written, None), "reads go on");
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    // What repeats itself would be compressed.
    let name =
        (0..30_000).map(|number: u32| number.wrapping_mul(2_654_435_769).to_string()).collect();
    let row = covibe_store::Tenant { id: tenant("acme"), name, created_at: at(1) };
    let inserted = tx.insert_tenant(&row).await.is_ok();
    assert!(!inserted || tx.commit().await.is_err(), "no other change is acknowledged either");
    disk.clear();
    store.append_audit(&[numbered_entry(written), numbered_entry(written + 1)]).await.unwrap();
    written + 2
}

#[tokio::test]
async fn a_full_disk_of_sqlite_refuses_changes_and_loses_nothing() {
    let Some(disk) = Disk::mount(4) else { return };
    let store = Store::sqlite(&disk.file("covibe.sqlite")).await.unwrap();
    assert!(store.health().await.unwrap().is_low, "it has less than 256 MiB");
    let written = fill_and_clear(&disk, &store).await;
    drop(store);
    let store = Store::sqlite(&disk.file("covibe.sqlite")).await.unwrap();
    let found = store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (written, None));
}

#[tokio::test]
async fn a_full_disk_of_postgres_refuses_changes_and_loses_nothing() {
    let Some(disk) = Disk::mount(160) else { return };
    let Some(postgres) = Postgres::below(disk.0.path()) else { return };
    let database = postgres.database();
    let store = Store::postgres(&database.runtime_url).await.unwrap();
    let written = fill_and_clear(&disk, &store).await;
    let again = Store::postgres(&database.runtime_url).await.unwrap();
    let found = again.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (written, None));
}
