//! `apps.exec`.

mod answer;
mod command;
mod errors;

use std::time::Duration;

use covibe_docker_host::{Executed, NotStarted, Stream};
use covibe_domain::{Access, Failure, HostedUuid};
use covibe_operation::{MAX_TEXT, Operation, Route, Spec};
use covibe_workspace::{AnswerReader, OnHost, OwnContainer, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use self::answer::Execution;
use self::command::{Bounds, Command};
use self::errors::{client_gone, no_shell};
use crate::on_host::{choose_container, framed_line, no_docker_host, to_printable};

/// The default of `timeout_ms`.
const DEFAULT_TIMEOUT_MS: u64 = 60_000;

/// The default of `max_bytes`.
const DEFAULT_BYTES: usize = 1_000_000;

/// Run a shell command in a container of an app, database or auth provider. No stdin.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ExecInApp {
    uuid: HostedUuid,
    /// The command, run by sh -lc, like ls -la /app.
    #[schemars(length(min = 1, max = 65_536))]
    #[schemars(example = &"ls -la /app")]
    command: String,
    /// The service of a compose file, like web. Required where there are several.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// A user or user:group, like 1000:1000. Default: the container's.
    #[serde(default)]
    #[schemars(length(max = 128))]
    #[schemars(example = &"1000:1000")]
    user: Option<String>,
    /// The folder to run it in, like /app. Default: the container's.
    #[serde(default)]
    #[schemars(length(max = 1024))]
    #[schemars(example = &"/app")]
    workdir: Option<String>,
    /// The longest time that it may run, in milliseconds. Default: 60000.
    #[serde(default)]
    #[schemars(range(min = 1, max = 600_000))]
    #[schemars(example = 60_000)]
    timeout_ms: Option<u64>,
    /// The most output that is returned. Default: 1000000, or 24576 over MCP.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5_000_000))]
    #[schemars(example = 1_000_000)]
    max_bytes: Option<usize>,
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
        let command = Command::parse(self.command, self.user, self.workdir)?;
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let host = coolify.on_host(&resource).await?.ok_or_else(no_docker_host)?;
        let service = self.service.as_deref();
        let container = choose_container(&resource, host.containers().await?, service)?;
        let _permit = cx.exec_permit()?;
        let bounds = Bounds {
            timeout: Duration::from_millis(self.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS)),
            max_bytes: self.max_bytes.unwrap_or(default_bytes(cx)),
        };
        let executed = run(cx, &host, &container, &command, bounds).await?;
        let service = resource.is_compose().then(|| container.service().to_owned());
        Ok(Execution::new(container.name(), service, executed))
    }
}

fn default_bytes(cx: &Workspace) -> usize {
    if cx.client().reader == AnswerReader::Model { MAX_TEXT } else { DEFAULT_BYTES }
}

/// Runs a command by the container's shell; one of an image without a shell directly.
async fn run(
    cx: &Workspace,
    host: &OnHost,
    container: &OwnContainer,
    command: &Command,
    bounds: Bounds,
) -> Result<Executed, Failure> {
    let executed = run_while_client_waits(cx, host, container, command.for_shell(bounds)).await?;
    if executed.not_started != Some(NotStarted::NoProgram) {
        return Ok(executed);
    }
    let Some(direct) = command.without_shell(bounds) else { return Err(no_shell()) };
    run_while_client_waits(cx, host, container, direct).await
}

/// Runs a command while its client waits, and reports its newest line. Without the client it is ended.
async fn run_while_client_waits(
    cx: &Workspace,
    host: &OnHost,
    container: &OwnContainer,
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
        executed = host.exec(container, command, report) => executed,
        () = client.gone.cancelled() => Err(client_gone()),
    }
}

/// Returns the last line of a part of the output, at most 200 characters of it.
fn last_line(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part.get(part.len().saturating_sub(1024)..).unwrap_or(part));
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    to_printable(line).chars().take(200).collect()
}
