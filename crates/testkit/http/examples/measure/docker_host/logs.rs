//! The speed at which logs are read: by the tool, and by the client of docker hosts alone.

use std::time::Instant;

use covibe_docker_host::LogQuery;
use serde_json::{Value, json};

use super::Setting;
use crate::Outcome;

/// The number and length of the lines that the container prints; each differs from the one before.
const LINES: u32 = 10_000;
const LINE: usize = 6_000;

/// The maximum number of lines that the tool reads.
const ASKED: u32 = 5_000;

/// The number of times that each is timed.
const ROUNDS: usize = 3;

/// Returns the bytes of printed text that were read per second.
pub(super) async fn measure(setting: &Setting) -> Outcome<Value> {
    let print = format!(
        "awk 'BEGIN {{ text = sprintf(\"%{LINE}s\", \"\"); gsub(/ /, \"x\", text); \
         for (i = 0; i < {LINES}; i++) print substr(i text, 1, {LINE}); print \"printed\" }}'"
    );
    let (app, container) = setting.app(&setting.world.justine, &print).await?;
    container.wait_until_printed("printed");
    let agent = setting.server.agent(&setting.world.justine);
    let params = json!({ "uuid": app, "lines": ASKED });
    let host = setting.world.docker_host().ok_or("no docker host")?;
    let found = host.containers(&app).await?;
    let id = &found.first().ok_or("no container")?.id;
    let all = LogQuery { tail: LINES, since: None, max_bytes: usize::try_from(LINES)? * LINE };
    let (mut by_tool, mut by_client) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let answer = agent.compact("apps.logs", &params).await.map_err(|why| why.to_string())?;
        by_tool.push(f64::from(ASKED) * size(LINE)? / begun.elapsed().as_secs_f64());
        if answer["services"][0]["lines"].as_u64().is_none_or(|lines| lines == 0) {
            return Err("apps.logs read no lines".into());
        }
        let begun = Instant::now();
        let logs = host.logs(id, all).await?;
        let read: usize = logs.lines.iter().map(|line| line.text.len()).sum();
        by_client.push(size(read)? / begun.elapsed().as_secs_f64());
    }
    Ok(json!({ "tool_bytes_per_s": by_tool, "client_bytes_per_s": by_client }))
}

fn size(bytes: usize) -> Outcome<f64> {
    Ok(f64::from(u32::try_from(bytes)?))
}
