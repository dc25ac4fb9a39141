//! `covibe-server tenant delete` and `export`, beside a running server.

use std::process::{Command, Stdio};

use covibe_domain::entities::Role;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit_http::{Options, Person, World};
use serde_json::{Value, json};

use crate::operator_commands::Operator;
use crate::server_binary;
use crate::tenant_list_and_suspension::{
    output_of, parse_output, refusal, tenant_of, until_status,
};

/// A world in which the tenant of `mark` has an app, a database and a repository.
async fn filled_world(backend: Backend) -> Option<World> {
    let world = World::start(Options { backend, ..Options::default() }).await?;
    let agent = &world.mark.agent;
    for (tool, params) in [
        ("apps.create", json!({ "image": "nginx:1.27", "name": "web" })),
        ("databases.create", json!({ "type": "postgresql", "name": "orders" })),
        ("repos.create", json!({ "name": "site", "files": { "a.txt": "a\n" } })),
    ] {
        agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"));
    }
    Some(world)
}

/// Returns the lines about a deletion that is not confirmed.
fn planned_deletion(operator: &Operator, tenant: &str) -> String {
    output_of(&operator.run(&["tenant", "delete", tenant]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_deletion_is_planned_first_and_executed_once_confirmed() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = filled_world(backend).await else { continue };
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let person = ada.agent(&world, "mark").await;
        let (agent, operator) = (&world.mark.agent, Operator::in_world(&world));
        let tenant = tenant_of(&world.mark);
        world.coolify.clear_requests();
        let plan = planned_deletion(&operator, &tenant);
        for line in
            ["DELETE app web", "DELETE database orders", "KEEP repository site", "1 memberships"]
        {
            assert!(plan.contains(line), "{line}: {plan}");
        }
        let whole =
            output_of(&operator.run(&["tenant", "delete", &tenant, "--repositories", "--volumes"]));
        assert!(whole.contains("DELETE repository site") && whole.contains("with its volumes"));
        assert!(world.coolify.requests().iter().all(|one| one.method == "GET"));
        until_status(agent, 200).await;
        let other = tenant_of(&world.justine);
        let wrong = refusal(&operator.run(&["tenant", "delete", &tenant, "--confirm", &other]));
        assert!(wrong.contains("--confirm is not the id"), "{wrong}");
        let deleted =
            output_of(&operator.run(&["tenant", "delete", &tenant, "--confirm", &tenant]));
        assert!(deleted.contains("DELETED tenant"), "{deleted}");
        until_status(agent, 401).await;
        until_status(&person, 401).await;
        until_status(&world.justine.agent, 200).await;
        let shown = parse_output(&operator.run(&["tenant", "show", &tenant, "--json"]));
        assert_eq!((&shown["status"], &shown["keys"]), (&json!("deleted"), &json!(0)), "{shown}");
        assert_eq!(shown["people"], json!([]), "{shown}");
        let left = planned_deletion(&operator, &tenant);
        assert!(!left.contains("DELETE ") && left.contains("KEEP repository site"), "{left}");
        let resumed = refusal(&operator.run(&["tenant", "resume", &tenant]));
        assert!(resumed.contains("can't be undone"), "{resumed}");
        let again = ["tenant", "delete", &tenant, "--confirm", &tenant, "--repositories"];
        assert!(output_of(&operator.run(&again)).contains("DONE repository site"));
        assert!(!planned_deletion(&operator, &tenant).contains("repository site"));
        let audit = output_of(&operator.run(&["audit", "list", "--tenant", &tenant]));
        for tool in ["tenant.delete", "apps.delete", "databases.delete", "repos.delete"] {
            assert!(audit.contains(tool), "{tool}: {audit}");
        }
        assert!(operator.run(&["audit", "verify"]).status.success());
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn manually_added_deploy_keys_and_hooks_are_listed_in_the_deletion_plan() {
    let world = filled_world(Backend::Sqlite).await.expect("SQLite is built in");
    let (operator, tenant) = (Operator::in_world(&world), tenant_of(&world.mark));
    let key = covibe_crypto::keypair("laptop").expect("a pair").public;
    let hands = world.operator();
    let body = json!({ "title": "laptop", "key": key, "read_only": false });
    hands.gitea("POST", "/repos/vibn-mark/site/keys", &body).await;
    let hook = json!({ "type": "gitea", "active": true, "events": ["push"],
                       "config": { "url": "https://ci.example/a?secret=1", "content_type": "json" } });
    hands.gitea("POST", "/repos/vibn-mark/site/hooks", &hook).await;
    let plan = planned_deletion(&operator, &tenant);
    for line in ["deploy_key reads and writes of site", "hook ci.example of site"] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    assert!(!plan.contains("secret=1"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_fails_is_finished_by_the_same_command() {
    let world = filled_world(Backend::Sqlite).await.expect("SQLite is built in");
    let (operator, tenant) = (Operator::in_world(&world), tenant_of(&world.mark));
    let fault = Fault::new(Name::Status).status(500).times(u32::MAX);
    world.coolify.arm(fault.on("DELETE", "/databases/"));
    let delete = ["tenant", "delete", &tenant, "--confirm", &tenant];
    let failed = operator.run(&delete);
    assert!(refusal(&failed).contains("repeat the same command"), "{failed:?}");
    let lines = String::from_utf8_lossy(&failed.stdout);
    assert!(lines.contains("FAIL database orders") && lines.contains("DONE app web"), "{lines}");
    assert!(output_of(&operator.run(&["tenant", "list"])).contains("deleting"));
    until_status(&world.mark.agent, 401).await;
    world.coolify.disarm();
    let finished = output_of(&operator.run(&delete));
    assert!(finished.contains("DONE database orders") && !finished.contains("app web"));
    assert!(output_of(&operator.run(&["tenant", "list"])).contains("deleted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_process_was_killed_is_finished_by_the_same_command() {
    let world = filled_world(Backend::Sqlite).await.expect("SQLite is built in");
    let (operator, tenant) = (Operator::in_world(&world), tenant_of(&world.mark));
    let delete = ["tenant", "delete", &tenant, "--confirm", &tenant];
    // It has ended the keys by then, and goes on to ask what there is.
    let hold = world.gitea.hold("GET", "/orgs/*/repos$");
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(operator.variables.iter().cloned()).args(delete);
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    hold.arrived().await;
    child.kill().expect("it is killed");
    child.wait().expect("its end");
    drop(hold);
    assert!(output_of(&operator.run(&["tenant", "list"])).contains("deleting"));
    until_status(&world.mark.agent, 401).await;
    let finished = output_of(&operator.run(&delete));
    assert!(finished.contains("DONE database orders"), "{finished}");
    assert!(!planned_deletion(&operator, &tenant).contains("DELETE "));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_contains_only_the_records_of_its_tenant_and_no_secrets() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = filled_world(backend).await else { continue };
        let _ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let (operator, tenant) = (Operator::in_world(&world), tenant_of(&world.mark));
        let output = operator.run(&["tenant", "export", &tenant]);
        let exported = parse_output(&output);
        assert!(output.status.success(), "{output:?}");
        let records = exported["records"].as_object().expect("records");
        let workspaces = exported["records"]["vibn_workspaces"].as_array().expect("rows");
        assert_eq!(workspaces.len(), 1, "{exported}");
        assert_eq!(workspaces[0]["slug"], "mark", "{exported}");
        assert!(records.contains_key("api_keys") && records.contains_key("memberships"));
        assert_eq!(exported["tenant"]["people"][0]["role"], "admin", "{exported}");
        let text = exported.to_string();
        assert!(!text.contains("justine"), "{text}");
        for name in
            ["\"digest\"", "\"gitea_bot_token\"", "\"secret\"", "\"upstream_mark\"", "\"salt\""]
        {
            assert!(!text.contains(name), "{name}: {text}");
        }
        let label = "--filter label=com.docker.compose.project=";
        assert_eq!(text.matches(label).count(), 2, "{exported}");
        let whats: Vec<_> = exported["copies"].as_array().expect("copies").iter().collect();
        let of = |what: &str| whats.iter().filter(|one| one["what"] == what).count();
        assert_eq!((of("repository"), of("volumes"), of("audit")), (1, 2, 1), "{exported}");
        assert_eq!(exported["missing"], Value::Array(Vec::new()), "{exported}");
        let unknown = refusal(&operator.run(&["tenant", "export", "ten_000000000000"]));
        assert!(unknown.contains("tenant list"), "{unknown}");
        world.stop().await;
    }
}
