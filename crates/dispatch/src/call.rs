//! One call, as a surface passes it on.

use std::sync::Arc;
use std::time::Duration;

use covibe_identity::Caller;
use covibe_operation::Spec;
use covibe_workspace::{AnswerReader, Progress, Settings, Tool};
use serde_json::Value;

use crate::permits::RequestPermit;

/// The surface that a call came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// MCP JSON-RPC.
    Mcp,
    /// The compact envelope.
    Compact,
    /// REST.
    Rest,
    /// A page of the console.
    Console,
    /// The server's command line.
    CommandLine,
    /// Not known yet: the key was denied before the surface read the call.
    Door,
}

impl Surface {
    /// Returns the reader of the answers.
    pub(crate) const fn reader(self) -> AnswerReader {
        match self {
            Self::Mcp => AnswerReader::Model,
            Self::Compact | Self::Rest | Self::Door => AnswerReader::Program,
            Self::Console | Self::CommandLine => AnswerReader::Person,
        }
    }

    /// Returns the word for it in the audit.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Compact => "compact",
            Self::Rest => "rest",
            Self::Console => "console",
            Self::CommandLine => "cli",
            Self::Door => "door",
        }
    }
}

/// One call of an authenticated caller.
#[derive(Debug)]
pub struct Call {
    /// The caller.
    pub caller: Caller,
    /// The tool that is called.
    pub tool: Arc<Tool>,
    /// The parameters.
    pub params: Value,
    /// The surface it came through.
    pub surface: Surface,
    /// The workspace that the path names, if any.
    pub slug: Option<String>,
    /// The receiver of progress reports, if the client wants them.
    pub progress: Option<Progress>,
    /// The call's permit, if it has one already; otherwise the call takes one when it begins.
    pub place: Option<Arc<RequestPermit>>,
}

impl Call {
    /// Returns whether the caller asks to wait for the outcome of the work that the call starts.
    pub(crate) fn waits(&self) -> bool {
        waits(&self.tool.spec, &self.params)
    }

    /// Returns whether the call changes something.
    pub(crate) fn changes(&self) -> bool {
        self.tool.spec.access.changes()
    }

    /// Returns the time limit of the call.
    pub(crate) fn timeout(&self, settings: &Settings) -> Duration {
        timeout(&self.tool.spec, &self.params, settings)
    }
}

fn waits(spec: &Spec, params: &Value) -> bool {
    spec.waits.is_some_and(|parameter| params[parameter] == true)
}

fn timeout(spec: &Spec, params: &Value, settings: &Settings) -> Duration {
    let changes = spec.access.changes();
    let usual = if changes { settings.write_timeout } else { settings.read_timeout };
    let waits_now = waits(spec, params);
    match spec.lasts {
        Some((parameter, default)) if waits_now || spec.waits.is_none() => {
            let work = params[parameter].as_u64().unwrap_or(default);
            usual + Duration::from_millis(work)
        }
        None if waits_now => settings.wait_timeout,
        _ => usual,
    }
}

#[cfg(test)]
mod tests {
    use covibe_operation::Route;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_with_its_own_waiting_time_gets_a_later_deadline() {
        let settings = Settings::default();
        let waiting = Spec::read("x", Route::get("/x")).waits("follow");
        let bounded = waiting.lasts("timeout_ms", 3_000);
        let running = Spec::write("x", Route::post("/x")).lasts("timeout_ms", 3_000);
        let (read, write) = (settings.read_timeout, settings.write_timeout);
        for (spec, params, expected) in [
            (waiting, json!({}), read),
            (waiting, json!({ "follow": true }), settings.wait_timeout),
            (bounded, json!({ "timeout_ms": 7_000 }), read),
            (bounded, json!({ "follow": true }), read + Duration::from_secs(3)),
            (
                bounded,
                json!({ "follow": true, "timeout_ms": 7_000 }),
                read + Duration::from_secs(7),
            ),
            (running, json!({}), write + Duration::from_secs(3)),
        ] {
            assert_eq!(timeout(&spec, &params, &settings), expected, "{params}");
        }
    }
}
