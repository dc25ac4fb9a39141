//! The time of a command: by the tool over the connection that is kept, and by a new connection.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Setting;
use crate::Outcome;

/// The number of times that each is timed, in turns.
const ROUNDS: usize = 20;

/// Returns the times of `true` in milliseconds: `apps.exec`, and `ssh HOST docker exec CONTAINER true`.
pub(super) async fn measure(setting: &Setting) -> Outcome<Value> {
    let (app, container) = setting.app(&setting.world.mark, "").await?;
    let agent = setting.server.agent(&setting.world.mark);
    let params = json!({ "uuid": app, "command": "true" });
    let (mut kept, mut fresh) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        let answer = agent.compact("apps.exec", &params).await.map_err(|why| why.to_string())?;
        let took = begun.elapsed();
        if answer["code"] != 0 {
            return Err(format!("apps.exec: {answer}").into());
        }
        // The first call connects.
        if round > 0 {
            kept.push(millis(took));
            fresh.push(millis(by_ssh(setting, &container.id)?));
        }
    }
    Ok(json!({ "kept_ms": kept, "fresh_ms": fresh }))
}

fn by_ssh(setting: &Setting, container: &str) -> Outcome<Duration> {
    let mut ssh = Command::new("ssh");
    ssh.args(["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i"]);
    ssh.arg(setting.open.key_file()).args(["-o", "GlobalKnownHostsFile=/dev/null", "-o"]);
    ssh.arg(format!("UserKnownHostsFile={}", setting.open.known_hosts().display()));
    ssh.arg(setting.open.address()).args(["docker", "exec", container, "true"]);
    let begun = Instant::now();
    let status = ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let took = begun.elapsed();
    if status.success() { Ok(took) } else { Err(format!("ssh ends with {status}").into()) }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
