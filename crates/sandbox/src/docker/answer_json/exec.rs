//! Executions.

use serde_json::{Value, json};

use super::super::model::{Exec, Stage};

/// Shows an execution. One that was started has the number of its process, also when that has ended; one
/// that the engine could not start has none.
pub(in crate::docker) fn show(one: &Exec) -> Value {
    let config = &one.config;
    let mut process = json!({
        "tty": config.tty, "entrypoint": config.cmd.first(),
        "arguments": config.cmd.iter().skip(1).collect::<Vec<_>>(), "privileged": config.privileged,
    });
    if !config.user.is_empty() {
        process["user"] = json!(config.user);
    }
    let code = match one.stage() {
        Stage::Ended(code) | Stage::Refused(code) => Some(code),
        Stage::Created | Stage::Running => None,
    };
    json!({
        "ID": one.id, "Running": one.stage() == Stage::Running, "ExitCode": code,
        "ProcessConfig": process, "OpenStdin": config.attach_stdin, "OpenStderr": config.attach_stderr,
        "OpenStdout": config.attach_stdout, "CanRemove": false, "ContainerID": one.container,
        "DetachKeys": "", "Pid": one.told_pid(),
    })
}
