//! `/containers`: lists, one of them, and starting, stopping and removing it.

use serde_json::{Value, json};

use super::super::answer_json;
use super::super::errors;
use super::super::filters::Filters;
use super::super::model::{Container, Engine, Phase, ProgramRun};
use super::query_and_version::is_on;
use crate::coolify::host_containers;
use crate::coolify::{DockerAction, Model};
use crate::core::request_types::{Reply, ReplyResult, Request};

const FILTERS: [&str; 6] = ["id", "label", "name", "network", "status", "volume"];

/// `GET /containers/json`: those that run, or with `all` or a filter of the status all; newest first.
pub(super) fn list(engine: &Engine, request: &Request) -> ReplyResult {
    let filters = Filters::read(request, &FILTERS)?;
    let shows_all = is_on(request, "all") || filters.values("status").is_some();
    let is_listed = |one: &Container| {
        (shows_all || !matches!(one.phase(), Phase::Exited | Phase::Created))
            && filters.accept_labels(&one.all_labels())
            && filters.accepts("id", |id| one.id.starts_with(id))
            && filters.accepts("name", |pattern| fits_name(pattern, &one.name))
            && filters.accepts("network", |name| one.networks.iter().any(|own| own == name))
            && filters.accepts("status", |status| one.phase().text() == status)
            && filters.accepts("volume", |volume| {
                one.mounts.iter().any(|mount| mount.volume == volume || mount.target == volume)
            })
    };
    let mut listed: Vec<_> =
        engine.containers.iter().enumerate().filter(|(_, one)| is_listed(one)).collect();
    listed.sort_by_key(|(_, one)| std::cmp::Reverse(one.created));
    let shown =
        listed.into_iter().map(|(place, one)| answer_json::container::show(engine, place, one));
    Ok(Reply::json(200, shown.collect()))
}

/// Returns whether a name fits a filter: a regular expression in docker; the whole name or a part of it here.
fn fits_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("^/?").and_then(|whole| whole.strip_suffix('$')) {
        Some(whole) => name == whole,
        None => name.contains(pattern.trim_start_matches('/')),
    }
}

/// `GET /containers/{id}/json`.
pub(super) fn inspect(engine: &Engine, id: &str) -> ReplyResult {
    let place = engine.place(id)?;
    Ok(Reply::json(200, answer_json::inspect::show(engine, place, &engine.containers[place])))
}

/// `GET /images/{id}/json`, of the image that a container runs.
pub(super) fn image(engine: &Engine, id: &str) -> ReplyResult {
    let of = engine.containers.iter().find(|one| one.image_id() == id);
    let one = of.ok_or_else(|| errors::no_image(id))?;
    let labels = &one.arranged.image_labels;
    let labels = if labels.is_empty() { Value::Null } else { json!(labels) };
    Ok(Reply::json(
        200,
        json!({
            "Id": id, "RepoTags": [one.image], "Architecture": "amd64", "Os": "linux",
            "Config": { "Cmd": one.program().command, "Labels": labels },
        }),
    ))
}

/// `GET /containers/{id}/top`.
pub(super) fn top(engine: &Engine, id: &str) -> ReplyResult {
    let one = engine.container(id)?;
    check_running(one)?;
    let row = |pid: u64, command: &str| {
        json!(["root", pid.to_string(), "1", "0", "00:00", "?", "00:00:00", command])
    };
    let first = [row(8_000_000, &one.program().command.join(" "))];
    let execs = engine.running_execs(&one.id);
    let execs = execs.iter().map(|each| row(each.pid, &each.config.cmd.join(" ")));
    let rows: Vec<Value> = first.into_iter().chain(execs).collect();
    let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"];
    Ok(Reply::json(200, json!({ "Processes": rows, "Titles": titles })))
}

/// Refuses what needs a running container.
pub(super) fn check_running(one: &Container) -> Result<(), Reply> {
    let id = &one.id;
    let text = match one.phase() {
        Phase::Running | Phase::Paused => return Ok(()),
        Phase::Restarting => {
            format!("Container {id} is restarting, wait until the container is running")
        }
        Phase::Exited | Phase::Created => format!("container {id} is not running"),
    };
    Err(errors::message(409, &text))
}

/// `POST /containers/{id}/start`: 304 if it runs.
pub(super) fn start(engine: &mut Engine, coolify: &mut Model, id: &str) -> ReplyResult {
    let place = engine.place(id)?;
    match engine.containers[place].phase() {
        Phase::Exited | Phase::Created => {}
        Phase::Paused => {
            let text = "cannot start a paused container, try unpause instead";
            return Err(errors::message(409, text));
        }
        Phase::Running | Phase::Restarting => return Ok(Reply::empty(304)),
    }
    run_again(engine, coolify, place);
    Ok(Reply::empty(204))
}

/// `POST /containers/{id}/stop`: 304 if it does not run. Nothing takes the time that `t` allows.
pub(super) fn stop(
    engine: &mut Engine,
    coolify: &mut Model,
    request: &Request,
    id: &str,
) -> ReplyResult {
    check_grace(request)?;
    let place = engine.place(id)?;
    if matches!(engine.containers[place].phase(), Phase::Exited | Phase::Created) {
        return Ok(Reply::empty(304));
    }
    end_program(engine, coolify, place);
    Ok(Reply::empty(204))
}

/// `POST /containers/{id}/restart`: starts also what does not run.
pub(super) fn restart(
    engine: &mut Engine,
    coolify: &mut Model,
    request: &Request,
    id: &str,
) -> ReplyResult {
    check_grace(request)?;
    let place = engine.place(id)?;
    end_program(engine, coolify, place);
    run_again(engine, coolify, place);
    Ok(Reply::empty(204))
}

fn check_grace(request: &Request) -> Result<(), Reply> {
    match request.query.get("t") {
        Some(text) if !text.is_empty() && text.parse::<i64>().is_err() => {
            Err(errors::no_number("Atoi", text))
        }
        _ => Ok(()),
    }
}

/// Ends a container's program.
fn end_program(engine: &mut Engine, coolify: &mut Model, place: usize) {
    let now = engine.clock.timestamp_at(engine.clock.now());
    let one = &mut engine.containers[place];
    one.close(now);
    one.is_stopped = true;
    if let Some((key, _)) = &one.of {
        host_containers::note(coolify, key, DockerAction::Stopped);
    }
    let id = one.id.clone();
    engine.end_execs(&id);
}

/// Runs a container's program again.
fn run_again(engine: &mut Engine, coolify: &mut Model, place: usize) {
    let now = engine.clock.timestamp_at(engine.clock.now());
    let one = &mut engine.containers[place];
    let is_exited_by_itself = !one.is_stopped;
    one.is_stopped = false;
    one.loop_from = one.lives.len();
    if let Some((key, _)) = &one.of {
        host_containers::note(coolify, key, DockerAction::Started);
    }
    if is_exited_by_itself {
        // It exits again.
        one.lives.push(ProgramRun { from: now, to: Some((now, one.crash_code(), false)) });
    } else if one.of.is_none() {
        one.open(now);
    }
}

/// `DELETE /containers/{id}`: with `force` also one that runs, with `v` its volumes without a name too.
pub(super) fn remove(
    engine: &mut Engine,
    coolify: &mut Model,
    request: &Request,
    id: &str,
) -> ReplyResult {
    let place = engine.place(id)?;
    let one = &engine.containers[place];
    let phase = one.phase();
    if !matches!(phase, Phase::Exited | Phase::Created) && !is_on(request, "force") {
        let what = match phase {
            Phase::Paused => "and must be unpaused first",
            _ => "stop the container before removing or force remove",
        };
        let (name, state) = (&one.name, phase.text());
        let separator = if phase == Phase::Paused { " " } else { ": " };
        let text =
            format!("cannot remove container \"/{name}\": container is {state}{separator}{what}");
        return Err(errors::message(409, &text));
    }
    if let Some((key, _)) = &one.of {
        host_containers::note(coolify, key, DockerAction::Removed);
    }
    host_containers::forget_orphan(coolify, &engine.containers[place].name);
    host_containers::forget_proxy(coolify, &engine.containers[place].name);
    engine.remove(place, is_on(request, "v"));
    Ok(Reply::empty(204))
}
