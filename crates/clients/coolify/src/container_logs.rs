//! The output of containers, by Coolify's own routes.
//!
//! They read the log of a running container only, both streams in one text, and cost Coolify some
//! seconds. Up to 4.1 there is none for services. `GET /databases/{uuid}/logs` is never called: it
//! picks a container by a number that several have, and returns the log of another tenant (4.3.11).

use covibe_domain::{AppUuid, Secret, ServiceUuid, boxed};
use covibe_upstream::{Bounds, Error, LongText, Request};
use serde::Deserialize;

use crate::client::Client;
use crate::live_state::{LiveState, not_running, slug};

/// The limits of the answer. Coolify bounds the number of lines, but not their lengths.
const BOUNDS: Bounds = Bounds { body: 64 << 20, kept: 2 << 20, text: 1 << 20, long: LongText::End };

/// The output of a container, or the reason why it is not known.
#[derive(Clone, Debug)]
pub enum ContainerLog {
    /// The end of both streams, in the order in which Docker got them: at most 1 MiB.
    Text(Secret),
    /// The container does not run, so that Coolify does not read its log.
    Not(LiveState),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    logs: Option<Secret>,
}

impl Client {
    /// Returns the last lines (1 to 10,000) that an application's container printed; the first one's,
    /// while a deployment replaces it.
    #[boxed]
    pub async fn application_log(&self, uuid: &AppUuid, lines: u32) -> Result<ContainerLog, Error> {
        let request = self.transport.get("/applications/{uuid}/logs").segment(uuid.as_str());
        read(request, lines).await
    }

    /// Returns the last lines that the container of one service of a compose file printed. `None`
    /// before 4.2, where Coolify has no such route.
    #[boxed]
    pub async fn container_log(
        &self,
        uuid: &ServiceUuid,
        name: &str,
        lines: u32,
    ) -> Result<Option<ContainerLog>, Error> {
        let request = self.transport.get("/services/{uuid}/logs").segment(uuid.as_str());
        match read(request.query("sub_service_name", slug(name)), lines).await {
            Ok(log) => Ok(Some(log)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

async fn read(request: Request, lines: u32) -> Result<ContainerLog, Error> {
    match request.query("lines", lines).streamed::<Answer>(BOUNDS).await {
        Ok(answer) => {
            Ok(ContainerLog::Text(answer.logs.unwrap_or_else(|| Secret::new(String::new()))))
        }
        Err(error) => not_running(&error).map(ContainerLog::Not).ok_or(error),
    }
}
