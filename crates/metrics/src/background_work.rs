//! The metrics of background work: the panics of its tasks, the watch of containers on docker hosts, the looks at domains,
//! and the queue of deployments.

use std::fmt;

use covibe_background::count_panics;

use crate::metric_sources::Sources;
use crate::text_exposition::{Page, count};

const PANICS: (&str, &str) = (
    "covibe_background_panics",
    "Panics of background tasks, each of which is started again some seconds later, by task.",
);

const LOOKS: (&str, &str) =
    ("covibe_container_looks", "Checks of the containers on docker hosts, by outcome.");

const FOUND: (&str, &str) = (
    "covibe_container_labels_found",
    "Containers whose image has a label that the proxy or Coolify acts on, by what the server did. A container \
     that could not be stopped, or is started again, counts again.",
);

const DOMAIN_LOOKS: (&str, &str) = (
    "covibe_domain_looks",
    "Background checks of domains, by outcome: `open` if the registrar has not reported the outcome of an \
     order, or holds it back.",
);

const WAITING: (&str, &str) = (
    "covibe_deployments_waiting",
    "Deployments of all tenants that wait in the queue, as this server last saw them.",
);

const OLDEST: (&str, &str) = (
    "covibe_deployment_oldest_wait_seconds",
    "The time that the oldest waiting deployment has waited.",
);

const WAITED: (&str, &str) = (
    "covibe_deployment_wait_seconds",
    "The time that deployments and starts waited before this server handed them over to Coolify.",
);

const IN_PROGRESS: (&str, &str) = (
    "covibe_deployments_in_progress",
    "Deployments in progress at Coolify when a deployment or start last waited, including those that people started in Coolify.",
);

const PLACES: (&str, &str) = (
    "covibe_deployment_places",
    "Places for deployments when a deployment or start last waited; 0 while Coolify's own queue is jammed.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    page.counters(
        PANICS,
        count_panics().into_iter().map(|(task, count)| ([("task", task)], count)),
    )?;
    write_containers(sources, page)?;
    write_deployments(sources, page)?;
    write_domains(sources, page)
}

fn write_containers(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let Some(counts) = sources.dispatcher.containers_watched() else { return Ok(()) };
    let looks = [("ok", &counts.looked), ("failed", &counts.failed)];
    page.counters(LOOKS, looks.map(|(outcome, count)| ([("outcome", outcome)], count.get())))?;
    let found = [
        ("stopped", &counts.stopped),
        ("not_stopped", &counts.unstopped),
        ("unknown_owner", &counts.unknown),
    ];
    page.counters(FOUND, found.map(|(outcome, count)| ([("outcome", outcome)], count.get())))
}

fn write_deployments(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let load = sources.dispatcher.deployment_queue();
    page.gauge(WAITING, count(load.waiting))?;
    page.gauge(OLDEST, load.oldest.as_secs_f64())?;
    page.durations(WAITED, [([], sources.dispatcher.deployment_waits())])?;
    page.gauge(IN_PROGRESS, count(load.in_progress))?;
    page.gauge(PLACES, count(load.places))
}

fn write_domains(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let Some(counts) = sources.dispatcher.domains_looked_after() else { return Ok(()) };
    let looks = [("ok", &counts.settled), ("open", &counts.open), ("failed", &counts.failed)];
    page.counters(DOMAIN_LOOKS, looks.map(|(outcome, count)| ([("outcome", outcome)], count.get())))
}
