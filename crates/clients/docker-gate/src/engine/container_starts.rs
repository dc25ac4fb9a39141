//! Waits until a container starts, by the engine's events. The answer does not say which one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{Engine, Trouble, Wait};
use crate::http::{Refusal, query_text};
use crate::policy::StartWait;

/// The filter of the engine's events.
const STARTS: &str = r#"{"type":["container"],"event":["start"]}"#;

const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };

/// Waits until a container has started since a moment of this host's clock, and returns as a JSON
/// text whether one has, and the moment from which the next such wait has to begin. Without a
/// moment, it returns at once.
pub(crate) fn await_start(
    engine: &Engine,
    version: &str,
    starts: &StartWait,
    wait: &mut dyn Wait,
) -> Result<Vec<u8>, Trouble> {
    let now = SystemTime::now();
    let Some(since) = &starts.since else { return Ok(answer_of(true, &moment(now))) };
    let until = moment(now + starts.within);
    let query = query_text(&[("since", since), ("until", &until), ("filters", STARTS)]);
    let mut exchange = engine.send("GET", &format!("{version}/events{query}"), None, false)?;
    if exchange.head(wait)?.status != 200 {
        return Err(FAILED.into());
    }
    // Every event is a start. The engine ends its answer when the time is over.
    Ok(match exchange.piece(wait)? {
        // A list that is read from now on contains all containers that have started by now.
        Some(_) => answer_of(true, &moment(SystemTime::now())),
        None => answer_of(false, &until),
    })
}

fn answer_of(started: bool, at: &str) -> Vec<u8> {
    json!({ "started": started, "at": at }).to_string().into_bytes()
}

/// Returns a time as the engine reads it: seconds since 1970, with nanoseconds.
fn moment(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}
