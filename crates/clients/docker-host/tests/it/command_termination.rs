//! Commands that are ended: at their deadline, when nobody waits for them, and with all their children.

use std::time::{Duration, Instant};

use covibe_docker_host::{CommandEnd, DockerHost, Exec, Executed, Stream};
use covibe_testkit_docker::{Container, Docker, Recipe};
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::fixture::{command, engine, local, only_container, uuid, ways};

/// Starts a child in a session of its own, one that forgets its parent, and waits.
const FAMILY: &str =
    "setsid sleep 1001 & (sleep 1002 &); trap '' TERM INT HUP; echo ready; sleep 1003; sleep 1004";

#[tokio::test]
async fn the_deadline_ends_a_command_and_all_its_children() {
    let engine = engine!();
    let ways = ways(engine);
    join_all(ways.iter().map(async |(host, _sshd)| {
        tokio::join!(
            in_time(async || times_out(engine, host).await),
            in_time(async || ends_what_closed_its_output(engine, host).await),
        );
    }))
    .await;
}

/// Checks a command that is ended at its deadline. Returns false if a busy engine was late.
async fn times_out(engine: &Docker, host: &DockerHost) -> bool {
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let id = only_container(host, &uuid).await;
    // Long enough for a busy engine to start it.
    let exec = Exec { timeout: Duration::from_secs(4), ..command(&["sh", "-c", FAMILY]) };
    let done = host.exec(&id, exec, |_, _| {}).await.unwrap();
    if ended_late(&done) {
        eventually_only_itself(&container).await;
        return false;
    }
    assert_eq!(done.stdout, b"ready\n");
    assert_eq!((done.timed_out, done.ended, done.code), (true, CommandEnd::Killed, Some(137)));
    assert_only_itself(&container);
    true
}

/// Checks a command without output that is ended at its deadline. Returns false if a busy engine was late.
async fn ends_what_closed_its_output(engine: &Docker, host: &DockerHost) -> bool {
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let id = only_container(host, &uuid).await;
    let script = "exec >/dev/null 2>&1; sleep 1001";
    let exec = Exec { timeout: Duration::from_millis(500), ..command(&["sh", "-c", script]) };
    let done = host.exec(&id, exec, |_, _| {}).await.unwrap();
    if ended_late(&done) {
        eventually_only_itself(&container).await;
        return false;
    }
    assert_eq!((done.timed_out, done.ended, done.code), (true, CommandEnd::Killed, Some(137)));
    assert_only_itself(&container);
    true
}

#[tokio::test]
async fn a_command_whose_deadline_passes_before_its_start_is_ended() {
    let engine = engine!();
    let ways = ways(engine);
    join_all(ways.iter().map(async |(host, _sshd)| {
        let uuid = uuid();
        let container = Recipe::new(&uuid, &uuid).run(engine);
        let id = only_container(host, &uuid).await;
        let exec = Exec { timeout: Duration::from_millis(1), ..command(&["sh", "-c", FAMILY]) };
        let done = host.exec(&id, exec, |_, _| {}).await.unwrap();
        let seen = (done.timed_out, done.ended, done.code);
        assert!(seen == (true, CommandEnd::Killed, Some(137)) || ended_late(&done), "{done:?}");
        eventually_only_itself(&container).await;
    }))
    .await;
}

#[tokio::test]
async fn a_command_is_ended_when_its_caller_is_cancelled() {
    let engine = engine!();
    for (host, _sshd) in ways(engine) {
        let uuid = uuid();
        let container = Recipe::new(&uuid, &uuid).run(engine);
        let id = only_container(&host, &uuid).await;
        let (ready, is_ready) = oneshot::channel::<()>();
        let mut ready = Some(ready);
        let waiting = tokio::spawn(async move {
            let exec = command(&["sh", "-c", FAMILY]);
            let on_output = move |_: Stream, _: &[u8]| drop(ready.take());
            host.exec(&id, exec, on_output).await
        });
        let _ = is_ready.await;
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        eventually_only_itself(&container).await;
    }
}

#[tokio::test]
async fn a_command_that_ended_before_its_deadline_is_reported_as_ended() {
    let engine = engine!();
    let ways = ways(engine);
    join_all(ways.iter().map(async |(host, _sshd)| {
        in_time(async || tells_the_end_of_a_command_with_children(engine, host).await).await;
    }))
    .await;
}

/// The maximum number of commands that a busy engine may start or end too late.
const MOST_TRIES: usize = 20;

/// Runs a check again while it returns false.
async fn in_time(check: impl AsyncFn() -> bool) {
    for _ in 0..MOST_TRIES {
        if check().await {
            return;
        }
    }
    panic!("the engine was late {MOST_TRIES} times");
}

/// Returns whether the engine started or ended a command later than the call may return: its
/// processes end later, too.
fn ended_late(done: &Executed) -> bool {
    (done.timed_out, done.ended, done.code) == (true, CommandEnd::MayStillRun, None)
}

/// Checks a command that ends a second after its start, and nearly two seconds before its deadline. Returns false if a busy
/// engine started it so late that it ended close to the deadline.
async fn tells_the_end_of_a_command_with_children(engine: &Docker, host: &DockerHost) -> bool {
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let id = only_container(host, &uuid).await;
    // The engine keeps the output of a command that has ended open for its children, for two seconds.
    let script = "sleep 1001 & echo x; sleep 1; exit 3";
    let exec = Exec { timeout: Duration::from_millis(2900), ..command(&["sh", "-c", script]) };
    let (asked, mut begun) = (Instant::now(), None);
    let on_output = |_: Stream, _: &[u8]| {
        begun.get_or_insert_with(|| asked.elapsed());
    };
    let done = host.exec(&id, exec, on_output).await.unwrap();
    if ended_late(&done) || begun.is_none_or(|begun| begun > Duration::from_secs(1)) {
        return false;
    }
    assert_eq!((done.timed_out, done.ended, done.code), (false, CommandEnd::Exited, Some(3)));
    assert_eq!(&done.stdout[..], b"x\n");
    assert_eq!(container.processes(), ["/bin/busybox sleep 3600", "sleep 1001"]);
    true
}

#[tokio::test]
async fn ending_a_command_leaves_other_commands_of_the_container_running() {
    let engine = engine!();
    let uuid = uuid();
    let container = Recipe::new(&uuid, &uuid).run(engine);
    let host = local(&engine.socket());
    let id = only_container(&host, &uuid).await;
    engine.cli(&["exec", "--detach", &container.id, "sleep", "2001"]);
    let exec = Exec { timeout: Duration::from_millis(300), ..command(&["sleep", "1001"]) };
    assert!(host.exec(&id, exec, |_, _| {}).await.unwrap().timed_out);
    assert_eq!(container.processes(), ["/bin/busybox sleep 3600", "sleep 2001"]);
}

fn assert_only_itself(container: &Container<'_>) {
    assert_eq!(container.processes(), ["/bin/busybox sleep 3600"]);
}

async fn eventually_only_itself(container: &Container<'_>) {
    let gone = async {
        while container.processes().len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), gone).await.unwrap();
}
