//! `covibe-server check` fails where `serve` would not start, or could not work.

use std::path::Path;
use std::process::Output;

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};

use crate::backups::{raw, with_backup_role};
use crate::check::of_status;
use crate::operator::Operator;

/// Runs `check` with variables that replace those of the world.
fn run_check(operator: Operator, replaced: &[(&'static str, &str)]) -> Output {
    let operator = replaced.iter().fold(operator, |it, (name, value)| it.with(name, value));
    operator.run(&["check", "--json"])
}

fn has_check(output: &Output, status: &str, name: &str) -> bool {
    of_status(output, status).iter().any(|each| each == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_lost_beside_sealed_secrets_is_a_failure() {
    let world = World::embedded().await;
    let path = format!("/api/workspaces/{}/provision", world.mark.agent.slug);
    world.mark.agent.json("POST", &path, &serde_json::json!({})).await;
    drop(tokio::task::block_in_place(|| crate::server::Server::start(&world)));
    let mut operator = Operator::in_world(&world);
    operator.variables.retain(|(name, _)| *name != "VIBN_SECRETS_KEY");
    let told = run_check(operator, &[]);
    assert!(has_check(&told, "fail", "secrets") && !told.status.success(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_to_is_a_failure() {
    let world = World::embedded().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let below = file.path().join("folder");
    let below = below.to_str().expect("UTF-8");
    for variable in ["COVIBE_UPLOAD_DIR", "COVIBE_AUDIT_EXPORT_DIR"] {
        let told = run_check(
            Operator::in_world(&world),
            &[(variable, below), ("COVIBE_AUDIT_DAYS", "90")],
        );
        assert!(has_check(&told, "fail", "folders"), "{variable}: {told:?}");
        assert!(String::from_utf8_lossy(&told.stdout).contains(variable), "{told:?}");
    }
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "pass", "folders"), "{told:?}");
    assert!(Path::new(file.path()).is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_postgresql_is_a_failure() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "pass", "database.writes"), "{told:?}");
    let name = raw(&at.superuser_url, "SELECT current_database()::text").await;
    let change = format!("ALTER DATABASE \"{}\" SET default_transaction_read_only = on", name[0]);
    raw(&at.superuser_url, &change).await;
    let told = run_check(Operator::in_world(&world), &[]);
    assert!(has_check(&told, "fail", "database.writes"), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("read-only"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_cannot_make_backups_is_a_failure() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    let told = run_check(with_backup_role(&world), &[]);
    assert!(has_check(&told, "pass", "backups"), "{told:?}");
    let runtime = at.runtime_url.expose();
    let told = run_check(with_backup_role(&world), &[("COVIBE_POSTGRES_BACKUP_URL", runtime)]);
    assert!(has_check(&told, "fail", "backups"), "{told:?}");
    let told = run_check(with_backup_role(&world), &[("PATH", "/nowhere")]);
    assert!(has_check(&told, "fail", "backups"), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("pg_dump is missing"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn public_metrics_and_the_default_domain_are_warned_of() {
    let world = World::embedded().await;
    let told = run_check(Operator::in_world(&world), &[("COVIBE_METRICS_BIND", "0.0.0.0:9187")]);
    assert!(has_check(&told, "warn", "metrics"), "{told:?}");
    let told = run_check(Operator::in_world(&world), &[("COVIBE_METRICS_BIND", "127.0.0.1:9187")]);
    assert!(!has_check(&told, "warn", "metrics"), "{told:?}");
    let mut operator = Operator::in_world(&world);
    operator.variables.retain(|(name, _)| *name != "COVIBE_WORKSPACE_DOMAIN");
    assert!(has_check(&run_check(operator, &[]), "warn", "workspaces.domain"));
    let told =
        run_check(Operator::in_world(&world), &[("COVIBE_WORKSPACE_DOMAIN", "apps.example.com")]);
    assert!(!has_check(&told, "warn", "workspaces.domain"), "{told:?}");
}
