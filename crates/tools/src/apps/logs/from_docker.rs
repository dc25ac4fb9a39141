//! Logs as docker has them.

use covibe_docker_host::{ContainerDetails, LogQuery, Status};
use covibe_domain::Failure;
use covibe_workspace::{AnyApp, Coolify, Hosted, OnHost, OwnContainer};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::query::Query;
use super::state::ServiceLog;
use super::warnings::{self, UnreadLines};
use crate::on_host::{
    READ, ShownLines, Writer, check_service, services_of, to_printable, with_time,
};

/// The number of containers that are asked concurrently.
const CONCURRENCY: usize = 4;

/// The maximum number of containers whose logs are returned.
const MAX_CONTAINERS: usize = 30;

/// Reads the logs of a resource's containers.
pub(super) async fn read(
    coolify: &Coolify,
    host: &OnHost,
    resource: &Hosted,
    query: &Query,
) -> Result<(Vec<ServiceLog>, Vec<String>), Failure> {
    let containers = host.containers().await?;
    let services = services_of(resource, &containers);
    check_service(resource, &services, query.service.as_deref())?;
    let is_meant = |name: &str| query.service.as_deref().is_none_or(|service| service == name);
    let absent: Vec<_> = services
        .iter()
        .filter(|name| is_meant(name) && !containers.iter().any(|each| each.service() == *name))
        .cloned()
        .collect();
    let mut meant: Vec<_> = containers
        .into_iter()
        .filter(|each| !resource.is_compose() || is_meant(each.service()))
        .collect();
    let left_out = meant.split_off(MAX_CONTAINERS.min(meant.len()));
    let parts = meant.len();
    let read = stream::iter(meant).map(async |container| {
        read_container(coolify, host, &container, resource, query, parts).await
    });
    let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
    let (mut logs, mut notes) = (Vec::new(), Vec::new());
    for (log, warnings) in read {
        logs.push(log);
        notes.extend(warnings);
    }
    if !left_out.is_empty() {
        notes.push(warnings::omitted_containers(left_out.len()));
    }
    notes.extend(absent.iter().map(|name| warnings::missing_container(name)));
    logs.extend(absent.into_iter().map(|name| ServiceLog::with_status(Some(name), "absent")));
    if logs.is_empty() {
        notes.push(without_container(resource));
    }
    Ok((logs, notes))
}

/// Returns what to know of the label for which a container may not run, if it has one. What is not told says
/// nothing about it.
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
) -> Result<(ServiceLog, Vec<String>), Failure> {
    let max_bytes = query.rules.max_size / parts.max(1) * READ;
    let wanted = LogQuery { tail: query.lines, since: query.since, max_bytes };
    let state = host.state(container).await?;
    let of_service = resource.is_compose().then(|| format!("{}:", container.service()));
    let subject = of_service.as_deref().unwrap_or("The container");
    let (shown, note) = lines(host, container, query, (wanted, parts)).await?;
    let is_narrowed = query.since.is_some() || query.rules.search.is_some();
    let mut warnings = warnings::container_warnings(subject, &state, shown.lines, is_narrowed);
    if !matches!(state.status, Status::Running | Status::Paused) {
        warnings.extend(rejection(coolify, host, resource, container).await);
    }
    warnings.extend(note.map(|note| note.text(subject)));
    let service = resource.is_compose().then(|| container.service().to_owned());
    let rules = &query.rules;
    let health = failed_check(&state)
        .map(|output| rules.frame.around(Writer::App, &rules.masks.apply(&output)));
    Ok((ServiceLog::from_state(service, &state, health).with_log(shown), warnings))
}

/// Reads the lines that are shown of a log, and what to know of the others.
async fn lines(
    host: &OnHost,
    container: &OwnContainer,
    query: &Query,
    (wanted, parts): (LogQuery, usize),
) -> Result<(ShownLines, Option<UnreadLines>), Failure> {
    let Some(is_wanted) = query.rules.is_wanted() else {
        let read = host.logs(container, wanted).await?;
        let shown = query.rules.render(read.lines.iter().map(with_time), parts);
        return Ok((shown, read.cut.then_some(UnreadLines::Cut)));
    };
    let found = host.search(container, wanted, &is_wanted).await?;
    let shown = query.rules.render(found.lines.iter().map(with_time), parts);
    let shown = ShownLines { lines: found.seen, matches: Some(found.matches), ..shown };
    Ok((shown, (!found.is_whole).then_some(UnreadLines::Searched(found.seen))))
}

/// Returns what the last failed health check printed, in one line.
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
            "Coolify stopped the app after {} crashes and removed its container with its log. {start} \
             Then read its log at once.",
            app.restart_count.unwrap_or_default()
        ),
        _ => format!("There is no container: it never ran or was stopped. {start}"),
    }
}
