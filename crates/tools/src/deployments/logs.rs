//! `deployments.logs`.

use covibe_coolify::LogLine;
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{DeploymentUuid, Failure};
use covibe_operation::{MAX_TEXT, MAX_TEXT_ON_REQUEST, Operation, Route, Spec, excerpt};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lines;
use super::search::search;

/// How many lines are shown unless the call asks for another number.
const USUAL_LINES: usize = 200;

/// Get the build log of a deployment, newest lines last; with search the lines that have that text,
/// numbered, with neighbours.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DeploymentLogs {
    uuid: DeploymentUuid,
    /// Last lines (or matches) to show; default 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5000))]
    lines: Option<usize>,
    /// Any case; no pattern.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    search: Option<String>,
}

/// The log of a deployment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Log {
    uuid: DeploymentUuid,
    #[schemars(with = "String")]
    status: DeploymentStatus,
    logs: String,
    /// How many lines there are.
    total_lines: usize,
    /// How many lines have the text that was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<usize>,
    /// How many lines (or matches) before these were left out.
    omitted_lines: usize,
    /// How many bytes were left out in the middle.
    omitted_bytes: usize,
    /// How to see what was left out, or why there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Operation<Workspace> for DeploymentLogs {
    const SPEC: Spec = Spec::read("deployments.logs", Route::get("/deployments/{uuid}/logs"));

    type Output = Log;

    async fn run(self, cx: &Workspace) -> Result<Log, Failure> {
        let deployment = cx.coolify().await?.deployment(&self.uuid).await?;
        let lines = lines::shown(cx, deployment.logs.as_deref().unwrap_or_default()).await?;
        let status = deployment.status;
        let log = match &self.search {
            Some(text) => self.matching(status, &lines, text)?,
            None => self.tail(status, &lines),
        };
        Ok(log.unless_empty(deployment.logs.as_deref()))
    }
}

impl DeploymentLogs {
    /// Who names a number of lines asks for more than an answer usually has.
    fn budget(&self) -> usize {
        if self.lines.is_some() { MAX_TEXT_ON_REQUEST } else { MAX_TEXT }
    }

    fn tail(&self, status: DeploymentStatus, lines: &[String]) -> Log {
        let omitted_lines = lines.len().saturating_sub(self.lines.unwrap_or(USUAL_LINES));
        let shown = lines.get(omitted_lines..).unwrap_or_default().join("\n");
        let excerpt = excerpt(shown, self.budget(), "ask for fewer lines, or search");
        let hint = (omitted_lines > 0).then(|| {
            format!(
                "{omitted_lines} earlier lines are left out: pass lines (up to 5000) or search."
            )
        });
        Log {
            uuid: self.uuid.clone(),
            status,
            logs: excerpt.text,
            total_lines: lines.len(),
            matches: None,
            omitted_lines,
            omitted_bytes: excerpt.omitted,
            hint,
        }
    }

    fn matching(
        &self,
        status: DeploymentStatus,
        lines: &[String],
        text: &str,
    ) -> Result<Log, Failure> {
        let most = self.lines.unwrap_or(USUAL_LINES);
        let found = search(lines, text, most, self.budget())?;
        let hint = match (found.matches, found.omitted) {
            (0, _) => {
                Some("No line has that text: try a shorter one, or leave search out.".to_owned())
            }
            (_, 0) => None,
            (_, omitted) => Some(format!(
                "{omitted} earlier matches are left out: look for a longer text, or pass lines (up to 5000)."
            )),
        };
        Ok(Log {
            uuid: self.uuid.clone(),
            status,
            logs: found.text,
            total_lines: lines.len(),
            matches: Some(found.matches),
            omitted_lines: found.omitted,
            omitted_bytes: 0,
            hint,
        })
    }
}

impl Log {
    /// The same, saying why where there is no log at all.
    fn unless_empty(mut self, log: Option<&[LogLine]>) -> Self {
        if self.total_lines == 0 {
            let why = match (log, self.status.is_open()) {
                (_, true) => "Nothing is written yet: repeat the call in a few seconds.",
                (None, false) => "Coolify shows no log of this deployment.",
                (Some(_), false) => "The log is empty.",
            };
            self.hint = Some(why.to_owned());
        }
        self
    }
}
