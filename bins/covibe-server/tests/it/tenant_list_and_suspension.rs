//! `covibe-server tenant list`, `show`, `suspend` and `resume`, and `workspace list`, beside a running server.

use std::process::Output;
use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Member, Options, Person, World};
use serde_json::{Value, json};

use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_process::Server;

pub(crate) fn output_of(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    out(output)
}

pub(crate) fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    err(output)
}

pub(crate) fn parse_output(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"))
}

pub(crate) fn tenant_of(of: &Member) -> String {
    of.record.tenant.to_string()
}

/// Waits until a call of a key has this status: a server caches keys for a second.
pub(crate) async fn until_status(agent: &Agent, status: u16) -> Value {
    for _ in 0..1000 {
        let answer = agent.send("GET", "/api/workspaces", &[], None).await;
        if answer.status == status {
            return answer.json();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no call had the status {status}");
}

/// Waits until so many deployments are open in the queue, and returns them.
async fn until_open(operator: &Operator, count: usize) -> Value {
    for _ in 0..600 {
        let open = parse_output(&operator.run(&["queue", "list", "--json"]))["deployments"].take();
        if open.as_array().map(Vec::len) == Some(count) {
            return open;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there are not {count} open deployments");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_and_workspaces_are_listed_and_described() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let _ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let operator = Operator::in_world(&world);
        let (mark, justine) = (tenant_of(&world.mark), tenant_of(&world.justine));
        let listed = output_of(&operator.run(&["tenant", "list"]));
        assert_eq!(listed.lines().count(), 2, "{listed}");
        let line = listed.lines().find(|line| line.starts_with(&mark)).expect("a line");
        assert!(line.contains("active") && line.contains("workspaces 1  people 1"), "{line}");
        let all = parse_output(&operator.run(&["tenant", "list", "--json"]));
        let mut ids = all["tenants"].as_array().expect("a list").iter();
        assert!(ids.any(|each| each["id"] == json!(justine)), "{all}");
        let shown = parse_output(&operator.run(&["tenant", "show", &mark, "--json"]));
        assert_eq!(shown["status"], "active", "{shown}");
        assert_eq!(shown["people"][0]["role"], "admin", "{shown}");
        assert_eq!(shown["workspaces"][0]["slug"], "mark", "{shown}");
        assert_eq!(shown["keys"], shown["workspaces"][0]["keys"], "{shown}");
        assert!(shown["keys"].as_u64() > Some(0), "{shown}");
        let text = output_of(&operator.run(&["tenant", "show", &mark]));
        assert!(text.contains("STATUS active, created") && text.contains("PERSON "), "{text}");
        let workspaces = output_of(&operator.run(&["workspace", "list"]));
        assert_eq!(workspaces.lines().count(), 2, "{workspaces}");
        let own =
            parse_output(&operator.run(&["workspace", "list", "--tenant", &justine, "--json"]));
        assert_eq!(own["workspaces"].as_array().map(Vec::len), Some(1), "{own}");
        assert_eq!(own["workspaces"][0]["tenant"], json!(justine), "{own}");
        let unknown = refusal(&operator.run(&["tenant", "show", "ten_000000000000"]));
        assert!(unknown.contains("tenant list"), "{unknown}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_refused_until_it_is_resumed() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let person = ada.agent(&world, "mark").await;
        let (agent, operator) = (&world.mark.agent, Operator::in_world(&world));
        let params = json!({ "image": "nginx:1.27", "name": "web" });
        let made = agent.compact("apps.create", &params).await.expect("an app");
        let uuid = made["uuid"].clone();
        let tenant = tenant_of(&world.mark);
        world.coolify.clear_requests();
        assert!(
            output_of(&operator.run(&["tenant", "suspend", &tenant])).contains("tenant resume")
        );
        let refused = until_status(agent, 403).await;
        let hint = refused["hint"].as_str().unwrap_or_default().to_owned();
        assert!(hint.contains("operator of this server"), "{refused}");
        let by_mcp = agent.compact("apps.get", &json!({ "uuid": uuid })).await.expect_err("no");
        assert!(by_mcp.to_string().contains("is suspended"), "{by_mcp}");
        until_status(&person, 403).await;
        let page = Person::at(&ada, &agent.origin).get("/console").await;
        assert!(page.status == 403 && page.text.contains("suspended"), "{}", page.text);
        // Another tenant goes on, and nothing of the suspended one was touched.
        until_status(&world.justine.agent, 200).await;
        let changes = world.coolify.requests().into_iter().filter(|one| one.method != "GET");
        assert_eq!(changes.count(), 0);
        assert!(output_of(&operator.run(&["tenant", "suspend", &tenant])).contains("already"));
        assert!(output_of(&operator.run(&["tenant", "list"])).contains("suspended"));
        assert!(output_of(&operator.run(&["tenant", "resume", &tenant])).contains("work again"));
        until_status(agent, 200).await;
        until_status(&person, 200).await;
        assert!(output_of(&operator.run(&["tenant", "resume", &tenant])).contains("not suspended"));
        agent.compact("apps.get", &json!({ "uuid": uuid })).await.expect("it is there");
        let audit = output_of(&operator.run(&["audit", "list", "--tenant", &tenant]));
        for tool in ["tenant.suspend", "tenant.resume"] {
            assert_eq!(audit.lines().filter(|line| line.contains(tool)).count(), 2, "{audit}");
        }
        assert!(operator.run(&["audit", "verify"]).status.success());
        let unknown = refusal(&operator.run(&["tenant", "suspend", "ten_000000000000"]));
        assert!(unknown.contains("tenant list"), "{unknown}");
        world.stop().await;
    }
}

/// The queue hands nothing of it over, also what waited before.
#[tokio::test(flavor = "multi_thread")]
async fn deployments_queued_for_a_suspended_tenant_start_once_it_is_resumed() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    output_of(&operator.run(&["queue", "pause"]));
    let params = json!({ "image": "nginx:1.27", "name": "web" });
    world.mark.agent.compact("apps.create", &params).await.expect("an app");
    let tenant = tenant_of(&world.mark);
    output_of(&operator.run(&["tenant", "suspend", &tenant]));
    output_of(&operator.run(&["queue", "resume"]));
    let other = world.justine.agent.compact("apps.create", &params).await.expect("an app");
    // The first in the queue would be next; the other one is handed over and ends.
    let waiting = until_open(&operator, 1).await;
    assert_eq!(waiting[0]["state"], "waiting", "{waiting} {other}");
    assert_eq!(waiting[0]["tenant"], json!(tenant), "{waiting}");
    output_of(&operator.run(&["tenant", "resume", &tenant]));
    for _ in 0..600 {
        let open = parse_output(&operator.run(&["queue", "list", "--json"]))["deployments"].take();
        if open[0]["state"] != "waiting" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it goes on waiting");
}

/// Creates the repository `site` and an app that follows it, commits to it, and returns the app and the commit.
async fn push_to_site(of: &Member) -> (Value, Value) {
    let call = async |tool: &str, params: Value| {
        let outcome = of.agent.compact(tool, &params).await;
        outcome.unwrap_or_else(|why| panic!("{tool}: {why}"))
    };
    call("repos.create", json!({ "name": "site", "files": { "index.html": "1\n" } })).await;
    let app = json!({ "repo": "site", "name": "shop", "buildPack": "static" });
    let app = call("apps.create", app).await["uuid"].take();
    let change = json!({ "repo": "site", "message": "two", "files": [{ "path": "index.html", "content": "2\n" }] });
    let commit = call("repos.commit", change).await["commit"].take();
    (app, commit)
}

/// Waits until an app has a deployment of this commit.
async fn until_deployed(agent: &Agent, (app, commit): &(Value, Value)) {
    for _ in 0..1000 {
        let told = agent.compact("apps.deployments", &json!({ "uuid": app })).await;
        let told = told.expect("a list");
        let mut all = told["deployments"].as_array().expect("a list").iter();
        if all.any(|each| each["commit"] == *commit) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nothing was deployed of {commit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_a_suspended_tenant_is_deployed_once_it_is_resumed() {
    let world = World::embedded().await;
    let (mark, justine) = (push_to_site(&world.mark).await, push_to_site(&world.justine).await);
    let (operator, tenant) = (Operator::in_world(&world), tenant_of(&world.mark));
    output_of(&operator.run(&["tenant", "suspend", &tenant]));
    world.gitea.clear_requests();
    let watch = world.watch_pushes();
    until_deployed(&world.justine.agent, &justine).await;
    let asked = world.gitea.requests().into_iter().filter(|one| one.path.contains("/vibn-mark/"));
    assert_eq!(asked.count(), 0);
    drop(watch);
    output_of(&operator.run(&["tenant", "resume", &tenant]));
    until_status(&world.mark.agent, 200).await;
    // There is one look-out for a world: that of another server takes it up.
    let server = Server::start(&world);
    until_deployed(&server.agent(&world.mark), &mark).await;
}
