//! Events, and how a client comes back to them.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::test_runner::World;

/// An event: its id, its name, its data.
type Event = (String, String, Value);

fn parse(text: &str) -> Vec<Event> {
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned()
    };
    let blocks = text.split("\n\n").filter(|block| block.starts_with("id: "));
    let event = |block: &str| {
        let data = serde_json::from_str(&field(block, "data: ")).unwrap();
        (field(block, "id: "), field(block, "event: "), data)
    };
    blocks.map(event).collect()
}

fn events(world: &World, id: &str, after: Option<&str>) -> Vec<Event> {
    let header = after.map(|after| [("Last-Event-ID", after)]);
    let headers = header.as_ref().map_or(&[][..], |it| it);
    let reply = world.send(("GET", &format!("/api/jobs/{id}/events")), headers, None);
    assert_eq!((reply.status, reply.header("Content-Type")), (200, Some("text/event-stream")));
    parse(&reply.text)
}

fn output(events: &[Event]) -> String {
    let texts = events.iter().filter(|(_, name, _)| name == "output");
    texts.map(|(_, _, data)| data["text"].as_str().unwrap()).collect()
}

#[test]
fn the_event_stream_reports_statuses_and_all_output_and_ends_with_the_job() {
    let world = World::new();
    let id = world.run("echo één; sleep 0.4; echo twee");
    let all = events(&world, &id, None);
    assert_eq!(output(&all), "één\ntwee\n");
    let statuses: Vec<_> =
        all.iter().filter(|it| it.1 == "status").map(|it| it.2["status"].clone()).collect();
    assert_eq!(statuses.last(), Some(&json!("succeeded")));
    assert_eq!(statuses.iter().filter(|it| *it == "running").count(), 1);
    assert_eq!(all.last().unwrap().1, "status", "the end comes last");
    // From each event on, exactly what follows it comes.
    for at in 0..all.len() - 1 {
        let rest = events(&world, &id, Some(&all[at].0));
        assert_eq!(output(&rest), output(&all[at + 1..]), "after {:?}", all[at]);
        assert_eq!(rest.last().unwrap().2["status"], "succeeded");
    }
    let last = ("Last-Event-ID", &*all[all.len() - 1].0);
    let path = format!("/api/jobs/{id}/events");
    assert_eq!(world.send(("GET", &path), &[last], None).status, 204, "there is no more");
    let bad = world.send(("GET", &path), &[("Last-Event-ID", "7")], None);
    assert_eq!(bad.status, 400);
}

#[test]
fn an_event_stream_resumes_at_the_last_event_id_after_the_runner_was_killed() {
    let mut world = World::new();
    let id = world.run("echo one; until [ -e $MARKS/go ]; do sleep 0.01; done; echo two");
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let head = format!("Host: localhost\r\nAuthorization: {}", world.authorization());
    write!(stream, "GET /api/jobs/{id}/events HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut last = String::new();
    // Up to the first output.
    loop {
        let line = lines.next().unwrap();
        if let Some(id) = line.strip_prefix("id: ") {
            id.clone_into(&mut last);
        }
        if line.starts_with("data: ") && line.contains("one") {
            break;
        }
    }
    world.restart();
    fs::write(world.mark("go"), "").unwrap();
    let rest = events(&world, &id, Some(&last));
    assert_eq!(output(&rest), "two\n");
    assert_eq!(rest.last().unwrap().2["status"], "succeeded");
}

#[test]
fn the_event_stream_reports_dropped_output_as_gap_events() {
    let world = World::new();
    let id = world.run("head -c 20000000 /dev/zero | tr '\\0' x");
    world.wait_for_end(&id);
    let all = events(&world, &id, None);
    let omitted: u64 =
        all.iter().filter(|it| it.1 == "gap").map(|it| it.2["omitted"].as_u64().unwrap()).sum();
    assert!(omitted > 9_000_000);
    assert_eq!(output(&all).len() as u64 + omitted, 20_000_000);
}
