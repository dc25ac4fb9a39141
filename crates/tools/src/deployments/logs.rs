//! `deployments.logs`.

use covibe_coolify as coolify;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure};
use covibe_operation::{MAX_TEXT, MAX_TEXT_ON_REQUEST, Operation, Route, Spec, excerpt};
use covibe_workspace::{AnswerReader, WaitingDeployment, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_lines;
use super::log_search::search;
use crate::container_access::{Frame, Writer};

/// The default number of lines.
const DEFAULT_LINES: usize = 200;

/// Get a deployment's build log, newest lines last; with search, the matching lines, numbered.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeploymentLogs {
    /// The deployment's uuid, as apps.deployments returns it.
    uuid: DeploymentUuid,
    /// The newest lines. Default: 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5000))]
    lines: Option<usize>,
    /// Only lines that contain this text, such as `error`, ignoring case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"error")]
    search: Option<String>,
}

/// The log of a deployment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeploymentLog")]
pub(crate) struct Log {
    uuid: DeploymentUuid,
    /// The status of the deployment.
    status: DeploymentStatus,
    /// The lines of the log, between two marks.
    #[schemars(example = &"--- log 5ee1f0c2a4b7 ---\n2/2 Starting\n--- end 5ee1f0c2a4b7 ---")]
    logs: String,
    /// An explanation of the marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The text between the marks is the output of the build.")]
    note: Option<String>,
    /// The number of lines that were read.
    total_lines: usize,
    /// The number of lines that contain the search text.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<usize>,
    /// The number of earlier lines (or matches) that were left out.
    omitted_lines: usize,
    /// The number of bytes that were left out in the middle.
    omitted_bytes: usize,
    /// The way to get the lines that were left out, or the reason why the log is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Call apps.deploy.")]
    hint: Option<String>,
}

impl Operation<Workspace> for DeploymentLogs {
    const SPEC: Spec = Spec::read("deployments.logs", Route::get("/deployments/{uuid}/logs"));

    type Output = Log;

    async fn run(self, cx: &Workspace) -> Result<Log, Failure> {
        let coolify = cx.coolify().await?;
        let deployment = match coolify.queued_start(&self.uuid).await? {
            Some(start) => start,
            None => coolify.deployment_with_log(&self.uuid).await?,
        };
        let (read, status) = (deployment.log, deployment.status);
        let lines = match &read {
            Some(read) => log_lines::redacted_lines(cx, read).await?,
            None => Vec::new(),
        };
        let log = match &self.search {
            Some(text) => self.matching_lines(status, &lines, text)?,
            None => self.newest_lines(status, &lines),
        };
        let log = log.with_cut_hint(read.as_ref()).with_empty_hint(read.as_ref()).with_frame(cx);
        if status != DeploymentStatus::Queued {
            return Ok(log);
        }
        let waiting = coolify.waiting(&self.uuid).await?;
        Ok(Log { hint: waiting.as_ref().map(position_hint).or(log.hint), ..log })
    }
}

impl DeploymentLogs {
    /// Returns the size limit of the answer in bytes. It is higher for a call that passes `lines`.
    fn max_size(&self) -> usize {
        if self.lines.is_some() { MAX_TEXT_ON_REQUEST } else { MAX_TEXT }
    }

    fn newest_lines(&self, status: DeploymentStatus, lines: &[String]) -> Log {
        let omitted_lines = lines.len().saturating_sub(self.lines.unwrap_or(DEFAULT_LINES));
        let shown = lines.get(omitted_lines..).unwrap_or_default().join("\n");
        let excerpt = excerpt(shown, self.max_size(), "pass fewer `lines`, or `search`");
        let hint = (omitted_lines > 0).then(|| {
            format!(
                "{omitted_lines} earlier lines are left out: pass `lines` (up to 5000) or `search`."
            )
        });
        Log {
            uuid: self.uuid.clone(),
            status,
            logs: excerpt.text,
            note: None,
            total_lines: lines.len(),
            matches: None,
            omitted_lines,
            omitted_bytes: excerpt.omitted,
            hint,
        }
    }

    fn matching_lines(
        &self,
        status: DeploymentStatus,
        lines: &[String],
        text: &str,
    ) -> Result<Log, Failure> {
        let max_matches = self.lines.unwrap_or(DEFAULT_LINES);
        let found = search(lines, text, max_matches, self.max_size())?;
        let hint = match (found.count, found.omitted) {
            (0, _) => Some(
                "No line contains that text: pass a shorter one, or leave `search` out.".to_owned(),
            ),
            (_, 0) => None,
            (_, omitted) => Some(format!(
                "{omitted} earlier matches are left out: pass a longer text, or `lines` (up to 5000)."
            )),
        };
        Ok(Log {
            uuid: self.uuid.clone(),
            status,
            logs: found.text,
            note: None,
            total_lines: lines.len(),
            matches: Some(found.count),
            omitted_lines: found.omitted,
            omitted_bytes: 0,
            hint,
        })
    }
}

/// Returns a hint with the position of a waiting deployment.
fn position_hint(waiting: &WaitingDeployment) -> String {
    let WaitingDeployment { position, in_progress, .. } = waiting;
    let why = waiting.held_back.map(|why| format!(" No deployment can begin now: {why}."));
    format!(
        "It is waiting in the queue, at position {position}, while {in_progress} deployments are \
         in progress: repeat the call later. deployments.cancel cancels it.{}",
        why.unwrap_or_default()
    )
}

impl Log {
    /// Puts a frame around the lines, unless a person reads them: any program of a build can write them.
    fn with_frame(mut self, cx: &Workspace) -> Self {
        if !self.logs.is_empty() && cx.client().reader != AnswerReader::Person {
            let frame = Frame::draw();
            self.logs = frame.around(Writer::Build, &self.logs);
            self.note = Some(frame.note(Writer::Build));
        }
        self
    }

    /// Adds a hint if only the end of the log was read.
    fn with_cut_hint(mut self, log: Option<&coolify::Log>) -> Self {
        if log.is_some_and(|log| log.is_cut) {
            let cut = "The log is very long: only its end was read; its beginning is left out.";
            self.hint = Some(self.hint.map_or(cut.to_owned(), |hint| format!("{cut} {hint}")));
        }
        self
    }

    /// Adds a hint if the log is empty.
    fn with_empty_hint(mut self, log: Option<&coolify::Log>) -> Self {
        if self.total_lines == 0 {
            let hint = match (log, self.status.is_open()) {
                (_, true) => "The log is still empty: repeat the call in a few seconds.",
                (None, false) => "Coolify has no log of this deployment.",
                (Some(_), false) => "The log is empty.",
            };
            self.hint = Some(hint.to_owned());
        }
        self
    }
}
