//! The audit entries that a server drops are in files before, and `audit verify --export` verifies these.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use covibe_domain::Timestamp;
use covibe_store::{AuditEntry, Backend};
use covibe_testkit_http::{Options, World};

use crate::audit::tamper;
use crate::current_directory_and_migrate::out;
use crate::server_binary;
use crate::server_process::Server;

fn verify(world: &World, files: &[PathBuf], more: &[&str]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.args(["audit", "verify"]).args(more).arg("--export").args(files);
    tokio::task::block_in_place(|| command.output().expect("it starts"))
}

/// Two entries of a workspace's tenant from long ago.
pub(crate) fn old(world: &World) -> [AuditEntry; 2] {
    ["2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"].map(|at| AuditEntry {
        id: format!("aud_{at}"),
        tenant: world.mark.record.tenant.clone(),
        workspace: Some(world.mark.record.id.clone()),
        actor: None,
        access: None,
        call: "call".to_owned(),
        tool: "apps.list".to_owned(),
        surface: "server",
        outcome: "ok".to_owned(),
        resource: None,
        params_digest: String::new(),
        at: Timestamp::parse(at).expect("a time"),
        duration_ms: 1,
        repeats: None,
        detail: None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_audit_entries_are_exported_and_missing_export_files_detected() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let tenant = &world.mark.record.tenant;
        // Its chain begins with old entries, as after a year.
        world.dispatcher.flush().await;
        let (log, head) = ("DELETE FROM audit_log", "DELETE FROM audit_heads");
        let of = format!("WHERE tenant_id = '{tenant}'");
        tamper(&world, &format!("{log} {of}; {head} {of}")).await;
        world.store.append_audit(&old(&world)).await.expect("entries");
        let folder = tempfile::tempdir().expect("a folder");
        let exports = folder.path().join("exports");
        let server = Server::start_with(
            &world,
            &[
                ("COVIBE_AUDIT_DAYS", "30"),
                ("COVIBE_AUDIT_EXPORT_DIR", exports.to_str().expect("UTF-8")),
            ],
        );
        // Nobody calls.
        let dropped = async {
            while world.store.verify_audit(tenant).await.expect("a chain").removed == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), dropped).await.expect("they are dropped");
        drop(server);
        let mut files: Vec<_> = fs::read_dir(&exports)
            .expect("a folder")
            .map(|file| file.expect("a file").path())
            .collect();
        files.sort();
        assert!(files[0].ends_with(format!("{tenant}.2026-03.jsonl")), "{files:?}");
        assert!(files[1].ends_with(format!("{tenant}.2026-04.jsonl")), "{files:?}");
        let whole = verify(&world, &files, &[]);
        assert!(whole.status.success(), "{whole:?}");
        let expected = format!("PASS {tenant}: entries 1 to 2 are in the files");
        assert!(out(&whole).starts_with(&expected), "{whole:?}");
        let broken = verify(&world, &files[..1], &["--json"]);
        assert!(!broken.status.success(), "{broken:?}");
        let told: serde_json::Value = serde_json::from_slice(&broken.stdout).expect("JSON");
        assert_eq!(told["exports"][0]["problem"]["seq"], 2, "{told}");
        world.stop().await;
    }
}
