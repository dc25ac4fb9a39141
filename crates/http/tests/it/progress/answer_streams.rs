//! A client of REST that accepts a stream hears of a call before it ends.

use std::collections::VecDeque;
use std::time::Duration;

use covibe_sandbox::coolify::{Condition, Outcome};
use covibe_sandbox::docker::Arrangement;
use covibe_testkit_http::support::unframed;
use covibe_testkit_http::{Options, World};
use serde_json::{Value, json};

const ACCEPTS: (&str, &str) = ("accept", "text/event-stream");

/// A stream of events that is read as they come.
struct Events {
    response: reqwest::Response,
    text: String,
    read: VecDeque<Event>,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

impl Events {
    fn new(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new(), read: VecDeque::new() }
    }

    /// Returns the next event that does not only report a wait; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.read.pop_front() {
                Some(event) if event.name == "progress" => {}
                Some(event) => return Some(event),
                None => {
                    let piece = self.response.chunk().await.expect("a whole stream")?;
                    self.text += std::str::from_utf8(&piece).expect("text");
                    while let Some(end) = self.text.find("\n\n") {
                        let event: String = self.text.drain(..end + 2).collect();
                        self.read.push_back(Event::read(&event));
                    }
                }
            }
        }
    }

    /// Returns the next part.
    async fn part(&mut self) -> Event {
        let event = self.next().await.expect("a part");
        assert_eq!(event.name, "part", "{event:?}");
        event
    }

    /// Returns the texts of the lines of the next part.
    async fn lines(&mut self) -> (Vec<String>, String) {
        let event = self.part().await;
        assert_eq!(event.data["cursor"].as_str(), event.id.as_deref());
        let lines = unframed(&event.data["services"][0]["logs"]).lines();
        let lines = lines.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
        (lines, event.id.expect("an id"))
    }
}

impl Event {
    fn read(text: &str) -> Self {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let name = field("event: ").expect("a name").to_owned();
        let data = serde_json::from_str(field("data: ").expect("data")).expect("JSON");
        Self { name, id: field("id: ").map(str::to_owned), data }
    }
}

/// Creates an app whose container runs, and returns the path of its logs.
async fn app_with_log(world: &World) -> String {
    let envs = json!([{ "key": "API_TOKEN", "value": "tok-hunter2hunter2", "isLiteral": true }]);
    let app = json!({ "image": "nginx:1.27", "name": "site", "envs": envs });
    let made = world.mark.agent.compact("apps.create", &app).await.expect("an app");
    world.coolify.advance(Duration::from_mins(1));
    format!("/api/workspaces/mark/apps/{}/logs", made["uuid"].as_str().expect("a uuid"))
}

/// Makes the app print these lines, which begin with those that it printed before.
fn print(world: &World, lines: &[&str]) {
    let printed = lines.iter().map(|&line| line.to_owned()).collect();
    let of = "site".to_owned();
    let engine = world.docker.as_ref().expect("a docker host");
    engine.set(Arrangement { of, printed, ..Arrangement::default() });
}

/// Waits until the log was read so often.
async fn until_read(world: &World, times: usize) {
    let engine = world.docker.as_ref().expect("a docker host");
    let is_log = |path: &str| path.ends_with("/logs");
    while engine.requests().iter().filter(|request| is_log(&request.path)).count() < times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_batch_of_new_lines_of_a_followed_log_is_a_part_after_which_a_client_continues() {
    let world = World::embedded().await;
    let logs = app_with_log(&world).await;
    let path = format!("{logs}?follow=true&timeout_ms=600000");
    let agent = &world.mark.agent;
    let opened = agent.open("GET", &path, &[ACCEPTS], None);
    let first = ["Send tok-hunter2hunter2", "Sent"];
    let (opened, ()) = tokio::join!(opened, async {
        until_read(&world, 2).await;
        print(&world, &first);
    });
    let mut events = Events::new(opened);
    let (lines, _) = events.lines().await;
    assert_eq!(lines, ["Send ***", "Sent"]);
    print(&world, &[first[0], first[1], "A third line"]);
    let (lines, id) = events.lines().await;
    assert_eq!(lines, ["A third line"]);
    drop(events);
    // A client that lost the stream repeats its request, with a parameter that the position replaces.
    print(&world, &[first[0], first[1], "A third line", "A fourth line"]);
    let resumed = [ACCEPTS, ("last-event-id", &id)];
    let path = format!("{path}&since=15m");
    let mut events = Events::new(agent.open("GET", &path, &resumed, None).await);
    let (lines, id) = events.lines().await;
    assert_eq!(lines, ["A fourth line"]);
    drop(events);
    let resumed = [ACCEPTS, ("last-event-id", &id)];
    let path = format!("{logs}?follow=true&timeout_ms=1");
    let mut events = Events::new(agent.open("GET", &path, &resumed, None).await);
    let end = events.next().await.expect("an end");
    assert_eq!((end.name.as_str(), end.id), ("result", Some(id)), "{:?}", end.data);
    assert_eq!(end.data["services"][0]["logs"], "", "{:?}", end.data);
    assert!(events.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lasting_warning_is_in_the_first_part_of_a_followed_log_only() {
    let options = Options::default();
    options.coolify.outcomes.next("site", Outcome::Finishes(Condition::Unhealthy));
    let world = World::start(options).await.expect("SQLite is built in");
    let logs = app_with_log(&world).await;
    let path = format!("{logs}?follow=true&since=15m&timeout_ms=600000");
    print(&world, &["First"]);
    let mut events = Events::new(world.mark.agent.open("GET", &path, &[ACCEPTS], None).await);
    let warning = json!(["The container fails its health check; `healthOutput` has its output."]);
    assert_eq!(events.part().await.data["warnings"], warning);
    print(&world, &["First", "Second"]);
    assert_eq!(events.part().await.data["warnings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_before_it_reports_anything_has_the_status_of_its_failure() {
    let world = World::embedded().await;
    let logs = app_with_log(&world).await;
    let agent = &world.mark.agent;
    for (path, headers, expected) in [
        ("/api/workspaces/mark/apps/absent1/logs?follow=true", vec![ACCEPTS], 404),
        (logs.as_str(), vec![ACCEPTS, ("last-event-id", "nonsense")], 400),
    ] {
        let answer = agent.send("GET", path, &headers, None).await;
        assert_eq!(answer.status, expected, "{}", answer.text);
        assert!(answer.text.starts_with("{\"error\""), "{}", answer.text);
    }
    let other = world.justine.agent.with_slug("mark");
    assert_eq!(other.send("GET", &logs, &[ACCEPTS], None).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_client_that_names_the_stream_first_gets_one_and_only_of_a_call_that_may_take_long()
{
    let world = World::embedded().await;
    let logs = app_with_log(&world).await;
    let agent = &world.mark.agent;
    let list = "/api/workspaces/mark/apps";
    let both = ("accept", "application/json, text/event-stream");
    for (path, accept, expected) in [
        (logs.as_str(), ACCEPTS, "text/event-stream"),
        (&logs, ("accept", "Text/Event-Stream;q=1, */*"), "text/event-stream"),
        (&logs, both, "application/json"),
        (&logs, ("accept", "*/*"), "application/json"),
        (list, ACCEPTS, "application/json"),
    ] {
        let answer = agent.open("GET", path, &[accept], None).await;
        assert_eq!(answer.headers()["content-type"], expected, "{path} {accept:?}");
    }
    let mut events = Events::new(agent.open("GET", &logs, &[ACCEPTS], None).await);
    let whole = events.next().await.expect("a result");
    assert_eq!((whole.name.as_str(), &whole.data["source"]), ("result", &json!("docker")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_is_waited_for_is_reported_until_its_result() {
    let world = World::embedded().await;
    let made = json!({ "image": "nginx:1.27", "name": "site", "instantDeploy": false });
    let made = world.mark.agent.compact("apps.create", &made).await.expect("an app");
    let uuid = made["uuid"].as_str().expect("a uuid");
    let path = format!("/api/workspaces/mark/apps/{uuid}/deploy");
    let headers = [ACCEPTS, ("content-type", "application/json")];
    let body = json!({ "wait": true }).to_string();
    let opened = world.mark.agent.open("POST", &path, &headers, Some(body)).await;
    let mut events = Events::new(opened);
    world.coolify.advance(Duration::from_mins(1));
    let last = events.next().await.expect("a result");
    assert_eq!(
        (last.name.as_str(), &last.data["outcome"]["verdict"]),
        ("result", &json!("running")),
        "{last:?}"
    );
}
