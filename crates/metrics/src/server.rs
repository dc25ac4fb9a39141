//! The metrics of the server itself: its database, its audit, its connections and its log.

use std::fmt;

use covibe_dispatch::PoolLoad;
use covibe_operation::VERSION;

use crate::page::{Page, count};
use crate::sources::Sources;

const POOL: (&str, &str) =
    ("covibe_database_connections", "Connections to the database, by pool and state.");

const POOL_MAX: (&str, &str) =
    ("covibe_database_connections_max", "How many connections a pool may have.");

const POOL_WAITING: (&str, &str) =
    ("covibe_database_waiting", "Transactions that wait for a connection, by pool.");

const QUEUED: (&str, &str) =
    ("covibe_audit_queued_entries", "Audit entries that are not written yet.");

const OLDEST: (&str, &str) = (
    "covibe_audit_oldest_entry_seconds",
    "For how long the oldest audit entry waits that is not written yet.",
);

const LOST: (&str, &str) = (
    "covibe_audit_lost_entries",
    "Audit entries that were lost because too many could not be written.",
);

const CONNECTIONS: (&str, &str) = ("covibe_connections", "Open connections of clients.");

const DROPPED: (&str, &str) = (
    "covibe_log_dropped_lines",
    "Lines of the log that were dropped because nobody read them in time.",
);

const BUILD: (&str, &str) = ("covibe_build_info", "The version of the server.");

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    database(&sources.dispatcher.database_load(), page)?;
    let audit = sources.dispatcher.audit_load();
    page.gauge(QUEUED, count(audit.queued))?;
    page.gauge(OLDEST, audit.oldest.as_secs_f64())?;
    page.counter(LOST, audit.lost)?;
    page.gauge(CONNECTIONS, count(sources.edge.connections()))?;
    page.counter(DROPPED, sources.edge.dropped_lines())?;
    page.gauges(BUILD, [([("version", VERSION)], 1_u64)])
}

fn database(pools: &[PoolLoad], page: &mut Page<'_>) -> fmt::Result {
    let states = pools.iter().flat_map(|pool| {
        let row = |state, number| ([("pool", pool.name), ("state", state)], count(number));
        [row("in_use", pool.in_use), row("idle", pool.idle)]
    });
    page.gauges(POOL, states)?;
    let of = |number: fn(&PoolLoad) -> usize| {
        pools.iter().map(move |pool| ([("pool", pool.name)], count(number(pool))))
    };
    page.gauges(POOL_MAX, of(|pool| pool.max))?;
    page.gauges(POOL_WAITING, of(|pool| pool.waiting))
}
