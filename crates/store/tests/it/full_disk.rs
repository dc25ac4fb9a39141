//! SQLite on a disk that becomes full: changes are refused, reads go on, and nothing that was written is lost.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use covibe_domain::Timestamp;
use covibe_store::{AuditEntry, Error, Store};
use tempfile::TempDir;

use crate::fixture::*;

/// The environment variable; with the value `required`, tests that need root fail without it.
const REQUIRED: &str = "COVIBE_TEST_DOCKER";

/// A disk of 4 MB.
struct Disk(TempDir);

impl Disk {
    /// Only root may mount one.
    #[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path());
        let is_mounted = mount.output().is_ok_and(|output| output.status.success());
        let is_required = std::env::var(REQUIRED).as_deref() == Ok("required");
        assert!(is_mounted || !is_required, "{REQUIRED}=required, but no disk can be mounted");
        if !is_mounted {
            eprintln!("skipped: no disk of 4 MB (only root may mount one)");
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
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ended = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

fn numbered(number: i64) -> AuditEntry {
    AuditEntry { at: Timestamp::now(), ..entry("acme", number) }
}

/// Appends until the disk is full. Returns how many entries were acknowledged, and the refusal.
async fn append_until_refused(store: &Store) -> (i64, Error) {
    for number in 0..100_000 {
        if let Err(error) = store.append_audit(&[numbered(number)]).await {
            return (number, error);
        }
    }
    panic!("it does not become full")
}

#[tokio::test]
async fn a_full_disk_refuses_changes_and_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    let store = Store::sqlite(&disk.file("covibe.sqlite")).await.unwrap();
    assert!(store.health().await.unwrap().is_low, "it has less than 256 MiB");
    disk.fill();
    let (written, refused) = append_until_refused(&store).await;
    assert!(refused.to_string().contains("full"), "{refused}");
    let found = store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (written, None), "reads go on");
    let mut tx = store.tenant(&tenant("acme")).await.unwrap();
    let tenant_row =
        covibe_store::Tenant { id: tenant("acme"), name: "x".repeat(100_000), created_at: at(1) };
    let inserted = tx.insert_tenant(&tenant_row).await.is_ok();
    assert!(!inserted || tx.commit().await.is_err(), "no other change is acknowledged either");
    fs::remove_file(disk.file("other")).unwrap();
    store.append_audit(&[numbered(written), numbered(written + 1)]).await.unwrap();
    drop(store);
    let store = Store::sqlite(&disk.file("covibe.sqlite")).await.unwrap();
    let found = store.verify_audit(&tenant("acme")).await.unwrap();
    assert_eq!((found.entries, found.problem), (written + 2, None));
}
