//! A deployment's page, with its log as it grows.

use covibe_domain::entities::DeploymentStatus;
use maud::{Markup, html};
use serde::Deserialize;

use crate::frame::{Frame, Section, framed};
use crate::parts::table::empty;
use crate::parts::text::{badge, tone, words};
use crate::paths;

/// The answer of `deployments.logs`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The deployment.
    pub uuid: String,
    /// Its status.
    pub status: DeploymentStatus,
    /// The lines of its log.
    pub logs: String,
    /// The number of earlier lines that were left out.
    #[serde(default)]
    pub omitted_lines: u64,
}

/// Returns the words of a status, and the class of its badge, for the script of the page.
pub fn shown_status(status: DeploymentStatus) -> (String, &'static str) {
    (words(status.as_str()), tone(status.as_str()).class())
}

/// Returns the page.
pub fn deployment(frame: &Frame, log: &Log) -> Markup {
    let content = html! {
        div.head {
            div { p.small { a href=(paths::LIVE) { "Live" } } h1 { "Deployment" } }
            div data-log-status { (badge(log.status.as_str())) }
        }
        (log_panel(log))
    };
    framed(frame, Section::Live, "Deployment", &content)
}

fn log_panel(log: &Log) -> Markup {
    let is_open = log.status.is_open();
    if !is_open && log.logs.is_empty() {
        return html! { section.panel { (empty("No log", "Coolify has no log of this deployment.", None)) } };
    }
    let address = is_open.then(|| format!("{}/{}/log", paths::DEPLOYMENTS, log.uuid));
    html! {
        div.code.log data-log=[address] {
            div.code-head {
                span { "Log" @if log.omitted_lines > 0 { ", without the first " (log.omitted_lines) " lines" } }
                @if is_open { span data-log-state { "Reload the page for newer lines" } }
            }
            pre #log tabindex="0" role="log" aria-label="Log of the deployment" {
                @if log.logs.is_empty() { "Waiting for the first lines…" } @else { (log.logs) }
            }
        }
    }
}
