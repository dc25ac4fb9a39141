//! Files that the commands leave behind, and the database that they name.

use std::path::Path;
use std::process::{Command, Output};

use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};

use crate::server_binary;

/// Runs a command in a folder with only these variables.
pub(crate) fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(variables.iter().copied()).current_dir(folder);
    command.args(arguments).output().expect("it starts")
}

/// Returns what a command wrote to stdout.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Returns what a command wrote to stderr.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn prints_the_help_if_called_without_a_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = run(folder.path(), &[], &[]);
    assert!(told.status.success(), "{told:?}");
    for command in ["serve", "sandbox", "migrate", "check", "tenant", "keys"] {
        assert!(out(&told).contains(&format!("\n  {command}")), "{command}: {}", out(&told));
    }
}

#[test]
fn commands_leave_no_files_in_the_current_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in [
        &["check"][..],
        &["audit", "list"],
        &["audit", "verify"],
        &["migrate"],
        &["openapi"],
        &["tools"],
        &["keys", "list", "--workspace", "mark"],
        &[],
    ] {
        run(folder.path(), command, &[]);
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 0, "{command:?}");
    }
}

#[test]
fn migrate_refuses_addresses_of_postgres_that_the_backend_does_not_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "postgres://covibe_owner:hunter2@db/covibe";
    let told = run(folder.path(), &["migrate"], &[("COVIBE_POSTGRES_ADMIN_URL", url)]);
    assert!(!told.status.success(), "{told:?}");
    assert!(err(&told).contains("set COVIBE_DATABASE_BACKEND=postgres"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_prints_the_database_that_it_migrates() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let mut variables = world.variables();
        let expected = match world.location() {
            Location::File(path) => format!("SQLite database {}: ", path.display()),
            Location::Server(at) => {
                let admin = at.admin_url.expose().to_owned();
                variables.push(("COVIBE_POSTGRES_ADMIN_URL", admin));
                "as covibe_owner: the schema is current.".to_owned()
            }
        };
        let variables: Vec<_> = variables.iter().map(|(name, text)| (*name, &**text)).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let told = run(folder.path(), &["migrate"], &variables);
        assert!(told.status.success(), "{told:?}");
        assert!(out(&told).contains(&expected), "{told:?}");
        world.stop().await;
    }
}
