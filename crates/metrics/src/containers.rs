//! The metrics of the watch of containers on docker hosts.

use std::fmt;

use crate::page::Page;
use crate::sources::Sources;

const LOOKS: (&str, &str) =
    ("covibe_container_looks", "Looks at what runs on docker hosts, by outcome.");

const FOUND: (&str, &str) = (
    "covibe_container_labels_found",
    "Containers with a label of their image that the proxy or Coolify acts on, by what was done. A container \
     that could not be stopped, or is started again, counts again.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
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
