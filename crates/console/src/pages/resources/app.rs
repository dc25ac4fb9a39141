//! An app's page.

use covibe_domain::Timestamp;
use covibe_domain::entities::{App, Deployment};
use maud::{Markup, html};
use serde::Deserialize;

use super::resource_lists::{link, source, state};
use crate::frame::{Frame, Section, framed};
use crate::parts::layout::{panel, problem, remark};
use crate::parts::table::{empty, table};
use crate::parts::text::{badge, time, time_or};
use crate::{Loaded, Tone, paths};

/// The answer of `apps.get`, as far as the page shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The members that lists show, too.
    #[serde(flatten)]
    pub app: App,
    /// The services of a compose app.
    #[serde(default)]
    pub services: Vec<Service>,
    /// The number of times that Docker restarted the container since the deployment.
    #[serde(default)]
    pub restarts: Option<i64>,
    /// True if it follows its branch.
    #[serde(default)]
    pub auto_deploy: Option<bool>,
    /// True if it runs an older commit than its branch has.
    #[serde(default)]
    pub behind: Option<bool>,
}

/// A service of a compose app.
#[derive(Clone, Debug, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its image.
    #[serde(default)]
    pub image: Option<String>,
    /// Its status.
    pub status: String,
    /// The verdict of its health check.
    #[serde(default)]
    pub health: Option<String>,
    /// The hosts of its domains.
    #[serde(default)]
    pub domains: Vec<String>,
}

/// The answer of `apps.deployments`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Deployments {
    /// The deployments, newest first.
    pub deployments: Vec<Deployment>,
}

/// Returns the page.
pub fn app(frame: &Frame, details: &Details, deployments: &Loaded<Deployments>) -> Markup {
    let app = &details.app;
    let content = html! {
        div.head {
            div { p.small { a href=(paths::LIVE) { "Live" } } h1 { (app.name) } }
            (state(&app.status, app.health.as_deref()))
        }
        div.stack.loose {
            @if details.behind == Some(true) {
                (remark(Tone::Warn, &html! { p { "The branch has commits that are not deployed." } }))
            }
            (panel("App", false, &facts(details)))
            @if !details.services.is_empty() { (services(&details.services)) }
            section.panel.flush {
                div.panel-head { h2 { "Deployments" } }
                @match deployments {
                    Ok(list) if list.deployments.is_empty() => { (no_deployments(details)) }
                    Ok(list) => { (table("Deployments", &["Deployment", "State", "Queued", "Ended"], list.deployments.iter().map(row))) }
                    Err(why) => { (problem(why)) }
                }
            }
        }
    };
    framed(frame, Section::Live, &app.name, &content)
}

/// Says why there are no deployments: Coolify keeps none of compose apps, which it starts without building them.
fn no_deployments(details: &Details) -> Markup {
    if details.services.is_empty() {
        let how = "Agents deploy apps. A push also deploys an app that follows its branch.";
        return empty("No deployments yet", how, None);
    }
    empty(
        "No deployments",
        "A compose app is started from its images, and its starts are not recorded.",
        None,
    )
}

fn services(services: &[Service]) -> Markup {
    let row = |service: &Service| {
        vec![
            html! { (service.name) },
            html! { @if let Some(image) = &service.image { span.mono { (image) } } @else { span.muted { "built" } } },
            state(&service.status, service.health.as_deref()),
            html! { (service.domains.join(", ")) },
        ]
    };
    html! {
        section.panel.flush {
            div.panel-head { h2 { "Services" } }
            (table("Services", &["Service", "Image", "State", "Domains"], services.iter().map(row)))
        }
    }
}

fn facts(details: &Details) -> Markup {
    let app = &details.app;
    html! {
        dl.facts {
            dt { "Address" } dd { @if let Some(url) = &app.url { (link(url)) } @else { span.muted { "none" } } }
            @if app.domains.len() > 1 { dt { "Domains" } dd { (app.domains.join(", ")) } }
            dt { "From" } dd { (source(app)) }
            @if let Some(follows) = details.auto_deploy { dt { "On push" } dd { @if follows { "deploys" } @else { "nothing" } } }
            @if let Some(ports) = &app.ports { dt { "Ports" } dd { (ports) } }
            @if let Some(restarts) = details.restarts { dt { "Restarts" } dd { (restarts) } }
            dt { "Id" } dd.mono { (app.uuid) }
            @if let Some(at) = app.status_as_of { dt { "Seen" } dd { (time(at)) } }
        }
    }
}

fn row(deployment: &Deployment) -> Vec<Markup> {
    let commit = deployment.commit.as_deref().map(short);
    vec![
        html! {
            a href={ (paths::DEPLOYMENTS) "/" (deployment.uuid) } { (commit.unwrap_or("Deployment")) }
            @if let Some(message) = &deployment.message { br; span.small.muted { (message) } }
        },
        badge(deployment.status.as_str()),
        at(deployment.created_at),
        at(deployment.finished_at),
    ]
}

fn at(at: Option<Timestamp>) -> Markup {
    time_or(at, "–")
}

/// Returns the first eight characters of a commit's hash.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}
