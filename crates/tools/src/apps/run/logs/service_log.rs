//! One service in the answer: its state and its log.

use covibe_docker_host::ContainerDetails;
use covibe_domain::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::container_access::ShownLines;

/// The state of a service's container, and its log.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceLog {
    /// The service; absent for a resource with one container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web-vgsco4occ8ksgsc4s8ck4kco")]
    container: Option<String>,
    /// `running`, `restarting`, `exited`, `created`, `paused`, `dead` or `absent`.
    #[schemars(example = &"running")]
    status: String,
    /// The state of its health check.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"healthy")]
    health: Option<String>,
    /// The output of the last failed health check, between the same marks as the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"--- log 5f1c6a0b77e2 ---\ncurl: (7) Failed to connect\n--- end 5f1c6a0b77e2 ---")]
    health_output: Option<String>,
    /// The exit code of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 137)]
    exit_code: Option<i64>,
    /// The number of restarts by Docker.
    #[serde(skip_serializing_if = "Option::is_none")]
    restarts: Option<u64>,
    /// True if it ran out of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_memory: Option<bool>,
    /// The start of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    /// The end of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// The log, oldest lines first.
    #[schemars(example = &"--- log 5f1c6a0b77e2 ---\n10:00:00 listening on 3000\n--- end 5f1c6a0b77e2 ---")]
    logs: String,
    /// The number of lines that were read.
    lines: usize,
    /// The number of lines that contain the search text.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<usize>,
    /// The number of lines that were left out because of their level.
    #[serde(skip_serializing_if = "Option::is_none")]
    filtered_lines: Option<usize>,
    /// The number of bytes that were left out in the middle.
    omitted_bytes: usize,
}

impl ServiceLog {
    /// Creates the entry of a service with this status and nothing else.
    pub(super) fn with_status(service: Option<String>, status: &str) -> Self {
        Self { service, status: status.to_owned(), ..Self::default() }
    }

    /// Creates the entry of a container from its state in docker.
    pub(super) fn from_state(
        service: Option<String>,
        state: &ContainerDetails,
        health_output: Option<String>,
    ) -> Self {
        let has_ended = state.finished_at.is_some();
        Self {
            service,
            container: Some(state.name.clone()),
            status: state.status.as_str().to_owned(),
            health: state.health.map(|health| health.as_str().to_owned()),
            health_output,
            exit_code: has_ended.then_some(state.exit_code),
            restarts: Some(state.restart_count).filter(|count| *count > 0),
            out_of_memory: state.out_of_memory.then_some(true),
            started_at: state.started_at,
            finished_at: state.finished_at,
            ..Self::default()
        }
    }

    /// Adds the log.
    #[must_use]
    pub(super) fn with_log(self, shown: ShownLines) -> Self {
        let ShownLines { text, lines, matches, below, omitted } = shown;
        Self { logs: text, lines, matches, filtered_lines: below, omitted_bytes: omitted, ..self }
    }
}
