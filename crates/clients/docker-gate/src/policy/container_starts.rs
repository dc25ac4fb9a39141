//! Waiting for a container to start.

use std::time::Duration;

use super::allowed_call::{Action, StartWait};
use super::containers::moment;
use crate::http::{Query, Refusal};

/// The longest wait, in seconds.
const LONGEST: u32 = 60;

/// Returns the wait that a query asks for. Nothing of the query but two numbers reaches the engine.
pub(super) fn decide(query: &mut Query) -> Result<Action, Refusal> {
    let since = query.text("since").filter(|text| !text.is_empty());
    let since = since.map(|text| moment(Some(text))).transpose()?;
    let within = query.number("within", LONGEST)?.unwrap_or_default();
    Ok(Action::AwaitStart(StartWait { since, within: Duration::from_secs(within.into()) }))
}
