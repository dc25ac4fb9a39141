//! Deployments and their logs.
//!
//! A log is a JSON text of a growing array, half of whose entries are hidden. The output of git and of the build is
//! in hidden entries. The visible ones are Coolify's own lines, and the failure, which repeats the failed command and
//! everything that it wrote to standard error (seen with 4.3.11).

use std::time::Instant;

use covibe_domain::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::coolify::arranged_outcomes::Outcome;
use crate::coolify::model::{Deployment, SERVER_ID, SERVER_NAME};

/// The name of the machine in those of workers.
const WORKER: &str = "coolify-queue";

/// The number of lines in one entry of a build's output.
const CHUNK: usize = 50;

/// The line that separates sections.
const RULE: &str = "----------------------------------------";

/// The last line of a deployment that fails.
const FAILED: &str = "Deployment failed. Removing the new version of your application.";

/// Shows a deployment with its log.
pub(crate) fn show(one: &Deployment, now: Instant) -> Value {
    let status = one.status();
    let over = one.ended.filter(|_| !one.is_under_way());
    let runs = status == "in_progress" && one.begun.is_some();
    let process = runs.then(|| (200 + one.id).to_string());
    // Null until a worker has it.
    let job = one.begun.map(|_| format!("{}", one.id));
    let worker = one.begun.map(|_| format!("{WORKER}:{}", one.id % 4));
    json!({
        "id": one.id, "deployment_uuid": one.uuid, "application_id": one.app_id.to_string(),
        "application_name": one.app_name, "pull_request_id": 0, "force_rebuild": one.force,
        "commit": one.stored_commit(), "commit_message": null, "status": status, "is_webhook": false,
        "is_api": true, "restart_only": one.restart_only, "rollback": false, "git_type": null,
        "server_id": SERVER_ID, "server_name": SERVER_NAME, "destination_id": "0",
        "only_this_server": false, "deployment_url": one.page, "current_process_id": process,
        "horizon_job_id": job, "horizon_job_worker": worker,
        "logs": log(one, now), "created_at": one.created,
        "updated_at": one.timestamp_at(over.unwrap_or(now)),
        "finished_at": over.map(|at| one.timestamp_at(at)),
    })
}

/// Returns the log as it is by now; null while the deployment is queued.
fn log(one: &Deployment, now: Instant) -> Value {
    let Some(progress) = one.progress(now) else { return Value::Null };
    let written = entries(one).into_iter().filter(|entry| entry.at <= progress).enumerate();
    let shown = written.map(|(position, Entry { at, command, output, kind, hidden })| Shown {
        command,
        output,
        kind,
        timestamp: one.timestamp_at_progress(at),
        hidden,
        batch: 1,
        order: (position > 0).then_some(position + 1),
    });
    serde_json::to_string(&shown.collect::<Vec<_>>()).map_or(Value::Null, Value::String)
}

/// An entry as the log has it, with its members in Coolify's order.
#[derive(Serialize)]
struct Shown {
    command: Option<String>,
    output: String,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    hidden: bool,
    batch: u32,
    /// Only an entry that follows another one has its position.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<usize>,
}

/// An entry of the log.
struct Entry {
    /// When it is written, in thousandths of the work.
    at: u128,
    /// The command that it is the output of; Coolify's own lines have none.
    command: Option<String>,
    output: String,
    kind: &'static str,
    hidden: bool,
}

/// Returns all entries that it will have, in their order.
fn entries(one: &Deployment) -> Vec<Entry> {
    let mut log = preparation(one);
    match (&one.failure, &one.outcome) {
        (Some(reason), _) => {
            let reason = reason.replace(&one.source, &without_credentials(&one.source));
            let command = if one.is_image { pull_command(one) } else { clone_command(one) };
            if one.is_image {
                log.extend(pull());
            }
            log.push(output(600, command.clone(), "stderr", reason.clone()));
            log.extend(failure(&command, &reason));
        }
        // The checkout is still running.
        _ if one.checkout.is_some() => {}
        (None, Outcome::Fails { log: lines }) => {
            log.extend(build(one, lines, "stderr"));
            log.extend(failure(&build_command(one), &lines.join("\n")));
        }
        (None, Outcome::Finishes(_) | Outcome::Hangs(_)) => {
            log.extend(build(one, &["#1 [internal] load build definition".to_owned()], "stdout"));
            log.extend(rollout(one));
        }
    }
    log
}

/// Returns the entries with which Coolify begins to pull an image.
fn pull() -> [Entry; 3] {
    [
        line(500, RULE),
        line(500, "Rolling update started."),
        line(510, "Pulling latest images from the registry."),
    ]
}

fn pull_command(one: &Deployment) -> String {
    let (app, uuid) = (&one.app, &one.uuid);
    let command =
        format!("docker compose --project-name {app} --project-directory /artifacts/{uuid} pull");
    in_helper(one, &command)
}

/// Returns the entries up to the checkout.
fn preparation(one: &Deployment) -> Vec<Entry> {
    let (uuid, source) = (&one.uuid, &one.source);
    let helper = format!("docker run -d --network coolify --name {uuid} --rm coolify-helper");
    let importing = format!(
        "Importing {}:{} (commit sha {}) to /artifacts/{uuid}.",
        without_credentials(source),
        one.branch,
        one.wanted_commit
    );
    let name = if one.is_image { source } else { &one.app_name };
    let mut log = vec![
        line(0, format!("Starting deployment of {name} to {SERVER_NAME}.")),
        Entry { kind: "info", ..line(20, "Preparing container with helper image.") },
        output(40, format!("docker rm -f {uuid}"), "stderr", "Error: No such container"),
        output(50, helper, "stdout", uuid.as_str()),
    ];
    if !one.is_image {
        let cloning = format!("Cloning into '/artifacts/{uuid}'...");
        log.extend([
            line(80, RULE),
            line(100, importing),
            output(200, clone_command(one), "stderr", cloning),
        ]);
    }
    log
}

fn clone_command(one: &Deployment) -> String {
    let source = redacted(&one.source);
    in_helper(one, &format!("git clone -b {} {source} /artifacts/{}", one.branch, one.uuid))
}

fn build_command(one: &Deployment) -> String {
    in_helper(one, "bash /artifacts/build.sh")
}

/// Returns the entries of a build with that output.
fn build(one: &Deployment, lines: &[String], kind: &'static str) -> Vec<Entry> {
    let script = "docker build --add-host neighbour:10.0.1.7 --network host .";
    let mut log = vec![
        line(300, RULE),
        line(400, "Building docker image started."),
        line(400, "To check the current progress, click on Show Debug Logs."),
        output(410, in_helper(one, "cat /artifacts/build.sh"), "stdout", script),
    ];
    let chunks = lines.chunks(CHUNK).map(|chunk| chunk.join("\n"));
    log.extend(chunks.map(|chunk| output(600, build_command(one), kind, chunk)));
    log
}

/// Returns the entries after a build that succeeded.
fn rollout(one: &Deployment) -> Vec<Entry> {
    let up = format!("docker compose --project-name {} up --build -d", one.app);
    vec![
        line(700, "Building docker image completed."),
        line(800, "Rolling update started."),
        output(900, in_helper(one, &up), "stderr", "Container started"),
        line(950, "Rolling update completed."),
    ]
}

/// Returns the entries after a command that failed.
fn failure(command: &str, error: &str) -> Vec<Entry> {
    let stderr = |text: String| Entry { kind: "stderr", ..line(900, text) };
    let message = format!("Command execution failed (exit code 1): {command}\nError: {error}");
    let location = "Location: /var/www/html/app/Traits/ExecuteRemoteCommand.php:220".to_owned();
    vec![
        stderr("=".repeat(40)),
        stderr(format!("Deployment failed: {message}")),
        Entry { hidden: true, ..stderr(location) },
        stderr("=".repeat(40)),
        stderr(FAILED.to_owned()),
    ]
}

/// Returns a line of Coolify's own.
fn line(at: u128, output: impl Into<String>) -> Entry {
    Entry { at, command: None, output: output.into(), kind: "stdout", hidden: false }
}

/// Returns what a command wrote.
fn output(at: u128, command: String, kind: &'static str, output: impl Into<String>) -> Entry {
    Entry { at, command: Some(command), output: output.into(), kind, hidden: true }
}

/// Wraps a command that runs in the deployment's helper container.
fn in_helper(one: &Deployment, command: &str) -> String {
    format!("docker exec {} bash -c '{command}'", one.uuid)
}

/// Returns a repository without credentials, as Coolify's own lines name it.
fn without_credentials(source: &str) -> String {
    match Url::parse(source) {
        Ok(mut url) => {
            // A URL that refuses this can have no credentials.
            let _ = url.set_password(None).and(url.set_username(""));
            url.to_string()
        }
        Err(_) => source.to_owned(),
    }
}

/// Returns a repository as commands show it, with its password redacted.
fn redacted(source: &str) -> String {
    let password = Url::parse(source).ok().and_then(|url| url.password().map(str::to_owned));
    password.map_or_else(|| source.to_owned(), |it| source.replace(&it, "<REDACTED>"))
}
