//! Containers that crashed: the facts, and the last lines that they printed.

use std::fmt::Write as _;

use covibe_docker_host::{LogQuery, Status};
use covibe_domain::{Failure, Timestamp};
use covibe_workspace::{Coolify, Hosted, OnHost, OwnContainer, Workspace};
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::Serialize;

use crate::container_access::{
    Frame, InspectedContainer, Line, LogRules, Masks, READ, Selection, Writer,
};

/// The maximum number of containers in an answer.
const MAX_CRASHED: usize = 10;

/// The maximum number of containers whose logs are read, all at the same time.
const MAX_LOGS: usize = 4;

/// The number of lines of each log.
const LINES: u32 = 50;

/// The size limit of all logs together, in bytes.
const MAX_SIZE: usize = 8 << 10;

/// The docker host's evidence on a deployment or start.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The containers that crashed.
    pub(super) crashed: Vec<Crashed>,
    /// The parts that could not be read.
    pub(super) warnings: Vec<String>,
    /// An explanation of the marks around the logs, if there are any.
    pub(super) note: Option<String>,
}

/// A container that crashed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CrashedContainer")]
pub(crate) struct Crashed {
    /// The service of the compose file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// Its state, as Docker reports it.
    #[schemars(example = &"restarting")]
    status: &'static str,
    /// The exit code of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 137)]
    exit_code: Option<i64>,
    /// The number of restarts by Docker.
    restarts: u64,
    /// True if it ran out of memory.
    out_of_memory: bool,
    /// The end of its last run.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// The last 50 lines that it printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"--- log 5f1c6a0b77e2 ---\n10:00:00 listening\n--- end 5f1c6a0b77e2 ---")]
    logs: Option<String>,
}

impl Crashed {
    /// Creates the entry of a container without its log.
    pub(super) fn from_container(resource: &Hosted, one: &InspectedContainer) -> Self {
        let state = &one.state;
        // While it runs, Docker reports 0.
        let is_up = matches!(state.status, Status::Running | Status::Paused);
        Self {
            service: resource.is_compose().then(|| one.container.service().to_owned()),
            status: state.status.as_str(),
            exit_code: state.finished_at.filter(|_| !is_up).map(|_| state.exit_code),
            restarts: state.restart_count,
            out_of_memory: state.out_of_memory,
            finished_at: state.finished_at,
            logs: None,
        }
    }

    /// Describes the crash in words.
    pub(super) fn describe(&self) -> String {
        let mut told = self.service.clone().unwrap_or_else(|| "the container".to_owned());
        let _ok = match self.exit_code {
            Some(code) => write!(told, " ended with exit code {code}"),
            None if self.status == Status::Created.as_str() => {
                write!(told, " was created and never ran")
            }
            None => write!(told, " is {}", self.status),
        };
        if self.out_of_memory {
            told.push_str(", out of memory");
        }
        if self.restarts > 0 {
            let _ok = write!(told, ", and Docker restarted it {} times", self.restarts);
        }
        told
    }
}

impl Evidence {
    /// Adds the logs of the containers in the answer, in the same order.
    pub(super) fn with_logs(mut self, read: Option<Logs>) -> Self {
        self.crashed.truncate(MAX_CRASHED);
        let Some((logs, note)) = read else {
            self.warnings.push("The logs could not be read: call apps.logs.".to_owned());
            return self;
        };
        for (crashed, log) in self.crashed.iter_mut().zip(logs) {
            crashed.logs = log.filter(|log| !log.is_empty());
        }
        self.note = self.crashed.iter().any(|one| one.logs.is_some()).then_some(note);
        self
    }
}

/// The framed logs of containers (`None` where one can't be read), and an explanation of the marks.
type Logs = (Vec<Option<String>>, String);

/// Reads the logs of the first containers. Fails if the secrets to mask can't be read: then no log is shown.
pub(super) async fn read_logs(
    cx: &Workspace,
    coolify: &Coolify,
    resource: &Hosted,
    host: &OnHost,
    mut containers: Vec<OwnContainer>,
) -> Result<Logs, Failure> {
    containers.truncate(MAX_LOGS);
    let masks = Masks::for_resource(cx, coolify, resource).await?;
    let (selection, frame) = (Selection::default(), Frame::draw());
    let rules = LogRules { selection, max_size: MAX_SIZE, frame, masks };
    let parts = containers.len().max(1);
    let query = LogQuery { tail: LINES, since: None, max_bytes: MAX_SIZE / parts * READ };
    let logs = stream::iter(containers).map(async |container| {
        let read = host.logs(&container, query).await.ok()?;
        Some(rules.render(&rules.select(read.lines.iter().map(Line::from), 0), parts).text)
    });
    let logs = logs.buffered(MAX_LOGS).collect().await;
    Ok((logs, rules.frame.note(Writer::App)))
}
