//! Logs.

use covibe_sandbox::coolify::Condition;
use covibe_sandbox::docker::Arrangement;
use serde_json::json;

use super::Host;

#[tokio::test]
async fn log_lines_are_framed_by_stream_with_increasing_times() {
    let host = Host::start().await;
    let app = host.app("web", "nginx:1.27", Condition::Running).await;
    let id = host.only_container(&app).await;
    let path = format!("/v1.44/containers/{id}/logs?stdout=1&stderr=1&timestamps=1");
    let answer = host.get(&path).await;
    assert_eq!(answer.header("content-type"), Some("application/vnd.docker.multiplexed-stream"));
    let [stdout, stderr] = answer.texts();
    assert!(stdout.contains("ready for start up") && stderr.contains("[notice] 1#1: nginx/"));
    let times: Vec<_> = stderr.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(times.is_sorted() && times.iter().all(|time| time.len() == 30), "{times:?}");
    assert_eq!(host.get(&path).await.texts(), [stdout.clone(), stderr.clone()], "as before");
    let old = host.get(&path.replace("v1.44", "v1.41")).await;
    assert_eq!(old.header("content-type"), Some("application/vnd.docker.raw-stream"));
    let tail = |count: &str| {
        let (host, path) = (&host, path.replace("&stderr=1", &format!("&tail={count}")));
        async move { host.get(&path).await.texts().map(|text| text.lines().count()) }
    };
    assert_eq!(tail("abc").await, [2, 0], "Docker takes it as all");
    assert_eq!(tail("3").await, [0, 0], "the last lines are of the other stream");
    assert_eq!(tail("4").await, [1, 0]);
    assert_eq!(host.get(&format!("/containers/{id}/logs")).await.status, 400);
    assert_eq!(host.get(&format!("{path}&since=bogus")).await.status, 500);
    // From the moment of the last line on there is that line.
    let last = times.last().unwrap();
    let [_, since] = host.get(&format!("{path}&since={}", since_1970(last))).await.texts();
    assert_eq!(since.lines().count(), 1, "{since}");
}

/// Returns a time of a log as seconds since 1970 with nanoseconds, as `since` takes it.
fn since_1970(time: &str) -> String {
    let (whole, nanos) = time.trim_end_matches('Z').split_once('.').unwrap();
    let whole = covibe_domain::Timestamp::parse(&format!("{whole}Z")).unwrap();
    format!("{}.{nanos}", whole.as_millis() / 1_000)
}

#[tokio::test]
async fn the_log_of_a_crash_loop_contains_the_output_of_each_crash() {
    let host = Host::start().await;
    let log = vec!["TypeError: cannot read properties of undefined".to_owned()];
    host.arrange(
        "site",
        Arrangement { log: log.clone(), exit_code: Some(7), ..Arrangement::default() },
    );
    let app = host.app("site", "acme/site:1", Condition::Restarting).await;
    let id = host.only_container(&app).await;
    host.engine.advance(host.coolify.pace * 2);
    let restarts = host.inspect(&id).await["RestartCount"].as_u64().unwrap();
    let restarts = usize::try_from(restarts).unwrap();
    let path = format!("/containers/{id}/logs?stdout=1&stderr=1&timestamps=1");
    let [stdout, stderr] = host.get(&path).await.texts();
    assert_eq!(stderr.matches(&log[0]).count(), restarts + 1, "{stderr}");
    assert_eq!(stdout.matches("Listening on").count(), restarts + 1);
    host.engine.advance(host.coolify.pace);
    let [_, later] = host.get(&path).await.texts();
    assert!(later.starts_with(&stderr), "what was printed stays as it is");
}

#[tokio::test]
async fn a_large_log_is_cut_to_its_last_lines_by_tail() {
    let host = Host::start().await;
    host.arrange("site", Arrangement { log_bytes: 10_000_000, ..Arrangement::default() });
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let id = host.only_container(&app).await;
    let [all, _] = host.get(&format!("/containers/{id}/logs?stdout=1")).await.texts();
    assert!((9_900_000..11_000_000).contains(&all.len()), "{}", all.len());
    let [cut, _] = host.get(&format!("/containers/{id}/logs?stdout=1&tail=50")).await.texts();
    assert_eq!(cut.lines().count(), 50);
    assert!(all.ends_with(&cut));
}

#[tokio::test]
async fn a_followed_log_ends_when_its_container_stops() {
    let host = Host::start().await;
    let app = host.app("site", "acme/site:1", Condition::Running).await;
    let id = host.only_container(&app).await;
    let path = format!("/containers/{id}/logs?stdout=1&follow=1");
    let mut connection = super::raw_socket_calls::open(&host.socket, "GET", &path, None, "").await;
    let reading = tokio::spawn(async move { super::raw_socket_calls::read(&mut connection).await });
    // The request above is served before this one, or it finds a container that does not run.
    host.get("/_ping").await;
    assert_eq!(host.post(&format!("/containers/{id}/stop")).await.status, 204);
    let answer = reading.await.unwrap();
    assert!(answer.is_whole && answer.texts()[0].contains("Listening on"), "{answer:?}");
    let labels = host.inspect(&id).await["Config"]["Labels"].clone();
    assert_eq!(labels["com.docker.compose.project"], json!(app), "it is still there");
}
