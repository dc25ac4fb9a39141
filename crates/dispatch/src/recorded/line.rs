//! The line of a call in the log.

use std::sync::Arc;
use std::time::Instant;

use tracing::Level;
use tracing::field::display;

use crate::call::Call;
use crate::request::Request;

/// What the log says of a call when it has ended.
#[derive(Debug)]
pub(crate) struct Line {
    begun: Instant,
    tool: &'static str,
    workspace: String,
    actor: String,
    request: Option<Arc<Request>>,
}

impl Line {
    /// Begins the line of a call, if such lines are logged.
    pub(crate) fn begin(call: &Call) -> Option<Self> {
        if !tracing::enabled!(target: "covibe::call", Level::INFO) {
            return None;
        }
        Some(Self {
            begun: Instant::now(),
            tool: call.tool.spec.name,
            workspace: call.caller.workspace.slug.to_string(),
            actor: call.caller.principal.actor.to_string(),
            request: call.place.as_ref().and_then(|place| place.request().cloned()),
        })
    }

    /// Logs it with the outcome of the call.
    pub(crate) fn end(self, outcome: &str) {
        let Self { begun, tool, workspace, actor, request } = self;
        let ms = begun.elapsed().as_millis();
        let address = request.as_ref().and_then(|request| request.address());
        let address = address.map(display);
        let request = request.as_ref().map(|request| display(request.id()));
        tracing::info!(
            target: "covibe::call", tool, outcome, ms, workspace, actor, address, request, "call"
        );
    }
}
