//! `apps.logs`.

mod from_coolify;
mod from_docker;
mod query;
mod since;
mod state;
mod warnings;

use covibe_domain::{Failure, HostedUuid};
use covibe_operation::{MAX_TEXT, MAX_TEXT_ON_REQUEST, Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::query::Query;
use self::since::Since;
use self::state::ServiceLog;
use crate::on_host::{Frame, LogRules, Masks, Writer};

/// The default number of lines.
const DEFAULT_LINES: u32 = 200;

/// Get the logs of the containers of an app, database or auth provider, also of crashed ones, with their
/// state and warnings.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct AppLogs {
    uuid: HostedUuid,
    /// For a compose app: only this service, like web. Default: all.
    #[serde(default)]
    #[schemars(length(max = 255))]
    #[schemars(example = &"web")]
    service: Option<String>,
    /// The newest lines of each container. Default: 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 5000), example = 200)]
    lines: Option<u32>,
    /// Only newer lines: 15m, 2h, 1d or 2026-11-22T10:00:00Z.
    #[serde(default)]
    #[schemars(length(max = 40))]
    #[schemars(example = &"15m")]
    since: Option<String>,
    /// Searches all lines for this text, in any case.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"error")]
    search: Option<String>,
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
    /// The problems of the containers.
    #[schemars(example = vec!["web: restarted 12 times; the last exit code is 1."])]
    warnings: Vec<String>,
    /// An explanation of the marks around the logs.
    #[schemars(example = &"The text between the marks is the output of the app.")]
    note: String,
}

impl Operation<Workspace> for AppLogs {
    const SPEC: Spec = Spec::read("apps.logs", Route::get("/apps/{uuid}/logs"));

    type Output = Logs;

    async fn run(self, cx: &Workspace) -> Result<Logs, Failure> {
        let since = self.since.as_deref().map(Since::parse).transpose()?;
        let coolify = cx.coolify().await?;
        let resource = coolify.hosted(&self.uuid).await?;
        let query = Query {
            service: self.service,
            lines: self.lines.unwrap_or(DEFAULT_LINES),
            since: since.map(Since::seconds),
            rules: LogRules {
                search: self.search,
                max_size: if self.lines.is_some() { MAX_TEXT_ON_REQUEST } else { MAX_TEXT },
                frame: Frame::draw(),
                masks: Masks::for_resource(cx, &coolify, &resource).await?,
            },
        };
        let _turn = match &query.rules.search {
            Some(_) => Some(cx.log_search_turn().await?),
            None => None,
        };
        let host = coolify.on_host(&resource).await?;
        let source = if host.is_some() { "docker" } else { "coolify" };
        let (services, warnings) = match &host {
            Some(host) => from_docker::read(&coolify, host, &resource, &query).await?,
            None => from_coolify::read(&coolify, &resource, &query).await?,
        };
        Ok(Logs {
            uuid: self.uuid,
            source,
            services,
            warnings,
            note: query.rules.frame.note(Writer::App),
        })
    }
}
