//! Answers in each situation: for each kind of resource, after each outcome of its start and after each call on it,
//! with a docker host that the server reaches and without one. `docs/states.md` has the table.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_testkit::{Options, World};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

const FILE: &str = "services: {web: {image: 'nginx:1', expose: ['80']}}";

/// The kinds, as the table names them.
const KINDS: [&str; 4] = ["app from an image", "compose app", "database", "auth provider"];

/// The outcomes of a start.
fn outcomes() -> [(&'static str, Outcome); 8] {
    [
        ("runs", Outcome::Finishes(Condition::Running)),
        ("runs, check passes", Outcome::Finishes(Condition::Healthy)),
        ("runs, check is pending", Outcome::Finishes(Condition::Starting)),
        ("runs, check fails", Outcome::Finishes(Condition::Unhealthy)),
        ("exits", Outcome::Finishes(Condition::Exited)),
        ("keeps crashing", Outcome::Finishes(Condition::Restarting)),
        ("can't be started", Outcome::Fails { log: vec!["no such image".to_owned()] }),
        ("runs, Coolify lost its worker", Outcome::Hangs(Condition::Running)),
    ]
}

/// The things that are done with a resource that runs.
const DEEDS: [&str; 3] = ["is stopped", "is started again", "is deleted with its volumes"];

/// The name of the resource.
const NAME: &str = "site";

/// The world of one situation.
struct Place {
    world: World,
    outcomes: covibe_sandbox::coolify::Outcomes,
}

impl Place {
    async fn new(has_host: bool) -> Self {
        let deadline = Duration::from_secs(6);
        let mut options =
            Options { docker: has_host, ..Options::default() }.with_deadline(deadline);
        // Coolify is at a start for long enough to be seen so.
        (options.coolify.pace, options.coolify.look) =
            (Duration::from_millis(150), Some(Duration::from_millis(300)));
        let outcomes = options.coolify.outcomes.clone();
        let world = World::start(options).await.expect("SQLite is built in");
        Self { world, outcomes }
    }

    async fn call(&self, tool: &str, params: Value) -> Value {
        self.world
            .mark
            .agent
            .compact(tool, &params)
            .await
            .unwrap_or_else(|it| panic!("{tool}: {it:?}"))
    }

    /// Creates a resource, and starts it with `wait`. Returns its uuid and the verdict.
    async fn start(&self, kind: usize) -> (String, String) {
        let made = match kind {
            0 | 1 => {
                let source = if kind == 0 { ("image", "nginx:1.27") } else { ("composeRaw", FILE) };
                let params = json!({ "name": NAME, source.0: source.1, "instantDeploy": false });
                let made = self.call("apps.create", params).await;
                let deploy = json!({ "uuid": made["uuid"], "wait": true });
                let deployed = self.call("apps.deploy", deploy).await;
                return (uuid(&made), verdict(&deployed));
            }
            2 => json!({ "name": NAME, "type": "redis", "wait": true }),
            _ => json!({ "name": NAME, "provider": "pocketbase", "wait": true }),
        };
        let tool = if kind == 2 { "databases.create" } else { "auth.create" };
        let made = self.call(tool, made).await;
        (uuid(&made), verdict(&made))
    }

    /// Returns what the tool for one resource and the list say.
    async fn read_states(&self, kind: usize, uuid: &str) -> String {
        let (get, list, member) = [
            ("apps.get", "apps.list", "apps"),
            ("databases.get", "databases.list", "databases"),
            ("auth.get", "auth.list", "providers"),
        ][kind.saturating_sub(1)];
        let one = self.call(get, json!({ "uuid": uuid })).await;
        let listed = self.call(list, json!({})).await;
        let listed = listed[member].as_array().expect("a list");
        let listed = listed.iter().find(|each| each["uuid"] == *uuid).expect("it is listed");
        let (one, listed) = (state(&one), state(listed));
        if one == listed { one } else { format!("{one}; in the list {listed}") }
    }

    /// Does something with a resource, and returns what the answer says.
    async fn deed(&self, kind: usize, uuid: &str, deed: usize) -> String {
        let control = if kind == 2 { "databases.control" } else { "apps.control" };
        match deed {
            0 => {
                let stop = json!({ "uuid": uuid, "action": "stop" });
                reached(&self.call(control, stop).await)
            }
            1 => match kind {
                0 | 1 => {
                    let deploy = json!({ "uuid": uuid, "wait": true, "force": true });
                    verdict(&self.call("apps.deploy", deploy).await)
                }
                2 => {
                    let again = json!({ "uuid": uuid, "patch": {}, "restart": true, "wait": true });
                    verdict(&self.call("databases.update", again).await)
                }
                _ => {
                    let again = json!({ "uuid": uuid, "action": "restart" });
                    reached(&self.call(control, again).await)
                }
            },
            _ => {
                let tool =
                    ["apps.delete", "databases.delete", "auth.delete"][kind.saturating_sub(1)];
                let delete = json!({ "uuid": uuid, "confirm": NAME, "volumes": "delete" });
                let deleted = self.call(tool, delete).await;
                let text =
                    |member: &str| deleted[member].as_str().unwrap_or("not reported").to_owned();
                format!("{}, volumes: {}", text("status"), text("volumes"))
            }
        }
    }

    /// Returns what is said of a start with this outcome: the verdict, and what is shown afterwards.
    async fn of_start(&self, kind: usize, situation: usize) -> [String; 2] {
        self.outcomes.next(NAME, outcomes()[situation].1.clone());
        let (uuid, verdict) = self.start(kind).await;
        // Coolify looks once more.
        self.world.coolify.advance(Duration::from_mins(1));
        [verdict, self.read_states(kind, &uuid).await]
    }

    /// Returns what is said of something that is done with a resource that runs, and what is shown afterwards.
    async fn of_deed(&self, kind: usize, deed: usize) -> [String; 2] {
        let (uuid, _) = self.start(kind).await;
        // Coolify refuses to stop what it has not seen to run.
        self.world.coolify.advance(Duration::from_mins(1));
        let told = self.deed(kind, &uuid, deed).await;
        let shown = if deed == 2 { "404".to_owned() } else { self.read_states(kind, &uuid).await };
        [told, shown]
    }
}

fn uuid(made: &Value) -> String {
    made["uuid"].as_str().expect("a uuid").to_owned()
}

/// Returns the verdict that an answer has, with the state that was seen.
fn verdict(answer: &Value) -> String {
    let outcome = &answer["outcome"];
    let verdict = outcome["verdict"].as_str().unwrap_or("no verdict");
    // An app that keeps crashing runs in between.
    if verdict == "crashing" {
        verdict.to_owned()
    } else {
        format!("{verdict} ({})", state(outcome))
    }
}

fn state(of: &Value) -> String {
    let status = of["status"].as_str().unwrap_or("no status");
    match of["health"].as_str() {
        Some(health) if health != "unknown" => format!("{status}, {health}"),
        _ => status.to_owned(),
    }
}

fn reached(answer: &Value) -> String {
    let by = answer["by"].as_str().expect("who told");
    let reached = if answer["reached"] == true { "reached" } else { "not reached" };
    format!("{reached}, as {by} reports")
}

/// Returns the rows of the table.
async fn rows() -> String {
    let starts = (0..KINDS.len()).flat_map(|kind| (0..outcomes().len()).map(move |it| (kind, it)));
    // Coolify tells only a service as starting.
    let starts = starts.filter(|(kind, it)| *it < 7 || *kind == 1 || *kind == 3);
    let starts = starts.map(|(kind, it)| (kind, it, true));
    let deeds = (0..KINDS.len()).flat_map(|kind| (0..DEEDS.len()).map(move |it| (kind, it, false)));
    let mut all: Vec<_> = starts.chain(deeds).collect();
    all.sort_by_key(|(kind, it, is_start)| (*kind, !is_start, *it));
    let mut looks = Vec::new();
    for (kind, it, is_start) in all {
        looks.push(Box::pin(async move {
            let mut told = [[String::new(), String::new()], [String::new(), String::new()]];
            for (told, has_host) in told.iter_mut().zip([true, false]) {
                let place = Place::new(has_host).await;
                *told = if is_start {
                    place.of_start(kind, it).await
                } else {
                    place.of_deed(kind, it).await
                };
            }
            let [with, without] = told;
            let what = if is_start { outcomes()[it].0 } else { DEEDS[it] };
            (KINDS[kind], what, with, without)
        }));
    }
    let rows: Vec<_> = stream::iter(looks).buffered(8).collect().await;
    let mut table = String::new();
    for (kind, what, [told, shown], [told_unseen, shown_unseen]) in rows {
        let _ = writeln!(
            table,
            "| {kind} | {what} | {told} | {shown} | {told_unseen} | {shown_unseen} |"
        );
    }
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_states_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/states.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let rows = rows().await;
    let head = "|---|---|---|---|---|---|\n";
    let (before, after) = page.split_once(head).expect("the table");
    if std::env::var_os("COVIBE_WRITE_STATES").is_some() {
        let rest = after.split_once("\n\n").map_or("", |(_, rest)| rest);
        let rest = if rest.is_empty() { String::new() } else { format!("\n{rest}") };
        std::fs::write(&path, format!("{before}{head}{rows}{rest}")).expect("the page is written");
        return;
    }
    assert!(after.starts_with(&rows), "COVIBE_WRITE_STATES=1 writes it:\n{rows}");
}
