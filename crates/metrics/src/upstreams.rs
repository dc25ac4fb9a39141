//! The metrics of calls to upstreams, and of their rate budgets.

use std::fmt;

use covibe_dispatch::UpstreamState;
use covibe_workspace::BudgetLoad;

use crate::page::{Page, count};
use crate::sources::Sources;

const CALLS: (&str, &str) = (
    "covibe_upstream_calls",
    "Attempts at calls to upstreams, by outcome. An answer that came and cannot be used counts as ok and \
     as unreadable.",
);

const DURATIONS: (&str, &str) = (
    "covibe_upstream_call_duration_seconds",
    "How long attempts at calls to upstreams took, without their wait for the rate budget.",
);

const LIMIT: (&str, &str) = (
    "covibe_upstream_rate_limit",
    "The calls a minute that the upstream allows, once it told them.",
);

const REMAINING: (&str, &str) = (
    "covibe_upstream_rate_remaining",
    "How many of these calls are left in the present minute, as far as the upstream told.",
);

const WAITING: (&str, &str) = (
    "covibe_upstream_waiting",
    "Calls to the upstream that wait for their turn in the rate budget.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let states = sources.dispatcher.upstreams();
    let rows = states.iter().flat_map(|UpstreamState { name, observed, .. }| {
        let ended = observed.count_by_outcome();
        ended.map(|(ended, count)| ([("upstream", *name), ("outcome", ended.as_str())], count))
    });
    page.counters(CALLS, rows)?;
    let of = |state: &UpstreamState| ([("upstream", state.name)], state.observed.durations());
    page.durations(DURATIONS, states.iter().map(of))?;
    let loads: Vec<_> =
        states.iter().filter_map(|state| Some(([("upstream", state.name)], state.load?))).collect();
    let number = |of: fn(&BudgetLoad) -> Option<u32>| {
        loads.iter().filter_map(move |(labels, load)| Some((*labels, u64::from(of(load)?))))
    };
    page.gauges(LIMIT, number(|load| load.limit))?;
    page.gauges(REMAINING, number(|load| load.remaining))?;
    page.gauges(WAITING, loads.iter().map(|(labels, load)| (*labels, count(load.waiting))))
}
