//! The metrics of what is done about domains without a call.

use std::fmt;

use crate::page::Page;
use crate::sources::Sources;

const LOOKS: (&str, &str) = (
    "covibe_domain_looks",
    "Looks at domains without a call, by outcome: `open` if the registrar did not tell yet what became of an \
     order, or holds it back.",
);

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let Some(counts) = sources.dispatcher.domains_looked_after() else { return Ok(()) };
    let looks = [("ok", &counts.settled), ("open", &counts.open), ("failed", &counts.failed)];
    page.counters(LOOKS, looks.map(|(outcome, count)| ([("outcome", outcome)], count.get())))
}
