//! Calls through `covibe-mcp`, beside the same calls without it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::machine::Machine;
use super::stats::percentile;
use crate::http::Connection;

/// The number of calls.
const CALLS: usize = 1_000;

/// A call, as the library of MCP sends it.
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#;

/// The median duration of a call.
pub(super) struct Bridge {
    pub(super) through: Duration,
    pub(super) direct: Duration,
}

/// Measures calls, alternately through the bridge and directly.
pub(super) async fn take(machine: &Machine) -> Result<Bridge> {
    let mut command = Command::from(machine.bridge()?);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("the bridge did not start")?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
    let authority = machine.origin().trim_start_matches("http://");
    let mut connection = Connection::open(authority).await?;
    let request = format!(
        "POST /api/mcp HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer bench\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{CALL}",
        CALL.len()
    );
    let (mut through, mut direct, mut line) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..CALLS {
        let started = Instant::now();
        stdin.write_all(CALL.as_bytes()).await?;
        stdin.write_all(b"\n").await?;
        line.clear();
        ensure!(stdout.read_line(&mut line).await? > 0, "the bridge ended");
        through.push(started.elapsed());
        ensure!(line.contains("\"result\""), "the bridge answered {line}");
        let started = Instant::now();
        let answer = connection.call(request.as_bytes()).await?;
        ensure!(answer.status == 200, "the server answered {}", answer.status);
        direct.push(started.elapsed());
    }
    through.sort_unstable();
    direct.sort_unstable();
    Ok(Bridge { through: percentile(&through, 500), direct: percentile(&direct, 500) })
}
