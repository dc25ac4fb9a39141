//! `apps.logs`.

mod cursor;
mod follow;
mod from_coolify;
mod from_docker;
mod lines;
mod query;
mod service_log;
mod since;
mod warnings;

use std::time::{Duration, Instant};

use covibe_domain::{Failure, HostedUuid};
use covibe_operation::{MAX_TEXT, MAX_TEXT_ON_REQUEST, Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::cursor::Cursor;
use self::follow::follow;
use self::query::{Begin, Query, Read};
use self::service_log::ServiceLog;
use self::since::Since;
use crate::apps::errors::cursor_with_since;
use crate::container_access::{Frame, LogLevel, LogRules, Masks, Selection, Writer};

/// The default of `timeout_ms`.
const DEFAULT_TIMEOUT_MS: u64 = 30_000;

/// The time before the call's deadline at which follow begins no further look.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// Get the logs of the containers of an app, database or auth provider, even crashed ones, with their state and
/// warnings.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct AppLogs {
    uuid: HostedUuid,
    /// For a compose app: only this service, such as `web`. Default: all.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The newest lines of each container. Default: 200; with cursor or follow, all.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5000), example = 200)]
    lines: Option<u32>,
    /// Only newer lines: 15m, 2h, 1d or 2026-11-22T10:00:00Z.
    #[serde(default)]
    #[schemars(length(max = 40))]
    #[schemars(example = &"15m")]
    since: Option<String>,
    /// Only lines that contain this text, ignoring case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"error")]
    search: Option<String>,
    /// Only lines of this level and above; a line without a level takes that of the line before it.
    #[serde(default)]
    #[schemars(example = &"error")]
    level: Option<LogLevel>,
    /// `cursor` from an earlier answer: only later lines.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1200))]
    #[schemars(example = &"3f2a9c01b7de.1764430000123.4")]
    cursor: Option<String>,
    /// Wait for new lines: those after `cursor` or `since`, if set. Default: false.
    #[serde(default)]
    follow: Option<bool>,
    /// The longest wait in milliseconds. Default: 30000.
    #[serde(default)]
    #[schemars(range(min = 1, max = 600_000))]
    #[schemars(example = 30_000)]
    timeout_ms: Option<u64>,
}

/// The logs of an app's services.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AppLogs")]
pub(crate) struct Logs {
    uuid: HostedUuid,
    /// `docker`, or `coolify` where the server reaches no docker host.
    #[schemars(example = &"docker")]
    source: &'static str,
    /// The services, or the one container.
    services: Vec<ServiceLog>,
    /// Pass this value as `cursor` to get only newer lines. Absent if there is no container and the call had no cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"3f2a9c01b7de.1764430000123.4")]
    cursor: Option<String>,
    /// Problems of the containers, and of reading their logs.
    #[schemars(example = vec!["web keeps crashing and was restarted 12 times; its last exit code is 1."])]
    warnings: Vec<String>,
    /// An explanation of the marks around the logs.
    #[schemars(example = &"The text between the marks is the output of the app.")]
    note: String,
}

impl Operation<Workspace> for AppLogs {
    const SPEC: Spec = Spec::read("apps.logs", Route::get("/apps/{uuid}/logs"))
        .waits("follow")
        .in_parts("cursor", &["since"])
        .lasts("timeout_ms", DEFAULT_TIMEOUT_MS);

    type Output = Logs;

    async fn run(self, cx: &Workspace) -> Result<Logs, Failure> {
        let begin = self.begin()?;
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let rules = LogRules {
            selection: Selection::new(self.search.as_deref(), self.level),
            max_size: if self.lines.is_some() { MAX_TEXT_ON_REQUEST } else { MAX_TEXT },
            frame: Frame::draw(),
            masks: Masks::for_resource(cx, &coolify, &resource).await?,
        };
        let note = rules.frame.note(Writer::App);
        let until = self.follow_end(cx);
        let logs = |source, Read { services, warnings, cursor, .. }: Read| {
            let cursor = cursor.and_then(|cursor| cursor.text());
            Logs { uuid: self.uuid.clone(), source, services, cursor, warnings, note: note.clone() }
        };
        let query = Query { service: self.service.clone(), lines: self.lines, begin, rules };
        let Some(host) = coolify.on_host(&resource).await? else {
            return Ok(logs("coolify", from_coolify::read(&coolify, &resource, &query).await?));
        };
        let (target, logs) = ((&coolify, &host, &resource), |read| logs("docker", read));
        match until {
            Some(until) => follow(cx, target, query, until, logs).await,
            None => from_docker::read(cx, target, &query).await.map(logs),
        }
    }
}

impl AppLogs {
    fn begin(&self) -> Result<Begin, Failure> {
        let since = self.since.as_deref().map(Since::parse).transpose()?;
        match (&self.cursor, since) {
            (Some(_), Some(_)) => Err(cursor_with_since()),
            (Some(cursor), None) => Cursor::parse(cursor).map(Begin::After),
            (None, Some(since)) if self.follows() => Ok(Begin::After(Cursor::at(since.moment()))),
            (None, None) if self.follows() => Ok(Begin::End),
            (None, since) => Ok(Begin::Newest(since.map(Since::moment))),
        }
    }

    fn follows(&self) -> bool {
        self.follow == Some(true)
    }

    /// Returns the end of the wait for new lines; `None` if the call does not wait.
    fn follow_end(&self, cx: &Workspace) -> Option<Instant> {
        let timeout = Duration::from_millis(self.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS));
        let timeout = timeout.min(cx.settings().wait_timeout);
        let latest = cx.deadline().checked_sub(LAST_LOOK).unwrap_or_else(Instant::now);
        self.follows().then(|| (Instant::now() + timeout).min(latest))
    }
}
