//! Answers in each situation: for each kind of resource, after each outcome of its start and after each call on it,
//! with a docker host that the server reaches and without one. `docs/states.md` has the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_testkit::{Options, Provisioned, World};
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

/// Something that happens to a resource, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Situation {
    /// A start with one of the [`outcomes`].
    Start(usize),
    /// One of the [`DEEDS`].
    Deed(usize),
}

impl Situation {
    /// Returns all of them.
    fn all() -> impl Iterator<Item = Self> {
        let starts = (0..outcomes().len()).map(Self::Start);
        starts.chain((0..DEEDS.len()).map(Self::Deed))
    }

    /// Returns the kinds to which it happens.
    fn kinds(self) -> impl Iterator<Item = usize> {
        // Coolify tells only a service as starting.
        let is_of_services = self == Self::Start(7);
        (0..KINDS.len()).filter(move |kind| !is_of_services || *kind == 1 || *kind == 3)
    }

    /// Returns its name in the table.
    fn title(self) -> &'static str {
        match self {
            Self::Start(it) => outcomes()[it].0,
            Self::Deed(it) => DEEDS[it],
        }
    }
}

/// The world of one situation, in which a resource of each kind comes into it.
struct Place {
    world: World,
    outcomes: covibe_sandbox::coolify::Outcomes,
}

impl Place {
    async fn new(has_host: bool) -> Self {
        let (deadline, provisioned) = (Duration::from_secs(6), Provisioned::Mark);
        let options = Options { docker: has_host, provisioned, ..Options::default() };
        let mut options = options.with_deadline(deadline);
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
    async fn start(&self, kind: usize, name: &str) -> (String, String) {
        let made = match kind {
            0 | 1 => {
                let source = if kind == 0 { ("image", "nginx:1.27") } else { ("composeRaw", FILE) };
                let params = json!({ "name": name, source.0: source.1, "instantDeploy": false });
                let made = self.call("apps.create", params).await;
                let deploy = json!({ "uuid": made["uuid"], "wait": true });
                let deployed = self.call("apps.deploy", deploy).await;
                return (uuid(&made), verdict(&deployed));
            }
            2 => json!({ "name": name, "type": "redis", "wait": true }),
            _ => json!({ "name": name, "provider": "pocketbase", "wait": true }),
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
    async fn deed(&self, kind: usize, (uuid, name): (&str, &str), deed: usize) -> String {
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
                let delete = json!({ "uuid": uuid, "confirm": name, "volumes": "delete" });
                let deleted = self.call(tool, delete).await;
                let text =
                    |member: &str| deleted[member].as_str().unwrap_or("not reported").to_owned();
                format!("{}, volumes: {}", text("status"), text("volumes"))
            }
        }
    }

    /// Returns what is said in a situation, and what is shown afterwards.
    async fn look_at(&self, kind: usize, situation: Situation) -> [String; 2] {
        let name = format!("site-{kind}");
        match situation {
            Situation::Start(it) => {
                self.rows_after_start(kind, &name, outcomes()[it].1.clone()).await
            }
            Situation::Deed(it) => self.rows_after_deed(kind, &name, it).await,
        }
    }

    /// Returns what is said of a start with this outcome: the verdict, and what is shown afterwards.
    async fn rows_after_start(&self, kind: usize, name: &str, outcome: Outcome) -> [String; 2] {
        self.outcomes.next(name, outcome);
        let (uuid, verdict) = self.start(kind, name).await;
        // Coolify looks once more.
        self.world.coolify.advance(Duration::from_mins(1));
        [verdict, self.read_states(kind, &uuid).await]
    }

    /// Returns what is said of something that is done with a resource that runs, and what is shown afterwards.
    async fn rows_after_deed(&self, kind: usize, name: &str, deed: usize) -> [String; 2] {
        let (uuid, _) = self.start(kind, name).await;
        // Coolify refuses to stop what it has not seen to run.
        self.world.coolify.advance(Duration::from_mins(1));
        let told = self.deed(kind, (&uuid, name), deed).await;
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

/// A row of the table: a kind and a situation.
type Row = (usize, Situation);

/// Looks at a situation of each kind, one after the other in one world.
async fn look_at_kinds(situation: Situation, has_host: bool) -> Vec<(Row, [String; 2])> {
    let place = Place::new(has_host).await;
    let mut looks = Vec::new();
    for kind in situation.kinds() {
        looks.push(((kind, situation), place.look_at(kind, situation).await));
    }
    looks
}

/// Returns the rows of the table.
async fn rows() -> String {
    let hosts = |situation| [true, false].map(|it| Box::pin(look_at_kinds(situation, it)));
    let looks = stream::iter(Situation::all().flat_map(hosts)).buffered(8);
    let mut rows: BTreeMap<Row, Vec<[String; 2]>> = BTreeMap::new();
    for (row, look) in looks.collect::<Vec<_>>().await.into_iter().flatten() {
        rows.entry(row).or_default().push(look);
    }
    let mut table = String::new();
    for ((kind, situation), looks) in rows {
        let (kind, what) = (KINDS[kind], situation.title());
        let [[told, shown], [told_unseen, shown_unseen]] = looks.as_slice() else {
            panic!("{kind}, {what}: {looks:?}");
        };
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
