//! One admitted call: the names in it are replaced by uuids, then its operation runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, has_uuid_form};
use covibe_workspace::{Tool, Workspace};
use serde_json::Value;

use crate::call_errors::late_call;
use crate::call_recording::CallResult;

/// An admitted call in its workspace.
#[derive(Debug)]
pub(crate) struct RunningCall {
    pub(crate) tool: Arc<Tool>,
    pub(crate) params: Value,
    pub(crate) cx: Workspace,
    /// The time from its start to its deadline.
    pub(crate) timeout: Duration,
}

impl RunningCall {
    /// Checks that the workspace is ready, and replaces names of resources in the parameters by their uuids. A text
    /// with the form of a uuid is left as it is. Returns whether the parameters changed.
    pub(crate) async fn prepare(&mut self) -> Result<bool, Failure> {
        if !self.tool.spec.early {
            self.cx.check_ready()?;
        }
        let (tool, timeout, deadline) = (self.tool.spec.name, self.timeout, self.cx.deadline());
        let resolving = resolve(&self.tool, &mut self.params, &self.cx);
        let ended = tokio::time::timeout_at(deadline.into(), resolving).await;
        ended.unwrap_or_else(|_| Err(late_call(tool, timeout, false)))
    }

    /// Runs the operation until the deadline.
    pub(crate) async fn run(self) -> CallResult {
        let (timeout, deadline) = (self.timeout, self.cx.deadline());
        let (tool, changes) = (self.tool.spec.name, self.tool.spec.access.changes());
        let running = self.tool.run(self.params, &self.cx);
        let ended = tokio::time::timeout_at(Instant::into(deadline), running).await;
        ended.unwrap_or_else(|_| Err(late_call(tool, timeout, changes)))
    }
}

/// Replaces references by name by uuids. Returns whether there was one.
async fn resolve(tool: &Tool, params: &mut Value, cx: &Workspace) -> Result<bool, Failure> {
    let mut has_names = false;
    for (kind, reference) in tool.references(params) {
        let Some(name) = reference.as_str().filter(|text| !has_uuid_form(text)) else { continue };
        // Boxed because most calls have no names, and the future is large.
        let uuid = Box::pin(cx.uuid_of(kind, name)).await?;
        has_names |= uuid != name;
        *reference = Value::String(uuid);
    }
    Ok(has_names)
}
