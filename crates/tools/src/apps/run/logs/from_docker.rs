//! Logs as Docker has them.

use covibe_docker_host::{ContainerDetails, Status};
use covibe_domain::{Failure, Kind};
use covibe_workspace::{AnyApp, Coolify, Hosted, OnHost, OwnContainer, Workspace};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::cursor::{self, Cursor, Position};
use super::lines::{self, Log};
use super::query::{Begin, Query, Read};
use super::service_log::ServiceLog;
use super::warnings;
use crate::container_access::{READ, Writer, check_service, services_of, to_printable};

/// The number of containers that are asked concurrently.
const CONCURRENCY: usize = 4;

/// The maximum number of containers whose logs are returned.
const MAX_CONTAINERS: usize = 30;

/// The log of one container.
struct Part {
    log: ServiceLog,
    warnings: Vec<String>,
    /// The name of the container in a cursor.
    key: String,
    position: Position,
    has_lines: bool,
    may_go_on: bool,
}

/// Reads the logs of a resource's containers. A tenant reads one whole log at a time.
pub(super) async fn read(
    cx: &Workspace,
    (coolify, host, resource): (&Coolify, &OnHost, &Hosted),
    query: &Query,
) -> Result<Read, Failure> {
    let _turn = if query.reads_whole_logs() { Some(cx.log_search_turn().await?) } else { None };
    match read_containers(coolify, host, resource, query).await {
        // A deployment has replaced a container since they were listed.
        Err(failure) if failure.kind == Kind::Conflict => {
            read_containers(coolify, host, resource, query).await
        }
        read => read,
    }
}

async fn read_containers(
    coolify: &Coolify,
    host: &OnHost,
    resource: &Hosted,
    query: &Query,
) -> Result<Read, Failure> {
    let containers = host.containers().await?;
    let services = services_of(resource, &containers);
    check_service(resource, &services, query.service.as_deref())?;
    let is_requested = |name: &str| query.service.as_deref().is_none_or(|service| service == name);
    let absent: Vec<_> = services
        .iter()
        .filter(|name| is_requested(name) && !containers.iter().any(|each| each.service() == *name))
        .cloned()
        .collect();
    let mut meant: Vec<_> = containers
        .into_iter()
        .filter(|each| !resource.is_compose() || is_requested(each.service()))
        .collect();
    let left_out = meant.split_off(MAX_CONTAINERS.min(meant.len()));
    let parts = meant.len();
    let read = stream::iter(meant).map(async |container| {
        read_container(coolify, host, &container, resource, query, parts).await
    });
    let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
    let mut read = gathered(read, query);
    if !left_out.is_empty() {
        read.warnings.push(warnings::omitted_containers(left_out.len()));
    }
    read.warnings.extend(absent.iter().map(|name| warnings::missing_container(name)));
    let absent = absent.into_iter().map(|name| ServiceLog::with_status(Some(name), "absent"));
    read.services.extend(absent);
    if read.services.is_empty() {
        read.warnings.push(without_container(resource));
    }
    Ok(read)
}

/// Puts the logs of all containers together. Without any, as during a deployment, the cursor stays and one may come.
fn gathered(parts: Vec<Part>, query: &Query) -> Read {
    let cursor = match &query.begin {
        Begin::After(cursor) if parts.is_empty() => cursor.clone(),
        _ => Cursor::new(parts.iter().map(|part| (part.key.clone(), part.position))),
    };
    let may_go_on = parts.is_empty() || parts.iter().any(|part| part.may_go_on);
    let has_lines = parts.iter().any(|part| part.has_lines);
    let mut read = Read { cursor: Some(cursor), has_lines, may_go_on, ..Read::default() };
    for Part { log, warnings, .. } in parts {
        read.services.push(log);
        read.warnings.extend(warnings);
    }
    read
}

/// Returns a warning about the label for which a container may not run, if it has one. A failed look gives none.
async fn rejection(
    coolify: &Coolify,
    host: &OnHost,
    resource: &Hosted,
    container: &OwnContainer,
) -> Option<String> {
    let label = coolify.foreign_label(host, resource, container).await.ok()??;
    let name = if resource.is_compose() { container.service() } else { "the container" };
    Some(warnings::rejected_container(name, &label))
}

async fn read_container(
    coolify: &Coolify,
    host: &OnHost,
    container: &OwnContainer,
    resource: &Hosted,
    query: &Query,
    parts: usize,
) -> Result<Part, Failure> {
    let max_bytes = query.rules.max_size / parts.max(1) * READ;
    let state = host.state(container).await?;
    let service = resource.is_compose().then(|| container.service().to_owned());
    let subject = service.as_deref().unwrap_or("The container");
    let Log { selected, position, limit } = lines::read(host, container, query, max_bytes).await?;
    let mut warnings =
        warnings::container_warnings(subject, &state, selected.read, query.is_narrowed());
    if !matches!(state.status, Status::Running | Status::Paused) {
        warnings.extend(rejection(coolify, host, resource, container).await);
    }
    warnings.extend(limit.map(|limit| limit.text(subject)));
    let rules = &query.rules;
    let health = failed_check(&state)
        .map(|output| rules.frame.around(Writer::App, &rules.masks.apply(&output)));
    let log =
        ServiceLog::from_state(service, &state, health).with_log(rules.render(&selected, parts));
    let (key, has_lines) = (cursor::key(container), !selected.lines.is_empty());
    let may_go_on = state.status.may_run() || state.status == Status::Created;
    Ok(Part { log, warnings, key, position, has_lines, may_go_on })
}

/// Returns the output of the last failed health check, in one line.
fn failed_check(state: &ContainerDetails) -> Option<String> {
    let failed = state.health_log.iter().rev().find(|check| check.exit_code != 0)?;
    let lines: Vec<_> = failed.output.lines().map(to_printable).collect();
    Some(lines.join(" ").trim().to_owned()).filter(|output| !output.is_empty())
}

/// Says why a resource has no container.
fn without_container(resource: &Hosted) -> String {
    let start = resource.how_to_start();
    match resource {
        Hosted::App(AnyApp::Application(app)) if app.is_given_up() => format!(
            "Coolify stopped the app after {} crashes and removed its container together with the \
             log. {start} Then read the new log at once.",
            app.restart_count.unwrap_or_default()
        ),
        _ => format!("There is no container: the resource never ran or was stopped. {start}"),
    }
}
