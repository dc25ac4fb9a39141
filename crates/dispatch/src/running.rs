//! One admitted call: the names in it are replaced by uuids, then its operation runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind, has_uuid_form};
use covibe_workspace::{Tool, Workspace};
use serde_json::Value;

use crate::errors::timed_out;
use crate::recorded::Answer;

/// An admitted call in its workspace.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) tool: Arc<Tool>,
    pub(crate) params: Value,
    pub(crate) cx: Workspace,
    /// How long it may take from its start to its deadline.
    pub(crate) timeout: Duration,
}

impl Running {
    /// Checks that the workspace is ready, and gives the parameters the uuids of the resources that they
    /// name. A text that has the form of a uuid stays as it is.
    pub(crate) async fn prepare(&mut self) -> Result<(), Failure> {
        if !self.tool.spec.early {
            self.cx.check_ready()?;
        }
        let (timeout, deadline) = (self.timeout, self.cx.deadline());
        let resolving =
            resolve(&self.tool, &mut self.params, &self.cx, |text| !has_uuid_form(text));
        let ended = tokio::time::timeout_at(deadline.into(), resolving).await;
        ended.unwrap_or_else(|_| Err(timed_out(timeout, false))).map(drop)
    }

    /// Runs the operation until the deadline.
    pub(crate) async fn run(self) -> Answer {
        let (timeout, deadline) = (self.timeout, self.cx.deadline());
        let changes = self.tool.spec.access.changes();
        let ended = tokio::time::timeout_at(Instant::into(deadline), self.answer()).await;
        ended.unwrap_or_else(|_| Err(timed_out(timeout, changes)))
    }

    /// Runs the operation. If the workspace has no resource with a uuid in the parameters, but one with
    /// that name, it runs with the uuid of that one.
    async fn answer(mut self) -> Answer {
        let references = self.tool.references(&mut self.params);
        let has_uuids = references.iter().any(|(_, text)| text.as_str().is_some_and(has_uuid_form));
        let again = has_uuids.then(|| self.params.clone());
        let answer = self.tool.run(self.params, &self.cx).await;
        match (answer, again) {
            (Err(failure), Some(mut params)) if is_absence(&failure) => {
                match resolve(&self.tool, &mut params, &self.cx, has_uuid_form).await {
                    Ok(true) => self.tool.run(params, &self.cx).await,
                    Ok(false) | Err(_) => Err(failure),
                }
            }
            (answer, _) => answer,
        }
    }
}

/// Whether an operation failed because the workspace may not have a resource. Nothing was changed then.
fn is_absence(failure: &Failure) -> bool {
    matches!(failure.kind, Kind::NotFound | Kind::Forbidden) && !failure.in_doubt
}

/// Gives those references that `is_looked_up` selects the uuids of what they name. Returns whether any of
/// them was a name.
async fn resolve(
    tool: &Tool,
    params: &mut Value,
    cx: &Workspace,
    is_looked_up: fn(&str) -> bool,
) -> Result<bool, Failure> {
    let mut has_names = false;
    for (kind, reference) in tool.references(params) {
        let Some(text) = reference.as_str().filter(|text| is_looked_up(text)) else { continue };
        // Boxed because most calls have no names, and the future is large.
        let uuid = Box::pin(cx.uuid_of(kind, text)).await?;
        has_names |= uuid != text;
        *reference = Value::String(uuid);
    }
    Ok(has_names)
}
