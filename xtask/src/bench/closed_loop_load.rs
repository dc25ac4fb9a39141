//! Closed-loop load: each connection sends its next request after the answer to the previous one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::percentiles::{number, percentile};
use super::process_usage;
use crate::http_client::Connection;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) calls_per_second: f64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// The processor time of the server's process, without that of other processes.
    pub(super) cpu_per_call: Duration,
}

/// Loads the server for `duration` after a warm-up of a tenth of it; fails on an answer other than
/// 200.
pub(super) async fn measure(
    (authority, pid): (&str, u32),
    request: &Arc<[u8]>,
    connections: usize,
    duration: Duration,
) -> Result<Cell> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(authority).await?);
    }
    let (open, _) = drive(open, request, duration / 10).await?;
    let (cpu, start) = (process_usage::cpu(pid)?, Instant::now());
    let (_, mut latencies) = drive(open, request, duration).await?;
    let (cpu, elapsed) = (process_usage::cpu(pid)?.saturating_sub(cpu), start.elapsed());
    latencies.sort_unstable();
    Ok(Cell {
        calls_per_second: number(latencies.len()) / elapsed.as_secs_f64(),
        p50: percentile(&latencies, 500),
        p99: percentile(&latencies, 990),
        cpu_per_call: cpu.div_f64(number(latencies.len())),
    })
}

/// Calls on all connections concurrently for `duration`, at least once on each; returns the calls'
/// times.
async fn drive(
    connections: Vec<Connection>,
    request: &Arc<[u8]>,
    duration: Duration,
) -> Result<(Vec<Connection>, Vec<Duration>)> {
    let deadline = Instant::now() + duration;
    let mut tasks = JoinSet::new();
    for connection in connections {
        tasks.spawn(repeat(connection, Arc::clone(request), deadline));
    }
    let (mut connections, mut latencies) = (Vec::new(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (connection, mut own) = ended??;
        connections.push(connection);
        latencies.append(&mut own);
    }
    Ok((connections, latencies))
}

async fn repeat(
    mut connection: Connection,
    request: Arc<[u8]>,
    deadline: Instant,
) -> Result<(Connection, Vec<Duration>)> {
    let mut latencies = Vec::new();
    let mut now = Instant::now();
    while latencies.is_empty() || now < deadline {
        let answer = connection.call(&request).await?;
        let text = || String::from_utf8_lossy(answer.body).chars().take(300).collect::<String>();
        ensure!(answer.status == 200, "status {} under load: {}", answer.status, text());
        // A tool's failure is an answer, too. Looking at each one would cost more than the call.
        let is_looked_at = latencies.len().is_multiple_of(64);
        ensure!(!is_looked_at || is_success(answer.body), "a failure under load: {}", text());
        let before = std::mem::replace(&mut now, Instant::now());
        latencies.push(now - before);
    }
    Ok((connection, latencies))
}

/// Returns whether the answer of a tool is not a failure.
fn is_success(body: &[u8]) -> bool {
    const FAILURE: &[u8] = br#""isError":true"#;
    !body.windows(FAILURE.len()).any(|part| part == FAILURE)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::http_client::{get, tests::serve_all};

    const MOMENT: Duration = Duration::from_millis(200);

    async fn load(answer: &'static str, connections: usize) -> Result<Cell> {
        let authority = serve_all(answer).await;
        let request = get(&authority, "/").into();
        measure((&authority, std::process::id()), &request, connections, MOMENT).await
    }

    #[tokio::test]
    async fn latencies_of_all_connections_are_measured() {
        let cell = load("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 4).await.unwrap();
        assert!(
            cell.p50 > Duration::ZERO && cell.p50 <= cell.p99 && cell.p99 <= 2 * MOMENT,
            "{cell:?}"
        );
        // With four closed loops, a call takes about four times the interval between answers.
        assert!(cell.calls_per_second * cell.p50.as_secs_f64() < 8.0, "{cell:?}");
        assert!(cell.calls_per_second > 20.0, "{cell:?}");
    }

    #[tokio::test]
    async fn a_failure_of_a_tool_ends_the_measurement() {
        let failed = "HTTP/1.1 200 OK\r\ncontent-length: 27\r\n\r\n{\"result\":{\"isError\":true}}";
        let error = load(failed, 2).await.unwrap_err();
        assert!(error.to_string().starts_with("a failure under load"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_other_than_200_ends_the_measurement() {
        let refused = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nwait";
        let error = load(refused, 2).await.unwrap_err();
        assert_eq!(error.to_string(), "status 429 under load: wait");
    }
}
