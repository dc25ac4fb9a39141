//! The commands of README.md and docs/, run as they are written.
//!
//! The blocks ```` ```sh ```` of a page run in one shell, in their order, in an empty folder. Only the things that
//! a test can't have are replaced: ports, the database server's address, `cargo run`, which starts the built
//! server, and `cargo xtask test`, which runs these tests.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use covibe_store::Backend;
use covibe_testkit_http::World;
use covibe_testkit_http::postgres::{Database, Postgres};

use crate::backups::{Elsewhere, allow_drills, provisioned, with_backup_role};
use crate::object_storage::Bucket;
use crate::operator_commands::Operator;
use crate::server_binary;

/// The functions and traps of a page's shell. `start` runs a command that serves until the end of the page.
const PRELUDE: &str = r#"
set -eu
trap 'kill $(cat "$PIDS" 2>/dev/null) 2>/dev/null || true' EXIT
start() {
    "$@" >served 2>&1 &
    echo $! >>"$PIDS"
    for _ in $(seq 600); do
        if grep -q 'Stop it with\|MCP at' served; then break; fi
        sleep 0.1
    done
    eval "$(sed -n 's/^ *export /export /p' served)"
}
cargo() {
    if [ "$*" = "xtask test" ]; then return; fi
    [ "$1" = run ] || exit 9
    while [ "$1" != -- ]; do shift; done
    shift
    covibe-server "$@"
}
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the contents of a page's blocks of commands.
fn commands(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).expect("the page");
    let blocks = text.split("```sh\n").skip(1);
    blocks.map(|rest| rest.split("```").next().expect("an end").to_owned()).collect()
}

/// The operator's pages with commands, in the order in which they are run.
const OPERATING: [&str; 5] = [
    "docs/operating/backup.md",
    "docs/operating/upgrades.md",
    "docs/operating/storage.md",
    "docs/operating/secrets.md",
    "docs/operating/audit.md",
];

/// Runs the commands of a page with these replacements and variables.
fn run(page: &str, replaced: &[(&str, &str)], variables: &[(&str, String)]) -> (Output, PathBuf) {
    run_all(&[page], replaced, variables)
}

/// Runs the commands of pages in one shell with these replacements and variables.
fn run_all(
    pages: &[&str],
    replaced: &[(&str, &str)],
    variables: &[(&str, String)],
) -> (Output, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder").keep();
    let bin = folder.join("bin");
    fs::create_dir(&bin).expect("a folder");
    std::os::unix::fs::symlink(server_binary::path(), bin.join("covibe-server")).expect("a link");
    let mut script = PRELUDE.to_owned();
    for block in pages.iter().flat_map(|page| commands(page)) {
        let serves = block.contains("-- sandbox") || block.trim() == "covibe-server serve";
        script += if serves { "start " } else { "" };
        script += &block;
    }
    for (text, replacement) in replaced {
        assert!(script.contains(text), "{pages:?} no longer say {text}");
        script = script.replace(text, replacement);
    }
    let work = folder.join("work");
    fs::create_dir(&work).expect("a folder");
    let path = std::env::var("PATH").expect("a path");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(&work).env_clear();
    command.env("PATH", format!("{}:{path}", bin.display())).env("HOME", &folder);
    command.env("PIDS", folder.join("pids"));
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    let output = tokio::task::block_in_place(|| command.output().expect("a shell"));
    assert!(output.status.success(), "{pages:?}: {output:?}");
    (output, work)
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_work() {
    let sandbox = ("-- sandbox", "-- sandbox --bind 127.0.0.1:0");
    let (output, _) = run("README.md", &[sandbox], &[]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains(r#""name":"hello""#), "{told}");
}

#[test]
fn the_readme_lists_every_tool_of_agents() {
    let output = Command::new(server_binary::path()).arg("tools").output().expect("the tools");
    let tools: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let tools = tools["tools"].as_array().expect("a list");
    let readme = fs::read_to_string(root().join("README.md")).expect("the page");
    let names = tools.iter().map(|tool| tool["name"].as_str().expect("a name").replace('.', "_"));
    let missing: Vec<_> = names.filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Returns the variables of a world's upstreams.
fn upstreams(world: &World) -> Vec<(&'static str, String)> {
    let of_upstream = |name: &str| name.starts_with("COOLIFY") || name.starts_with("GITEA");
    world.variables().into_iter().filter(|(name, _)| of_upstream(name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_getting_started_commands_work_on_both_databases() {
    let Some(cluster) = Postgres::shared() else { return };
    let world = World::embedded().await;
    let Database { superuser_url, .. } = cluster.empty_database();
    let host = superuser_url.expose().split("?host=").nth(1).expect("a folder").to_owned();
    let address = free_port();
    let mut variables = upstreams(&world);
    variables.push(("COVIBE_BIND", address.clone()));
    variables.push(("PGHOST", host.clone()));
    variables.push(("PGUSER", "postgres".to_owned()));
    let on_socket = format!("@/covibe?host={host}");
    // The key is copied by hand from one terminal to another, which has none of its variables.
    let replaced = [
        ("127.0.0.1:8787", address.as_str()),
        ("@localhost/covibe", &on_socket),
        ("\"$made\"\n", "\"$made\" | tee \"$HOME/printed\"\n"),
        ("VIBN_API_KEY='vibn_sk_…'", "VIBN_API_KEY=$(tail -n 1 \"$HOME/printed\"); unset made"),
    ];
    let (output, work) = run("docs/getting-started.md", &replaced, &variables);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for expected in [
        "PASS coolify.version",
        "claude mcp add --scope project",
        r#""provisionStatus":"ready""#,
        "as covibe_admin: the schema is current.",
        "first key",
        "/auth/invitation/",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(work.join("data/covibe.sqlite").is_file());
    let mode = fs::metadata(work.join(".env")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can read the tokens");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setup_commands_of_the_workspaces_page_configure_a_repository() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let key = agent.key.as_ref().expect("a key").expose().to_owned();
    // They are shell variables: a reader may set them without exporting them.
    let set = format!("ORIGIN={} SLUG=mark VIBN_API_KEY={key}\nscript=$(", agent.origin);
    let (_, work) = run("docs/workspaces.md", &[("script=$(", &set)], &[]);
    assert!(work.join(".cursor/mcp.json").is_file());
    let stored = fs::read_to_string(work.join(".env.local")).expect("the key's file");
    assert!(stored.contains(&key), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_people_page_print_an_invitation_link_and_a_key() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    let mut variables = operator.variables;
    variables.retain(|(name, _)| *name != "PATH");
    let (output, _) = run("docs/people.md", &[], &variables);
    let told = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = told.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let [link, key] = lines[..] else { panic!("{told}") };
    assert!(link.contains("/auth/invitation/") && key.starts_with("vibn_sk_"), "{told}");
}

#[test]
fn the_setup_commands_fail_and_write_nothing_if_the_download_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("sh");
    command.args(["-ec", &commands("docs/workspaces.md").concat()]).current_dir(folder.path());
    command.env("ORIGIN", "http://127.0.0.1:1").env("SLUG", "mark").env("VIBN_API_KEY", "x");
    let output = command.output().expect("a shell");
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

/// On PostgreSQL, a backup is restored into a database that exists, and has no directory.
#[tokio::test(flavor = "multi_thread")]
async fn the_operating_commands_of_the_documentation_work_on_both_databases() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let operator = with_backup_role(&world);
        allow_drills(&world).await;
        let place = Elsewhere::new(&world);
        let set = place.variables.iter().map(|(name, value)| format!("{name}='{value}' "));
        let elsewhere = set.collect::<String>();
        let bucket = Bucket::create_in(&world).await;
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), format!("{}\n", bucket.secret)).expect("a file");
        let secret = file.path().display().to_string();
        let mut replaced = vec![
            ("ten_1a2b3c", world.mark.record.tenant.as_str()),
            ("https://s3.example.net", &bucket.endpoint),
            ("mark-files", &bucket.name),
            ("EXAMPLEKEY", &bucket.id),
            ("secret.txt", &secret),
        ];
        if backend == Backend::Postgres {
            replaced.push(("COVIBE_DATA_DIR=restored ", &elsewhere));
        }
        let mut variables = operator.variables;
        variables.retain(|(name, _)| *name != "PATH");
        run_all(&OPERATING, &replaced, &variables);
        let given = world.mark.agent.compact("storage.describe", &serde_json::json!({})).await;
        assert_eq!(given.expect("a bucket")["bucket"], bucket.name.as_str());
        world.stop().await;
    }
}

/// Returns the paths of the pages in a folder.
fn pages_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let names = pages.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    names.map(|name| format!("{folder}/{name}")).collect()
}

/// Every block of commands is run by one of the tests here, or is known to need something else.
#[test]
fn every_command_block_of_the_documentation_is_run_or_exempted() {
    const RUN: [&str; 4] =
        ["README.md", "docs/getting-started.md", "docs/people.md", "docs/workspaces.md"];
    // The commands of clients run in the tests of real clients. The others need Docker, a cloud or a hosted origin.
    const ELSEWHERE: [&str; 4] =
        ["docs/clients.md", "docs/gcp-production.md", "docs/hosted-handoff.md", "docs/hosting.md"];
    let folders = ["docs", "docs/operating"];
    let pages = folders.iter().flat_map(|folder| pages_in(folder));
    for page in pages.chain(["README.md".to_owned()]) {
        let has = !commands(&page).is_empty();
        let is_run = RUN.contains(&page.as_str()) || OPERATING.contains(&page.as_str());
        assert_eq!(has, is_run || ELSEWHERE.contains(&page.as_str()), "{page}");
        let text = fs::read_to_string(root().join(&page)).expect("the page");
        for line in text.lines() {
            let starts = ["    covibe-server ", "    curl ", "    psql ", "    export "];
            assert!(
                !starts.iter().any(|start| line.starts_with(start)),
                "{page}: {line}: use ```sh"
            );
        }
    }
}
