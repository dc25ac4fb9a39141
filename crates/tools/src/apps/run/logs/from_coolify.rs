//! Reads logs by Coolify's own routes, where the server reaches no docker host: of running containers only.

use covibe_coolify::{ContainerLog, LiveState};
use covibe_domain::Failure;
use covibe_workspace::{AnyApp, Coolify, Hosted};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::query::{Begin, Query, Read};
use super::service_log::ServiceLog;
use super::warnings;
use crate::container_access::{Line, check_service, services_of};

/// The number of containers whose logs are read concurrently. Each costs Coolify up to three seconds.
const CONCURRENCY: usize = 4;

/// The number of lines that are searched.
const SEARCHED: u32 = 5000;

/// The maximum number of services whose logs are read.
const MAX_SERVICES: usize = 12;

/// The warning about logs without times.
const NO_HOST: &str = "No docker host is configured: Coolify returns the logs of running \
    containers only, without times. The operator can set COVIBE_DOCKER_HOST.";

/// Reads the logs of a resource's running containers.
pub(super) async fn read(
    coolify: &Coolify,
    resource: &Hosted,
    query: &Query,
) -> Result<Read, Failure> {
    let services = services_of(resource, &[]);
    check_service(resource, &services, query.service.as_deref())?;
    let mut warnings = vec![NO_HOST.to_owned()];
    if !matches!(query.begin, Begin::Newest(None)) {
        warnings.push("`since`, `cursor` and `follow` have no effect here.".to_owned());
    }
    // Coolify sends whole lines, the newest ones.
    let is_search = !query.rules.selection.shows_all_lines();
    let lines = if is_search { SEARCHED } else { query.newest_lines() };
    if is_search {
        warnings.push(format!("Only the newest {SEARCHED} lines of each log were searched."));
    }
    let services = match resource {
        // Its route picks a container by a number that those of other tenants have too (4.3.11).
        Hosted::Database(_) => {
            return Err(Failure::unready(
                "The log of a database can't be read without a docker host.",
            )
            .hint("Tell the operator: COVIBE_DOCKER_HOST is not set for its server."));
        }
        Hosted::App(AnyApp::Application(app)) => {
            let log = coolify.application_log(app, lines).await?;
            vec![service_log(query, None, Some(log), 1, &mut warnings)]
        }
        Hosted::App(AnyApp::Service(service)) | Hosted::Provider(service) => {
            let is_requested =
                |name: &String| query.service.as_ref().is_none_or(|meant| meant == name);
            let meant: Vec<_> =
                services.into_iter().filter(is_requested).take(MAX_SERVICES).collect();
            let parts = meant.len();
            let read = stream::iter(meant).map(async |name| {
                let log = coolify.container_log(service, &name, lines).await?;
                Ok::<_, Failure>((name, log))
            });
            let read: Vec<_> = read.buffered(CONCURRENCY).try_collect().await?;
            let one = |(name, log)| service_log(query, Some(name), log, parts, &mut warnings);
            read.into_iter().map(one).collect()
        }
    };
    Ok(Read { services, warnings, ..Read::default() })
}

fn service_log(
    query: &Query,
    service: Option<String>,
    log: Option<ContainerLog>,
    parts: usize,
    notes: &mut Vec<String>,
) -> ServiceLog {
    let name = service.clone().unwrap_or_else(|| "The container".to_owned());
    match log {
        Some(ContainerLog::Text(text)) => {
            let selected = query.rules.select(text.expose().lines().map(Line::untimed), 0);
            let shown = query.rules.render(&selected, parts);
            ServiceLog::with_status(service, "running").with_log(shown)
        }
        Some(ContainerLog::Not(LiveState::Absent)) => {
            notes.push(warnings::missing_container(&name));
            ServiceLog::with_status(service, "absent")
        }
        Some(ContainerLog::Not(_)) => {
            notes.push(format!("{name} is not running, so Coolify does not return its log."));
            ServiceLog::with_status(service, "exited")
        }
        None => {
            notes.push(format!(
                "Coolify before 4.2 does not return the logs of services such as {name}."
            ));
            ServiceLog::with_status(service, "unknown")
        }
    }
}
