//! Looking at containers as they are at this moment.
//!
//! Coolify learns the states of containers late: those that it tells can be five minutes old, and
//! older than a start (4.3.11). Only its logs routes look at docker themselves.

use covibe_domain::{AppUuid, ServiceUuid};
use covibe_upstream::{Bounds, Cause, Conflict, Error, Long, Request};
use serde_json::Value;

use crate::client::Client;

/// How the answer is read, of which only the status matters.
const BOUNDS: Bounds = Bounds { body: 64 * 1024 * 1024, text: 1024, long: Long::Length };

/// What docker has at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// The container runs.
    Running,
    /// It does not run: it has exited, restarts, or was never started.
    Stopped,
    /// There is no container. Coolify tells that of an application as [`Live::Stopped`].
    Absent,
}

impl Client {
    /// Looks at an application's container; the first one, while a deployment replaces it.
    pub async fn look_at_application(&self, uuid: &AppUuid) -> Result<Live, Error> {
        let request = self.transport.get("/applications/{uuid}/logs").segment(uuid.as_str());
        live(request).await
    }

    /// Looks at the container of one service of a compose file. `None` where the release can't,
    /// which is before 4.2.
    pub async fn look_at_container(
        &self,
        uuid: &ServiceUuid,
        name: &str,
    ) -> Result<Option<Live>, Error> {
        let request = self.transport.get("/services/{uuid}/logs").segment(uuid.as_str());
        match live(request.query("sub_service_name", name)).await {
            Ok(live) => Ok(Some(live)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn live(request: Request) -> Result<Live, Error> {
    match request.query("lines", 1).streamed::<Value>(BOUNDS).await {
        Ok(_) => Ok(Live::Running),
        Err(Error { cause: Cause::Conflict(Conflict::Stopped), .. }) => Ok(Live::Stopped),
        Err(Error { cause: Cause::Conflict(Conflict::NoContainer), .. }) => Ok(Live::Absent),
        Err(error) => Err(error),
    }
}
