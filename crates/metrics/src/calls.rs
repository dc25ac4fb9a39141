//! The metrics of calls, and of requests that are refused before their call is read.

use std::fmt;

use covibe_dispatch::{Outcome, ToolCounts};
use covibe_domain::Kind;

use crate::page::Page;
use crate::sources::Sources;

const CALLS: (&str, &str) = ("covibe_calls", "Calls that ended, by tool and outcome.");

const DURATIONS: (&str, &str) = (
    "covibe_call_duration_seconds",
    "How long calls took, by tool: from reading to answering them.",
);

const REFUSED: (&str, &str) = (
    "covibe_requests_refused",
    "Requests that were refused before their call was read, by reason.",
);

/// The kinds of failures for which requests are refused because of their key. Those of calls are outcomes of calls.
const KINDS: [Kind; 3] = [Kind::Unauthenticated, Kind::Limited, Kind::Unready];

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
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
