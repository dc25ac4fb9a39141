//! The object that any agent can pass to `covibe-local hook generic`:
//!
//! ```json
//! { "session": "s-1", "event": "edit", "cwd": "/home/ada/shop", "agent": "my-agent", "model": "m-1", "id": "e-7",
//!   "tokens": { "input": 1200, "output": 300, "cacheRead": 0, "cacheWrite": 0 } }
//! ```
//!
//! `event` is `start`, `prompt`, `edit`, `shell`, `mcp`, `tool`, `stop` or `end`. `tokens` counts from the beginning of
//! the session. `agent`, `model`, `id` (the same for an event that is reported twice) and `tokens` are optional.

use std::path::PathBuf;

use covibe_domain::companion::TokenCounts;
use serde::Deserialize;

use super::payload::{Occurrence, bounded_name};
use crate::files_without_fsync;
use crate::inbox::Event;

#[derive(Deserialize)]
struct Object {
    session: String,
    event: Event,
    cwd: PathBuf,
    agent: Option<String>,
    model: Option<String>,
    id: Option<String>,
    tokens: Option<TokenCounts>,
}

pub(super) fn parse(text: &[u8]) -> Option<Occurrence> {
    let object: Object = serde_json::from_slice(text).ok()?;
    if object.event == Event::Connect || object.session.is_empty() || !object.cwd.is_absolute() {
        return None;
    }
    let agent = object.agent.and_then(|name| bounded_name(&name, 32));
    let agent = agent.unwrap_or_else(|| "generic".to_owned());
    let (session, event) = (object.session, object.event);
    let key = |id: String| {
        files_without_fsync::tag(format!("{agent}\0{session}\0{event:?}\0{id}").as_bytes())
    };
    Some(Occurrence {
        key: object.id.map(key),
        agent,
        session,
        event,
        model: object.model.and_then(|model| bounded_name(&model, 64)),
        places: vec![object.cwd],
        transcript: None,
        tokens: object.tokens,
    })
}
