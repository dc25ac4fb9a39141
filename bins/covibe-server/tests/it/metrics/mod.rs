//! The metrics of a real server.

mod documented_metrics;
mod installation;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use covibe_dispatch::Outcome;
use covibe_domain::Kind;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Location, Options, World};
use covibe_workspace::AttemptOutcome;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_postgres::NoTls;

use crate::server_process::Server;

/// A time limit that only ends a test that hangs.
const SOON: Duration = Duration::from_secs(20);

/// The variable with which a server serves its metrics at a free port.
const ON: (&str, &str) = ("COVIBE_METRICS_BIND", "127.0.0.1:0");

/// Sends a head to an address and returns everything that it answers.
async fn exchange(address: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(format!("{head}\r\nHost: x\r\n\r\n").as_bytes()).await.expect("a request");
    let mut answer = String::new();
    let read = timeout(SOON, stream.read_to_string(&mut answer)).await;
    read.expect("an end").expect("an answer");
    answer
}

/// A value with its labels.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// Reads a line such as `name{label="value"} 7`.
fn sample(line: &str) -> Sample {
    let (left, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = left.split_once('{').unwrap_or((left, "}"));
    let labels = labels.strip_suffix('}').expect("the end of the labels").split(',');
    let labels = labels.filter(|label| !label.is_empty()).map(|label| {
        let (name, value) = label.split_once("=\"").expect("a label");
        (name.to_owned(), value.strip_suffix('"').expect("its end").to_owned())
    });
    let value = value.parse().expect("a number");
    Sample { name: name.to_owned(), labels: labels.collect(), value }
}

/// The page of a server.
pub(crate) struct Page(Vec<Sample>);

impl Page {
    pub(crate) async fn fetch(server: &Server) -> Self {
        let address = server.metrics().expect("where the metrics are");
        let asked = "GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=1.0.0";
        let answer = exchange(&address, asked).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("openmetrics-text"), "{head}");
        assert!(body.ends_with("# EOF\n"), "{body}");
        Self(body.lines().filter(|line| !line.starts_with('#')).map(sample).collect())
    }

    /// Returns the value with these labels; zero if there is none.
    pub(crate) fn get(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &Sample| {
            let same = |(label, value): &(&str, &str)| {
                sample.labels.get(*label).is_some_and(|it| it == value)
            };
            sample.name == name && sample.labels.len() == labels.len() && labels.iter().all(same)
        };
        self.0.iter().find(|sample| has(sample)).map_or(0.0, |sample| sample.value)
    }
}

/// Makes calls of every kind: that work, that fail in each way, of unknown tools, without a valid key.
async fn make_busy(world: &World, agents: &[&Agent]) {
    for agent in agents {
        agent.compact("apps.list", &json!({})).await.expect("a list");
        let params = json!({ "image": "nginx:1.27", "name": "site", "instantDeploy": false });
        let app = agent.compact("apps.create", &params).await.expect("an app");
        agent.mcp("apps.get", &json!({ "uuid": app["uuid"] })).await.expect("the app");
        agent.compact("storage.provision", &json!({})).await.expect("a bucket");
        let path = format!("/api/workspaces/{}/projects", agent.slug);
        let made = agent
            .json("POST", &path, &json!({ "name": "Work", "kind": "prd", "body": "Do it." }))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        agent.compact("apps.get", &json!({ "uuid": [7] })).await.expect_err("invalid");
        agent.compact("apps.get", &json!({ "uuid": "nothing" })).await.expect_err("missing");
        agent.compact("no.such.tool", &json!({})).await.expect_err("no such tool");
        agent.with_key(Some("vibn_sk_nonsense")).compact_raw("apps.list", &json!({})).await;
        agent
            .with_key(None)
            .send("GET", "/api/projects", &[("host", "elsewhere.test")], None)
            .await;
        let foreign = agent.with_slug("nobody");
        foreign.send("GET", "/api/workspaces/nobody/apps", &[], None).await;
    }
    world.coolify.arm(Fault::new(Name::Status).status(500).times(u32::MAX));
    let params = json!({ "image": "nginx:1.27", "name": "other", "instantDeploy": false });
    agents[0].compact("apps.create", &params).await.expect_err("a failure");
    world.coolify.disarm();
    leave_open(world, agents[0]).await;
}

/// Leaves a creation open: its answer is lost.
async fn leave_open(world: &World, agent: &Agent) {
    world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/applications/dockerimage$"));
    let params = json!({ "image": "nginx:1.27", "name": "lost", "instantDeploy": false });
    agent.compact("apps.create", &params).await.expect_err("a lost answer");
    world.coolify.disarm();
}

/// Makes a folder of backups with one that is whole.
fn backups() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("covibe-1")).expect("a folder");
    std::fs::write(folder.path().join("covibe-1/manifest.json"), "{}").expect("a manifest");
    folder
}

/// A world whose Coolify has a rate limit, and reports it.
async fn limited_world() -> World {
    let mut options = Options::default();
    options.coolify.budget_per_minute = Some(200);
    World::start(options).await.expect("SQLite is built in")
}

/// Returns the values that each label may have.
fn allowed_labels(world: &World) -> BTreeMap<&'static str, BTreeSet<String>> {
    let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let tools = world.dispatcher.registry().operations().map(|tool| tool.spec.name);
    let outcomes = Outcome::all().map(Outcome::as_str);
    let watched = ["failed", "open", "stopped", "not_stopped", "unknown_owner"];
    let outcomes: Vec<_> =
        outcomes.chain(AttemptOutcome::ALL.map(AttemptOutcome::as_str)).chain(watched).collect();
    let refusals = ["connections", "address", "keyless", "person", "foreign"];
    let kinds = [Kind::Unauthenticated, Kind::Limited, Kind::Unready].map(Kind::code);
    let bounds = [
        "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5",
        "5.0", "10.0", "30.0", "60.0", "+Inf", // Those of waits.
        "15.0", "120.0", "300.0", "600.0", "1200.0", "1800.0", "3600.0", "7200.0", "14400.0",
        "28800.0", "86400.0",
    ];
    let upstreams = [
        "cloud_dns",
        "cloud_storage",
        "coolify",
        "gitea",
        "google_iam",
        "registrar",
        "rfc2136",
        "workos",
    ];
    let tasks = "audit_months audit_months_and_old_records checkpoints clone_keys containers \
                 coolify_condition deployment_queue domains former_domains last_used lost_photos \
                 interrupted_replacements memberships push_reports push_search pushes";
    BTreeMap::from([
        ("task", set(&tasks.split(' ').collect::<Vec<_>>())),
        ("tool", set(&tools.chain(["unknown"]).collect::<Vec<_>>())),
        ("outcome", set(&outcomes)),
        ("upstream", set(&upstreams)),
        ("status", set(&["pending", "partial", "ready", "failed", "active"])),
        ("kind", set(&["creations", "provisioning", "domain_orders"])),
        ("pool", set(&["postgres", "readers", "writer"])),
        ("state", set(&["in_use", "idle"])),
        ("reason", set(&[&refusals[..], &kinds[..]].concat())),
        ("version", set(&[env!("CARGO_PKG_VERSION")])),
        ("le", set(&bounds)),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn metric_labels_of_a_busy_server_contain_no_tenant_data() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let server = Server::start_with(&world, &[ON]);
        let (mark, justine) = (server.agent(&world.mark), server.agent(&world.justine));
        make_busy(&world, &[&mark, &justine]).await;
        let (page, allowed) = (Page::fetch(&server).await, allowed_labels(&world));
        assert!(page.0.len() > 150, "{}", page.0.len());
        for Sample { name, labels, .. } in &page.0 {
            for (label, value) in labels {
                let values = allowed.get(label.as_str());
                assert!(values.is_some_and(|it| it.contains(value)), "{name}: {label}={value}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_every_outcome_are_counted() {
    let world = limited_world().await;
    let server = Server::start_with(&world, &[ON]);
    let (mark, justine) = (server.agent(&world.mark), server.agent(&world.justine));
    make_busy(&world, &[&mark, &justine]).await;
    let page = Page::fetch(&server).await;
    let calls =
        |tool, outcome| page.get("covibe_calls_total", &[("tool", tool), ("outcome", outcome)]);
    assert_eq!((calls("apps.list", "ok"), calls("apps.create", "ok")), (2.0, 2.0));
    assert_eq!((calls("apps.get", "ok"), calls("apps.get", "invalid")), (2.0, 2.0));
    assert_eq!((calls("unknown", "not_found"), calls("apps.create", "upstream")), (2.0, 2.0));
    // An operation that only REST has counts by its name as well.
    assert_eq!((calls("projects.create", "ok"), calls("unknown", "ok")), (2.0, 0.0));
    let of_get = [("tool", "apps.get")];
    assert!((page.get("covibe_call_duration_seconds_count", &of_get) - 6.0).abs() < f64::EPSILON);
    let within_a_minute = [("tool", "apps.get"), ("le", "60.0")];
    assert!(
        (page.get("covibe_call_duration_seconds_bucket", &within_a_minute) - 6.0).abs()
            < f64::EPSILON
    );
    let refused = |reason| page.get("covibe_requests_refused_total", &[("reason", reason)]);
    assert_eq!((refused("unauthenticated"), refused("foreign")), (2.0, 2.0));
    let coolify = [("upstream", "coolify")];
    let ended =
        |outcome| page.get("covibe_upstream_calls_total", &[coolify[0], ("outcome", outcome)]);
    assert!(ended("ok") >= 4.0 && ended("failed") >= 1.0);
    assert!(page.get("covibe_upstream_call_duration_seconds_count", &coolify) >= 5.0);
    assert!((page.get("covibe_upstream_rate_limit", &coolify) - 200.0).abs() < f64::EPSILON);
    assert!(page.get("covibe_upstream_rate_remaining", &coolify) < 200.0);
    for upstream in ["google_iam", "cloud_storage"] {
        let labels = [("upstream", upstream), ("outcome", "ok")];
        assert!(page.get("covibe_upstream_calls_total", &labels) >= 2.0, "{upstream}");
    }
    let readers = [("pool", "readers")];
    assert!((page.get("covibe_database_connections_max", &readers) - 8.0).abs() < f64::EPSILON);
    assert!(page.get("process_resident_memory_bytes", &[]) > 1e6);
    assert!(page.get("process_start_time_seconds", &[]) > 1.7e9);
    assert!(page.get("process_cpu_seconds_total", &[]) > 0.0);
    let (open, most) = (page.get("process_open_fds", &[]), page.get("process_max_fds", &[]));
    assert!(open > 5.0 && most > open, "{open} of {most}");
    assert!(page.get("covibe_connections", &[]) >= 1.0);
    assert!((page.get("covibe_audit_lost_entries_total", &[]) - 0.0).abs() < f64::EPSILON);
}

/// The server does not read ahead, so it learns that the client has left when it answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_client_disconnects_is_counted_and_logged_once() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[ON]);
    let agent = server.agent(&world.mark);
    let path = format!("/api/workspaces/{}/apps", agent.slug);
    let hold = world.coolify.hold("GET", "/projects/*/*$");
    tokio::select! {
        answer = agent.send("GET", &path, &[("x-request-id", "left")], None) => panic!("{answer:?}"),
        () = hold.arrived() => {}
    }
    hold.release();
    let ended = [("tool", "apps.list")];
    let count = |page: &Page| page.get("covibe_call_duration_seconds_count", &ended);
    let counted = async { while count(&Page::fetch(&server).await) < 1.0 {} };
    timeout(SOON, counted).await.expect("it is counted");
    server.agent(&world.mark).compact("projects.list", &json!({})).await.expect("the next call");
    let again = count(&Page::fetch(&server).await);
    assert!((again - 1.0).abs() < f64::EPSILON, "{again}");
    server.signal("TERM");
    let (_, log) = tokio::task::block_in_place(|| server.wait_for_end());
    let lines: Vec<_> = log.lines().filter(|line| line.contains("left")).collect();
    let [line] = &lines[..] else { panic!("{log}") };
    for part in ["covibe::call", "tool=\"apps.list\"", "outcome=\"ok\"", "request=left"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

/// A stalled audit is visible while calls are still answered.
#[tokio::test(flavor = "multi_thread")]
async fn audit_entries_that_wait_for_the_database_are_counted() {
    let options = Options { backend: Backend::Postgres, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let server = Server::start_with(&world, &[ON]);
    let agent = server.agent(&world.mark);
    let Location::Server(database) = world.location() else { panic!("it is PostgreSQL") };
    let connected = tokio_postgres::connect(database.superuser_url.expose(), NoTls).await;
    let (holder, connection) = connected.expect("a session");
    tokio::spawn(connection);
    let tenant = &world.mark.record.tenant;
    let lock = format!("BEGIN; SELECT FROM audit_heads WHERE tenant_id = '{tenant}' FOR UPDATE");
    holder.batch_execute(&lock).await.expect("a lock");
    agent.compact("projects.list", &json!({})).await.expect("a list");
    let queued = |page: &Page| page.get("covibe_audit_queued_entries", &[]);
    let mut page = Page::fetch(&server).await;
    assert!(queued(&page) >= 1.0);
    while page.get("covibe_audit_oldest_entry_seconds", &[]) <= 0.2 {
        page = Page::fetch(&server).await;
    }
    assert!(queued(&page) >= 1.0);
    holder.batch_execute("ROLLBACK").await.expect("its end");
    while queued(&page) > 0.0 {
        page = Page::fetch(&server).await;
    }
    assert!((page.get("covibe_audit_oldest_entry_seconds", &[]) - 0.0).abs() < f64::EPSILON);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_listener_serves_only_metrics_and_limits_connections() {
    let world = World::embedded().await;
    let server = Server::start_with(&world, &[ON]);
    let address = server.metrics().expect("where the metrics are");
    for (head, status) in [
        ("POST /metrics HTTP/1.1", "405"),
        ("GET /api/health HTTP/1.1", "404"),
        ("nonsense", "400"),
    ] {
        assert!(
            exchange(&address, head).await.starts_with(&format!("HTTP/1.1 {status}")),
            "{head}"
        );
    }
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(8_200));
    assert!(exchange(&address, &long).await.starts_with("HTTP/1.1 431"));
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(&address).await.expect("a connection");
        stream.write_all(b"GET ").await.expect("a part of a request");
        silent.push(stream);
    }
    let mut further = TcpStream::connect(&address).await.expect("a connection");
    let ended = timeout(SOON, further.read(&mut [0])).await.expect("an end");
    assert!(!matches!(ended, Ok(1..)), "it is closed without an answer");
    for mut stream in silent {
        let ended = timeout(SOON, stream.read(&mut [0])).await.expect("an end");
        assert!(!matches!(ended, Ok(1..)), "it does not send its request");
    }
    Page::fetch(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_off_by_default() {
    let world = World::embedded().await;
    let server = Server::start(&world);
    assert_eq!(server.metrics(), None);
    let agent = server.agent(&world.mark);
    assert_eq!(agent.send("GET", "/metrics", &[], None).await.status, 404);
}
