//! `apps.exec`, and the commands that it started with `detach`.
//!
//! | module | contents |
//! |---|---|
//! | `answer` | the answer: output and end |
//! | `cancel`, `list`, `result` | operations on detached commands |
//! | `container_command`, `checked_command` | a checked command, and its way into the container |
//! | `detached_commands` | the start of a detached command, and its answer |
//! | `errors` | failures |

mod answer;
mod cancel;
mod checked_command;
mod container_command;
mod detached_commands;
mod errors;
mod list;
mod result;

use std::time::Duration;

use covibe_docker_host::{Executed, Stream};
use covibe_domain::{Access, Failure, HostedUuid};
use covibe_operation::{MAX_TEXT, MAX_TEXT_ON_REQUEST, Operation, Route, Spec};
use covibe_workspace::{AnswerReader, Hosted, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use self::answer::{Execution, to_ended};
pub(crate) use self::cancel::CancelExec;
use self::checked_command::Work;
use self::container_command::{Bounds, Command};
use self::errors::{client_gone, needs_detach};
pub(crate) use self::list::ListExecs;
pub(crate) use self::result::ReadExec;
use crate::container_access::{choose_container, framed_line, no_docker_host, to_printable};

/// The default of `timeout_ms`.
const DEFAULT_TIMEOUT_MS: u64 = 60_000;

/// The maximum of `timeout_ms` for a command whose client waits.
const MAX_TIMEOUT_MS: u64 = 600_000;

/// The default of `max_bytes`.
const DEFAULT_BYTES: usize = 1_000_000;

/// Run a shell command in a container of an app, database or auth provider. No stdin.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ExecInApp {
    uuid: HostedUuid,
    /// The command, run by `sh -lc`, such as `ls -la /app`.
    #[schemars(length(min = 1, max = 65_536))]
    #[schemars(example = &"ls -la /app")]
    command: String,
    /// The service of a compose file, such as `web`. Required if there are several.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// A user or user:group, such as `1000:1000`. Default: the container's.
    #[serde(default)]
    #[schemars(length(max = 128))]
    #[schemars(example = &"1000:1000")]
    user: Option<String>,
    /// The folder to run it in, such as `/app`. Default: the container's.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    #[schemars(example = &"/app")]
    workdir: Option<String>,
    /// Its time limit in milliseconds: up to 600000, or 3600000 with detach. Default: 60000.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3_600_000))]
    #[schemars(example = 60_000)]
    timeout_ms: Option<u64>,
    /// The maximum output in bytes. Default: 1000000, or 24576 over MCP.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5_000_000))]
    #[schemars(example = 1_000_000)]
    max_bytes: Option<usize>,
    /// After 2 s, return an id for apps.exec_result; the command then runs on without its client. At most 262144 bytes
    /// of output are kept. Default: false.
    #[serde(default)]
    #[schemars(example = false)]
    detach: Option<bool>,
}

impl Operation<Workspace> for ExecInApp {
    // What a command does is not known, so it counts as the worst.
    const SPEC: Spec = Spec {
        access: Access::Destroy,
        ..Spec::write("apps.exec", Route::post("/apps/{uuid}/exec"))
            .lasts("timeout_ms", DEFAULT_TIMEOUT_MS)
            .audits(&["command", "service", "user", "workdir"])
    };

    type Output = Execution;

    async fn run(self, cx: &Workspace) -> Result<Execution, Failure> {
        let (bounds, detaches) = (self.bounds(cx)?, self.detaches());
        let command = Command::parse(self.command, self.user, self.workdir)?;
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let host = coolify.on_host(&resource).await?.ok_or_else(no_docker_host)?;
        let service = self.service.as_deref();
        let container = choose_container(&resource, host.containers().await?, service)?;
        let work = Work { host, container, command, bounds };
        if detaches {
            return detached_commands::run(cx, &resource, work).await;
        }
        run_while_client_waits(cx, &resource, &work).await
    }
}

impl ExecInApp {
    fn detaches(&self) -> bool {
        self.detach == Some(true)
    }

    /// Returns the limits of the command.
    ///
    /// # Errors
    ///
    /// Invalid if a client cannot wait that long.
    fn bounds(&self, cx: &Workspace) -> Result<Bounds, Failure> {
        let timeout_ms = self.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS);
        if timeout_ms > MAX_TIMEOUT_MS && !self.detaches() {
            return Err(needs_detach(MAX_TIMEOUT_MS));
        }
        let is_model = cx.client().reader == AnswerReader::Model;
        let usual = if is_model { MAX_TEXT } else { DEFAULT_BYTES };
        let most = if self.detaches() { MAX_TEXT_ON_REQUEST } else { usize::MAX };
        let max_bytes = self.max_bytes.unwrap_or(usual).min(most);
        let timeout = Duration::from_millis(timeout_ms);
        Ok(Bounds { timeout, max_bytes, ..Bounds::default() })
    }
}

/// Runs a command while its client waits, and reports its newest line. Without the client it is ended.
async fn run_while_client_waits(
    cx: &Workspace,
    resource: &Hosted,
    work: &Work,
) -> Result<Execution, Failure> {
    let _permit = cx.exec_permit().await?;
    let executed = work.run(|command| execute_for_client(cx, work, command)).await?;
    let service = resource.is_compose().then(|| work.container.service().to_owned());
    Ok(Execution::from_ended(work.container.name(), service, to_ended(executed)))
}

async fn execute_for_client(
    cx: &Workspace,
    work: &Work,
    command: covibe_docker_host::Exec,
) -> Result<Executed, Failure> {
    let client = cx.client();
    let mut bytes = 0;
    let report = |_: Stream, part: &[u8]| {
        bytes += part.len();
        if let Some(progress) = &client.progress {
            let framed = || framed_line(client.reader, "output", &last_line(part));
            progress.report_output(bytes, framed);
        }
    };
    tokio::select! {
        executed = work.host.exec(&work.container, command, report) => executed,
        () = client.gone.cancelled() => Err(client_gone()),
    }
}

/// Returns the last line of a part of the output, at most 200 characters of it.
fn last_line(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part.get(part.len().saturating_sub(1024)..).unwrap_or(part));
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    to_printable(line).chars().take(200).collect()
}
