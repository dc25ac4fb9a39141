//! One container with all members.

use serde_json::{Value, json};

use super::super::logs::nanoseconds;
use super::super::model::{Container, Engine, Phase};
use super::container::{mode, mount, networks};
use super::status;

/// Docker's text for a moment that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Shows a container.
pub(in crate::docker) fn show(engine: &Engine, place: usize, one: &Container) -> Value {
    let command = one.program().command;
    let line = |(name, value): (String, String)| format!("{name}={value}");
    let environment: Vec<_> = one.full_environment().into_iter().map(line).collect();
    let binds: Vec<_> =
        one.mounts.iter().map(|each| format!("{}:{}:rw", each.volume, each.target)).collect();
    let execs: Vec<_> = engine.running_execs(&one.id).iter().map(|each| each.id.clone()).collect();
    let restart = if one.runs_once { "no" } else { "unless-stopped" };
    json!({
        "Id": one.id, "Created": nanoseconds(one.created, 0), "Path": command.first(),
        "Args": command.iter().skip(1).collect::<Vec<_>>(), "State": state(place, one),
        "Image": one.image_id(), "Name": format!("/{}", one.name),
        "LogPath": format!("/var/lib/docker/containers/{0}/{0}-json.log", one.id),
        "RestartCount": one.restarts, "Driver": "overlay2", "Platform": "linux", "MountLabel": "",
        "ProcessLabel": "", "AppArmorProfile": "docker-default",
        "ExecIDs": if execs.is_empty() { Value::Null } else { json!(execs) },
        "HostConfig": {
            "Binds": binds, "LogConfig": { "Type": "json-file", "Config": {} }, "NetworkMode": mode(one),
            "RestartPolicy": { "Name": restart, "MaximumRetryCount": 0 }, "AutoRemove": false,
            "Privileged": false, "Memory": one.limits.memory, "MemorySwap": one.limits.swap,
            "NanoCpus": one.limits.nano_cpus, "CpuShares": 0,
            "PidsLimit": null, "ReadonlyRootfs": false, "PidMode": "", "IpcMode": "private",
        },
        "Mounts": one.mounts.iter().map(mount).collect::<Vec<_>>(),
        "Config": {
            "Hostname": one.id.get(..12), "User": "", "Tty": false, "OpenStdin": false,
            "Env": environment, "Cmd": command, "Image": one.image, "WorkingDir": "",
            "Entrypoint": null, "Labels": one.all_labels(),
        },
        "NetworkSettings": { "Ports": {}, "Networks": networks(engine, place, one) },
    })
}

fn state(place: usize, one: &Container) -> Value {
    let phase = one.phase();
    let is_up = matches!(phase, Phase::Running | Phase::Paused);
    let end = one.last_end();
    let started = one.lives.last().map(|life| nanoseconds(life.from, 0));
    let mut shown = json!({
        "Status": phase.text(),
        // A container in a crash loop counts as running.
        "Running": is_up || phase == Phase::Restarting,
        "Paused": phase == Phase::Paused, "Restarting": phase == Phase::Restarting,
        "OOMKilled": !is_up && one.arranged.out_of_memory && end.is_some_and(|(_, _, told)| !told),
        "Dead": false,
        // Larger than any number that Linux gives to a process, as those of executions.
        "Pid": if is_up { 8_000_000 + place } else { 0 },
        "ExitCode": one.exit_code(), "Error": "",
        "StartedAt": started.unwrap_or_else(|| NEVER.to_owned()),
        "FinishedAt": end.map_or_else(|| NEVER.to_owned(), |(at, ..)| nanoseconds(at, 0)),
    });
    if let Some(health) = status::word(one) {
        shown["Health"] = self::health(one, health);
    }
    shown
}

fn health(one: &Container, word: &str) -> Value {
    let at = one.lives.last().map_or(one.created, |life| life.from);
    let (code, output) = match word {
        "healthy" => (0, "ok"),
        _ => (1, "wget: can't connect to remote host (127.0.0.1): Connection refused"),
    };
    let entry = json!({
        "Start": nanoseconds(at, 0), "End": nanoseconds(at, 1), "ExitCode": code, "Output": output,
    });
    let log = if word == "starting" { Vec::new() } else { vec![entry] };
    json!({ "Status": word, "FailingStreak": if word == "unhealthy" { 3 } else { 0 }, "Log": log })
}
