//! Faults of a configuration, a database and the upstreams: `check` names each, and what mends it.

mod addresses_and_credentials;
mod places;
mod settings;
mod upstreams;

use std::fmt::Write as _;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::gitea::Settings;
use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};
use serde_json::{Value, json};

use crate::backups::{raw, with_backup_role};
use crate::operator_commands::Operator;
use crate::server_process::Server;

/// A fault, and what `check` has to say of it.
struct Case {
    fault: &'static str,
    made: FaultCause,
    /// The status of a check, and its name.
    expected: (&'static str, &'static str),
    /// A part of what mends it.
    mend: &'static str,
}

/// The ways to make a fault.
enum FaultCause {
    /// By variables with these values; an empty one is not set.
    Set(&'static [(&'static str, &'static str)]),
    /// By a variable with a value of the world.
    SetFrom(&'static str, fn(&World) -> String),
    /// By a data folder whose database is a file with this text.
    DatabaseFile(&'static str),
    /// By this proxy of the server that apps run on.
    Proxy(&'static str),
    Coolify(Fault),
    Gitea(Fault),
    Settings(Settings),
    /// By a statement of the superuser of PostgreSQL, which another one takes back. `$db` stands for the database.
    Sql(&'static str, &'static str),
}

fn case(
    fault: &'static str,
    made: FaultCause,
    expected: (&'static str, &'static str),
    mend: &'static str,
) -> Case {
    Case { fault, made, expected, mend }
}

/// A variable with a value that the configuration does not take.
fn wrong_variable(fault: &'static str, variable: &'static [(&'static str, &'static str)]) -> Case {
    case(fault, FaultCause::Set(variable), ("fail", "configuration"), variable[0].0)
}

fn status(status: u16, message: &str) -> Fault {
    Fault::new(Name::Status).status(status).body(json!({ "message": message })).times(u32::MAX)
}

fn always_failing(name: Name, method: &str, path: &str) -> Fault {
    Fault::new(name).times(u32::MAX).on(method, path)
}

/// Makes a fault, and returns what `check` says of it.
async fn run_check(world: &World, of: &FaultCause) -> Value {
    let mut operator = match world.location() {
        Location::Server(_) => with_backup_role(world),
        Location::File(_) => Operator::in_world(world),
    };
    let folder = tempfile::tempdir().expect("a folder");
    if let FaultCause::SetFrom(name, value) = *of {
        operator = operator.with(name, &value(world));
    }
    match of {
        FaultCause::Set(variables) => {
            for (name, value) in *variables {
                operator = operator.with(name, value);
            }
        }
        FaultCause::SetFrom(..) => {}
        FaultCause::DatabaseFile(text) => {
            std::fs::write(folder.path().join("covibe.sqlite"), text).expect("a file");
            operator = operator.with("COVIBE_DATA_DIR", folder.path().to_str().expect("UTF-8"));
        }
        FaultCause::Proxy(kind) => world.operator().use_proxy(kind).await,
        FaultCause::Coolify(fault) => world.coolify.arm(fault.clone()),
        FaultCause::Gitea(fault) => world.gitea.arm(fault.clone()),
        FaultCause::Settings(settings) => world.gitea.set(settings.clone()),
        FaultCause::Sql(make, _) => run(world, make).await,
    }
    let output = operator.run(&["check", "--json"]);
    world.coolify.disarm();
    world.gitea.disarm();
    match of {
        FaultCause::Settings(_) => world.gitea.set(Settings::default()),
        FaultCause::Proxy(_) => world.operator().use_proxy("traefik").await,
        FaultCause::Sql(_, undo) => run(world, undo).await,
        _ => {}
    }
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

async fn run(world: &World, sql: &str) {
    let Location::Server(at) = world.location() else { panic!("it is PostgreSQL") };
    let name = raw(&at.superuser_url, "SELECT quote_ident(current_database())::text").await;
    raw(&at.superuser_url, &sql.replace("$db", &name[0])).await;
}

/// Adds what `check` says of each fault to a table, and what is missing of it to a list.
async fn judge(world: &World, cases: &[Case], table: &mut String, missed: &mut Vec<String>) {
    for Case { fault, made, expected: (status, name), mend } in cases {
        let told = run_check(world, made).await;
        let mut checks = told["checks"].as_array().expect("a list").iter();
        let found = checks.find(|each| each["name"] == *name && each["status"] == *status);
        let says = found.map_or("", |each| each["says"].as_str().unwrap_or_default());
        let has_mend = says.contains(mend);
        let line = says.lines().collect::<Vec<_>>().join(" ").replace('|', "/");
        let named = if has_mend { "yes" } else { "NO" };
        writeln!(table, "| {fault} | {name}: {line} | {status} | {named} |").expect("a text");
        if !has_mend {
            missed.push(format!("{fault}: {name} {status} without `{mend}`: {told:#}"));
        }
    }
}

/// Returns a world whose database has secrets, and the key that encrypted them.
async fn world_with_secrets() -> World {
    let world = World::embedded().await;
    let path = format!("/api/workspaces/{}/provision", world.mark.agent.slug);
    world.mark.agent.json("POST", &path, &json!({})).await;
    drop(tokio::task::block_in_place(|| Server::start(&world)));
    world
}

/// With `COVIBE_FAULTS=FILE`, the table of what is said is written there.
#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_fault_together_with_its_remedy() {
    let (mut table, mut missed) = (String::new(), Vec::new());
    let world = World::embedded().await;
    for cases in [
        settings::setting_faults(),
        addresses_and_credentials::place_faults(),
        addresses_and_credentials::other_faults(),
        places::world_faults(),
        places::folder_faults(),
        upstreams::coolify_faults(),
        upstreams::answer_faults(),
        upstreams::gitea_faults(),
        upstreams::open_gitea_faults(),
    ] {
        judge(&world, &cases, &mut table, &mut missed).await;
    }
    let world = world_with_secrets().await;
    judge(&world, &places::secrets_faults(), &mut table, &mut missed).await;
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    if let Some(world) = World::start(options).await {
        for cases in [places::postgres_faults(), addresses_and_credentials::postgres_faults()] {
            judge(&world, &cases, &mut table, &mut missed).await;
        }
    }
    if let Some(file) = std::env::var_os("COVIBE_FAULTS") {
        let head = "| fault | `check` prints | status | mend named |\n|---|---|---|---|\n";
        std::fs::write(file, format!("{head}{table}")).expect("the file");
    }
    assert!(table.lines().count() >= 99, "{table}");
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n\n"));
}
