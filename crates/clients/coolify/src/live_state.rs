//! Looking at containers as they are at this moment.
//!
//! Coolify learns the states of containers late: those that it returns can be five minutes old, and
//! older than a start (4.3.11). Only its logs routes look at docker themselves. They answer 500
//! where Coolify
//! can't reach the host, but also where it can't read the labels of a container, so that a 500 says nothing:
//! docker compose joins the services that one depends on by commas in a label, at which Coolify splits
//! (`bootstrap/helpers/docker.php`, 4.3.11).

use covibe_domain::{AppUuid, ServiceUuid, boxed};
use covibe_upstream::{Bounds, Cause, Conflict, Error, LongText, Request};
use serde_json::Value;

use crate::client::Client;

/// The limits of the answer, whose status alone matters.
const BOUNDS: Bounds =
    Bounds { body: 64 << 20, kept: 64 << 20, text: 1024, long: LongText::Length };

/// The state of a container at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// The container runs.
    Running,
    /// It does not run: it has exited, restarts, or was never started.
    Stopped,
    /// There is no container. For an application, Coolify reports that as [`LiveState::Stopped`].
    Absent,
}

impl Client {
    /// Looks at an application's container; the first one, while a deployment replaces it. `None` where Coolify
    /// can't look.
    #[boxed]
    pub async fn look_at_application(&self, uuid: &AppUuid) -> Result<Option<LiveState>, Error> {
        let request = self.transport.get("/applications/{uuid}/logs").segment(uuid.as_str());
        live(request).await
    }

    /// Looks at the container of one service of a compose file. `None` where Coolify can't look, which no
    /// release before 4.2 can.
    #[boxed]
    pub async fn look_at_container(
        &self,
        uuid: &ServiceUuid,
        name: &str,
    ) -> Result<Option<LiveState>, Error> {
        let request = self.transport.get("/services/{uuid}/logs").segment(uuid.as_str());
        match live(request.query("sub_service_name", slug(name))).await {
            Err(error) if error.is_not_found() => Ok(None),
            looked => looked,
        }
    }
}

/// Returns a service's name as its container's label `coolify.name` has it, by which Coolify looks for
/// the container: Laravel's `Str::slug` (4.3.11), for names of letters, digits and `_.-`.
pub(crate) fn slug(name: &str) -> String {
    let is_kept = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let plain: String = plain.chars().filter(is_kept).collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

async fn live(request: Request) -> Result<Option<LiveState>, Error> {
    match request.query("lines", 1).streamed::<Value>(BOUNDS).await {
        Ok(_) => Ok(Some(LiveState::Running)),
        Err(Error { cause: Cause::Failed { status: 500 }, .. }) => Ok(None),
        Err(error) => not_running(&error).map(Some).ok_or(error),
    }
}

/// Returns the state of a container whose log Coolify refuses to read; `None` for another error.
pub(crate) fn not_running(error: &Error) -> Option<LiveState> {
    match error.cause {
        Cause::Conflict(Conflict::Stopped) => Some(LiveState::Stopped),
        Cause::Conflict(Conflict::NoContainer) => Some(LiveState::Absent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_names_are_slugged_as_in_coolifys_labels() {
        for (name, label) in [
            ("web", "web"),
            ("celery_worker", "celery-worker"),
            ("Web.v2", "webv2"),
            ("a_-_b__", "a-b"),
        ] {
            assert_eq!(slug(name), label, "{name}");
        }
    }
}
