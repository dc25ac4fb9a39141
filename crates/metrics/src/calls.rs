//! The metrics of calls, of requests that are refused before their call is read, and of calls to upstreams with their
//! rate budgets.

use std::fmt;

use covibe_dispatch::{Outcome, ToolCounts, UpstreamState};
use covibe_domain::Kind;
use covibe_workspace::BudgetLoad;

use crate::metric_sources::Sources;
use crate::text_exposition::{Page, count};

const CALLS: (&str, &str) = ("covibe_calls", "Calls that ended, by tool and outcome.");

const DURATIONS: (&str, &str) =
    ("covibe_call_duration_seconds", "The duration of calls from request to answer, by tool.");

const REFUSED: (&str, &str) = (
    "covibe_requests_refused",
    "Requests that were refused before their call was read, by reason.",
);

/// The kinds of failures for which requests are refused because of their key. Those of calls are outcomes of calls.
const KINDS: [Kind; 3] = [Kind::Unauthenticated, Kind::Limited, Kind::Unready];

const UPSTREAM_CALLS: (&str, &str) = (
    "covibe_upstream_calls",
    "Attempts at calls to upstreams, by outcome. An answer that arrives but cannot be used counts as ok and \
     as unreadable.",
);

const UPSTREAM_DURATIONS: (&str, &str) = (
    "covibe_upstream_call_duration_seconds",
    "The duration of attempts at calls to upstreams, without their wait for the rate budget.",
);

const LIMIT: (&str, &str) = (
    "covibe_upstream_rate_limit",
    "The calls per minute that the upstream allows, once it has reported this limit.",
);

const REMAINING: (&str, &str) = (
    "covibe_upstream_rate_remaining",
    "The calls that are left in the current minute, as the upstream last reported.",
);

const WAITING: (&str, &str) = (
    "covibe_upstream_waiting",
    "Calls to the upstream that wait for their turn in the rate budget.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    write_calls(sources, page)?;
    write_upstreams(sources, page)
}

fn write_calls(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let mut tools: Vec<_> = sources.dispatcher.calls().tools().collect();
    tools.sort_by_key(|(name, _)| *name);
    let rows = tools.iter().flat_map(|(tool, counts)| {
        outcomes(counts).map(|(outcome, count)| ([("tool", *tool), ("outcome", outcome)], count))
    });
    page.counters(CALLS, rows)?;
    let called = tools.iter().map(|(tool, counts)| ([("tool", *tool)], counts.durations()));
    page.durations(DURATIONS, called.filter(|(_, durations)| durations.count() > 0))?;
    let refused = sources.dispatcher.refusal_counts();
    let by_key = KINDS.map(|kind| (kind.code(), refused.get(kind)));
    let all = by_key.into_iter().chain(sources.edge.refused_requests());
    page.counters(REFUSED, all.map(|(reason, count)| ([("reason", reason)], count)))
}

/// Returns the outcomes that calls of a tool had, and `ok`, so that a tool is there before its first call.
fn outcomes(counts: &ToolCounts) -> impl Iterator<Item = (&'static str, u64)> {
    let shown = counts.outcomes().filter(|(outcome, count)| *outcome == Outcome::Ok || *count > 0);
    shown.map(|(outcome, count)| (outcome.as_str(), count))
}

fn write_upstreams(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let states = sources.dispatcher.upstreams();
    let rows = states.iter().flat_map(|UpstreamState { name, observed, .. }| {
        let ended = observed.count_by_outcome();
        ended.map(|(ended, count)| ([("upstream", *name), ("outcome", ended.as_str())], count))
    });
    page.counters(UPSTREAM_CALLS, rows)?;
    let of = |state: &UpstreamState| ([("upstream", state.name)], state.observed.durations());
    page.durations(UPSTREAM_DURATIONS, states.iter().map(of))?;
    let loads: Vec<_> =
        states.iter().filter_map(|state| Some(([("upstream", state.name)], state.load?))).collect();
    let number = |of: fn(&BudgetLoad) -> Option<u32>| {
        loads.iter().filter_map(move |(labels, load)| Some((*labels, u64::from(of(load)?))))
    };
    page.gauges(LIMIT, number(|load| load.limit))?;
    page.gauges(REMAINING, number(|load| load.remaining))?;
    page.gauges(WAITING, loads.iter().map(|(labels, load)| (*labels, count(load.waiting))))
}
