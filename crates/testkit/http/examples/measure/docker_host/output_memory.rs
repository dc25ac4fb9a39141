//! The server's memory while many commands print much at the same time.

use std::time::{Duration, Instant};

use covibe_testkit_docker::Container;
use covibe_testkit_http::Agent;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::Setting;
use crate::Outcome;

/// The workspaces, and the calls that each makes at once: as many as it may.
pub(super) const WORKSPACES: usize = 13;
const EACH: usize = 4;

/// The number of calls that are made at once, and the number of rounds.
const AT_ONCE: usize = 50;
const ROUNDS: usize = 2;

/// The bytes that each command prints.
const PRINTED: usize = 5_000_000;

/// The interval at which the memory is sampled.
const SAMPLE: Duration = Duration::from_millis(20);

/// Returns the resident memory of the server before the calls, and its maximum during them, in KiB.
pub(super) async fn measure(setting: &Setting, idle: u64) -> Outcome<Value> {
    let mut apps = Vec::new();
    for member in &setting.crowd {
        let (app, container) = setting.app(member, "").await?;
        apps.push((setting.server.agent(member), app, container));
    }
    let begun = Instant::now();
    let (mut peak, mut failed) = (0, 0);
    for _ in 0..ROUNDS {
        let mut calls = calls(&apps);
        while !calls.is_empty() {
            peak = peak.max(setting.server.resident()?);
            match tokio::time::timeout(SAMPLE, calls.join_next()).await {
                Ok(Some(Ok(is_whole))) => failed += usize::from(!is_whole),
                Ok(Some(Err(panic))) => return Err(panic.into()),
                Ok(None) | Err(_) => {}
            }
        }
    }
    Ok(json!({
        "idle_kib": idle,
        "peak_kib": peak,
        "at_once": AT_ONCE,
        "bytes": PRINTED,
        "calls": AT_ONCE * ROUNDS,
        "failed": failed,
        "seconds": begun.elapsed().as_secs_f64(),
    }))
}

/// Begins the calls of one round; each returns whether its answer contained the whole output.
fn calls(apps: &[(Agent, String, Container<'static>)]) -> JoinSet<bool> {
    let mut calls = JoinSet::new();
    let turns = apps.iter().flat_map(|app| std::iter::repeat_n(app, EACH));
    for (agent, app, _) in turns.take(AT_ONCE) {
        let command = format!("head -c {PRINTED} /dev/zero | tr '\\0' x");
        let params = json!({ "uuid": app, "command": command, "max_bytes": PRINTED });
        let agent = agent.clone();
        calls.spawn(async move {
            let answer = agent.compact_raw("apps.exec", &params).await;
            answer.status == 200 && answer.text.len() > PRINTED
        });
    }
    calls
}
